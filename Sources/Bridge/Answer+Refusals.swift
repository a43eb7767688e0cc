import Commands

extension Answer {
  /// A refusal's page is short; what is longer is no refusal.
  fileprivate static let refusalSizeMax = 64 << 10
  private static let word = Array("csrf".utf8)

  static let forgeryReason =
    "HTTP status 403: the protection against forged requests does not know our token or cookie"

  /// Whether the platform takes the request for one that was forged: HTTP status 403 with "Missing
  /// or invalid Csrf token", as text, as HTML or as JSON of any statusCode. A new login brings the
  /// cookie and the token that were missing.
  var refusesForgery: Bool {
    guard case .response(403, _, let body) = self, body.count <= Self.refusalSizeMax else {
      return false
    }
    return body.map { $0 | 0x20 }.firstRange(of: Self.word) != nil
  }

  /// How long the server asks us to wait, at most as long as any other wish of that kind counts;
  /// whoever makes this answer has turned a date into seconds.
  var retryAfter: Duration? {
    guard case .response(_, let headers, _) = self,
      let seconds = headers.first("Retry-After").flatMap({ Int64($0) })
    else { return nil }
    return min(.seconds(max(0, seconds)), BridgeLimits.retryAfterMax)
  }

  /// The same in words behind what else it says; empty when it asks for nothing.
  var wish: String {
    retryAfter.map { "; it asks us to wait \($0.components.seconds) s" } ?? ""
  }
}

extension Dialect {
  /// Whether the platform refuses the credentials that the request carried, so that the same ones
  /// are not worth another attempt. Bayeux answers of status 200 are not looked into.
  package func refusesCredentials(_ answer: Answer) -> Bool {
    guard case .response(let status, _, let body) = answer, body.count <= Answer.refusalSizeMax
    else { return false }
    // Its rules alone know what is refused to whom: 403 may be the state of a recording.
    if !profile.isNotified, let route {
      return route.refusesCredentials(status: status, body: body)
    }
    guard status >= 400 || body.first == UInt8(ascii: "{") else { return false }
    if case .notAuthenticated = standing(of: answer) { return true }
    return false
  }
}
