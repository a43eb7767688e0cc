package import Bridge
import Commands
import JSON
package import Store

/// The bridge's writes as the store's rows.
extension Change {
  /// All that a write is.
  package static func all(_ write: Write, keepsake: (String) -> Keepsake?) -> [Change] {
    guard case .removal(let removal, let wall) = write else {
      return [Change(write, keepsake: keepsake)]
    }
    return removals(removal, wallMicroseconds: wall.wholeMicroseconds)
  }

  /// - Parameter keepsake: what is kept with a session that can be resumed, by agent.
  private init(_ write: Write, keepsake: (String) -> Keepsake?) {
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
      var row = StoredEntry(
        sequence: entry.sequence, type: entry.type.rawValue,
        wallMicroseconds: entry.wall.wholeMicroseconds, record: entry.record)
      row.clearValues = entry.clearValues.map(StoredClearValue.init)
      self = .entry(row)
    case .checkpoint(let checkpoint, let wall, let sequence):
      self = .checkpoint(
        StoredCheckpoint(
          sequence: sequence, size: checkpoint.size,
          wallMicroseconds: wall.wholeMicroseconds, note: checkpoint.note))
    case .call(let agent, let id, let record):
      self = .call(StoredCall(agent: agent, call: id, record: record))
    case .callEnded(let agent, let id): self = .callEnded(agent: agent, call: id)
    case .quarantine(let quarantine):
      self = .quarantine(
        StoredQuarantine(
          sequence: quarantine.sequence, agent: quarantine.agent, channel: quarantine.channel,
          reason: quarantine.reason, bytes: quarantine.bytes,
          sizeBytes: Int64(quarantine.sizeBytes)))
    case .group(let group):
      self = .group(
        StoredGroup(
          name: group.name, sequence: group.sequence,
          wallMicroseconds: group.movedAt.wholeMicroseconds))
    case .groupRemoved(let name): self = .groupRemoved(name: name)
    case .removal: preconditionFailure("a removal is several changes")
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
