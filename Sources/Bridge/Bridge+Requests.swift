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
    guard ask.mode == .send, let route = settings.dialect.route else { return nil }
    let knowledge = settings.dialect.knowledge(
      call: ask.call, agent: agents[agent].name, id: "", parameters: ask.parameters)
    if let reason = route.objection(
      to: ask.operation, parameters: ask.parameters, knowledge)
    {
      return "Not taken: \(reason)."
    }
    return nil
  }

  /// Sends the request of a command, or the question for what it has to name.
  mutating func dispatch(_ command: Command, _ agent: Int, at now: Moment) {
    // Asked only with a route; a command of an earlier process is not sent.
    guard let route = settings.dialect.route else { return }
    let patience = min(
      Dialect.restTimeout, ledger.timeLeft(of: command.id, at: now.monotonic) ?? .zero)
    switch route.prepare(
      command.operation, attempt: command.attempts, knowledge(of: command))
    {
    case .ready(let message):
      _ = request(
        .command(agent: agent, id: command.id), agent: agent, message.method, message.target,
        headers: message.headers.map { Header($0.name, $0.value) }, body: message.body,
        patience: patience)
      commandsToSend.append(command.id)
    case .lookUp(let parameter, let question):
      let lookup = LookUp(command: command.id, parameter: parameter, values: question.values)
      _ = request(
        .lookUp(agent: agent, lookup), agent: agent, .get, question.target, patience: patience)
    case .impossible(let reason):
      // What was not there may be there for another attempt.
      findings[command.id]?.absent = [:]
      feedLedger(
        .replied(
          command.id, .rejected(statusCode: nil, httpStatus: nil, message: "not sent: \(reason)")),
        at: now)
    }
  }

  /// One question for a parameter of a command.
  struct LookUp: Equatable, Sendable {
    let command: String
    let parameter: String
    /// What the place in the answer refers to.
    let values: [String: String]
  }

  mutating func lookedUp(_ agent: Int, _ lookUp: LookUp, _ answer: Answer, at now: Moment) {
    guard let command = ledger.command(lookUp.command), command.isOpen,
      let route = settings.dialect.route,
      let lookup = route.parameters.first(where: { $0.name == lookUp.parameter })?.lookup
    else { return }
    let view: Route.View =
      switch answer {
      case .failed(let reason, _, _): .refused(.transient, reason)
      case .response(let status, _, let body):
        route.view(lookup, status: status, body: body, lookUp.values)
      }
    switch view {
    case .found(let value):
      findings[command.id, default: Findings()].values[lookUp.parameter] = value
      send(command, at: now)
    case .notThere(let reason):
      findings[command.id, default: Findings()].absent[lookUp.parameter] = reason
      send(command, at: now)
    case .unclear(let reason): lookUpFailed(command, lookUp, reason, answer, at: now)
    case .refused(.notAuthenticated, let reason):
      authenticationNeeded(agent, reason: reason, at: now)
      feedLedger(.replied(command.id, .notAuthenticated(reason: reason)), at: now)
    case .refused(_, let reason): lookUpFailed(command, lookUp, reason, answer, at: now)
    case .state: preconditionFailure("a look-up shows no state")
    }
  }

  /// Nothing was sent: a stop or pause is tried again, anything else has ended.
  private mutating func lookUpFailed(
    _ command: Command, _ lookUp: LookUp, _ reason: String, _ answer: Answer, at now: Moment
  ) {
    let reason = "not sent: \(lookUp.parameter) could not be looked up: \(reason)"
    feedLedger(
      .replied(
        command.id,
        command.operation.isSafeDirection
          ? .ambiguous(reason: reason)
          : .rejected(statusCode: nil, httpStatus: nil, message: reason)), at: now)
  }
}
