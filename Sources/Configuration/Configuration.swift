package import Privacy

/// All that an operator decides about one bridge, checked and complete: nothing in it is undecided.
package struct Configuration: Equatable, Sendable {
  /// Names this bridge in the source of every event: `/SITE/AGENT`.
  package var site: String
  package var platform: Platform
  /// The user's own routes.
  package var routes: [RouteFile] = []
  /// The absolute path of the database.
  package var store: String
  /// The absolute path of the API's Unix socket, at most `socketPathSizeMax` bytes.
  package var socket: String
  /// The permission bits that the socket gets before it can be reached.
  package var socketMode: UInt32
  /// At least one, wherever they stand; names are unique.
  package var agents: [Agent]
  package var commands: CommandSettings
  package var audit: AuditSettings
  /// Who may use groups.
  package var groups: Access
  /// Compliance loggers; names are unique.
  package var feeds: [Feed]
  package var privacy: PrivacySettings
  package var retention: Retention

  /// `sun_path` of unix(7) has 108 bytes, the last of which is the zero that ends it.
  package static let socketPathSizeMax = 107
  /// Owner and group talk to the socket; everybody else is kept out by the file system.
  package static let socketModeDefault: UInt32 = 0o660

  /// A configuration made by hand, as the demo and tests do; nothing is checked here.
  package init(
    site: String, platform: Platform, store: String, socket: String,
    socketMode: UInt32 = socketModeDefault, agents: [Agent],
    commands: CommandSettings = CommandSettings(), audit: AuditSettings = AuditSettings(),
    groups: Access = Access(), feeds: [Feed] = [],
    privacy: PrivacySettings = PrivacySettings(), retention: Retention = Retention()
  ) {
    self.audit = audit
    self.site = site
    self.platform = platform
    self.store = store
    self.socket = socket
    self.socketMode = socketMode
    self.agents = agents
    self.commands = commands
    self.groups = groups
    self.feeds = feeds
    self.privacy = privacy
    self.retention = retention
  }
}

/// How commands are judged and who may give them.
package struct CommandSettings: Equatable, Sendable {
  /// How long a command may stay without its witness before it is called unconfirmed.
  package var deadline: Duration
  package var allow: Access

  /// The notification of a command takes well under a second; 10 s is a platform in trouble.
  package static let deadlineDefault: Duration = .seconds(10)
  /// Shorter than any reply over a network: everything would be unconfirmed.
  package static let deadlineMin: Duration = .milliseconds(100)
  /// Longer than most calls: nobody would learn in time that a Stop did not work.
  package static let deadlineMax: Duration = .seconds(3600)

  /// Settings made by hand; without arguments the defaults.
  package init(
    deadline: Duration = deadlineDefault, allow: Access = Access()
  ) {
    self.deadline = deadline
    self.allow = allow
  }
}

/// Who may do more than read, besides root and the daemon's own user, who always may.
package struct Access: Equatable, Sendable {
  package var uids: [UInt32]
  package var gids: [UInt32]

  /// Access made by hand; without arguments nobody else.
  package init(uids: [UInt32] = [], gids: [UInt32] = []) {
    self.uids = uids
    self.gids = gids
  }
}
