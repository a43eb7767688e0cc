import Calls

/// Knows of every command what is known, and grades it by what is observed.
///
/// Feed it every input in the order of arrival and perform the effects it returns, in their order.
/// Nothing is final but by an observation, a refusal, what is known at the issue, a gap or the
/// deadline; a grade is given once and, after that, only ever taken back. Deadlines are applied
/// before an input is looked at, so the outcome does not depend on how punctual ``Input/wake`` is;
/// steps that are planned are taken after it, because it may have made them needless.
package struct Ledger: Sendable {
  /// Its bounds, which do not change while it lives.
  package let settings: LedgerSettings
  /// Says which commands are about one recording; without it all on a call are.
  let route: Route?
  var book: LedgerBook
  /// Agents whose calls we do not see at present.
  var unobserved: Set<String> = []
  /// The looks that are under way, and when each was asked for.
  var looking: [Look: Duration] = [:]
  private var wakeAt: Duration?

  /// Makes a ledger that knows of no command.
  package init(settings: LedgerSettings = LedgerSettings(), route: Route? = nil) {
    self.settings = settings
    self.route = route
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
      .filter { $0.observer == agent && !calls.contains($0.call) }
      .map { (call: $0.call, id: $0.command.id) }
  }

  /// The first start or resume that was asked for on the same call after this command, and was not
  /// refused.
  package func laterStart(than id: String) -> String? {
    guard let entry = book[id] else { return nil }
    return book.ids(call: entry.call).first { later in
      guard let other = book[later], other.order > entry.order else { return false }
      return !other.command.operation.isSafeDirection && other.command.grade != .rejected
    }
  }

  /// When a later command of ours on the same call ended what this one left open: it was seen to be
  /// done or the call to have ended, or the recording was asked for again and that was not refused.
  package func endOfExposure(of id: String) -> Duration? {
    guard let entry = book[id] else { return nil }
    let (command, start) = (entry.command, entry.command.exposedFrom)
    return book.ids(call: entry.call).compactMap { book[$0] }.filter { $0.order > entry.order }
      .compactMap { command.endOfExposure(by: $0.command) }.filter { $0 > start }.min()
  }

  /// How long until the deadline of a command; nil for one that is not known.
  package func timeLeft(of id: String, at now: Duration) -> Duration? {
    book[id].map { max(.zero, $0.deadline - now) }
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
    case .looked(let look, let sight): noteSight(sight, of: look, at: now, into: &effects)
    case .handedOver(let call, let agent, let successor):
      lookAnew(book.handOver(call: call, from: agent, to: successor), at: now)
    case .renamed(let agent, let old, let new):
      lookAnew(book.rename(agent: agent, from: old, to: new), at: now)
    case .overtaken(let id): giveWay(id, at: now, into: &effects)
    case .failed(let failure): fail(failure, at: now, into: &effects)
    case .observationLost(let agent):
      unobserved.insert(agent)
      for command in open where isObserved(command, by: agent) { rest(command.id, at: now) }
    case .observationRestored(let agent, let resynced):
      unobserved.remove(agent)
      if !resynced { giveUp(agent, at: now, into: &effects) }
    case .observationEnded(let agent, let reason):
      unobserved.remove(agent)
      giveUp(agent, because: reason, at: now, into: &effects)
    case .wake: wakeAt = nil
    }
    takeSteps(at: now, into: &effects)
    return effects + rearm()
  }

  mutating func rearm() -> [Effect] {
    let times = [book.nextToExpire()?.deadline, book.nextStep()].compactMap(\.self)
    guard let next = times.min(), wakeAt.map({ next < $0 }) ?? true else { return [] }
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
    let deadline = now.monotonic + settings.deadline
    book.insert(
      command, issued: now.monotonic, deadline: deadline,
      leavesBy: command.mode == .send ? deadline : nil)
    book.change(command.id) { $0.isPolled = !request.isNotified }
    let judgement =
      request.isForced ? .possible : judge(command, by: request.known)
    // That nothing need be done is not believed from memory: a notification may have been lost.
    let looksFirst =
      request.canLook && command.mode == .send
      && (judgement == .unknown || judgement == .satisfied)
    if !looksFirst, conclude(command, judgement, command.evidence, at: now, into: &effects) {
      command = book[command.id]?.command ?? command
      effects.append(.answered(request: request.id, command))
      return
    }
    if command.mode == .send, !looksFirst { command.attempts = 1 }
    move(command, into: &effects)
    effects.append(.answered(request: request.id, command))
    if looksFirst {
      look(for: command.id, .beforeSending, at: now, into: &effects)
    } else {
      if command.mode == .send { effects.append(.send(command)) }
      rest(command.id, at: now)
    }
  }

  /// What is to become of a command that has not left. What is known says nothing while an open
  /// command of ours is about to change it.
  func judge(_ command: Command, by known: Known) -> Judgement {
    hasOpposite(command) ? .possible : Judgement(command.operation, by: known)
  }

  /// Whether another open command on the call, of whichever agent, has another target.
  func hasOpposite(_ command: Command) -> Bool {
    guard let entry = book[command.id] else { return false }
    return book.ids(call: entry.call).contains { id in
      guard let other = book[id]?.command, other.isOpen else { return false }
      return other.operation.target != command.operation.target
    }
  }

  /// Ends a command that need not be sent, or cannot be; false for one that is to go on.
  mutating func conclude(
    _ command: Command, _ judgement: Judgement, _ evidence: Evidence, at now: Moment,
    into effects: inout [Effect]
  ) -> Bool {
    switch judgement {
    case .satisfied: end(command, .satisfied, evidence, at: now, into: &effects)
    // What somebody else sends is theirs to judge.
    case .impossible(let reason) where command.mode == .send:
      var evidence = evidence
      evidence.message = reason
      end(command, .rejected, evidence, at: now, into: &effects)
    case .impossible, .possible, .unknown: return false
    }
    return true
  }

  // MARK: The platform's side

  private mutating func noteSent(_ id: String, into effects: inout [Effect]) {
    // The reply, or even the notification, may have been quicker.
    guard var command = book[id]?.command, command.status == .issued, command.attempts > 0 else {
      return
    }
    command.status = .sent
    move(command, into: &effects)
  }

  private mutating func noteReply(
    _ reply: PlatformReply, to id: String, at now: Moment, into effects: inout [Effect]
  ) {
    // After the grade a reply has nothing to add: the notification was quicker, or we gave up.
    guard let entry = book[id], entry.command.isOpen, entry.command.attempts > 0 else { return }
    var command = entry.command
    switch reply {
    case .accepted(let code, let httpStatus):
      guard command.status != .accepted else { return }
      command.status = .accepted
      command.evidence.note(code: code, httpStatus: httpStatus, message: nil)
      move(command, into: &effects)
      rest(id, at: now)
    case .rejected(let code, let httpStatus, let message):
      command.evidence.note(code: code, httpStatus: httpStatus, message: message)
      reject(command, at: now, into: &effects)
    case .conflict(let code, let httpStatus, let message):
      command.evidence.note(code: code, httpStatus: httpStatus, message: message)
      if command != entry.command { move(command, into: &effects) }
      book.change(id) { $0.isRefused = true }
      look(for: id, .afterRefusal, at: now, into: &effects)
    case .throttled(let code, let httpStatus, let message, let retryAfter):
      command.evidence.note(code: code, httpStatus: httpStatus, message: message)
      let time = now.monotonic + max(retryAfter ?? .zero, pause(after: command))
      guard maySendAgain(entry, at: now), time < entry.deadline else {
        return reject(command, at: now, into: &effects)
      }
      if command != entry.command { move(command, into: &effects) }
      book.change(id) { $0.isRefused = true }
      book.plan(.sendAgain, for: id, at: time)
    case .ambiguous(let code, let httpStatus, let reason, let retryAfter):
      guard command.status != .accepted else { return }
      command.evidence.note(code: code, httpStatus: httpStatus, message: reason)
      if command != entry.command { move(command, into: &effects) }
      let time = now.monotonic + (retryAfter ?? .zero)
      book.plan(.look(.afterDoubt), for: id, at: time)
    case .notAuthenticated(let code, let httpStatus, let reason):
      guard command.status != .accepted else { return }
      command.evidence.note(code: code, httpStatus: httpStatus, message: reason)
      guard maySendAgain(entry, at: now),
        entry.errand.logins + 1 < LedgerSettings.loginAttemptsMax
      else {
        return reject(command, at: now, into: &effects)
      }
      book.update(command)
      book.change(id) { $0.logins += 1 }
      sendAgain(id, at: now, into: &effects)
    }
  }

  /// The platform said no, and that stands.
  mutating func reject(_ command: Command, at now: Moment, into effects: inout [Effect]) {
    var evidence = command.evidence
    evidence.kind = .reply
    end(command, .rejected, evidence, at: now, into: &effects)
  }

  /// Ends the one command that the failure names. A witness that came first has decided already.
  private mutating func fail(
    _ failure: Failure, at now: Moment, into effects: inout [Effect]
  ) {
    guard let command = book[failure.operationId]?.command, command.isOpen,
      command.attempts > 0, command.agent == failure.agent
    else { return }
    var evidence = command.evidence
    evidence.note(code: failure.code, httpStatus: nil, message: failure.message)
    evidence.kind = .reply
    evidence.event = failure.event
    end(command, .rejected, evidence, at: now, into: &effects)
  }

  // MARK: Time and gaps

  private mutating func expire(at now: Moment, into effects: inout [Effect]) {
    while let entry = book.nextToExpire(), entry.deadline <= now.monotonic {
      let command = entry.command
      var evidence = command.evidence
      if command.attempts == 0, command.mode == .send, evidence.message == nil {
        evidence.message = "not sent: the daemon was restarted before it could leave"
      }
      if evidence.kind == .notification, let state = evidence.state,
        command.operation.isContradicted(by: state)
      {
        end(command, .contradicted, evidence, at: now, into: &effects)
      } else if entry.errand.isRefused {
        reject(command, at: now, into: &effects)
      } else if unobserved.contains(entry.observer), evidence.kind != .look {
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
    for command in open where isObserved(command, by: agent) {
      var evidence = command.evidence
      evidence.kind = .gap
      if let reason { evidence.message = reason }
      end(command, .unobservable, evidence, at: now, into: &effects)
    }
  }

  private func isObserved(_ command: Command, by agent: String) -> Bool {
    book[command.id]?.observer == agent
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
    command.evidence = evidence.renewed(by: entry.errand.seenAgain, since: entry.command.evidence)
    if !grade.isGood, let failure = entry.errand.lookFailure {
      command.evidence.lookFailure = failure
    }
    command.finalAt = .microseconds(now.wall.wholeMicroseconds)
    if grade.isConfirmed {
      // The clock of an earlier process is gone; the wall clock may have been stepped.
      let latency = entry.issued.map { now.monotonic - $0 } ?? (now.wall - command.issuedAt)
      command.latency = .microseconds(max(.zero, latency).wholeMicroseconds)
    }
    command.explain(by: route)
    book.end(command, at: now.monotonic)
    effects.append(.moved(command))
  }
}
