import YAML

/// What is known of the platform even when parts of it are wrong: the agents depend on the profile.
struct PlatformReading {
  /// Nil when it could not be read.
  let profile: Profile?
  /// Nil when something in it was wrong.
  let value: Platform?
}

extension ConfigurationReader {
  mutating func platform(_ node: YAMLNode, _ routes: [RouteFile]) -> PlatformReading? {
    guard let section = section(node, path: "platform", ConfigurationKeys.platform) else {
      return nil
    }
    let profile = profile(section)
    let url = required("url", of: section, expected: "the base URL, such as https://gws.example")
      .flatMap { baseURL($0) }
    let route = profile.flatMap { chosenRoute(section, $0, routes) }
    let notifications = section.pairs["notifications"].map { notificationsPath($0.value) }
    let channels = section.pairs["channels"].map { self.channels($0.value) }
    let transports = section.pairs["transports"].map { self.transports($0.value) }
    if profile == .commandsOnly { warnOfNotifications(section) }
    let tls = self.tls(section, url: url)
    let proxy = section.pairs["proxy"].flatMap { self.proxy($0.value) }
    let headers =
      section.pairs["headers"].map { self.headers($0.value, path: "platform.headers") } ?? []
    siteAuthentication = tokenSource(section) ?? .eachByItself
    siteHeaders = headers
    guard let profile, let url else { return PlatformReading(profile: profile, value: nil) }
    var platform = Platform(
      profile: profile, url: url.value, notifications: notifications ?? nil,
      channels: channels ?? nil, transports: (transports ?? nil) ?? [.longPolling],
      tls: tls, proxy: proxy, headers: headers)
    platform.route = route
    if let pair = section.pairs["livenessProbe"] { platform.livenessProbe = probe(pair.value) }
    return PlatformReading(profile: profile, value: platform)
  }

  private mutating func warnOfNotifications(_ section: SectionReading) {
    for key in ["notifications", "channels", "transports", "livenessProbe"] {
      guard let pair = section.pairs[key] else { continue }
      warn(
        pair.line, section.path(to: key),
        "has no use with profile commands-only, where nobody notifies; remove it")
    }
  }

  private mutating func probe(_ node: YAMLNode) -> Duration? {
    if case .scalar("off", _) = node.content { return nil }
    return duration(
      node, path: "platform.livenessProbe", Platform.livenessProbeRange,
      expected: "\(DurationText.expected), or off")
  }

  private mutating func profile(_ section: SectionReading) -> Profile? {
    guard let pair = section.pairs["profile"] else { return .gwsV2 }
    return choice(pair.value, path: "platform.profile", Profile.self)
  }

  private mutating func baseURL(_ node: YAMLNode) -> Located<String>? {
    let expected = "an http or https URL, such as https://gws.example"
    guard let text = text(node, path: "platform.url", expected: expected) else { return nil }
    do throws(BaseURL.Refusal) {
      let url = try BaseURL(text.value)
      if url.scheme == "http", !url.isLoopback {
        warn(node.line, "platform.url", "http sends passwords and calls in the clear; use https")
      }
      return Located(value: url.text, line: text.line, path: text.path)
    } catch {
      // The URL itself is not shown: one that is refused may hold a password.
      fail(node.line, "platform.url", "expected \(expected): \(error.reason)")
      return nil
    }
  }

  private mutating func notificationsPath(_ node: YAMLNode) -> String? {
    let expected = "a path below the URL that begins with '/'"
    guard let text = text(node, path: "platform.notifications", expected: expected) else {
      return nil
    }
    guard text.value.hasPrefix("/"), BaseURL.isPath(text.value) else {
      fail(node.line, text.path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    return text.value
  }

  private mutating func channels(_ node: YAMLNode) -> [String]? {
    let expected = "a list of channels such as /v2/me/calls"
    guard let items = items(node, path: "platform.channels", expected: expected, .refused)
    else { return nil }
    var channels: [String] = []
    for item in items {
      guard let text = text(item.node, path: item.path, expected: "a channel") else { continue }
      if let problem = channelProblem(text.value) {
        fail(text.line, text.path, "\(problem), found \"\(text.value)\"")
      } else if channels.contains(text.value) {
        fail(text.line, text.path, "expected each channel once, found \(text.value) again")
      } else {
        channels.append(text.value)
      }
    }
    return channels.isEmpty ? nil : channels
  }

  private func channelProblem(_ channel: String) -> String? {
    let segments = channel.split(separator: "/", omittingEmptySubsequences: false)
    guard segments.count > 1, segments[0].isEmpty, !segments.dropFirst().contains("") else {
      return "expected a channel such as /v2/me/calls"
    }
    if segments[1] == "meta" || segments[1] == "service" {
      return "expected a channel that can be subscribed to; /meta and /service cannot"
    }
    return nil
  }

  private mutating func transports(_ node: YAMLNode) -> [Transport]? {
    let expected = "a list of transports, such as [websocket, long-polling]"
    guard let items = items(node, path: "platform.transports", expected: expected, .refused)
    else { return nil }
    var transports: [Transport] = []
    for item in items {
      guard
        let transport = choice(
          item.node, path: item.path, Transport.self, notInThisVersion: [])
      else { continue }
      if transports.contains(transport) {
        fail(item.node.line, item.path, "expected each transport once")
      } else {
        transports.append(transport)
      }
    }
    if transports == [.webSocket] {
      fail(
        node.line, "platform.transports",
        "add long-polling: it is what goes on when a WebSocket cannot be opened")
    }
    return transports.isEmpty ? nil : transports
  }
}
