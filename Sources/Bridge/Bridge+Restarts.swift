import Calls
import Commands
import JSON

/// Recordings that begin again after a stop of ours was confirmed, and that no start or resume of
/// ours explains: an alarm of its own, however long after the stop.
extension Bridge {
  /// The stop whose effect is to be watched from now on; publishes its end if somebody else brought
  /// that about.
  mutating func watchStop(
    of before: LiveCall?, _ call: Call, _ agent: Int, _ effects: [Commands.Effect], at now: Moment
  ) -> ConfirmedStop? {
    var stop = before?.stop
    for case .moved(let command) in effects
    where isConfirmedStop(command) && ledger.leg(of: command.id) == leg(of: call.id, agent) {
      stop = ConfirmedStop(command, explanation: ledger.laterStart(than: command.id))
    }
    guard let stop else { return nil }
    guard let state = call.witnesses.verdict.state, state != .stopped else { return stop }
    if stop.explanation == nil { publishRestart(of: call, agent, after: stop, state, at: now) }
    return nil
  }

  private func isConfirmedStop(_ command: Command) -> Bool {
    command.operation == .stop && command.grade?.isConfirmed == true
  }

  private func leg(of call: String, _ agent: Int) -> Look {
    Look(agent: agents[agent].name, call: call)
  }

  /// Watches what a stop did on the call that it has now, whatever the input that confirmed it was
  /// about: it may have been its deadline.
  mutating func watch(_ command: Command) {
    guard isConfirmedStop(command), let leg = ledger.leg(of: command.id),
      let agent = directory[leg.agent], var live = agents[agent].calls[leg.call]
    else { return }
    live.stop = ConfirmedStop(command, explanation: ledger.laterStart(than: command.id))
    keepStop(of: live, agent)
  }

  private mutating func keepStop(of live: LiveCall, _ agent: Int) {
    keepCall(live, agent)
    turn.writes.append(.call(agent: agents[agent].name, id: live.call.id, record: live.record))
  }

  private mutating func publishRestart(
    of call: Call, _ agent: Int, after stop: ConfirmedStop, _ state: RecordingState,
    at now: Moment
  ) {
    let name = agents[agent].name
    publish(.restarted, agent: agent, call: call.id, at: now) { writer in
      writer.member("agent", name)
      writer.member("call", call.id)
      writer.member("command", stop.command)
      writer.member("stoppedAt", Timestamp.text(stop.at))
      writer.member("stoppedFile", stop.recordingFile)
      writer.member("to", state.rawValue)
      writer.member("recordingFile", call.recordingFile)
      writer.name("witnesses")
      call.witnesses.write(to: &writer)
    }
    log(
      .warning, "restarted", agent: agent,
      [Header("call", call.id), Header("command", stop.command)])
  }

  /// A start or resume of ours, on whichever leg, explains why its call is recorded again, unless
  /// it was refused.
  mutating func explainStop(_ command: Command) {
    guard !command.operation.isSafeDirection else { return }
    let id = ledger.callNow(of: command.id) ?? command.call
    for agent in callHolders[id] ?? [] {
      guard var live = agents[agent].calls[id], var stop = live.stop else { continue }
      if command.grade == .rejected {
        if stop.explanation == command.id { stop.explanation = nil }
      } else if stop.explanation == nil, command.issuedAt >= stop.issuedAt {
        stop.explanation = command.id
      }
      guard stop != live.stop else { continue }
      live.stop = stop
      keepStop(of: live, agent)
    }
  }
}
