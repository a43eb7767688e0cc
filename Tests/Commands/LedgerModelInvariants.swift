import Calls

@testable import Commands

/// What must be true whatever happens: I1 (no confirmation without a witness after issue), I2 (one
/// grade, by the deadline), I8 (a stop or pause leaves, whoever does not answer), I10 (nothing is
/// done twice), and that no grade is upgraded.
extension LedgerModel {
  mutating func feed(_ input: Input) {
    noteLicence(input)
    take(ledger.handle(input, at: now), input)
    askAgain()
  }

  mutating func take(_ effects: [Effect], _ input: Input) {
    var answers = 0
    var looks: [Look] = []
    for effect in effects {
      switch effect {
      case .moved(let command): check(command, by: input)
      case .send(let command): check(send: command)
      case .look(let look): looks.append(look)
      case .answered(_, let command):
        answers += 1
        // I10: a key names one command.
        demand(command.key == input.request?.key, "a key names another command")
        demand(durable.contains(command), "\(command.id) is answered before it is durable")
      case .refused: demand(false, "a request is refused")
      case .wake(let time): wakeAt = time
      }
    }
    demand(answers == (input.request == nil ? 0 : 1), "\(answers) answers")
    // I2: nobody is open behind its deadline.
    for (number, command) in durable.enumerated() where command.isOpen {
      demand(deadlines[number] > now.monotonic, "\(command.id) is open behind its deadline")
      demand(wakeAt != nil, "\(command.id) is open and nothing will wake")
      // I8: whatever becomes of its look.
      let isHeld = restarts == 0 && command.attempts == 0
      demand(
        !isHeld || now.monotonic - issued[number] < LedgerSettings.lookPatience,
        "\(command.id) is held back")
    }
    for look in looks {
      demand(question == nil, "two looks at once")
      demand(look == Look(agent: holder, call: Self.call), "a look at somebody else's call")
      question = Question(askedAt: now.monotonic)
    }
  }

  private func number(_ command: Command) -> Int { command.id == "k1" ? 0 : 1 }

  private mutating func check(_ command: Command, by input: Input) {
    let number = number(command)
    if number == durable.count {
      durable.append(command)
      issued.append(now.monotonic)
      deadlines.append(now.monotonic + ledger.settings.deadline)
      return demand(command.grade?.isConfirmed != true, "\(command.id) begins confirmed")
    }
    let before = durable[number]
    durable[number] = command
    if let grade = before.grade {
      // No grade is upgraded, and I2: there is one.
      demand(
        command.grade == .contradicted && command.previously == grade
          && (grade.isConfirmed || grade == .impliedReleased),
        "\(command.id) goes from \(grade) to \(String(describing: command.grade))")
    }
    if let grade = command.grade, grade.isConfirmed { check(grade, of: command, by: input) }
    if command.grade == .satisfied {
      demand(sends[number] == 0, "\(command.id) is satisfied, and was sent")
    }
  }

  /// I1: an observation after the issue shows the target, and is named.
  private mutating func check(_ grade: Grade, of command: Command, by input: Input) {
    guard let seen = input.observation, seen.verdict == .agree(command.operation.target) else {
      return demand(false, "\(command.id) is \(grade.rawValue) by \(input)")
    }
    demand(command.evidence.event == seen.event, "\(command.id) names another event")
    demand(seen.agent == holder, "\(command.id) is confirmed by another's leg")
    if let askedAt = seen.askedAt {
      demand(
        issued[number(command)] <= askedAt, "\(command.id) is confirmed by an older question")
    }
    let grades: [Observation.Source: Grade] = [
      .notification: .confirmedNotified, .snapshot: .confirmedResynced, .look: .confirmedPolled,
    ]
    demand(grades[seen.source] == grade, "\(command.id) is \(grade.rawValue) by \(seen.source)")
    demand(deadlines[number(command)] > now.monotonic, "\(command.id) is confirmed too late")
  }

