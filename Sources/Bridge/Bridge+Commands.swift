import Bayeux
import Calls
import Commands
import JSON

/// Commands: from the ask through the ledger to the platform and back.
extension Bridge {
  mutating func asked(_ id: AskID, _ ask: Ask, at now: Moment) {
    if isStoreLost, !Self.mayLeaveWithoutStore(ask.operation) {
      return turn.effects.append(.reply(id, .refused(.storeUnavailable)))
    }
    switch agent(for: ask) {
    case .refused(let refusal): turn.effects.append(.reply(id, .refused(refusal)))
    case .found(let agent):
      if let reason = objection(to: ask, agent) {
        return turn.effects.append(
          .reply(id, .refused(Refusal(reason: .parameters, detail: reason))))
      }
      pendingAsk = id
      feedLedger(.asked(ledgerRequest(ask, agent)), at: now)
      pendingAsk = nil
    }
  }

  private enum Addressee {
    case found(Int)
    case refused(Refusal)
  }

  /// Which agent a command is for: the one named, or the only one who has the call.
  private func agent(for ask: Ask) -> Addressee {
    func refuse(_ reason: Refusal.Reason, _ detail: String) -> Addressee {
      .refused(Refusal(reason: reason, detail: detail))
    }
    if isStopping {
      return refuse(.stopping, "The bridge is stopping; ask again when it has restarted.")
    }
    if ask.mode == .send, settings.dialect.route?.operations[ask.operation] == nil {
      return refuse(
        .noRoute,
        "\(settings.dialect.without(ask.operation)); if somebody else sends it, have its effect"
          + " watched for with recbridge \(ask.operation.rawValue) --observe, or mode observe.")
    }
    let call = quoted(ask.call)
    if let name = ask.agent {
      guard let agent = directory[name] else {
        return refuse(.unknownAgent, "There is no agent \(quoted(name)) in the configuration.")
      }
      // While an agent is out of sync, or nobody looks, its list of calls proves nothing, so the
      // platform decides.
      if agents[agent].calls[ask.call] != nil || agents[agent].sync != .inSync || isStoreLost
        || !settings.dialect.profile.isNotified
      {
        return .found(agent)
      }
      return refuse(
        .unknownCall,
        "Agent \(quoted(name)) has no call \(call); recbridge calls (GET /v1/calls) lists them.")
    }
    // Nobody tells of calls, so any agent can have it.
    if !settings.dialect.profile.isNotified, directory.count == 1,
      let agent = directory.values.first
    {
      return .found(agent)
    }
    let holders = (callHolders[ask.call] ?? []).filter { !agents[$0].isLeaving }.sorted()
    switch holders.count {
    case 1: return .found(holders[0])
    case 0 where isStoreLost && directory.count == 1: return .found(directory.values.first ?? 0)
    case 0:
      return refuse(
        .unknownCall,
        "No agent has a call \(call); recbridge calls (GET /v1/calls) lists them; or name"
          + " the agent.")
    default:
      let names = holders.map { agents[$0].name }.joined(separator: ", ")
      return refuse(.ambiguousCall, "Call \(call) is with several agents (\(names)); name one.")
    }
  }

  private func quoted(_ text: String) -> String {
    "'\(String(text.prefix(BridgeLimits.quotedCharacters)))'"
  }

  private mutating func ledgerRequest(_ ask: Ask, _ agent: Int) -> Commands.Request {
    let live = agents[agent].calls[ask.call]
    let isExact =
      agents[agent].sync == .inSync && live?.isExact == true && !ask.isForced
      && !isStoreLost
    return Commands.Request(
      id: newCommandID(), key: ask.key, agent: agents[agent].name, call: ask.call,
      operation: ask.operation, parameters: ask.parameters, mode: ask.mode, origin: ask.origin,
      known: Known(
        verdict: live?.call.witnesses.verdict ?? .notEnough,
        offered: live?.call.witnesses.capabilities ?? [],
        recordingFile: live?.call.recordingFile,
        event: live?.event, isExact: isExact),
      isForced: ask.isForced || isStoreLost, canLook: mayLook(agent),
      isNotified: settings.dialect.profile.isNotified)
  }

