import Calls

/// Looking and sending again: what the ledger does for a command within its budget.
///
/// A start or resume is sent once, whatever happens. A stop or pause is sent again only after the
/// platform said that it did nothing, or a look showed that nothing happened.
extension Ledger {
  // MARK: Sending

  /// Whether another attempt is allowed at all. A later command of ours with another target is what
  /// the asker wants now: to repeat the earlier one would undo it.
  func maySendAgain(_ entry: LedgerBook.Entry, at now: Moment) -> Bool {
    let command = entry.command
    guard command.operation.isSafeDirection, entry.mayLeave(at: now.monotonic),
      entry.observer == command.agent, command.attempts < LedgerSettings.attemptsMax
    else { return false }
    return successor(of: entry) == nil
  }

  /// The last of the later commands on the call, whoever's leg they are for, that wants something
  /// else and was not refused. A start or resume gives way to any; a stop or pause only to one that
  /// we send and that is about the same recording.
  private func successor(of entry: LedgerBook.Entry) -> Command? {
    let command = entry.command
    return book.ids(call: entry.call).compactMap { book[$0] }.last { later in
      later.order > entry.order && later.command.grade != .rejected
        && later.command.operation.target != command.operation.target
        && (!command.operation.isSafeDirection
          || later.command.mode == .send
            && route?.concernsOneRecording(command, later.command) ?? true)
    }?.command
  }

  /// Whether a command that has not left would undo what was asked for after it: it is then to be
  /// told with ``Input/overtaken(_:)``, and not to be sent.
  package func isOvertaken(_ id: String) -> Bool {
    guard let entry = book[id], entry.command.isOpen else { return false }
    return successor(of: entry) != nil
  }

  /// The open commands on the call of this one that would undo what was asked for after them: what
  /// has not left of them must not.
  package func overtaken(besides id: String) -> [String] {
    guard let entry = book[id] else { return [] }
    return book.ids(call: entry.call).filter { $0 != id && isOvertaken($0) }
  }

  /// Ends a command that has not left in favour of a later one that wants something else; one that
  /// has left before waits for what it did.
  mutating func giveWay(_ id: String, at now: Moment, into effects: inout [Effect]) {
    guard let entry = book[id], entry.command.isOpen, let successor = successor(of: entry) else {
      return
    }
    var command = entry.command
    guard command.status == .issued else { return rest(id, at: now) }
    command.supersededBy = .init(id: successor.id, operation: successor.operation)
    var evidence = command.evidence
    let name = "\(successor.operation.rawValue) \(successor.id)"
    evidence.message = "not sent: \(name) was asked for later"
    end(command, .superseded, evidence, at: now, into: &effects)
  }

  /// How long to wait before the next attempt.
  func pause(after command: Command) -> Duration {
    LedgerSettings.sendPause * (1 << max(0, command.attempts - 1))
  }

  /// Gives a command out to be sent, for the first time or again.
  private mutating func send(_ id: String, at now: Moment, into effects: inout [Effect]) {
    guard let entry = book[id] else { return }
    var command = entry.command
    if command.attempts == 0, isOvertaken(id) { return giveWay(id, at: now, into: &effects) }
    command.attempts += 1
    command.evidence.lookFailure = entry.errand.lookFailure
    move(command, into: &effects)
    book.change(id) { errand in
      errand.isRefused = false
      errand.awaits = nil
      errand.planned = nil
    }
    effects.append(.send(command))
    rest(id, at: now)
  }

  mutating func sendAgain(_ id: String, at now: Moment, into effects: inout [Effect]) {
    guard let entry = book[id] else { return }
    if maySendAgain(entry, at: now) { return send(id, at: now, into: &effects) }
    rest(id, at: now)
  }

  // MARK: Looking

