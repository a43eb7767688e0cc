import Commands
import JSON
package import Privacy

/// What happens to the daemon itself and belongs into the audit.
package enum Occurrence: Sendable {
  /// It has begun, with this configuration.
  case started(Launch)
  /// The configuration was read again and taken up.
  case configured(added: [String], removed: [String], changed: [String])
  /// It is alive: due at the interval that `started` names.
  case heartbeat
  /// It has ended well.
  case stopped
  /// The tree was signed.
  case signed(SignedCheckpoint)
}

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

  package init(
    version: String, site: String, platform: String, profile: String, agents: [String],
    deadline: Duration, uids: [UInt32], gids: [UInt32], uid: UInt32, key: String?,
    endorsement: String?, heartbeat: Duration
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
  }
}

/// The tree at one size, signed.
package struct SignedCheckpoint: Equatable, Sendable {
  package let origin: String
  /// How many entries it covers.
  package let size: Int64
  /// The signed note.
  package let note: String

  package init(origin: String, size: Int64, note: String) {
    self.origin = origin
    self.size = size
    self.note = note
  }
}

extension Bridge {
  mutating func enter(_ occurrence: Occurrence, at now: Moment) {
    switch occurrence {
    case .started(let launch): publishDaemon("started", at: now, launch.write)
    case .configured(let added, let removed, let changed):
      let agents = directory.count
      publishDaemon("configured", at: now) { writer in
        writer.member("agentCount", agents)
        writer.member("added", added)
        writer.member("removed", removed)
        writer.member("changed", changed)
      }
    case .stopped:
      let open = openCommandCount
      publishDaemon("stopped", at: now) { $0.member("openCommands", open) }
    case .heartbeat:
      let missing = agentsOutOfSync(at: now)
      let (agents, open) = (directory.count, openCommandCount)
      publish(.heartbeat, agent: "", call: nil, at: now) { writer in
        writer.member("openCommands", open)
        writer.member("agents", agents)
        writer.member("observed", agents - missing.count)
        writer.member("unobserved", Array(missing.prefix(BridgeLimits.agentsInHeartbeat)))
      }
    case .signed(let checkpoint):
      let sequence = publish(.checkpoint, agent: "", call: nil, at: now) { writer in
        writer.member("origin", checkpoint.origin)
        writer.member("size", checkpoint.size)
        writer.member("note", checkpoint.note)
      }
      turn.writes.append(.checkpoint(checkpoint, at: now.wall, sequence: sequence))
    }
  }

  private mutating func publishDaemon(
    _ action: String, at now: Moment, _ more: (inout JSONWriter) -> Void
  ) {
    publish(.daemon, agent: "", call: nil, at: now) { writer in
      writer.member("action", action)
      more(&writer)
    }
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
  }
}
