/// How a token is asked for: a form for the token endpoint (RFC 6749).
package enum TokenRequest: Equatable, Sendable {
  /// Section 4.4.
  case clientCredentials(scope: String?)
  /// Section 4.3, with the resource owner's own credentials.
  case password(user: String, password: String, scope: String?)
  /// Section 6.
  case refresh(Token, scope: String?)

  /// The body, of type `application/x-www-form-urlencoded`. It holds secrets.
  package var body: [UInt8] {
    var fields: [(String, String)]
    let scope: String?
    switch self {
    case .clientCredentials(let wanted):
      (fields, scope) = ([("grant_type", "client_credentials")], wanted)
    case .password(let user, let password, let wanted):
      fields = [("grant_type", "password"), ("username", user), ("password", password)]
      scope = wanted
    case .refresh(let token, let wanted):
      fields = [("grant_type", "refresh_token"), ("refresh_token", token.reveal())]
      scope = wanted
    }
    if let scope { fields.append(("scope", scope)) }
    let pairs = fields.map { "\($0.0)=\(Self.formEncoded($0.1))" }
    return Array(pairs.joined(separator: "&").utf8)
  }

  /// As a form has it (RFC 6749, appendix B). The client's identifier and secret are encoded so
  /// before they go into Basic credentials (section 2.3.1).
  package static func formEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "*"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: " "): result += "+"
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
