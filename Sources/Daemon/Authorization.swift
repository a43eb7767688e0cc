import HTTP
import OAuth2

/// What one request proves with who it is from.
enum Authorization: Equatable {
  case none
  case basic(HTTPCredentials)
  case bearer(Token)

  /// As a header field's value, for whoever writes the head itself; nil for `none`. A secret.
  var headerValue: String? {
    switch self {
    case .none: nil
    case .basic(let credentials): credentials.headerValue
    case .bearer(let token): "Bearer \(token.reveal())"
    }
  }
}
