package import Commands
import JSON

/// That an operator has seen to an exception, as a user of the socket says it.
package struct AcknowledgementAsk: Equatable, Sendable {
  /// The command as the store has it: the ledger forgets those that ended long ago.
  package let command: Command
  /// The event that last moved it.
  package let sequence: Int64
  /// Who says so, as the kernel vouches for it.
  package let by: Origin
  /// In the operator's own words.
  package let why: String

  package init(_ command: Command, sequence: Int64, by origin: Origin, why: String) {
    self.command = command
    self.sequence = sequence
    by = origin
    self.why = why
  }
}

/// Acknowledgements: an event, an entry of the audit, and a command that leaves the worklist.
extension Bridge {
  mutating func acknowledged(_ id: AskID, _ ask: AcknowledgementAsk, at now: Moment) {
    // What happened since the store was read is in one of the first two.
    let command =
      ledger.command(ask.command.id) ?? justAcknowledged[ask.command.id] ?? ask.command
    if isStoreLost {
      turn.effects.append(.reply(id, .refused(.storeUnavailable)))
    } else if command.acknowledgement != nil {
      turn.effects.append(.reply(id, .acknowledged(command)))
    } else if isStopping {
      refuse(id, .stopping, "The bridge is stopping; say it again when it has restarted.")
    } else if !command.isException {
      refuse(
        id, .notAnException,
        "Command \(command.id) is no exception: only a Pause or Stop that ended without being "
          + "confirmed is; recbridge exceptions (GET /v1/exceptions) lists them.")
    } else {
      acknowledge(command, ask, at: now)
      turn.effects.append(
        .reply(id, .acknowledged(justAcknowledged[command.id] ?? command)))
    }
  }

  mutating func refuse(_ id: AskID, _ reason: Refusal.Reason, _ detail: String) {
    turn.effects.append(.reply(id, .refused(Refusal(reason: reason, detail: detail))))
  }

  private mutating func acknowledge(
    _ command: Command, _ ask: AcknowledgementAsk, at now: Moment
  ) {
    let acknowledgement = Acknowledgement(by: ask.by, at: now.wall, why: ask.why)
    let command = command.acknowledged(acknowledgement)
    ledger.acknowledge(command.id, acknowledgement)
    justAcknowledged[command.id] = command
    publish(.acknowledgement, agent: command.agent, call: command.call, at: now) { writer in
      Self.write(command, acknowledgement, to: &writer)
    }
    // The command itself has not moved: the event that last moved it stays.
    turn.writes.append(.command(command, sequence: ask.sequence))
  }

  private static func write(
    _ command: Command, _ acknowledgement: Acknowledgement, to writer: inout JSONWriter
  ) {
    writer.member("command", command.id)
    writer.member("agent", command.agent)
    writer.member("call", command.call)
    writer.member("operation", command.operation.rawValue)
    writer.member("grade", command.grade?.rawValue)
    acknowledgement.write(to: &writer)
  }
}