  /// I10: once, unless something shows that nothing happened, and never by another process if it
  /// may have left the one before.
  private mutating func check(send command: Command) {
    let number = number(command)
    demand(durable[number] == command, "\(command.id) is sent before it is durable")
    demand(command.isOpen, "\(command.id) is sent although it has ended")
    demand(isOurs[number], "\(command.id) is sent after a restart")
    if sends[number] == 0, issued[number] == .zero {
      demand(isLicensed[number], "\(command.id) is sent unseen after a restart")
      demand(
        now.wall - command.issuedAt < ledger.settings.deadline,
        "\(command.id) is sent behind its own deadline")
    }
    demand(
      !durable[(number + 1)...].contains {
        $0.grade != .rejected && $0.operation.target != command.operation.target
      }, "\(command.id) is sent behind a later command")
    if sends[number] > 0 {
      demand(command.operation.isSafeDirection, "\(command.id), a start, is sent twice")
      demand(isLicensed[number], "\(command.id) is sent again, and nothing allows it")
    }
    sends[number] += 1
    isLicensed[number] = false
    demand(sends[number] <= LedgerSettings.attemptsMax, "\(command.id) is sent too often")
    demand(command.attempts == sends[number], "\(command.id) miscounts its attempts")
    if !requests.contains(number) { requests.append(number) }
    for effect in ledger.handle(.sent(command.id), at: now) {
      if case .moved(let sent) = effect { durable[number] = sent }
    }
  }

  /// A look asked for after the issue that does not show the target allows one more attempt.
  private mutating func noteLicence(_ input: Input) {
    guard case .looked(_, .shown(let seen)) = input, let askedAt = seen.askedAt else { return }
    for (number, command) in durable.enumerated()
    where issued[number] <= askedAt && seen.verdict != .agree(command.operation.target) {
      isLicensed[number] = true
    }
  }

  mutating func demand(_ condition: Bool, _ sentence: @autoclosure () -> String) {
    if !condition, complaint == nil { complaint = sentence() }
  }

  // MARK: - When two states are one

  /// Everything that matters for what may follow; times count from now, numbers of events do not.
  var fingerprint: Int {
    var hasher = Hasher()
    hasher.combine(truth)
    hasher.combine(holder)
    hasher.combine(isEnded)
    hasher.combine(requests)
    hasher.combine(answers)
    hasher.combine(notifications)
    hasher.combine(question?.read)
    hasher.combine(question?.isOvertaken)
    hasher.combine(seen)
    hasher.combine(isDeaf)
    hasher.combine(asked)
    hasher.combine(sends)
    hasher.combine(isLicensed)
    hasher.combine(min(restarts, 1))
    hasher.combine(isOurs)
    hasher.combine(faults)
    hasher.combine(wakeAt.map { $0 - now.monotonic })
    hasher.combine(ledger.unobserved)
    hasher.combine(ledger.looking.keys.map(\.agent).sorted())
    for command in durable { combine(command, &hasher) }
    return hasher.finalize()
  }

  private func combine(_ command: Command, _ hasher: inout Hasher) {
    hasher.combine(command.status)
    hasher.combine(command.grade)
    hasher.combine(command.previously)
    hasher.combine(command.attempts)
    guard let entry = ledger.book[command.id] else { return }
    hasher.combine(entry.observer)
    if let askedAt = question?.askedAt { hasher.combine((entry.issued ?? .zero) <= askedAt) }
    // Only whether it may still be taken back.
    hasher.combine(entry.ended.map { now.monotonic - $0 < ledger.settings.deadline })
    guard command.isOpen else { return }
    hasher.combine(entry.issued == nil)
    hasher.combine(entry.leavesBy.map { max(.zero, $0 - now.monotonic) })
    hasher.combine(command.evidence.kind)
    hasher.combine(command.evidence.state)
    hasher.combine(entry.deadline - now.monotonic)
    let errand = entry.errand
    hasher.combine(errand.looks)
    hasher.combine(errand.isRefused)
    hasher.combine(String(describing: errand.awaits))
    hasher.combine(String(describing: errand.planned))
    hasher.combine(errand.planned == nil ? .zero : errand.at - now.monotonic)
  }
}

extension Input {
  fileprivate var request: Request? { if case .asked(let request) = self { request } else { nil } }
}
