/// How an agent proves at the platform who it is.
package enum Authentication: Hashable, Sendable {
  /// User and password with every request (RFC 7617).
  case basic(Login)
  /// A token that somebody else has given us, with every request (RFC 6750).
  case bearer(Secret)
  /// A token that we get and renew ourselves.
  case oauth2(OAuth2Settings)
}

/// Where tokens come from (RFC 6749). Agents with equal settings share one token.
package struct OAuth2Settings: Hashable, Sendable {
  package var tokenURL: String
  package var clientID: String
  package var clientSecret: Secret
  package var scope: String?
  /// With one: the resource owner password grant (section 4.3); without: the client credentials
  /// grant (section 4.4).
  package var owner: Login?

  /// Settings made by hand.
  package init(
    tokenURL: String, clientID: String, clientSecret: Secret, scope: String? = nil,
    owner: Login? = nil
  ) {
    self.tokenURL = tokenURL
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.scope = scope
    self.owner = owner
  }
}

/// A user with the password that proves it.
package struct Login: Hashable, Sendable {
  package var user: String
  package var password: Secret

  /// A login made by hand.
  package init(user: String, password: Secret) {
    self.user = user
    self.password = password
  }
}
