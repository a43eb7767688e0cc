import Bayeux
import Calls
import Commands

/// Requests by a route: what they have to name is looked up first, and then they leave.
extension Bridge {
  /// What look-ups have shown for a command, while it is open.
  struct Findings: Equatable, Sendable {
    /// By parameter.
    var values: [String: String] = [:]
    /// Why nothing was found, by parameter.
    var absent: [String: String] = [:]
  }

  /// One question for a parameter of a command.
  struct LookUp: Equatable, Sendable {
    let command: String
    let parameter: String
    /// What the place in the answer refers to.
    let values: [String: String]
    /// The look that needs it, and its question; nil when the command itself does.
    let look: RouteLook?
  }

  /// What can stand in the places of the route for a command.
  func knowledge(of command: Command) -> Route.Knowledge {
    var knowledge = settings.dialect.knowledge(
      of: command, call: ledger.callNow(of: command.id) ?? command.call)
    let findings = self.findings[command.id]
    knowledge.values.merge(findings?.values ?? [:]) { given, _ in given }
    knowledge.absent = findings?.absent ?? [:]
    return knowledge
  }

  /// Why a command cannot be taken with these parameters; nil when nothing speaks against it.
  func objection(to ask: Ask, _ agent: Int) -> String? {
    guard let route = settings.dialect.route else { return nil }
    let name = agents[agent].name
    let knowledge = settings.dialect.knowledge(
      call: ask.call, agent: name, id: "", parameters: ask.parameters)
    let reason =
      switch ask.mode {
      case .send: route.objection(to: ask.operation, parameters: ask.parameters, knowledge)
      // It need not be possible for us. Where a notification may tell of it, no look is needed.
      case .observe where settings.dialect.profile.isNotified:
        route.objection(toNamesOf: ask.parameters)
      case .observe:
        route.objection(toObserving: ask.operation, parameters: ask.parameters, knowledge)
      }
    return reason.map { "Not taken: \($0)." }
  }

  /// Sends the request of a command, or the question for what it has to name.
  mutating func dispatch(_ command: Command, _ agent: Int, at now: Moment) {
    // Asked only with a route; a command of an earlier process is not sent.
    guard let route = settings.dialect.route else { return }
    switch route.prepare(
      command.operation, attempt: command.attempts, knowledge(of: command))
    {
    case .ready(let message):
      withdrawOvertaken(by: command)
      _ = request(
        .command(agent: agent, id: command.id), agent: agent, message.method, message.target,
        headers: message.headers.map { Header($0.name, $0.value) }, body: message.body,
        timeout: min(Dialect.restTimeout, settings.ledger.replyPatience),
        patience: patience(for: command, at: now))
      commandsToSend.append(command.id)
    case .lookUp(let parameter, let question):
      _ = lookUp(parameter, question, for: command, agent, at: now)
    case .notFound(let reason):
      let message = "not sent: \(reason)"
      // It may only not be known yet.
      findings[command.id]?.absent = [:]
      feedLedger(
        .replied(
          command.id,
          command.operation.isSafeDirection
            ? .conflict(statusCode: nil, httpStatus: nil, message: message)
            : .rejected(statusCode: nil, httpStatus: nil, message: message)), at: now)
    case .impossible(let reason), .missing(let reason):
      feedLedger(
        .replied(
          command.id, .rejected(statusCode: nil, httpStatus: nil, message: "not sent: \(reason)")),
        at: now)
    }
  }

  /// Keeps back the requests of earlier commands that still wait for a token: they would leave with
  /// this one, in any order.
  private mutating func withdrawOvertaken(by command: Command) {
    let overtaken = Set(ledger.overtaken(besides: command.id))
    guard !overtaken.isEmpty else { return }
    let requests = purposes.compactMap { id, purpose in
      if case .command(_, let name) = purpose, overtaken.contains(name) { id } else { nil }
    }
    for id in requests.sorted(by: { $0.rawValue < $1.rawValue }) {
      turn.effects.append(.withdraw(id))
    }
  }

  private func patience(for command: Command, at now: Moment) -> Duration {
    min(Dialect.restTimeout, ledger.timeLeft(of: command.id, at: now.monotonic) ?? .zero)
  }

  /// Asks for a parameter.
  mutating func lookUp(
    _ parameter: String, _ question: Route.Outgoing, for command: Command,
    _ agent: Int, look: RouteLook? = nil, at now: Moment
  ) -> RequestID {
    let lookUp = LookUp(
      command: command.id, parameter: parameter, values: question.values, look: look)
    return request(
      .lookUp(agent: agent, lookUp), agent: agent, .get, question.target,
      timeout: LedgerSettings.lookPatience, patience: patience(for: command, at: now))
  }

  mutating func lookedUp(
    _ agent: Int, _ id: RequestID, _ lookUp: LookUp, _ answer: Answer, at now: Moment
  ) {
    if let look = lookUp.look {
      // It may have been given up meanwhile.
      guard agents[agent].looks[look.look.call] == id else { return }
      agents[agent].looks[look.look.call] = nil
    }
    guard let command = ledger.command(lookUp.command), command.isOpen,
      let route = settings.dialect.route,
      let lookup = route.parameters.first(where: { $0.name == lookUp.parameter })?.lookup
    else {
      if let look = lookUp.look { fail(look, "its command has ended", at: now) }
      return
    }
    let view: Route.View =
      switch answer {
      case .failed(let reason, _, _): .refused(.transient, reason)
      case .response(let status, _, let body):
        route.view(lookup, status: status, body: body, lookUp.values)
      }
    switch view {
    case .found(let value):
      findings[command.id, default: Findings()].values[lookUp.parameter] = value
    case .notThere(let reason):
      if let look = lookUp.look {
        return fail(look, "\(lookUp.parameter) was looked up, and \(reason)", at: now)
      }
      findings[command.id, default: Findings()].absent[lookUp.parameter] = reason
    case .refused(.notAuthenticated, let reason):
      authenticationNeeded(agent, reason: reason, at: now)
      guard lookUp.look == nil else { return lookUpFailed(lookUp, reason, at: now) }
      return feedLedger(.replied(command.id, .notAuthenticated(reason: reason)), at: now)
    case .unclear(let reason), .refused(_, let reason):
      return lookUpFailed(lookUp, reason, retryAfter: answer.retryAfter, at: now)
    case .state: preconditionFailure("a look-up shows no state")
    }
    if let look = lookUp.look { return lookByRoute(look.look, at: now) }
    // A later command may have found what it needs sooner.
    guard !ledger.isOvertaken(command.id) else {
      return feedLedger(.overtaken(command.id), at: now)
    }
    send(command, at: now)
  }

  /// Nothing was sent: a stop or pause is tried again, anything else has ended.
  mutating func lookUpFailed(
    _ lookUp: LookUp, _ reason: String, retryAfter: Duration? = nil, at now: Moment
  ) {
    let reason = "\(lookUp.parameter) could not be looked up: \(reason)"
    if let look = lookUp.look { return fail(look, reason, retryAfter: retryAfter, at: now) }
    let isSafe = ledger.command(lookUp.command)?.operation.isSafeDirection == true
    feedLedger(
      .replied(
        lookUp.command,
        isSafe
          ? .throttled(statusCode: nil, message: "not sent: \(reason)", retryAfter: retryAfter)
          : .rejected(statusCode: nil, httpStatus: nil, message: "not sent: \(reason)")), at: now)
  }
}