  /// Asks how the call stands, or waits for the answer to a question that is under way.
  mutating func look(
    for id: String, _ aim: Errand.Aim, at now: Moment, into effects: inout [Effect]
  ) {
    guard let entry = book[id] else { return }
    if aim == .beforeSending, entry.errand.planned != .leap {
      book.plan(.leap, for: id, at: now.monotonic + LedgerSettings.lookPatience)
    }
    book.change(id) { errand in
      errand.looks += 1
      errand.awaits = aim
      if aim != .beforeSending { errand.planned = nil }
    }
    let look = Look(agent: entry.observer, call: entry.call)
    guard looking[look] == nil else { return }
    looking[look] = now.monotonic
    effects.append(.look(look))
  }

  /// Takes in what a look showed, and goes on with the commands that waited for it.
  mutating func noteSight(
    _ sight: Sight, of look: Look, at now: Moment, into effects: inout [Effect]
  ) {
    if case .shown(let observation) = sight { observe(observation, at: now, into: &effects) }
    guard let askedAt = looking.removeValue(forKey: look) else { return }
    for id in book.ids(agent: look.agent, call: look.call) {
      guard let entry = book[id], entry.command.isOpen, let aim = entry.errand.awaits else {
        continue
      }
      guard entry.issued.map({ $0 <= askedAt }) ?? true, sight.isAbout(id) else {
        // The question is older than the command, or about another recording.
        book.change(id) { $0.looks -= 1 }
        self.look(for: id, aim, at: now, into: &effects)
        continue
      }
      book.change(id) { $0.awaits = nil }
      goOn(entry, aim, sight, at: now, into: &effects)
    }
  }

  private mutating func goOn(
    _ entry: LedgerBook.Entry, _ aim: Errand.Aim, _ sight: Sight, at now: Moment,
    into effects: inout [Effect]
  ) {
    let command = entry.command
    switch sight {
    case .absent: noteAbsence(command, aim, at: now, into: &effects)
    case .failed(let reason, let retryAfter, _):
      // No move of its own: the next attempt names it, or the grade.
      book.change(command.id) { $0.lookFailure = reason }
      goOnUnseeing(command, aim, after: retryAfter ?? .zero, at: now, into: &effects)
    case .shown(let observation):
      book.change(command.id) { $0.lookFailure = nil }
      let judgement = Judgement(command.operation, by: Known(observation))
      switch aim {
      case .beforeSending:
        let judgement = judge(command, by: Known(observation))
        let evidence = command.evidence(of: observation)
        guard !conclude(command, judgement, evidence, at: now, into: &effects) else { return }
        send(command.id, at: now, into: &effects)
      case .afterRestart:
        let judgement = judge(command, by: Known(observation))
        let evidence = command.evidence(of: observation)
        guard !conclude(command, judgement, evidence, at: now, into: &effects) else { return }
        if judgement == .unknown { return lookAgain(command.id, aim, at: now, into: &effects) }
        guard maySendAgain(entry, at: now) else {
          giveWay(command.id, at: now, into: &effects)
          return rest(command.id, at: now)
        }
        send(command.id, at: now, into: &effects)
      case .afterDoubt:
        if judgement == .unknown {
          lookAgain(command.id, aim, at: now, into: &effects)
        } else {
          planSending(entry, judgement, at: now)
        }
      case .afterRefusal:
        guard judgement == .possible, maySendAgain(entry, at: now) else {
          return reject(command, at: now, into: &effects)
        }
        planSending(entry, judgement, at: now)
      case .verification: lookAgain(command.id, aim, at: now, into: &effects)
      case .secondOpinion: break
      }
    }
  }

  /// The look that it waited for said nothing.
  private mutating func goOnUnseeing(
    _ command: Command, _ aim: Errand.Aim, after wish: Duration = .zero, at now: Moment,
    into effects: inout [Effect]
  ) {
    switch aim {
    case .beforeSending: send(command.id, at: now, into: &effects)
    case .secondOpinion: break
    case .afterRestart, .afterDoubt, .afterRefusal, .verification:
      lookAgain(command.id, aim, after: wish, at: now, into: &effects)
    }
  }

