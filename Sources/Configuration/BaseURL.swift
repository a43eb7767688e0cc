/// The base of all the platform's addresses: scheme, host, perhaps a port and a path, nothing else.
///
/// Not a general parser of RFC 3986: what a base has no use for is refused with its reason, since
/// libcurl would otherwise accept it and do something that the operator did not mean.
struct BaseURL: Equatable {
  let scheme: String
  let host: String
  /// As it was written, without slashes at the end.
  let text: String

  /// Why a text is not a base URL; never repeats the text.
  struct Refusal: Error {
    let reason: String
  }

  init(_ text: String) throws(Refusal) {
    guard let colon = text.firstRange(of: "://") else {
      throw Refusal(reason: "it does not begin with https://")
    }
    scheme = text[..<colon.lowerBound].lowercased()
    guard ["http", "https"].contains(scheme) else {
      throw Refusal(reason: "the scheme is neither http nor https")
    }
    let rest = text[colon.upperBound...]
    guard !rest.contains("?"), !rest.contains("#") else {
      throw Refusal(reason: "it has a query or a fragment")
    }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    guard !authority.contains("@") else {
      throw Refusal(reason: "credentials do not belong into it; give them with the agents")
    }
    guard Self.isPath(String(rest[slash...])) else {
      throw Refusal(reason: "its path has a character that must be percent-encoded")
    }
    host = try Self.host(of: authority)
    var text = text
    while text.hasSuffix("/") { text.removeLast() }
    self.text = text
  }

  /// The same base with another host; the port stays.
  func replacingHost(with other: String) -> String {
    let start = scheme.utf8.count + "://".utf8.count
    return String(text.prefix(start)) + other + String(text.dropFirst(start + host.count))
  }

  /// Whether nothing follows the host and the port.
  var isHostAlone: Bool { !text.dropFirst(scheme.utf8.count + "://".utf8.count).contains("/") }

  /// Whether it stays on this machine, where clear text is no risk.
  var isLoopback: Bool { host == "localhost" || host == "[::1]" || host.hasPrefix("127.") }

  /// Whether `path` has only what a path may hold as it is (RFC 3986, section 3.3).
  static func isPath(_ path: String) -> Bool {
    path.utf8.allSatisfy { $0.isLetterOrDigit || "/-._~!$&'()*+,;=:@%".utf8.contains($0) }
  }

  /// Whether `query` has only what a query may hold as it is (RFC 3986, section 3.4).
  static func isQuery(_ query: String) -> Bool { isPath(query.filter { $0 != "?" }) }

  private static func host(of authority: Substring) throws(Refusal) -> String {
    var host = authority
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else {
        throw Refusal(reason: "its IPv6 address does not end with ']'")
      }
      host = authority[...bracket]
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
    }
    let port = authority[host.endIndex...]
    if !port.isEmpty {
      guard port.hasPrefix(":"), let number = UInt16(port.dropFirst()), number > 0 else {
        throw Refusal(reason: "its port is not a number from 1 to 65535")
      }
    }
    let isAddress = host.hasPrefix("[")
    let inside = isAddress ? host.dropFirst().dropLast() : host
    guard !inside.isEmpty,
      inside.utf8.allSatisfy({
        $0.isLetterOrDigit || (isAddress ? ":." : "-._").utf8.contains($0)
      })
    else { throw Refusal(reason: "it has no host, or one with characters that a host cannot have") }
    return host.lowercased()
  }
}