  /// 64 random bits: never the same again in the life of a store.
  private mutating func newCommandID() -> String {
    let digits = String(generator.next(), radix: 16)
    return "cmd-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  // MARK: - The ledger

  mutating func feedLedger(_ input: Commands.Input, at now: Moment) {
    perform(ledger.handle(input, at: now), at: now)
  }

  mutating func perform(_ effects: [Commands.Effect], at now: Moment) {
    var looks: [Look] = []
    for effect in effects {
      switch effect {
      case .moved(let command): moved(command, at: now)
      case .send(let command): send(command, at: now)
      case .look(let look): looks.append(look)
      case .answered(let request, let command):
        reply(request == command.id ? .issued(command) : .known(command))
      case .refused(_, let refusal): reply(.refused(Refusal(refusal)))
      case .wake(let time):
        ledgerWake = time
      }
    }
    // Last: one that cannot be made is answered at once, with effects of its own.
    for look in looks { self.look(look, at: now) }
  }

  /// Answers the ask that is being decided, once.
  private mutating func reply(_ reply: Reply) {
    guard let ask = pendingAsk else { return }
    pendingAsk = nil
    turn.effects.append(.reply(ask, reply))
  }

  private mutating func moved(_ command: Command, at now: Moment) {
    turn.writes += events.write(command, sight: sight, isEmergency: isStoreLost, at: now)
    explainStop(command)
    watch(command)
    if command.isException { tellException(command) }
    if !command.isOpen {
      dropHeld(command)
      findings[command.id] = nil
    }
  }

  /// Whoever reads only the log must not miss what the worklist has.
  private mutating func tellException(_ command: Command) {
    guard let agent = directory[command.agent], command.acknowledgement == nil else { return }
    log(
      .warning, "not-confirmed", agent: agent,
      [
        Header("command", command.id), Header("operation", command.operation.rawValue),
        Header("call", command.call), Header("grade", command.grade?.rawValue ?? ""),
      ])
  }

  /// A command that has ended must not leave any more.
  private mutating func dropHeld(_ command: Command) {
    guard let agent = directory[command.agent] else { return }
    agents[agent].heldCommands.removeAll { $0.id == command.id }
  }

  /// Hands a command to the platform, now or when the login is good again.
  mutating func send(_ command: Command, at now: Moment) {
    guard let agent = directory[command.agent] else { return }
    // The word that the platform is ready cannot be heard without a store; it decides itself.
    guard agents[agent].isServed || (isStoreLost && agents[agent].login == .good) else {
      agents[agent].heldCommands.append(command)
      if command.operation.isSafeDirection { hurry(agent) }
      return
    }
    dispatch(command, agent, at: now)
  }

  /// Hands out what waited for the login, unless its own deadline has passed meanwhile.
  mutating func sendHeldCommands(_ agent: Int, at now: Moment) {
    let held = agents[agent].heldCommands
    agents[agent].heldCommands = []
    if !held.isEmpty { feedLedger(.wake, at: now) }
    for command in held where ledger.command(command.id)?.isOpen == true {
      if ledger.isOvertaken(command.id) {
        feedLedger(.overtaken(command.id), at: now)
      } else {
        send(command, at: now)
      }
    }
  }

  mutating func commandAnswered(
    _ agent: Int, _ id: String, _ answer: Answer, at now: Moment
  ) {
    let reply = settings.dialect.commandReply(answer)
    if case .notAuthenticated(_, _, let reason) = reply {
      // The login first, so that a command sent again waits for it.
      authenticationNeeded(agent, reason: reason, at: now)
    }
    feedLedger(.replied(id, reply), at: now)
  }
}

extension Bridge.Refusal {
  /// The ledger's own refusals.
  init(_ refusal: Commands.Refusal) {
    switch refusal {
    case .keyReused, .identifierInUse: reason = .keyInUse
    case .tooManyOpen: reason = .tooMany
    }
    detail = refusal.description
  }
}
