import Calls

@testable import Commands

extension LedgerWorld {
  /// Feeds one input and holds the effects to the promises.
  mutating func feed(_ input: Input) {
    guard complaint == nil else { return }
    due = dueByObservation(input)
    let effects = ledger.handle(input, at: now)
    for effect in effects {
      switch effect {
      case .moved(let command): check(moved: command, by: input)
      case .send(let command): check(send: command)
      case .answered(let request, let command): check(answer: command, to: request, input)
      case .refused(let request, _): check(request, answers: input)
      case .wake(let at):
        demand(at > now.monotonic, "a wake-up is asked for the past")
        wakeAt = at
      }
    }
    checkCount(of: effects, input)
    for (id, grade) in due {
      demand(durable[id]?.grade == grade, "\(id) should be \(grade.rawValue) after \(input)")
    }
    for id in openIDs {
      demand(deadlines[id, default: .zero] > now.monotonic, "\(id) missed its deadline")
    }
  }

  // MARK: One effect

  private mutating func check(moved command: Command, by input: Input) {
    let id = command.id
    demand((command.status == .final) == (command.grade != nil), "\(id) has half a grade")
    guard let before = durable[id] else {
      guard case .asked(let request) = input, request.id == id else {
        return demand(false, "\(id) moves before it was asked for")
      }
      demand(
        command.status == .issued || command.grade == .satisfied, "\(id) begins as \(command)")
      order.append(id)
      idsByCall[command.agent + command.call, default: []].append(id)
      deadlines[id] = now.monotonic + ledger.settings.deadline
      return keep(command)
    }
    demand(command != before, "\(id) moves to where it is")
    if before.isOpen {
      demand(rank(command.status) >= rank(before.status), "the status of \(id) goes back")
      if let grade = command.grade { check(grade, of: command, by: input) }
    } else {
      demand(
        before.grade?.isConfirmed ?? false && command.grade == .contradicted
          && command.previously == before.grade && due[id] == .contradicted,
        "\(id) was \(before) and becomes \(command)")
    }
    noteOpposition(to: command, by: input)
    keep(command)
  }

  private mutating func keep(_ command: Command) {
    if !command.isOpen, durable[command.id]?.isOpen ?? true { ended[command.id] = now.monotonic }
    durable[command.id] = command
    if command.isOpen { openIDs.insert(command.id) } else { openIDs.remove(command.id) }
  }

  private func rank(_ status: CommandStatus) -> Int {
    CommandStatus.allCases.firstIndex(of: status) ?? 0
  }

  /// Why a grade was given at this input.
  private mutating func check(_ grade: Grade, of command: Command, by input: Input) {
    let id = command.id
    let isDue = deadlines[id, default: .zero] <= now.monotonic
    var observation: Observation?
    if case .observed(let seen) = input, seen.agent == command.agent, seen.call == command.call {
      observation = seen
    }
    let state = observation?.verdict.state
    switch grade {
    case .confirmedNotified, .confirmedResynced:
      demand(!isDue, "\(id) is confirmed behind its deadline")
      demand(state == command.operation.target, "\(id) is confirmed by \(input)")
      demand(command.evidence.event == observation?.event, "\(id) names another event")
      demand(grade != .confirmedNotified || due[id] == grade, "\(id) is confirmed too early")
      demand(command.latency != nil, "\(id) is confirmed without a latency")
      demand(
        (grade == .confirmedNotified) == (observation?.source == .notification),
        "\(id) is \(grade.rawValue) by \(input)")
    case .impliedReleased: demand(observation?.isEnded ?? false, "\(id) is released by \(input)")
    case .superseded:
      let successor = command.supersededBy.map(\.id) ?? ""
      demand(
        state == command.supersededBy?.operation.target && state != command.operation.target
          && (order.firstIndex(of: successor) ?? 0) > (order.firstIndex(of: id) ?? 0),
        "\(id) is superseded by \(input)")
    case .rejected:
      guard case .replied(id, let reply) = input else {
        return demand(false, "\(id) is rejected by \(input)")
      }
      switch reply {
      case .rejected, .notAuthenticated: break
      case .accepted, .ambiguous: demand(false, "\(id) is rejected by \(reply)")
      }
    case .contradicted: demand(isDue && opposed.contains(id), "\(id) is contradicted by nothing")
    case .unconfirmed:
      demand(
        isDue && !gaps.contains(command.agent) && !opposed.contains(id),
        "\(id) is unconfirmed by \(input)")
    case .unobservable:
      let isUnsynced = input == .observationRestored(agent: command.agent, resynced: false)
      demand(
        isUnsynced || isDue && gaps.contains(command.agent),
        "\(id) is unobservable by \(input)")
    case .satisfied, .confirmedPolled: demand(false, "\(id) is \(grade.rawValue) by \(input)")
    }
  }

