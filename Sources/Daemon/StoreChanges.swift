import Bridge
import Commands
import JSON
import Store

/// The bridge's writes as the store's rows.
extension Change {
  /// - Parameter keepsake: what is kept with a session that can be resumed, by agent.
  init(_ write: Write, keepsake: (String) -> Keepsake?) {
    switch write {
    case .event(let event):
      self = .event(
        StoredEvent(
          sequence: event.sequence, type: event.type.rawValue, agent: event.agent,
          call: event.call, wallMicroseconds: event.wall.wholeMicroseconds, line: event.line))
    case .command(let command, let sequence):
      self = .command(
        StoredCommand(
          id: command.id, key: command.key, agent: command.agent, call: command.call,
          operation: command.operation.rawValue, status: command.status.rawValue,
          grade: command.grade?.rawValue, isOpen: command.isOpen,
          isException: command.isException, isAcknowledged: command.acknowledgement != nil,
          issuedWallMicroseconds: command.issuedAt.wholeMicroseconds, sequence: sequence,
          record: command.document))
    case .entry(let entry):
      let command = entry.command
      self = .entry(
        StoredEntry(
          sequence: entry.sequence,
          type: (command.acknowledgement == nil ? EventType.command : .acknowledgement).rawValue,
          agent: command.agent, call: command.call, command: command.id,
          operation: command.operation.rawValue, grade: command.grade?.rawValue,
          witness: command.acknowledgement == nil ? command.evidence.kind.rawValue : "operator",
          latencyMicroseconds: command.latency?.wholeMicroseconds,
          wallMicroseconds: entry.wall.wholeMicroseconds, record: entry.record))
    case .call(let agent, let id, let record):
      self = .call(StoredCall(agent: agent, call: id, record: record))
    case .callEnded(let agent, let id): self = .callEnded(agent: agent, call: id)
    case .quarantine(let quarantine):
      self = .quarantine(
        StoredQuarantine(
          sequence: quarantine.sequence, agent: quarantine.agent, channel: quarantine.channel,
          reason: quarantine.reason, bytes: quarantine.bytes,
          sizeBytes: Int64(quarantine.sizeBytes)))
    case .session(let record):
      // Without a session to resume, cookies would only be secrets lying about.
      let keepsake = record.isResumable ? keepsake(record.agent) : nil
      self = .session(
        StoredSession(
          agent: record.agent, record: record.document { keepsake?.write(to: &$0) }))
    }
  }
}

extension Command {
  /// The command as one JSON object: what the socket shows and the store keeps.
  var document: [UInt8] {
    JSONWriter.write { writer in writer.object { write(to: &$0) } }
  }
}
