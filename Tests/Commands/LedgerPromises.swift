import Calls

@testable import Commands

extension LedgerWorld {
  /// Feeds one input and holds the effects to the promises.
  mutating func feed(_ input: Input, askedAt: Duration? = nil) {
    guard complaint == nil else { return }
    due = dueByObservation(input)
    noteLicences(input, askedAt)
    let effects = ledger.handle(input, at: now)
    for effect in effects {
      switch effect {
      case .moved(let command): check(moved: command, by: input)
      case .send(let command): check(send: command)
      case .look(let look):
        lookCount += 1
        demand(!looks.contains { $0.look == look }, "two looks at one call at once")
        looks.append((look, now.monotonic))
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
        command.status == .issued || command.grade == .satisfied || isImpossible(request),
        "\(id) begins as \(command)")
      issued[id] = now.monotonic
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
      let isElsewhere =
        before.grade == .impliedReleased && input.observation?.agent != command.agent
        && input.observation?.call == command.call
        && input.observation?.verdict.state.map(command.operation.isContradicted) ?? false
      demand(
        (due[id] == .contradicted && before.grade?.isConfirmed == true || isElsewhere)
          && command.grade == .contradicted && command.previously == before.grade
          && command.operation.isSafeDirection, "\(id) was \(before) and becomes \(command)")
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
    let seen = input.observation
    let observation = seen?.agent == command.agent && seen?.call == command.call ? seen : nil
    let state = observation?.verdict.state
    switch grade {
    case .confirmedNotified, .confirmedResynced, .confirmedPolled:
      demand(!isDue, "\(id) is confirmed behind its deadline")
      demand(state == command.operation.target, "\(id) is confirmed by \(input)")
      demand(command.evidence.event == observation?.event, "\(id) names another event")
      demand(grade != .confirmedNotified || due[id] == grade, "\(id) is confirmed too early")
      demand(command.latency != nil, "\(id) is confirmed without a latency")
      let grades: [Observation.Source: Grade] = [
        .notification: .confirmedNotified, .snapshot: .confirmedResynced, .look: .confirmedPolled,
      ]
      demand(
        observation.flatMap { grades[$0.source] } == grade, "\(id) is \(grade.rawValue) by \(input)"
      )
      demand(
        grade != .confirmedPolled || command.attempts > 0 || command.mode == .observe,
        "\(id) is confirmed by a look and was never sent")
    case .impliedReleased:
      let wasSeen = command.evidence.state != nil || command.evidence.event != nil
      demand(
        observation?.isEnded ?? (wasSeen && input.isAbsence(of: command)),
        "\(id) is released by \(input)")
    case .superseded:
      let successor = command.supersededBy.map(\.id) ?? ""
      if command.evidence.message?.hasPrefix("not sent") == true {
        return demand(
          command.attempts == 0 && command.mode == .send && hasSuccessor(command)
            && (order.firstIndex(of: successor) ?? 0) > (order.firstIndex(of: id) ?? 0),
          "\(id) gives way to \(successor)")
      }
      demand(
        state == command.supersededBy?.operation.target && state != command.operation.target
          && (order.firstIndex(of: successor) ?? 0) > (order.firstIndex(of: id) ?? 0),
        "\(id) is superseded by \(input)")
    case .rejected:
      guard case .replied(id, let reply) = input else {
        let isUnsent =
          command.attempts == 0 && command.evidence.message?.hasPrefix("not sent") == true
        return demand(
          isUnsent && (observation != nil || input.isAbsence(of: command)) || refused.contains(id),
          "\(id) is rejected by \(input)")
      }
      switch reply {
      case .rejected, .notAuthenticated, .throttled: break
      case .accepted, .ambiguous, .conflict: demand(false, "\(id) is rejected by \(reply)")
      }
    case .contradicted: demand(isDue && opposed.contains(id), "\(id) is contradicted by nothing")
    case .unconfirmed:
      demand(
        isDue && (!gaps.contains(command.agent) || looked.contains(id)) && !opposed.contains(id)
          && !refused.contains(id),
        "\(id) is unconfirmed by \(input)")
    case .unobservable:
      let isUnsynced = input == .observationRestored(agent: command.agent, resynced: false)
      demand(
        isUnsynced || isDue && gaps.contains(command.agent),
        "\(id) is unobservable by \(input)")
    case .satisfied:
      let wasAsked = observation.map { $0.source != .notification } ?? false
      demand(
        wasAsked && state == command.operation.target && command.attempts == 0,
        "\(id) is satisfied by \(input)")
    }
  }

  private mutating func noteOpposition(to command: Command, by input: Input) {
    guard let seen = input.observation, let state = seen.verdict.state, command.isOpen else {
      return
    }
    if seen.source == .look, command.status != .issued || command.mode == .observe {
      looked.insert(command.id)
    } else {
      looked.remove(command.id)
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
    demand(
      !restored.contains(id) || unsent.contains(id), "\(id) is sent again after a restart")
    let count = sends[id, default: 0] + 1
    sends[id] = count
    demand(
      count == 1 && !restored.contains(id)
        || command.operation.isSafeDirection && licences[id, default: 0] > 0
          && count <= LedgerSettings.attemptsMax,
      "\(id) is sent \(count) times")
    demand(
      count > 1 || now.wall - command.issuedAt < ledger.settings.deadline,
      "\(id) is sent behind its own deadline")
    demand(!hasSuccessor(command), "\(id) is sent behind what was asked for later")
    demand(durable[id]?.isOpen == true, "\(id) is sent although it has ended")
    licences[id] = 0
    refused.remove(id)
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

  /// What an input allows to be sent once more: that the platform says or shows that it did nothing.
  /// What never left an earlier process needs a look, whatever it shows: another open command may be
  /// about to change that.
  private mutating func noteLicences(_ input: Input, _ askedAt: Duration?) {
    guard case .looked(let look, .shown(let seen)) = input, let askedAt else { return }
    for id in openIDs where durable[id]?.agent == look.agent && durable[id]?.call == look.call {
      guard let command = durable[id], issued[id, default: .zero] <= askedAt,
        seen.verdict.state != command.operation.target || unsent.contains(id)
      else { continue }
      licences[id, default: 0] += 1
    }
  }

  /// Whether a later command on the call wants something else.
  private func hasSuccessor(_ command: Command) -> Bool {
    guard let place = order.firstIndex(of: command.id) else { return false }
    return order[(place + 1)...].compactMap { durable[$0] }.contains {
      $0.call == command.call && $0.grade != .rejected
        && $0.operation.target != command.operation.target
        && ($0.mode == .send || !command.operation.isSafeDirection)
    }
  }

  private func isImpossible(_ request: Request) -> Bool {
    guard request.known.isExact, !request.isForced, let state = request.known.verdict.state else {
      return false
    }
    let isPossible =
      switch request.operation {
      case .start: state == .stopped
      case .stop: state != .stopped
      case .pause: state == .recording
      case .resume: state == .paused
      }
    let isListed =
      request.known.offered.isEmpty || request.known.offered.contains(request.operation.capability)
    return !isPossible || !isListed
  }

  // MARK: All effects of one input

  private mutating func checkCount(of effects: [Effect], _ input: Input) {
    var answers = 0
    for effect in effects {
      switch effect {
      case .answered, .refused: answers += 1
      case .moved, .send, .look, .wake: break
      }
    }
    guard case .asked(let request) = input else {
      return demand(answers == 0, "\(input) is answered")
    }
    demand(answers == 1, "\(request.id) is answered \(answers) times")
    guard let command = durable[request.id] else { return }
    let isHeld = request.canLook && !request.isForced
    let isSent = command.mode == .send && command.isOpen
    demand(
      (sends[request.id] == 1) == isSent || isSent && isHeld && command.attempts == 0,
      "\(request.id) is not sent as it should be")
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

extension Input {
  /// What was seen of a call, whoever began.
  var observation: Observation? {
    switch self {
    case .observed(let observation), .looked(_, .shown(let observation)): observation
    default: nil
    }
  }

  func isAbsence(of command: Command) -> Bool {
    self == .looked(Look(agent: command.agent, call: command.call), .absent)
  }
}