  private mutating func noteOpposition(to command: Command, by input: Input) {
    guard case .observed(let seen) = input, let state = seen.verdict.state, command.isOpen else {
      return
    }
    // The last state that was witnessed decides.
    opposed.remove(command.id)
    if seen.source == .notification, command.operation.isContradicted(by: state),
      command.status != .issued || command.mode == .observe
    {
      opposed.insert(command.id)
    }
  }

  private mutating func check(send command: Command) {
    let id = command.id
    demand(durable[id] == command, "\(id) is sent before it is durable")
    demand(command.mode == .send, "\(id) is somebody else's to send")
    demand(!restored.contains(id), "\(id) is sent again after a restart")
    let count = sends[id, default: 0] + 1
    sends[id] = count
    let retries = command.operation.isSafeDirection ? min(1, strangerReplies[id] ?? 0) : 0
    demand(count <= 1 + retries, "\(id) is sent \(count) times")
    demand(command.attempts == count, "\(id) miscounts its attempts")
    guard let key = command.key else { return }
    idsUnderKey[key, default: []].insert(id)
    demand(idsUnderKey[key]?.count == 1, "\(key) led to two commands")
  }

  private mutating func check(answer command: Command, to request: String, _ input: Input) {
    check(request, answers: input)
    demand(durable[command.id] == command, "\(command.id) is answered before it is durable")
    guard case .asked(let asked) = input, command.id != request else { return }
    demand(command.key != nil && command.key == asked.key, "\(request) got \(command.id)")
    demand(
      command.operation == asked.operation && command.call == asked.call,
      "a key changed its meaning")
  }

  private mutating func check(_ request: String, answers input: Input) {
    guard case .asked(let asked) = input, asked.id == request else {
      return demand(false, "\(request) is answered after \(input)")
    }
  }

  // MARK: All effects of one input

  private mutating func checkCount(of effects: [Effect], _ input: Input) {
    var answers = 0
    for effect in effects {
      switch effect {
      case .answered, .refused: answers += 1
      case .moved, .send, .wake: break
      }
    }
    guard case .asked(let request) = input else {
      return demand(answers == 0, "\(input) is answered")
    }
    demand(answers == 1, "\(request.id) is answered \(answers) times")
    guard let command = durable[request.id] else { return }
    let isSent = command.mode == .send && command.grade != .satisfied
    demand((sends[request.id] == 1) == isSent, "\(request.id) is not sent as it should be")
    if command.grade == .satisfied {
      demand(
        request.known.isExact && request.known.verdict == .agree(request.operation.target),
        "\(request.id) is satisfied by \(request.known)")
    }
  }

  /// What an observation has to lead to, worked out from what is durable.
  private func dueByObservation(_ input: Input) -> [String: Grade] {
    guard case .observed(let seen) = input, seen.source == .notification,
      let state = seen.verdict.state
    else { return [:] }
    let here = idsByCall[seen.agent + seen.call, default: []].compactMap { durable[$0] }
    var due: [String: Grade] = [:]
    for (index, command) in here.enumerated() {
      if command.isOpen, deadlines[command.id, default: .zero] > now.monotonic,
        command.operation.target == state,
        command.evidence.state != state || seen.isRecordingChange
      {
        due[command.id] = .confirmedNotified
      }
      if let grade = command.grade, grade.isConfirmed, command.operation.isSafeDirection,
        command.operation.isContradicted(by: state),
        now.monotonic - ended[command.id, default: .zero] < ledger.settings.deadline,
        here[(index + 1)...].allSatisfy({ later in
          later.grade == .rejected
            || later.operation.isSafeDirection && later.operation.target != state
        })
      {
        due[command.id] = .contradicted
      }
    }
    return due
  }
}
