/// The one list of the keys that a configuration may have; the schema in `schemas` has the same.
package enum ConfigurationKeys {
  static let root = Section([
    "site", "platform", "store", "socket", "socketMode", "agents", "commands",
  ])
  static let platform = Section([
    "profile", "url", "notifications", "channels", "transports", "ca", "headers",
  ])
  static let agentsElsewhere = Section(["file", "directory"])
  static let agent = Section(["name", "user", "password"])
  static let commands = Section(["deadline", "allow"])
  static let allow = Section(["uids", "gids"])
  static let secret = Section(["file", "env"])

  /// The keys of one mapping.
  struct Section: Sendable {
    let keys: [String]
    init(_ keys: [String]) { self.keys = keys }
  }

  /// Every key with its path, as `platform.url`; `[]` stands for an item and `*` for any name.
  package static let all: [String] =
    root.keys
    + platform.keys.map { "platform.\($0)" }
    + secret.keys.map { "platform.headers.*.\($0)" }
    + agentsElsewhere.keys.map { "agents.\($0)" }
    + agent.keys.map { "agents[].\($0)" }
    + secret.keys.map { "agents[].password.\($0)" }
    + commands.keys.map { "commands.\($0)" }
    + allow.keys.map { "commands.allow.\($0)" }
}
