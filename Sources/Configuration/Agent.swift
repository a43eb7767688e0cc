/// One login at the platform, and with it one session.
package struct Agent: Equatable, Sendable {
  /// Names the agent in events and commands; not necessarily the login.
  package var name: String
  /// Nil only with a profile that has no login.
  package var authentication: Authentication?
  /// Sent with every request of this agent, in this order, besides the platform's; one of the same
  /// name replaces the platform's.
  package var headers: [Header]

  /// An agent made by hand.
  package init(name: String, authentication: Authentication?, headers: [Header] = []) {
    self.name = name
    self.authentication = authentication
    self.headers = headers
  }

  /// An agent made by hand that logs in with a user and a password, or not at all.
  package init(name: String, login: Login?) {
    self.init(name: name, authentication: login.map { .basic($0) })
  }

  /// User and password, if it is these that every request carries.
  package var login: Login? {
    if case .basic(let login)? = authentication { login } else { nil }
  }
}
