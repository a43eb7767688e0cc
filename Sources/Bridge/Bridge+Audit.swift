import Commands
import JSON

/// What happens to the daemon itself and belongs into the audit.
package enum Occurrence: Sendable {
  /// It has begun, with this configuration.
  case started(Launch)
  /// The configuration was read again and taken up.
  case configured(Reconfiguration)
  /// It is alive: due at the interval that `started` names.
  case heartbeat
  /// It has ended well.
  case stopped
  /// The tree was signed.
  case signed(SignedCheckpoint)
  /// An authority outside has said when it saw a checkpoint.
  case stamped(StampedCheckpoint)
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
    case .configured(let change):
      let agents = directory.count
      publishDaemon("configured", at: now) { writer in
        writer.member("agentCount", agents)
        change.write(to: &writer)
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
      turn.effects.append(.anchor(checkpoint))
    case .stamped(let stamped):
      publish(.timestamp, agent: "", call: nil, at: now, data: stamped.write)
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
