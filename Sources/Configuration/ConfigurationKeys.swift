import Privacy

/// The one list of the keys that a configuration may have; the schema in `schemas` has the same.
package enum ConfigurationKeys {
  static let root = Section([
    "site", "platform", "routes", "store", "socket", "socketMode", "agents", "commands", "audit",
    "groups", "feeds", "privacy", "retention",
  ])
  static let platform = Section([
    "profile", "url", "route", "notifications", "channels", "transports", "livenessProbe", "ca",
    "tls",
    "proxy", "oauth2", "bearer", "headers",
  ])
  static let tls = Section(["certificate", "key", "minimum", "serverName", "insecure"])
  static let proxy = Section(["url", "user", "password"])
  static let oauth2 = Section(["tokenURL", "grant", "clientID", "clientSecret", "scope"])
  static let agentsElsewhere = Section(["file", "directory"])
  static let agent = Section(["name", "user", "password", "oauth2", "bearer", "headers"])
  static let commands = Section(["deadline", "allow"])
  static let groups = Section(["allow"])
  static let feed = Section(["name", "types", "grades", "file", "syslog", "webhook"])
  static let feedFile = Section(["path", "size", "every"])
  static let feedSyslog = Section([
    "unix", "tcp", "tls", "ca", "certificate", "key", "facility", "enterprise", "maxBytes",
  ])
  static let feedWebhook = Section(["url", "headers", "ca", "certificate", "key"])
  static let privacy = Section(["fields"])
  static let privacyFields = Section(PersonalField.allCases.map(\.rawValue))
  static let retention = Section(["events", "entries", "groups"])
  static let retentionEvents = Section(["age", "size"])
  static let retentionEntries = Section(["age"])
  static let allow = Section(["uids", "gids"])
  static let audit = Section(["key", "heartbeat", "anchors"])
  static let anchor = Section(["name", "file", "command", "timestamp"])
  static let anchorTimestamp = Section(["url", "ca", "policy", "every"])
  static let secret = Section(["file", "credential", "env"])
  /// A secret that a library reads itself.
  static let secretFile = Section(["file", "credential"])

  /// The keys of one mapping.
  struct Section: Sendable {
    let keys: [String]
    /// Other words that people have for a key, in small letters, with the key.
    let meant: [String: String]
    init(_ keys: [String], meant: [String: String] = [:]) {
      self.keys = keys
      self.meant = meant
    }
  }

  /// Every key with its path, as `platform.url`; `[]` stands for an item and `*` for any name.
  package static let all: [String] =
    root.keys
    + platform.keys.map { "platform.\($0)" }
    + tls.keys.map { "platform.tls.\($0)" }
    + secretFile.keys.map { "platform.tls.key.\($0)" }
    + proxy.keys.map { "platform.proxy.\($0)" }
    + secret.keys.map { "platform.proxy.password.\($0)" }
    + authentication(below: "platform")
    + agentsElsewhere.keys.map { "agents.\($0)" }
    + agent.keys.map { "agents[].\($0)" }
    + secret.keys.map { "agents[].password.\($0)" }
    + authentication(below: "agents[]")
    + commands.keys.map { "commands.\($0)" }
    + allow.keys.map { "commands.allow.\($0)" }
    + audit.keys.map { "audit.\($0)" }
    + secretFile.keys.map { "audit.key.\($0)" }
    + anchor.keys.map { "audit.anchors[].\($0)" }
    + anchorTimestamp.keys.map { "audit.anchors[].timestamp.\($0)" }
    + groups.keys.map { "groups.\($0)" }
    + allow.keys.map { "groups.allow.\($0)" }
    + privacy.keys.map { "privacy.\($0)" }
    + privacyFields.keys.map { "privacy.fields.\($0)" }
    + retention.keys.map { "retention.\($0)" }
    + retentionEvents.keys.map { "retention.events.\($0)" }
    + retentionEntries.keys.map { "retention.entries.\($0)" }
    + feed.keys.map { "feeds[].\($0)" }
    + feedFile.keys.map { "feeds[].file.\($0)" }
    + feedSyslog.keys.map { "feeds[].syslog.\($0)" }
    + feedWebhook.keys.map { "feeds[].webhook.\($0)" }
    + secretFile.keys.flatMap { key in
      ["syslog", "webhook"].map { "feeds[].\($0).key.\(key)" }
    }
    + secret.keys.map { "feeds[].webhook.headers.*.\($0)" }

  /// What the platform and each agent may have.
  private static func authentication(below path: String) -> [String] {
    let secrets = ["oauth2.clientSecret", "bearer", "headers.*"].flatMap { key in
      secret.keys.map { "\(path).\(key).\($0)" }
    }
    return oauth2.keys.map { "\(path).oauth2.\($0)" } + secrets
  }
}
