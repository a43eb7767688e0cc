import Calls
package import Commands
package import JSON

/// A Pause or Stop that is not confirmed, as the worklist shows it: the command with what is likely
/// and helps, how long its recording ran or may have run in spite of it, and what is known now.
extension Bridge {
  /// - Parameters:
  ///   - sequence: the event that last moved the command.
  ///   - lastSeen: when the state in its evidence was witnessed, wall time since the Unix epoch.
  ///   - doneAt: when what ``eventShowingDone(_:since:)`` names was seen, the same way.
  package func write(
    exception command: Command, sequence: Int64, lastSeen: Duration?, doneAt: Duration?,
    to writer: inout JSONWriter
  ) {
    command.explained(by: settings.dialect.route).write(to: &writer)
    let standing = standing(of: command, since: sequence)
    let end = [doneAt, ledger.endOfExposure(of: command.id)].compactMap { $0 }.min()
    let isStill = end == nil && !standing.isGone
    writer.member(
      "exposure",
      object: { writer in
        writer.member("from", Timestamp.text(command.exposedFrom))
        // Of a call that is gone nobody wrote down when it went.
        let known = max(command.finalAt ?? .zero, lastSeen ?? .zero)
        writer.member("to", time: end ?? (isStill ? known : nil))
        writer.member("still", isStill)
      })
    writer.member("lastSeenAt", time: lastSeen)
    writer.member(
      "now",
      object: { writer in
        writer.member("call", standing.word)
        writer.member("recordingState", standing.state?.rawValue)
        if let event = standing.event { writer.member("cursor", events.cursor(event)) }
      })
  }

  /// The event that shows, after the command was graded, that nothing is left to be done of it; nil
  /// if none does, as far as the bridge knows of the call now.
  package func eventShowingDone(_ command: Command, since sequence: Int64) -> Int64? {
    guard case .shown(let state, let event) = standing(of: command, since: sequence),
      command.operation.isDone(in: state)
    else { return nil }
    return event
  }

  /// What is known of a call after a command on it was graded.
  private enum Standing {
    /// The agent is not observed, so nobody can say.
    case unknown
    /// It is live, and since then nothing has shown its recording state.
    case live
    case shown(RecordingState, event: Int64)
    /// No agent of ours has it any more.
    case gone

    var isGone: Bool { if case .gone = self { true } else { false } }
    var state: RecordingState? { if case .shown(let state, _) = self { state } else { nil } }
    var event: Int64? { if case .shown(_, let event) = self { event } else { nil } }

    var word: String {
      switch self {
      case .unknown: "unknown"
      case .live, .shown: "live"
      case .gone: "gone"
      }
    }
  }

  private func standing(of command: Command, since sequence: Int64) -> Standing {
    guard settings.dialect.profile.isNotified, let agent = directory[command.agent],
      agents[agent].sync == .inSync
    else { return .unknown }
    let call = ledger.callNow(of: command.id) ?? command.call
    // A transferred call may be with another agent of ours by now.
    let holder = agents[agent].calls[call] != nil ? agent : callHolders[call]?.first
    guard let holder, let live = agents[holder].calls[call] else { return .gone }
    guard live.isExact, agents[holder].sync == .inSync else { return .unknown }
    let isWitness = command.evidence.kind == .notification && command.evidence.event == live.event
    guard live.event > sequence || isWitness, let state = live.call.witnesses.verdict.state else {
      return .live
    }
    return .shown(state, event: live.event)
  }
}
