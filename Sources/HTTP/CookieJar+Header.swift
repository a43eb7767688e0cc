import CCurl
import Glibc

// Cookies for a connection that curl does not make: a WebSocket's opening request.
extension CookieJar {
  /// Cookies that one request carries at most; curl's own limit.
  private static let cookiesMax = 150
  /// 8 KiB less what a header needs besides; curl's own limit.
  private static let headerSizeMax = 8_190

  /// The value of the header `Cookie` that curl would send to `url` (http, https, ws or wss), or
  /// `nil` when no cookie is for it. A secret.
  ///
  /// Cookies with longer paths come first (RFC 6265, 5.4).
  package func header(for url: String) -> String? {
    guard let place = CookiePlace(url) else { return nil }
    var pairs: [String] = []
    var size = 0
    let found = cookies.compactMap(StoredCookie.init).filter { $0.isFor(place) }
    for cookie in found.sorted(by: { $0.path.utf8.count > $1.path.utf8.count }) {
      let pair = "\(cookie.name)=\(cookie.value)"
      size += pair.utf8.count + 2
      guard pairs.count < Self.cookiesMax, size <= Self.headerSizeMax else { break }
      pairs.append(pair)
    }
    return pairs.isEmpty ? nil : pairs.joined(separator: "; ")
  }

  /// Stores what an answer from `url` has set: the values of its headers `Set-Cookie`.
  ///
  /// What a server may not set is ignored: a cookie of a foreign domain, or a secure one over a
  /// connection that is not.
  package func store(setCookie values: [String], from url: String) {
    guard let place = CookiePlace(url) else { return }
    restore(values.compactMap { StoredCookie(setCookie: $0, from: place, now: time(nil))?.line })
  }
}

/// Where a request goes, as far as cookies care.
struct CookiePlace {
  let host: String
  let isAddress: Bool
  let path: String
  /// Secure cookies may travel: over TLS, or without leaving the machine.
  let isSecure: Bool

  /// `nil` for what is not an absolute http, https, ws or wss URL.
  init?(_ url: String) {
    var url = url
    for (webSocket, http) in [("ws:", "http:"), ("wss:", "https:")]
    where url.lowercased().hasPrefix(webSocket) {
      url = http + url.dropFirst(webSocket.count)
    }
    guard let target = HTTPTarget(url), ["http", "https"].contains(target.scheme) else {
      return nil
    }
    host = target.host.lowercased()
    isAddress = target.isNumeric
    path = target.path.hasPrefix("/") ? target.path : "/"
    isSecure = target.scheme == "https" || ["localhost", "127.0.0.1", "::1"].contains(host)
  }
}
