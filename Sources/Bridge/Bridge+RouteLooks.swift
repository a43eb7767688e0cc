import Bayeux
import Calls
import Commands
import JSON

/// Looks at one recording by the route's own verifying GET.
///
/// What it shows is an event and evidence. That a recording is not there proves nothing: it may not
/// be registered yet.
extension Bridge {
  /// A look under way, and what it asks at present.
  struct RouteLook: Equatable, Sendable {
    let look: Look
    /// The command that it is made for.
    let command: String
    let operation: Operation
    let question: Route.Question?
    /// By the monotonic clock.
    let askedAt: Duration
    /// What the place in the answer refers to.
    var values: [String: String] = [:]
  }

  mutating func lookByRoute(_ look: Look, at now: Moment) {
    guard let agent = directory[look.agent], mayLook(agent), let route = settings.dialect.route,
      let command = ledger.asker(of: look)
    else { return fail(look, "nobody can ask now", at: now) }
    let preparation = route.prepareLook(command.operation, knowledge(of: command))
    var routeLook = RouteLook(
      look: look, command: command.id, operation: command.operation,
      question: route.question(of: command.operation, preparation), askedAt: now.monotonic)
    switch preparation {
    case .ready(let outgoing):
      routeLook.values = outgoing.values
      agents[agent].looks[look.call] = request(
        .routeLook(agent: agent, routeLook), agent: agent, .get, outgoing.target,
        timeout: LedgerSettings.lookPatience, patience: LedgerSettings.lookPatience)
    case .lookUp(let parameter, let outgoing):
      agents[agent].looks[look.call] = lookUp(
        parameter, outgoing, for: command, agent, look: routeLook, at: now)
    case .notFound(let reason):
      findings[command.id]?.absent = [:]
      fail(routeLook, reason, at: now)
    case .impossible(let reason), .missing(let reason): fail(routeLook, reason, at: now)
    }
  }

  /// A look came to nothing: for the command that it was made for, and all that ask the same.
  mutating func fail(
    _ routeLook: RouteLook, _ reason: String, retryAfter: Duration? = nil, at now: Moment
  ) {
    let subjects = Set(askers(of: routeLook).map(\.id)).union([routeLook.command])
    feedLedger(
      .looked(
        routeLook.look, .failed(reason: reason, retryAfter: retryAfter, subjects: subjects)),
      at: now)
  }

  /// The open commands whose question it is: each is about the recording that it names itself, or
  /// that was looked up for it.
  private func askers(of routeLook: RouteLook) -> [Command] {
    guard let route = settings.dialect.route, let question = routeLook.question else { return [] }
    return ledger.open(on: routeLook.look).filter {
      route.question(of: $0.operation, route.prepareLook($0.operation, knowledge(of: $0)))
        == question
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
      if case .failed(let reason, _, _) = answer { fail(routeLook, reason, at: now) }
      return
    }
    let verification = route.verification(of: routeLook.operation)
    switch route.view(verification, status: status, body: body, routeLook.values) {
    case .state(let state): show(state, body, agent, routeLook, at: now)
    case .refused(.notAuthenticated, let reason):
      authenticationNeeded(agent, reason: reason, at: now)
      fail(routeLook, reason, at: now)
    case .notThere(let reason), .unclear(let reason), .refused(_, let reason):
      fail(routeLook, reason, retryAfter: answer.retryAfter, at: now)
    case .found: preconditionFailure("a verifying GET finds nothing but states")
    }
  }

  private mutating func show(
    _ state: RecordingState, _ body: [UInt8], _ agent: Int, _ routeLook: RouteLook,
    at now: Moment
  ) {
    let look = routeLook.look
    let subjects = askers(of: routeLook)
    let route = settings.dialect.route?.name
    let sequence = publish(.look, agent: agent, call: look.call, at: now) { writer in
      writer.member("agent", look.agent)
      writer.member("call", look.call)
      writer.member("route", route)
      writer.member("operation", routeLook.operation.rawValue)
      writer.member("recordingState", state.rawValue)
      if let raw = try? JSONValue.parse(body) { writer.member("raw", raw) }
    }
    let observation = Observation(
      agent: look.agent, call: look.call, verdict: .agree(state), source: .look,
      askedAt: routeLook.askedAt, subjects: Set(subjects.map(\.id)), event: sequence)
    let effects = ledger.handle(.looked(look, .shown(observation)), at: now)
    // Where notifications come, they tell of changes.
    if !settings.dialect.profile.isNotified {
      publishRecordingChange(of: subjects, to: state, agent, look, confirmedBy: effects, at: now)
    }
    perform(effects, at: now)
  }

  /// Publishes that a recording is in another state than it was last seen in for the commands on
  /// it, or that a command has brought it there.
  private mutating func publishRecordingChange(
    of subjects: [Command], to state: RecordingState, _ agent: Int, _ look: Look,
    confirmedBy effects: [Commands.Effect], at now: Moment
  ) {
    let before = subjects.filter { $0.evidence.state != nil }
      .max { ($0.evidence.event ?? 0) < ($1.evidence.event ?? 0) }?.evidence.state
    let cause = confirmation(of: state, call: nil, among: effects)
    guard state != before, before != nil || cause != nil else { return }
    publishRecordingChange(
      from: before, to: state, look.call, agent, cause: cause, file: nil, raw: nil, at: now)
  }
}
