import Commands

extension Dialect {
  /// The one request with which an agent's HTTP session begins, and what has to follow it.
  struct Login: Equatable, Sendable {
    let method: Route.Method
    let target: String
    /// The platform may answer that the session is still being set up, and tell the end of that in
    /// a notification: until then its calls are not there to be read.
    let isAnnounced: Bool
  }
}

extension Dialect.Profile {
  /// Nil where nobody logs in.
  var login: Dialect.Login? {
    switch self {
    // Reads who the agent is; the credentials go with it. The agent is not logged in at the contact
    // centre by this (`StartContactCenterSession`) and never logged out.
    case .gwsV2: Dialect.Login(method: .get, target: "/api/v2/me", isAnnounced: false)
    // Makes the session that the cookie `WORKSPACE_SESSIONID` names, by the access token that goes
    // with it. The channels of the agent stay as they are: `activate-channels` and `logout`, which
    // would log in and out at the switch, are never sent (vendor's workspace-client-java).
    case .workspaceV3:
      Dialect.Login(
        method: .post, target: "/workspace/v3/initialize-workspace", isAnnounced: true)
    case .bayeux, .commandsOnly: nil
    }
  }

  /// How the answers to a login and to a request for the calls read.
  var standing: Dialect.Standing.Rules {
    switch self {
    case .gwsV2, .bayeux, .commandsOnly:
      Dialect.Standing.Rules(
        members: StatusMembers(code: ["statusCode"], message: ["statusMessage"]), good: [0],
        pending: [], notAuthenticated: [20],
        notAuthenticatedStatuses: [])
    // 401 and 403 whatever the code, because no table of the codes is published: to log in once too
    // often is better than to stay outside.
    case .workspaceV3:
      Dialect.Standing.Rules(
        members: StatusMembers(code: ["status", "code"], message: ["status", "message"]), good: [0],
        pending: [1], notAuthenticated: [603],
        notAuthenticatedStatuses: [401, 403])
    }
  }
}