  /// A look has shown that nothing happened: once more, unless it must not be.
  private mutating func planSending(
    _ entry: LedgerBook.Entry, _ judgement: Judgement, at now: Moment
  ) {
    guard judgement == .possible, maySendAgain(entry, at: now) else {
      return rest(entry.command.id, at: now)
    }
    book.plan(
      .sendAgain, for: entry.command.id, at: now.monotonic + pause(after: entry.command))
  }

  /// The platform does not list the call for this agent. It has ended if it was ever seen there;
  /// else it may be another's, or have another name, and go on being recorded.
  private mutating func noteAbsence(
    _ command: Command, _ aim: Errand.Aim, at now: Moment, into effects: inout [Effect]
  ) {
    let wasSeen = command.evidence.state != nil || command.evidence.event != nil
    var evidence = command.evidence
    evidence.kind = .look
    if command.attempts == 0, command.mode == .send {
      evidence.message = "not sent: no such call: the platform does not list it for this agent"
      end(command, .rejected, evidence, at: now, into: &effects)
    } else if wasSeen {
      end(command, .impliedReleased, evidence, at: now, into: &effects)
    } else if book[command.id]?.errand.isRefused == true {
      reject(command, at: now, into: &effects)
    } else {
      goOnUnseeing(command, aim, at: now, into: &effects)
    }
  }

  private mutating func lookAgain(
    _ id: String, _ aim: Errand.Aim, after wish: Duration = .zero, at now: Moment,
    into effects: inout [Effect]
  ) {
    guard let entry = book[id] else { return }
    guard entry.errand.looks < LedgerSettings.looksMax else {
      if aim == .afterRefusal { reject(entry.command, at: now, into: &effects) }
      return
    }
    let time = now.monotonic + max(wish, lookPause(entry.errand))
    book.plan(.look(aim), for: id, at: time)
  }

  private func lookPause(_ errand: Errand) -> Duration {
    let doublings = min(max(0, errand.looks - 1), 8)
    return min(LedgerSettings.lookPause * (1 << doublings), LedgerSettings.lookPauseMax)
  }

  // MARK: Time

  /// Nothing is to be done but to wait: for a notification, with a second opinion before the
  /// deadline; or, where none will come, for the next look. Leaves alone whatever else is planned.
  mutating func rest(_ id: String, at now: Moment) {
    guard let entry = book[id], entry.command.isOpen, entry.errand.awaits == nil,
      entry.errand.planned.map({ $0 == .look(.secondOpinion) }) ?? true
    else { return }
    // Before the first login of a process nobody can be asked.
    let isOurs = entry.issued != nil || entry.leavesBy != nil
    let isDeaf = entry.errand.isPolled || isOurs && unobserved.contains(entry.observer)
    let hasLeft = entry.command.status != .issued || entry.command.mode == .observe
    let opinion = entry.deadline - settings.secondOpinionTime
    if isDeaf, hasLeft, entry.errand.looks < LedgerSettings.looksMax {
      book.plan(.look(.verification), for: id, at: now.monotonic + lookPause(entry.errand))
    } else if opinion > now.monotonic {
      book.plan(.look(.secondOpinion), for: id, at: opinion)
    }
  }

  /// The call is asked for by another name, or by another agent, from now on.
  mutating func lookAnew(_ ids: [String], at now: Moment) {
    for id in ids {
      guard let aim = book[id]?.errand.awaits else { continue }
      book.plan(aim == .beforeSending ? .leap : .look(aim), for: id, at: now.monotonic)
    }
  }

  /// Takes the steps that are due. Each plans at most one other, which lies later.
  mutating func takeSteps(at now: Moment, into effects: inout [Effect]) {
    while let (id, step) = book.takeStep(at: now.monotonic) {
      switch step {
      case .leap:
        book.change(id) { $0.awaits = nil }
        send(id, at: now, into: &effects)
      case .sendAgain: sendAgain(id, at: now, into: &effects)
      // What was witnessed since it left will decide at the deadline.
      case .look(.secondOpinion) where book[id]?.command.evidence.kind == .notification: break
      case .look(let aim): look(for: id, aim, at: now, into: &effects)
      }
    }
  }
}
