import Commands
import JSON
package import Privacy

/// What a start puts on record: what ran, for whom, and with which key.
package struct Launch: Sendable {
  package var version: String
  package var site: String
  package var platform: String
  package var profile: String
  package var agents: [String]
  package var deadline: Duration
  /// Who may command besides root and the daemon's own user.
  package var uids: [UInt32]
  package var gids: [UInt32]
  /// The daemon's own user.
  package var uid: UInt32
  /// The public key that signs checkpoints, as `NAME+ID+KEY`; nil if none are signed.
  package var key: String?
  /// What a key of before has signed for this one: a note, or nil.
  package var endorsement: String?
  package var heartbeat: Duration
  /// Which fields entries hold as commitments from now on.
  package var privacy = PrivacySettings()
  /// How many entries the start found behind the newest checkpoint; nil if none are signed.
  package var unsigned: Int64?
  package var configuration: Fingerprint
  /// What the audit has of the run before; nil if this is the first one, or nothing could be read.
  package var former: Former?

  /// How a run before was configured, as far as entries say it.
  package struct Former: Equatable, Sendable {
    /// The key that signed then; nil if none did.
    package var key: String?
    /// Nil of a version that did not enter it.
    package var configuration: Fingerprint?

    package init(key: String?, configuration: Fingerprint?) {
      self.key = key
      self.configuration = configuration
    }
  }

  package init(
    version: String, site: String, platform: String, profile: String, agents: [String],
    deadline: Duration, uids: [UInt32], gids: [UInt32], uid: UInt32, key: String?,
    endorsement: String?, heartbeat: Duration,
    configuration: Fingerprint, former: Former? = nil
  ) {
    self.version = version
    self.site = site
    self.platform = platform
    self.profile = profile
    self.agents = agents
    self.deadline = deadline
    self.uids = uids
    self.gids = gids
    self.uid = uid
    self.key = key
    self.endorsement = endorsement
    self.heartbeat = heartbeat
    self.configuration = configuration
    self.former = former
  }
}

extension Launch {
  func write(to writer: inout JSONWriter) {
    writer.member("version", version)
    writer.member("site", site)
    writer.member("platform", platform)
    writer.member("profile", profile)
    writer.member("agents", agents)
    writer.member("deadlineMs", deadline.wholeMicroseconds / 1_000)
    writer.member("uid", uid)
    writer.name("allow")
    writer.object { writer in
      writer.member("uids", array: { writer in for uid in uids { writer.value(uid) } })
      writer.member("gids", array: { writer in for gid in gids { writer.value(gid) } })
    }
    writer.member("key", key)
    writer.member("endorsement", endorsement)
    writer.member("heartbeatMs", heartbeat.wholeMicroseconds / 1_000)
    let fields = PersonalField.allCases.filter { privacy.fields[$0] != nil }
    if !fields.isEmpty { writer.member("commitments", fields.map(\.rawValue)) }
    if let unsigned { writer.member("unsigned", unsigned) }
    writer.member("configuration", object: configuration.write)
    guard let former else { return }
    if former.key != key { writer.member("keyBefore", former.key ?? "none") }
    if let before = former.configuration {
      writer.member("differs", configuration.parts(differingFrom: before))
    }
  }
}

/// A change of the configuration while the daemon runs.
package struct Reconfiguration: Equatable, Sendable {
  package var added: [String]
  package var removed: [String]
  /// Agents with other login data.
  package var changed: [String]
  package var configuration: Fingerprint
  package var before: Fingerprint

  package init(
    added: [String] = [], removed: [String] = [], changed: [String] = [],
    configuration: Fingerprint, before: Fingerprint
  ) {
    self.added = added
    self.removed = removed
    self.changed = changed
    self.configuration = configuration
    self.before = before
  }

  func write(to writer: inout JSONWriter) {
    writer.member("added", added)
    writer.member("removed", removed)
    writer.member("changed", changed)
    writer.member("configuration", object: configuration.write)
    writer.member("differs", configuration.parts(differingFrom: before))
  }
}
