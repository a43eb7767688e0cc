package import Commands

/// How a platform is spoken to: which requests exist and how their answers read. A profile is data:
/// its login and how its answers read; nothing else in the bridge knows which one it is.
package struct Dialect: Equatable, Sendable {
  package enum Profile: String, Sendable, CaseIterable {
    /// Genesys Web Services, API v2: login, snapshot and commands over REST.
    case gwsV2 = "gws-v2"
    /// Workspace API v3: the same, and notifications name the operation that they answer.
    case workspaceV3 = "workspace-v3"
    /// A plain Bayeux server: no login, no REST; what a gap hides stays hidden.
    case bayeux
    /// Nobody notifies: there is no session, only commands and looks.
    case commandsOnly = "commands-only"

    /// Whether a session tells of the calls.
    package var isNotified: Bool { self != .commandsOnly }
  }

  package var profile: Profile
  /// `scheme://host[:port]`, sent as `Origin`: the vendor lists it as mandatory.
  package var origin: String
  /// Path of the Bayeux endpoint.
  package var notifications: String
  /// The first is the channel of the calls.
  package var channels: [String]
  /// How commands are sent; nil where there is no way.
  package var route: Route?
  /// The GET that lists the agent's live calls; nil where there is none.
  package var calls: Template?

  package init(
    profile: Profile, origin: String, notifications: String, channels: [String],
    route: Route? = nil, calls: Template? = nil
  ) {
    self.profile = profile
    self.origin = origin
    self.notifications = notifications
    self.channels = channels
    self.route = route
    self.calls = calls
  }

  /// Longest silence of the platform before a REST request counts as failed; CometD clients use
  /// the same ten seconds for every request that is not held.
  static let restTimeout = Duration.seconds(10)

  /// What every request carries that no route describes.
  func headers(hasBody: Bool) -> [Header] {
    let headers = [Header("Origin", origin), Header("Accept", "application/json")]
    return hasBody
      ? headers + [Header("Content-Type", "application/json;charset=UTF-8")] : headers
  }

  /// Who logs in, and how; nil when nobody does.
  var login: Login? { profile.login }

  /// Whether the route says itself how its verifying GET reads: then one call is asked for.
  var looksByRoute: Bool { route.map { $0.verification.reading != .calls } ?? false }

  /// The GET that shows the agent's live calls; nil when there is none.
  func snapshotTarget(agent: String) -> String? {
    calls?.filled(.path, [Route.Given.agent.rawValue: agent])
  }
}
