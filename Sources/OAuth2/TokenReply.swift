import JSON

/// What came of asking the token endpoint.
package enum TokenReply: Equatable, Sendable {
  /// `retryAfter` is what the server asked for, whatever the status.
  case response(status: Int, retryAfter: Duration?, body: [UInt8])
  /// No usable answer.
  case failed(reason: String)
}

/// A token that was given (RFC 6749, section 5.1).
struct GivenToken: Equatable, Sendable {
  let access: Token
  let refresh: Token?
  /// How long the token lives; `nil` when the server did not say.
  let life: Duration?
}

/// Why no token was given, for people, without a secret of ours.
struct TokenRefusal: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

extension GivenToken {
  /// Reads an answer of the token endpoint.
  init(status: Int, body: [UInt8]) throws(TokenRefusal) {
    let json = try? JSONValue.parse(body)
    if let error = json?["error"]?.string {
      let detail = json?["error_description"]?.string.map { ": " + Self.printable($0) } ?? ""
      throw TokenRefusal(
        "the token endpoint answered \(Self.printable(error))\(detail) (HTTP status \(status))")
    }
    let answered = "the token endpoint answered HTTP status \(status)"
    guard let json else { throw TokenRefusal("\(answered), and the body is not JSON") }
    guard status == 200 else { throw TokenRefusal(answered) }
    if let type = json["token_type"]?.string, type.lowercased() != "bearer" {
      throw TokenRefusal(
        "\(answered), and the token is of type \(Self.printable(type)), not Bearer")
    }
    guard let text = json["access_token"]?.string, Self.isToken(text) else {
      throw TokenRefusal("\(answered) without a usable access_token")
    }
    access = Token(text)
    refresh = json["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : Token($0) }
    // Some servers write the number as a text.
    let seconds =
      json["expires_in"]?.integer ?? json["expires_in"]?.string.flatMap { Int64($0) }
    life = seconds.map { min(.seconds(max(0, $0)), TokenLimits.lifeMax) }
  }

  /// What a header can carry: visible ASCII (RFC 6750, section 2.1, and then some).
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= TokenLimits.tokenSize
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// What a server says, fit for one line of a log.
  private static func printable(_ text: String) -> String {
    String(
      text.prefix(TokenLimits.descriptionSize).map { character in
        character.isASCII && character.asciiValue.map { (0x20...0x7E).contains($0) } == true
          ? character : "?"
      })
  }
}
