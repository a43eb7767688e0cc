import Bayeux
import Calls
import Commands
import JSON

/// Looks at one recording by the route's own verifying GET.
///
/// What it shows is an event and evidence. That a recording is not there proves nothing: it may not
/// be registered yet.
extension Bridge {
  /// A question under way.
  struct RouteLook: Equatable, Sendable {
    let look: Look
    /// By the monotonic clock.
    let askedAt: Duration
    let operation: Operation
    /// Which recording it looks at.
    let subject: Route.Subject?
    /// What the place in the answer refers to.
    let values: [String: String]
  }

  mutating func lookByRoute(_ look: Look, at now: Moment) {
    guard let agent = directory[look.agent], mayLook(agent), let route = settings.dialect.route,
      let command = ledger.asker(of: look)
    else { return fail(look, "nobody can ask now", at: now) }
    switch route.prepareLook(command.operation, knowledge(of: command)) {
    case .ready(let question):
      let routeLook = RouteLook(
        look: look, askedAt: now.monotonic, operation: command.operation,
        subject: route.subject(of: command.operation, knowledge(of: command)),
        values: question.values)
      agents[agent].looks[look.call] = request(
        .routeLook(agent: agent, routeLook), agent: agent, .get, question.target,
        timeout: LedgerSettings.lookPatience, patience: LedgerSettings.lookPatience)
    case .lookUp(let parameter, let question):
      agents[agent].looks[look.call] = lookUp(
        parameter, question, for: command, look, agent, at: now)
    case .notFound(let reason):
      findings[command.id]?.absent = [:]
      fail(look, reason, at: now)
    case .impossible(let reason), .missing(let reason): fail(look, reason, at: now)
    }
  }

  mutating func routeLookAnswered(
    _ agent: Int, _ id: RequestID, _ routeLook: RouteLook, _ answer: Answer, at now: Moment
  ) {
    let look = routeLook.look
    // It may have been given up meanwhile.
    guard agents[agent].looks[look.call] == id else { return }
    agents[agent].looks[look.call] = nil
    guard let route = settings.dialect.route else { return fail(look, "no route", at: now) }
    guard case .response(let status, _, let body) = answer else {
      if case .failed(let reason, _, _) = answer { fail(look, reason, at: now) }
      return
    }
    let verification = route.verification(of: routeLook.operation)
    switch route.view(verification, status: status, body: body, routeLook.values) {
    case .state(let state): show(state, body, agent, routeLook, at: now)
    case .refused(.notAuthenticated, let reason):
      authenticationNeeded(agent, reason: reason, at: now)
      fail(look, reason, at: now)
    case .notThere(let reason), .unclear(let reason), .refused(_, let reason):
      fail(look, reason, retryAfter: answer.retryAfter, at: now)
    case .found: preconditionFailure("a verifying GET finds nothing but states")
    }
  }

  private mutating func show(
    _ state: RecordingState, _ body: [UInt8], _ agent: Int, _ routeLook: RouteLook,
    at now: Moment
  ) {
    let look = routeLook.look
    let route = settings.dialect.route
    // Each command is about the recording that it names itself, or that was looked up for it.
    let subjects = ledger.open(on: look).filter {
      route?.subject(of: $0.operation, knowledge(of: $0)) == routeLook.subject
    }
    let sequence = publish(.look, agent: agent, call: look.call, at: now) { writer in
      writer.member("agent", look.agent)
      writer.member("call", look.call)
      writer.member("route", route?.name)
      writer.member("operation", routeLook.operation.rawValue)
      writer.member("recordingState", state.rawValue)
      if let raw = try? JSONValue.parse(body) { writer.member("raw", raw) }
    }
    feedLedger(
      .looked(
        look,
        .shown(
          Observation(
            agent: look.agent, call: look.call, verdict: .agree(state), source: .look,
            askedAt: routeLook.askedAt, subjects: Set(subjects.map(\.id)), event: sequence))),
      at: now)
  }
}
