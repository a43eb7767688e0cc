import CCurl

/// Where a URL points: what connecting and messages need of it.
///
/// Wraps `curl_url`, so that it is read exactly as the transfer will read it.
struct HTTPTarget {
  let scheme: String
  /// Without the brackets of an IPv6 address.
  private(set) var host: String
  let port: String
  let path: String

  /// `nil` for what is not an absolute URL that curl can read.
  init?(_ url: String) {
    guard let handle = unsafe curl_url() else { return nil }
    // Safe: the handle is freed once, at the end of this initialiser; curl copies the text.
    defer { unsafe curl_url_cleanup(handle) }
    guard unsafe curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
      let scheme = unsafe Self.part(CURLUPART_SCHEME, of: handle),
      let host = unsafe Self.part(CURLUPART_HOST, of: handle), !host.isEmpty,
      let port = unsafe Self.part(CURLUPART_PORT, of: handle),
      let path = unsafe Self.part(CURLUPART_PATH, of: handle)
    else { return nil }
    self.scheme = scheme
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    self.port = port
    self.path = path
  }

  /// The same place with another host.
  func connecting(to host: String) -> HTTPTarget {
    var other = self
    other.host = host
    return other
  }

  /// The host as it stands before a port: an IPv6 address gets its brackets.
  var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

  /// Safe for a handle of `curl_url` that has not been cleaned up.
  private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    let flags = UInt32(bitPattern: CURLU_DEFAULT_PORT)
    guard unsafe curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text = unsafe text
    else { return nil }
    defer { unsafe curl_free(text) }
    return unsafe String(cString: text)
  }

  /// The host is an address and not a name: nothing has to be looked up.
  ///
  /// A colon occurs in IPv6 addresses alone. The other texts that curl may take for an IPv4 address
  /// (`127.1`) have been normalised by `curl_url`.
  var isNumeric: Bool {
    if host.contains(":") { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Scheme, host, and port if that is not the scheme's own.
  private var origin: String {
    let isDefaultPort = port == (scheme == "https" ? "443" : "80")
    return "\(scheme)://\(bracketedHost)\(isDefaultPort ? "" : ":\(port)")"
  }

  /// For messages: no user, no password, no query.
  var withoutSecrets: String { origin + path }

  /// `url` for messages, also if it cannot be read.
  static func withoutSecrets(_ url: String) -> String {
    HTTPTarget(url)?.withoutSecrets ?? "an unreadable URL"
  }

  /// `url` for messages that must not name its path either.
  static func origin(_ url: String) -> String { HTTPTarget(url)?.origin ?? "an unreadable URL" }
}
