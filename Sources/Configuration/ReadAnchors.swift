import Glibc
import YAML

extension ConfigurationReader {
  /// `audit.anchors`.
  mutating func anchors(_ node: YAMLNode) -> [Anchor] {
    guard let items = items(node, path: "audit.anchors", expected: "a list of anchors", .accepted)
    else { return [] }
    var names: Set<String> = []
    var paths: Set<String> = []
    return items.compactMap { item in
      guard let anchor = anchor(item.node, path: item.path) else { return nil }
      if !names.insert(anchor.name).inserted {
        fail(item.node.line, "\(item.path).name", "there is another anchor \(anchor.name)")
      }
      if case .file(let path) = anchor.destination, !paths.insert(path).inserted {
        fail(item.node.line, "\(item.path).file", "another anchor writes to this file")
      }
      return anchor
    }
  }

  private mutating func anchor(_ node: YAMLNode, path: String) -> Anchor? {
    guard let section = section(node, path: path, ConfigurationKeys.anchor) else { return nil }
    let name = required("name", of: section, expected: "a name for the anchor, such as vault")
      .flatMap { self.name($0, path: section.path(to: "name")) }
    guard let way = exactlyOne(of: ["file", "command", "timestamp"], in: section) else {
      return nil
    }
    let key = section.path(to: way.key)
    let destination: Anchor.Destination? =
      switch way.key {
      case "file":
        absolutePath(way.value, path: key, of: "the file").map { .file($0.value) }
      case "command": command(way.value, path: key).map { .command($0) }
      default: timestamp(way.value, path: key).map { .timestamp($0) }
      }
    guard let name, let destination else { return nil }
    return Anchor(name: name.value, destination: destination)
  }

  /// A list of words and no text, so that nobody expects a shell.
  private mutating func command(_ node: YAMLNode, path: String) -> [String]? {
    let expected = "a list of the program's absolute path and its arguments"
    guard let items = items(node, path: path, expected: expected, .refused) else { return nil }
    guard items.count <= Anchor.commandWordsMax else {
      fail(node.line, path, "expected at most \(Anchor.commandWordsMax) words")
      return nil
    }
    let program = absolutePath(items[0].node, path: items[0].path, of: "the program")
    // The path is passed as a C string for the length of the call only.
    if let program, unsafe access(program.value, X_OK) != 0 {
      fail(program.line, program.path, "\(program.value) is nothing that can be run")
    }
    let arguments = items.dropFirst().compactMap {
      text($0.node, path: $0.path, expected: "an argument in quotes")?.value
    }
    guard let program, arguments.count == items.count - 1 else { return nil }
    return [program.value] + arguments
  }

  private mutating func timestamp(_ node: YAMLNode, path: String) -> TimestampAuthority? {
    guard let section = section(node, path: path, ConfigurationKeys.anchorTimestamp) else {
      return nil
    }
    let url = required("url", of: section, expected: "a URL, such as http://tsa.example/tsr")
      .flatMap { authorityURL($0, path: section.path(to: "url")) }
    let authority = required(
      "ca", of: section, expected: "the absolute path of the authority's certificates"
    ).flatMap {
      absolutePath($0, path: section.path(to: "ca"), of: "the authority's certificates")
    }
    if let authority { check(authority) }
    var every = TimestampAuthority.everyDefault
    if let pair = section.pairs["every"] {
      every =
        duration(
          pair.value, path: section.path(to: "every"), TimestampAuthority.everyRange) ?? every
    }
    let policy = section.pairs["policy"].flatMap {
      self.policy($0.value, path: section.path(to: "policy"))
    }
    guard let url, let authority else { return nil }
    return TimestampAuthority(
      url: url, certificateAuthority: authority.value, policy: policy, every: every)
  }

  /// Clear text is as good as any here: what comes is signed.
  private mutating func authorityURL(_ node: YAMLNode, path: String) -> String? {
    let expected = "a URL, such as http://tsa.example/tsr"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    do throws(BaseURL.Refusal) {
      _ = try BaseURL(text.value)
      return text.value
    } catch {
      // Not shown: one that is refused may hold a password.
      fail(node.line, path, "expected \(expected): \(error.reason)")
      return nil
    }
  }

  private mutating func policy(_ node: YAMLNode, path: String) -> String? {
    let expected = "an object identifier in quotes, such as \"1.3.6.1.4.1.13762.3\""
    guard let text = text(node, path: path, expected: expected) else { return nil }
    let numbers = text.value.split(separator: ".", omittingEmptySubsequences: false)
    // X.660: the first number is 0 to 2, and below 0 and 1 the second is 0 to 39.
    guard numbers.count >= 2, numbers.allSatisfy({ UInt32($0).map(String.init) == String($0) }),
      let first = UInt32(numbers[0]), first <= 2, first == 2 || (UInt32(numbers[1]) ?? 40) < 40
    else {
      fail(node.line, path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    return text.value
  }
}
