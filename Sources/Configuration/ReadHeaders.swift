import YAML

extension ConfigurationReader {
  /// Headers that the bridge itself sends or that belong to the connection.
  private static let ownHeaders = [
    "connection", "content-length", "content-type", "cookie", "expect", "host",
    "transfer-encoding", "upgrade",
  ]

  /// The headers of the platform or of one agent; `section` is the path of the mapping.
  mutating func headers(_ node: YAMLNode, path section: String) -> [Header] {
    guard case .mapping(let pairs) = node.content else {
      fail(
        node.line, section,
        "expected a mapping of header names to values, found \(node.kind)")
      return []
    }
    var seen: Set<String> = []
    return pairs.compactMap { pair in
      let path = "\(section).\(pair.key)"
      guard isToken(pair.key) else {
        fail(pair.line, path, "expected the name of a header, such as Origin")
        return nil
      }
      let name = pair.key.lowercased()
      guard !Self.ownHeaders.contains(name) else {
        fail(pair.line, path, "the bridge sets this header itself; remove it")
        return nil
      }
      guard seen.insert(name).inserted else {
        fail(pair.line, path, "this header is given twice; case does not distinguish names")
        return nil
      }
      let literal: LiteralAdvice = name == "authorization" ? .warned : .accepted
      return secret(pair.value, path: path, literal).map { Header(name: pair.key, value: $0) }
    }
  }

  /// A token of RFC 9110, section 5.6.2.
  func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }
}
