import YAML

extension ConfigurationReader {
  mutating func feeds(_ node: YAMLNode) -> [Feed] {
    guard let items = items(node, path: "feeds", expected: "a list of feeds", .accepted) else {
      return []
    }
    var names: Set<String> = []
    var paths: Set<String> = []
    return items.compactMap { item in
      guard let feed = feed(item.node, path: item.path) else { return nil }
      if !names.insert(feed.name).inserted {
        fail(item.node.line, "\(item.path).name", "there is another feed \(feed.name)")
      }
      if case .file(let file) = feed.destination, !paths.insert(file.path).inserted {
        fail(item.node.line, "\(item.path).file.path", "another feed writes to this file")
      }
      return feed
    }
  }

  private mutating func feed(_ node: YAMLNode, path: String) -> Feed? {
    guard let section = section(node, path: path, ConfigurationKeys.feed) else { return nil }
    let name = required("name", of: section, expected: "a name for the feed, such as siem")
      .flatMap { self.name($0, path: section.path(to: "name")) }
    let types = section.pairs["types"].map {
      choices($0.value, path: section.path(to: "types"), FeedType.self)
    }
    let grades = section.pairs["grades"].map {
      choices($0.value, path: section.path(to: "grades"), FeedGrade.self)
    }
    guard let way = exactlyOne(of: ["file", "syslog", "webhook"], in: section) else { return nil }
    let destination = destination(way, path: section.path(to: way.key))
    guard let name, let destination else { return nil }
    return Feed(
      name: name.value, destination: destination, types: types ?? [], grades: grades ?? [])
  }

  private mutating func destination(_ pair: YAMLPair, path: String) -> Feed.Destination? {
    switch pair.key {
    case "file": fileFeed(pair.value, path: path).map { .file($0) }
    case "syslog": syslogFeed(pair.value, path: path).map { .syslog($0) }
    default: webhookFeed(pair.value, path: path).map { .webhook($0) }
    }
  }

  private mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(
    _ node: YAMLNode, path: String, _: Choice.Type
  ) -> [Choice] {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    guard let items = items(node, path: path, expected: "a list of \(words)", .refused) else {
      return []
    }
    return items.compactMap { choice($0.node, path: $0.path, Choice.self) }
  }

  private mutating func fileFeed(_ node: YAMLNode, path: String) -> FileFeed? {
    guard let section = section(node, path: path, ConfigurationKeys.feedFile) else { return nil }
    var size: Int64?
    if let pair = section.pairs["size"] {
      size = self.size(pair.value, path: section.path(to: "size"), FileFeed.sizeMaxRange)
    }
    var every: Duration?
    if let pair = section.pairs["every"] {
      every = duration(pair.value, path: section.path(to: "every"), FileFeed.everyRange)
    }
    return required("path", of: section, expected: "the absolute path of the file")
      .flatMap { absolutePath($0, path: section.path(to: "path"), of: "the file") }
      .map { FileFeed(path: $0.value, sizeMaxBytes: size, every: every) }
  }

  private mutating func size(
    _ node: YAMLNode, path: String, _ range: ClosedRange<Int64>
  ) -> Int64? {
    guard case .scalar(let text, _) = node.content, let size = SizeText.parse(text),
      range.contains(size)
    else {
      fail(
        node.line, path,
        "expected a size such as 100MB, from 64KB to 1024GB, found \(node.shown)")
      return nil
    }
    return size
  }

  private mutating func syslogFeed(_ node: YAMLNode, path: String) -> SyslogFeed? {
    guard let section = section(node, path: path, ConfigurationKeys.feedSyslog) else { return nil }
    guard let way = syslogWay(section) else { return nil }
    var feed = SyslogFeed(way: way)
    feed.tls = feedTLS(section)
    if case .tls = way {
    } else if let pair = ["ca", "certificate", "key"].compactMap({ section.pairs[$0] }).first {
      fail(pair.line, section.path(to: pair.key), "has no effect without tls")
    }
    if let pair = section.pairs["facility"] {
      let key = section.path(to: "facility")
      feed.facility = choice(pair.value, path: key, SyslogFacility.self) ?? .audit
    }
    if let pair = section.pairs["enterprise"] {
      feed.enterprise =
        whole(pair.value, path: section.path(to: "enterprise"), SyslogFeed.enterpriseRange)
        ?? SyslogFeed.enterpriseDefault
    }
    if let pair = section.pairs["maxBytes"] {
      feed.sizeMaxBytes =
        whole(pair.value, path: section.path(to: "maxBytes"), SyslogFeed.sizeMaxBytesRange)
        ?? SyslogFeed.sizeMaxBytesDefault
    }
    return feed
  }

