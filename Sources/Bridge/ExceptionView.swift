import Calls
package import Commands
package import JSON

/// A Pause or Stop that is not confirmed, as the worklist shows it: the command, the time in which
/// nobody knows whether it was recorded, what is known now, and what is likely and helps.
extension Bridge {
  /// - Parameters:
  ///   - sequence: the event that last moved the command.
  ///   - lastSeen: when the state in its evidence was witnessed, wall time since the Unix epoch.
  package func write(
    exception command: Command, sequence: Int64, lastSeen: Duration?, to writer: inout JSONWriter
  ) {
    command.write(to: &writer)
    command.writeCauses(settings.dialect.route, to: &writer)
    let standing = standing(of: command, since: sequence)
    writer.member(
      "unknown",
      object: { writer in
        writer.member("from", Timestamp.text(max(command.issuedAt, lastSeen ?? .zero)))
        writer.member("to", time: command.finalAt)
        writer.member("still", standing.state == nil && !standing.isGone)
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

extension Command {
  /// Writes `advice` and `causes` into the object that is open: what the route says of the refusal,
  /// and the likely causes, the likeliest first, each with the way out; nothing where there are
  /// none.
  package func writeCauses(_ route: Route?, to writer: inout JSONWriter) {
    let causes = causes(by: route)
    writer.member("advice", advice(by: route))
    if causes.isEmpty { return }
    writer.name("causes")
    writer.array { writer in
      for cause in causes {
        writer.object { writer in
          writer.member("cause", cause.rawValue)
          writer.member("meaning", cause.meaning)
          writer.member("remedy", cause.remedy)
        }
      }
    }
  }
}
