import Calls

/// Knows of every command what is known, and grades it by what is observed.
///
/// Feed it every input in the order of arrival and perform the effects it returns, in their order.
/// Nothing is final but by an observation, a refusal, a gap or the deadline; a grade is given once
/// and, after that, only ever taken back. Deadlines are applied before an input is looked at, so
/// the outcome does not depend on how punctual ``Input/wake`` is.
package struct Ledger: Sendable {
  /// Its bounds, which do not change while it lives.
  package let settings: LedgerSettings
  var book: LedgerBook
  /// Agents whose calls we do not see at present.
  var unobserved: Set<String> = []
  private var wakeAt: Duration?

  /// Makes a ledger that knows of no command.
  package init(settings: LedgerSettings = LedgerSettings()) {
    self.settings = settings
    book = LedgerBook(recentLimit: settings.recentLimit)
  }

  /// The open commands in the order of issue.
  package var open: [Command] { book.openIDs.compactMap { book[$0]?.command } }

  /// Of the ended commands that are remembered, those that somebody has to look at.
  package var exceptions: [Command] {
    book.recentIDs.compactMap { book[$0]?.command }.filter(\.isException)
  }

  /// The command, while it is open or among the last that ended.
  package func command(_ id: String) -> Command? { book[id]?.command }

  /// The agent's open commands on calls that are none of these, by the ids that the calls have now.
  package func open(agent: String, besides calls: Set<String>) -> [(call: String, id: String)] {
    book.openIDs.compactMap { book[$0] }
      .filter { $0.command.agent == agent && !calls.contains($0.call) }
      .map { (call: $0.call, id: $0.command.id) }
  }

  /// How long until the deadline of a command; nil for one that is not known.
  package func timeLeft(of id: String, at now: Duration) -> Duration? {
    book[id].map { max(.zero, $0.deadline - now) }
  }

  /// Takes over what an earlier process left: its open commands in the order of issue, and the
  /// latest ended ones for their keys and for late contradictions.
  ///
  /// Nothing is sent for them again, ever: whether they took effect is for the next observation to
  /// show. Each open one gets the whole deadline anew. Report ``Input/observationLost(agent:)`` for
  /// every agent whose session did not survive as well.
  package mutating func restore(_ commands: [Command], at now: Moment) -> [Effect] {
    for command in commands {
      book.insert(command, issued: nil, deadline: now.monotonic + settings.deadline)
    }
    let ended = commands.filter { !$0.isOpen }.sorted {
      ($0.finalAt ?? .zero) < ($1.finalAt ?? .zero)
    }
    for command in ended {
      let age = max(.zero, now.wall - (command.finalAt ?? .zero))
      book.end(command, at: now.monotonic - age)
    }
    return rearm()
  }

  /// Takes one input and returns what is to be done about it. The monotonic clock of `now` never
  /// goes back.
  package mutating func handle(_ input: Input, at now: Moment) -> [Effect] {
    var effects: [Effect] = []
    expire(at: now, into: &effects)
    switch input {
    case .asked(let request): ask(request, at: now, into: &effects)
    case .sent(let id): noteSent(id, into: &effects)
    case .replied(let id, let reply): noteReply(reply, to: id, at: now, into: &effects)
    case .observed(let observation): observe(observation, at: now, into: &effects)
    case .renamed(let agent, let old, let new): book.rename(agent: agent, from: old, to: new)
    case .failed(let failure): fail(failure, at: now, into: &effects)
    case .observationLost(let agent): unobserved.insert(agent)
    case .observationRestored(let agent, let resynced):
      unobserved.remove(agent)
      if !resynced { giveUp(agent, at: now, into: &effects) }
    case .observationEnded(let agent, let reason):
      unobserved.remove(agent)
      giveUp(agent, because: reason, at: now, into: &effects)
    case .wake: wakeAt = nil
    }
    return effects + rearm()
  }

  private mutating func rearm() -> [Effect] {
    guard let next = book.nextToExpire()?.deadline, wakeAt.map({ next < $0 }) ?? true else {
      return []
    }
    wakeAt = next
    return [.wake(at: next)]
  }

  // MARK: Asking

  private mutating func ask(_ request: Request, at now: Moment, into effects: inout [Effect]) {
    if let key = request.key, let id = book.id(key: key), let command = book[id]?.command {
      effects.append(
        command.isSame(as: request)
          ? .answered(request: request.id, command)
          : .refused(request: request.id, .keyReused(by: command)))
      return
    }
    guard book[request.id] == nil else {
      effects.append(.refused(request: request.id, .identifierInUse(request.id)))
      return
    }
    let limit =
      settings.openLimit + (request.operation.isSafeDirection ? settings.openReserve : 0)
    guard book.openCount < limit else {
      effects.append(.refused(request: request.id, .tooManyOpen(limit: limit)))
      return
    }
    var command = Command(request, at: now)
    book.insert(
      command, issued: now.monotonic, deadline: now.monotonic + settings.deadline)
    if isSatisfied(request) {
      end(command, .satisfied, command.evidence, at: now, into: &effects)
      command = book[command.id]?.command ?? command
      effects.append(.answered(request: request.id, command))
      return
    }
    if command.mode == .send { command.attempts = 1 }
    move(command, into: &effects)
    effects.append(.answered(request: request.id, command))
    if command.mode == .send { effects.append(.send(command)) }
  }

  /// It is so already, and no open command of ours is about to change that.
  private func isSatisfied(_ request: Request) -> Bool {
    guard request.known.isExact, request.known.verdict.state == request.operation.target else {
      return false
    }
    return book.ids(agent: request.agent, call: request.call).allSatisfy { id in
      guard let other = book[id]?.command, other.isOpen else { return true }
      return other.operation.target == request.operation.target
    }
  }

  // MARK: The platform's side

  private mutating func noteSent(_ id: String, into effects: inout [Effect]) {
    // The reply, or even the notification, may have been quicker.
    guard var command = book[id]?.command, command.status == .issued, command.mode == .send else {
      return
    }
    command.status = .sent
    move(command, into: &effects)
  }

  private mutating func noteReply(
    _ reply: PlatformReply, to id: String, at now: Moment, into effects: inout [Effect]
  ) {
    // After the grade a reply has nothing to add: the notification was quicker, or we gave up.
    guard let entry = book[id], entry.command.isOpen, entry.command.mode == .send else { return }
    var command = entry.command
    switch reply {
    case .accepted(let statusCode):
      guard command.status != .accepted else { return }
      command.status = .accepted
      command.evidence.note(statusCode: statusCode, message: nil)
      move(command, into: &effects)
    case .rejected(let statusCode, let httpStatus, let message):
      command.evidence.note(statusCode: statusCode ?? httpStatus, message: message)
      command.evidence.kind = .reply
      end(command, .rejected, command.evidence, at: now, into: &effects)
    case .ambiguous(let reason):
      guard command.status != .accepted else { return }
      command.evidence.note(statusCode: nil, message: reason)
      if command != entry.command { move(command, into: &effects) }
    case .notAuthenticated(let reason):
      guard command.status != .accepted else { return }
      command.evidence.note(statusCode: nil, message: reason)
      guard command.operation.isSafeDirection, !entry.isRestored,
        command.attempts < LedgerSettings.attemptsMax
      else {
        command.evidence.kind = .reply
        return end(command, .rejected, command.evidence, at: now, into: &effects)
      }
      command.attempts += 1
      move(command, into: &effects)
      effects.append(.send(command))
    }
  }

  /// Ends the one command that the failure names. A witness that came first has decided already.
  private mutating func fail(
    _ failure: Failure, at now: Moment, into effects: inout [Effect]
  ) {
    guard let command = book[failure.operationId]?.command, command.isOpen,
      command.mode == .send, command.agent == failure.agent
    else { return }
    var evidence = command.evidence
    evidence.note(statusCode: failure.code, message: failure.message)
    evidence.kind = .reply
    evidence.event = failure.event
    end(command, .rejected, evidence, at: now, into: &effects)
  }

  // MARK: Time and gaps

  private mutating func expire(at now: Moment, into effects: inout [Effect]) {
    while let entry = book.nextToExpire(), entry.deadline <= now.monotonic {
      let command = entry.command
      var evidence = command.evidence
      if evidence.kind == .notification, let state = evidence.state,
        command.operation.isContradicted(by: state)
      {
        end(command, .contradicted, evidence, at: now, into: &effects)
      } else if unobserved.contains(command.agent) {
        evidence.kind = .gap
        end(command, .unobservable, evidence, at: now, into: &effects)
      } else if evidence.kind == .notification, evidence.state == command.operation.target {
        // Witnessed as the effect of another operation; its own answer never came.
        end(command, .confirmedNotified, evidence, at: now, into: &effects)
      } else {
        evidence.kind = .deadline
        end(command, .unconfirmed, evidence, at: now, into: &effects)
      }
    }
  }

  /// What the gap hid stays hidden: its open commands may have been answered in it.
  private mutating func giveUp(
    _ agent: String, because reason: String? = nil, at now: Moment, into effects: inout [Effect]
  ) {
    for command in open where command.agent == agent {
      var evidence = command.evidence
      evidence.kind = .gap
      if let reason { evidence.message = reason }
      end(command, .unobservable, evidence, at: now, into: &effects)
    }
  }

  // MARK: Writing

  mutating func move(_ command: Command, into effects: inout [Effect]) {
    book.update(command)
    effects.append(.moved(command))
  }

  mutating func end(
    _ command: Command, _ grade: Grade, _ evidence: Evidence, at now: Moment,
    into effects: inout [Effect]
  ) {
    guard let entry = book[command.id], entry.command.isOpen else {
      preconditionFailure("command \(command.id) ends although it is not open")
    }
    var command = command
    command.status = .final
    command.grade = grade
    command.evidence = evidence
    command.finalAt = .microseconds(now.wall.wholeMicroseconds)
    if grade.isConfirmed {
      // The clock of an earlier process is gone; the wall clock may have been stepped.
      let latency = entry.issued.map { now.monotonic - $0 } ?? (now.wall - command.issuedAt)
      command.latency = .microseconds(max(.zero, latency).wholeMicroseconds)
    }
    book.end(command, at: now.monotonic)
    effects.append(.moved(command))
  }
}
