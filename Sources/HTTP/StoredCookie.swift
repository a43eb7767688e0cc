import CCurl

/// A cookie as a line of Netscape's format has it: seven fields with tabs between them.
struct StoredCookie {
  private static let httpOnlyPrefix = "#HttpOnly_"

  /// Without a dot in front.
  var domain: String
  /// The domain's own subdomains get it too.
  var isForSubdomains: Bool
  var path: String
  var isSecure: Bool
  /// Seconds since 1970; 0 for a cookie of the session.
  var expires: Int64
  var name: String
  var value: String
  var isHTTPOnly: Bool

  /// Reads a line that `CookieJar.cookies` gave.
  init?(line: String) {
    isHTTPOnly = line.hasPrefix(Self.httpOnlyPrefix)
    let text = isHTTPOnly ? line.dropFirst(Self.httpOnlyPrefix.count) : line[...]
    let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 7, let expires = Int64(fields[4]) else { return nil }
    domain = (fields[0].hasPrefix(".") ? String(fields[0].dropFirst()) : fields[0]).lowercased()
    isForSubdomains = fields[1] == "TRUE"
    path = fields[2]
    isSecure = fields[3] == "TRUE"
    self.expires = expires
    name = fields[5]
    value = fields[6]
  }

  /// Reads the value of a header `Set-Cookie` (RFC 6265, 5.2 and 5.3); `nil` for what is to be
  /// ignored. `now` is in seconds since 1970.
  init?(setCookie text: String, from place: CookiePlace, now: Int) {
    // Control characters, the tab among them, would break the line or the header.
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    var parts = text.split(separator: ";", omittingEmptySubsequences: false)[...]
    guard let pair = parts.popFirst(), let equals = pair.firstIndex(of: "=") else { return nil }
    name = Self.trimmed(pair[..<equals])
    value = Self.trimmed(pair[pair.index(after: equals)...])
    guard !name.isEmpty else { return nil }
    domain = place.host
    isForSubdomains = false
    path = Self.defaultPath(place.path)
    isSecure = false
    isHTTPOnly = false
    expires = 0
    var maxAge: Int64?
    for part in parts {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let argument = halves.count == 2 ? Self.trimmed(halves[1]) : ""
      switch Self.trimmed(halves[0]).lowercased() {
      case "secure": isSecure = true
      case "httponly": isHTTPOnly = true
      case "path": path = argument.hasPrefix("/") ? argument : Self.defaultPath(place.path)
      case "domain": guard set(domain: argument.lowercased(), from: place) else { return nil }
      case "max-age": maxAge = Int64(argument) ?? maxAge
      case "expires": expires = CurlLibrary.unixSeconds(argument).map { max(1, $0) } ?? 0
      default: break
      }
    }
    // The first second of 1970 is past, which deletes: 0 would mean the session.
    if let maxAge {
      let (sum, isTooLarge) = Int64(now).addingReportingOverflow(maxAge)
      expires = maxAge <= 0 ? 1 : isTooLarge ? Int64.max : sum
    }
    if isSecure, !place.isSecure { return nil }
  }

  /// The line that `CookieJar.restore(_:)` takes.
  var line: String {
    let dot = isForSubdomains ? "." : ""
    let fields = [
      (isHTTPOnly ? Self.httpOnlyPrefix : "") + dot + domain, Self.word(isForSubdomains), path,
      Self.word(isSecure), String(expires), name, value,
    ]
    return fields.joined(separator: "\t")
  }

  /// Whether a request to `place` carries it (RFC 6265, 5.4).
  func isFor(_ place: CookiePlace) -> Bool {
    if isSecure, !place.isSecure { return false }
    let isDomain =
      place.host == domain
      || (isForSubdomains && !place.isAddress && place.host.hasSuffix(".\(domain)"))
    guard isDomain else { return false }
    let prefix = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    return prefix == "/" || place.path == prefix || place.path.hasPrefix(prefix + "/")
  }

  /// False for a domain that the host does not belong to, or that is a whole top-level domain.
  private mutating func set(domain text: String, from place: CookiePlace) -> Bool {
    let wanted = text.hasPrefix(".") ? String(text.dropFirst()) : text
    if wanted.isEmpty || (place.isAddress && wanted == place.host) { return true }
    guard !place.isAddress,
      wanted == place.host || (place.host.hasSuffix(".\(wanted)") && wanted.contains("."))
    else { return false }
    domain = wanted
    isForSubdomains = true
    return true
  }

  /// RFC 6265, 5.1.4: up to the last slash.
  private static func defaultPath(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  private static func word(_ flag: Bool) -> String { flag ? "TRUE" : "FALSE" }

  private static func trimmed(_ text: Substring) -> String {
    var bytes = text.utf8[...]
    while bytes.first == 0x20 { bytes.removeFirst() }
    while bytes.last == 0x20 { bytes.removeLast() }
    return String(bytes) ?? ""
  }
}