  private mutating func syslogWay(_ section: SectionReading) -> SyslogFeed.Way? {
    let ways = ["unix", "tcp", "tls"].compactMap { section.pairs[$0] }
    guard ways.count == 1, let way = ways.first else {
      let found = ways.isEmpty ? "none" : "several"
      fail(section.line, section.path, "expected one of unix, tcp and tls, found \(found)")
      return nil
    }
    let path = section.path(to: way.key)
    switch way.key {
    case "unix": return absolutePath(way.value, path: path, of: "a socket").map { .unix($0.value) }
    case "tcp":
      warn(way.line, path, "syslog over tcp goes in the clear, without proof who receives it")
      return hostAndPort(way.value, path: path).map { .tcp($0) }
    default: return hostAndPort(way.value, path: path).map { .tls($0) }
    }
  }

  private mutating func hostAndPort(_ node: YAMLNode, path: String) -> FeedAddress? {
    let expected = "a host and a port, such as siem.example:6514"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    guard let base = try? BaseURL("https://\(text.value)"), base.isHostAlone,
      let colon = text.value.lastIndex(of: ":"),
      let port = UInt16(text.value[text.value.index(after: colon)...]), port > 0
    else {
      fail(node.line, path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    let host = base.host.hasPrefix("[") ? String(base.host.dropFirst().dropLast()) : base.host
    return FeedAddress(host: host, port: port)
  }

  private mutating func webhookFeed(_ node: YAMLNode, path: String) -> WebhookFeed? {
    guard let section = section(node, path: path, ConfigurationKeys.feedWebhook) else {
      return nil
    }
    let headers =
      section.pairs["headers"].map { self.headers($0.value, path: section.path(to: "headers")) }
      ?? []
    let tls = feedTLS(section)
    let key = section.path(to: "url")
    let expected = "an https URL, such as https://log.example/events"
    guard let node = required("url", of: section, expected: expected),
      let text = text(node, path: key, expected: expected)
    else { return nil }
    do throws(BaseURL.Refusal) {
      let url = try BaseURL(text.value)
      if url.scheme == "http", !url.isLoopback {
        warn(node.line, key, "http sends events in the clear; use https")
      }
      return WebhookFeed(url: text.value, headers: headers, tls: tls)
    } catch {
      // The URL itself is not shown: one that is refused may hold a password.
      fail(node.line, key, "expected \(expected): \(error.reason)")
      return nil
    }
  }

  private mutating func feedTLS(_ section: SectionReading) -> FeedTLS {
    var tls = PlatformTLS()
    readCertificate(section, into: &tls)
    var authority: String?
    if let pair = section.pairs["ca"],
      let file = absolutePath(
        pair.value, path: section.path(to: "ca"), of: "a file of certificates")
    {
      check(file)
      authority = file.value
    }
    return FeedTLS(certificateAuthority: authority, certificate: tls.certificate, key: tls.key)
  }

  private mutating func whole(
    _ node: YAMLNode, path: String, _ range: ClosedRange<Int>
  ) -> Int? {
    guard case .scalar(let text, .plain) = node.content,
      let number = PlainScalar.wholeNumber(text), let whole = Int(exactly: number),
      range.contains(whole)
    else {
      let bounds = "\(range.lowerBound) to \(range.upperBound)"
      fail(node.line, path, "expected a whole number from \(bounds), found \(node.shown)")
      return nil
    }
    return whole
  }
}

/// Sizes as people write them: `64KB`, `100MB`, `2GB`, in powers of 1,024.
enum SizeText {
  /// The bytes that `text` says, or nil when it is not a size.
  static func parse(_ text: String) -> Int64? {
    let units: [(suffix: String, shift: Int64)] = [("KB", 10), ("MB", 20), ("GB", 30)]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let digits = text.dropLast(2)
    // Seven digits of gigabytes are far from overflow.
    guard (1...7).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit),
      let count = Int64(digits)
    else { return nil }
    return count << unit.shift
  }
}
