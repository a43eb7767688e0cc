/// An HTTP proxy with what it asks for.
package struct Proxy: Equatable, Sendable {
  /// `http://HOST:PORT`, without credentials.
  package var url: String
  /// Nil when the proxy asks for none.
  package var login: Login?

  /// A proxy made by hand.
  package init(url: String, login: Login? = nil) {
    self.url = url
    self.login = login
  }
}

extension Proxy {
  /// Name or address, without brackets.
  package var host: String { place.host }

  package var port: UInt16 { place.port.flatMap { UInt16($0) } ?? 80 }

  private var place: HostAndPort {
    HostAndPort(url.split(separator: "/", omittingEmptySubsequences: true).last ?? "", port: "80")
  }
}

/// Which requests go through which proxy, decided when the configuration was read.
package struct ProxySetting: Equatable, Sendable {
  /// For URLs of scheme http and ws.
  package var plain: Proxy?
  /// For URLs of scheme https and wss.
  package var secure: Proxy?
  /// What goes without a proxy, as in the variable `NO_PROXY`: `*` for everything, a domain with
  /// all below it, an address, or an IPv4 network such as 10.0.0.0/8; each perhaps with a port.
  package var exceptions: [String]

  /// A setting made by hand.
  package init(plain: Proxy?, secure: Proxy?, exceptions: [String] = []) {
    self.plain = plain
    self.secure = secure
    self.exceptions = exceptions
  }

  /// The proxy that a request to `url` goes through; nil for none.
  package func proxy(for url: String) -> Proxy? {
    let isSecure = url.lowercased().hasPrefix("https:") || url.lowercased().hasPrefix("wss:")
    guard let proxy = isSecure ? secure : plain, let scheme = url.firstRange(of: "://") else {
      return nil
    }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let target = HostAndPort(authority, port: isSecure ? "443" : "80")
    return exceptions.contains { Self.covers($0, target) } ? nil : proxy
  }

  private static func covers(_ exception: String, _ target: HostAndPort) -> Bool {
    if exception == "*" { return true }
    if exception.contains("/") { return network(exception[...], has: target.host) }
    let wanted = HostAndPort(exception[...], port: nil)
    if let port = wanted.port, port != target.port { return false }
    var domain = wanted.host[...]
    while domain.hasPrefix(".") || domain.hasPrefix("*") { domain = domain.dropFirst() }
    guard !domain.isEmpty else { return false }
    return target.host == domain || target.host.hasSuffix(".\(domain)")
  }

  /// Whether an IPv4 address lies in a network written with a prefix length (RFC 4632).
  private static func network(_ text: Substring, has host: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = UInt32(parts[1]), length <= 32,
      let network = address(parts[0]), let address = address(host[...])
    else { return false }
    return length == 0 || (network ^ address) >> (32 - length) == 0
  }

  private static func address(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let part else { return nil }
      value = value << 8 | UInt32(part)
    }
    return value
  }
}

/// The authority of a URL, taken apart; the host in lower case and without brackets.
struct HostAndPort: Equatable {
  let host: String
  let port: String?

  /// - Parameter port: what counts when the text has none.
  init(_ authority: Substring, port: String?) {
    let text = authority.lowercased()
    if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
      host = String(text[..<bracket].dropFirst())
      let rest = text[text.index(after: bracket)...]
      self.port = rest.hasPrefix(":") ? String(rest.dropFirst()) : port
    } else if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
      host = String(text[..<colon])
      self.port = String(text[text.index(after: colon)...])
    } else {
      host = text
      self.port = port
    }
  }
}
