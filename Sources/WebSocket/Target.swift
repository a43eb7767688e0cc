/// Where a URL points, as far as opening a WebSocket needs it.
struct Target: Equatable {
  let isSecure: Bool
  /// Without the brackets of an IPv6 address.
  let host: String
  let port: UInt16
  /// Path and query.
  let path: String

  /// `nil` for what is not `ws`, `wss`, `http` or `https` with a host, for one with a user, and for
  /// characters that have no place in a URL (RFC 3986, 2).
  init?(_ url: String) {
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "ws", "http": isSecure = false
    case "wss", "https": isSecure = true
    default: return nil
    }
    let authority = parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return nil }
    let rest = parts[1][authority.endIndex...].prefix { $0 != "#" }
    path = rest.hasPrefix("/") ? String(rest) : "/" + rest
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      let behind = authority[authority.index(after: end)...]
      guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
      portText = behind.isEmpty ? nil : behind.dropFirst()
    } else {
      let pieces = authority.split(separator: ":", omittingEmptySubsequences: false)
      guard pieces.count <= 2 else { return nil }
      host = String(pieces[0])
      portText = pieces.count == 2 ? pieces[1] : nil
    }
    guard !host.isEmpty else { return nil }
    if let portText, !portText.isEmpty {
      guard let number = UInt16(portText), number > 0 else { return nil }
      port = number
    } else {
      port = isSecure ? 443 : 80
    }
  }

  /// The host is an address and not a name: nothing has to be looked up.
  static func isNumeric(_ host: String) -> Bool {
    if host.contains(":") { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// For the Host header, with `name` in place of the URL's.
  func hostHeader(_ name: String?) -> String {
    let name = name ?? host
    let written = name.contains(":") ? "[\(name)]" : name
    return port == (isSecure ? 443 : 80) ? written : "\(written):\(port)"
  }

  /// For messages: no query.
  var withoutSecrets: String {
    let place = path.prefix { $0 != "?" }
    return "\(isSecure ? "wss" : "ws")://\(hostHeader(nil))\(place)"
  }
}
