import Calls

extension Ledger {
  /// What one observation of a call means for the commands on it.
  mutating func observe(
    _ observation: Observation, at now: Moment, into effects: inout [Effect]
  ) {
    takeBackRelease(by: observation, at: now, into: &effects)
    let ids = book.ids(agent: observation.agent, call: observation.call)
      .filter { book[$0]?.isIssued(before: observation) ?? false }
      .filter { observation.subjects?.contains($0) ?? true }
    guard !ids.isEmpty else { return }
    if let state = observation.verdict.state {
      takeBack(ids, by: state, observation, at: now, into: &effects)
      confirm(ids, state, observation, at: now, into: &effects)
    } else if observation.verdict == .disagree, let witnesses = observation.witnesses {
      noteDisagreement(ids, witnesses, into: &effects)
    }
    guard observation.isEnded else { return }
    for id in ids {
      guard let command = book[id]?.command, command.isOpen else { continue }
      var evidence = command.evidence
      evidence.kind = .release
      evidence.event = observation.event
      evidence.recordingFile = observation.recordingFile ?? evidence.recordingFile
      end(command, .impliedReleased, evidence, at: now, into: &effects)
    }
  }

  /// Confirms the commands with this target; those issued before the last of them with another
  /// target are superseded; those issued after it keep waiting, and so does a stop or pause that
  /// has not left: what somebody else sends does not hold it back.
  private mutating func confirm(
    _ ids: [String], _ state: RecordingState, _ observation: Observation, at now: Moment,
    into effects: inout [Effect]
  ) {
    let waiting = ids.compactMap { book[$0] }.filter(\.command.isOpen)
    let last = waiting.last { isConfirmed($0.command, by: observation, state) }
    for entry in waiting {
      let command = entry.command
      if isConfirmed(command, by: observation, state) {
        let grade = observation.source.grade(of: command)
        end(command, grade, command.evidence(of: observation), at: now, into: &effects)
      } else if let last, entry.order < last.order, command.operation.target != state,
        last.command.mode == .send || !command.isStillToLeave
      {
        var command = command
        command.supersededBy = .init(id: last.command.id, operation: last.command.operation)
        end(command, .superseded, command.evidence(of: observation), at: now, into: &effects)
      } else {
        note(state, observation, on: command, into: &effects)
      }
    }
  }

  /// A notification that names an operation answers that one and no other; one that we only observe
  /// is answered by any that is not another of ours. A look confirms nothing that has not left.
  ///
  /// Of the rest, time decides. A command whose target already held when it was asked for waits for
  /// another to take effect first: that its target still holds is no news, unless the platform
  /// calls it a change, it was witnessed as one since, a different state was witnessed in between,
  /// or a gap lies in between.
  private func isConfirmed(
    _ command: Command, by observation: Observation, _ state: RecordingState
  ) -> Bool {
    guard command.operation.target == state else { return false }
    if let operation = observation.operationId {
      return operation == command.id || command.mode == .observe && book[operation] == nil
    }
    if observation.source == .look, command.mode == .send, command.attempts == 0 { return false }
    if observation.source == .look, !hasOpposite(command) { return true }
    return command.evidence.state != state || observation.isRecordingChange
      || observation.source == .snapshot || command.evidence.kind == .notification
  }

  /// Remembers on an open command that another state than its target was witnessed, or its target
  /// as the effect of another operation: that counts at the deadline, if nothing answers the
  /// command itself until then.
  private mutating func note(
    _ state: RecordingState, _ observation: Observation, on command: Command,
    into effects: inout [Effect]
  ) {
    guard command.operation.target != state || observation.operationId != nil else { return }
    let before = command.evidence
    var evidence = command.evidence(of: observation)
    // What is seen before the command has left is no answer to it.
    let counts = command.status != .issued || command.mode == .observe
    if !counts { evidence.kind = .knowledge }
    let isNews =
      switch (evidence.kind, before.kind) {
      case (.notification, let former): former != .notification
      case (.look, let former): former != .look && former != .notification
      default: false
      }
    var command = command
    command.evidence = evidence
    if isNews || evidence.state != before.state { return move(command, into: &effects) }
    // The same once more is no move; the grade will name the newest event that showed it.
    if evidence.kind == before.kind { book.change(command.id) { $0.seenAgain = evidence } }
  }

  /// Takes back the confirmation of a stop or pause that did not last as long as a deadline, unless
  /// a later command of ours explains what is seen. Later than that it is a change of its own.
  private mutating func takeBack(
    _ ids: [String], by state: RecordingState, _ observation: Observation, at now: Moment,
    into effects: inout [Effect]
  ) {
    guard observation.source == .notification else { return }
    let entries = ids.compactMap { book[$0] }
    for entry in entries {
      let command = entry.command
      guard command.operation.isSafeDirection, command.operation.isContradicted(by: state),
        command.grade?.isConfirmed == true, let ended = entry.ended,
        now.monotonic - ended < settings.deadline,
        !entries.contains(where: { $0.order > entry.order && $0.explains(state) })
      else { continue }
      takeBack(command, by: observation, at: now, into: &effects)
    }
  }

  /// Takes back that the end of an agent's leg ended the recording: another agent of ours has the
  /// call, and it is recorded.
  private mutating func takeBackRelease(
    by observation: Observation, at now: Moment, into effects: inout [Effect]
  ) {
    guard let state = observation.verdict.state, !observation.isEnded else { return }
    let entries = book.ids(call: observation.call).compactMap { book[$0] }
    for entry in entries where entry.observer != observation.agent {
      guard entry.command.grade == .impliedReleased, entry.command.operation.isSafeDirection,
        entry.command.operation.isContradicted(by: state), let ended = entry.ended,
        now.monotonic - ended < settings.deadline,
        !entries.contains(where: { $0.order > entry.order && $0.explains(state) })
      else { continue }
      takeBack(entry.command, by: observation, at: now, into: &effects)
    }
  }

  private mutating func takeBack(
    _ command: Command, by observation: Observation, at now: Moment,
    into effects: inout [Effect]
  ) {
    var command = command
    command.previously = command.grade
    command.grade = .contradicted
    command.evidence = command.evidence(of: observation)
    command.finalAt = .microseconds(now.wall.wholeMicroseconds)
    command.explain(by: route)
    move(command, into: &effects)
  }

  /// Witnesses that contradict each other decide nothing, but whoever asks why there was no
  /// confirmation has to know.
  private mutating func noteDisagreement(
    _ ids: [String], _ witnesses: Witnesses, into effects: inout [Effect]
  ) {
    for id in ids {
      guard var command = book[id]?.command, command.isOpen,
        command.status != .issued || command.mode == .observe,
        command.evidence.witnesses != witnesses
      else { continue }
      command.evidence.witnesses = witnesses
      move(command, into: &effects)
    }
  }
}

extension LedgerBook.Entry {
  /// A snapshot asked for before the command was issued is older than the command, whenever it
  /// arrives; a notification counts from its arrival.
  fileprivate func isIssued(before observation: Observation) -> Bool {
    guard let issued, let askedAt = observation.askedAt else { return true }
    return issued <= askedAt
  }

  /// Whether this command of ours is why `state` is seen after an earlier one.
  fileprivate func explains(_ state: RecordingState) -> Bool {
    command.grade != .rejected
      && (!command.operation.isSafeDirection || command.operation.target == state)
  }
}

extension Observation.Source {
  /// The grade of a command whose target it shows. What has not left brought nothing about, as far
  /// as anybody is asked.
  fileprivate func grade(of command: Command) -> Grade {
    switch self {
    case .notification: .confirmedNotified
    case .snapshot where command.mode == .send && command.attempts == 0: .satisfied
    case .snapshot: .confirmedResynced
    case .look: .confirmedPolled
    }
  }

  fileprivate var evidence: Evidence.Kind {
    switch self {
    case .notification: .notification
    case .snapshot: .snapshot
    case .look: .look
    }
  }
}

extension Command {
  /// Whether it is a stop or pause that waits to be sent.
  fileprivate var isStillToLeave: Bool {
    operation.isSafeDirection && mode == .send && attempts == 0
  }

  init(_ request: Request, at now: Moment) {
    let known = request.known
    id = request.id
    key = request.key
    agent = request.agent
    call = request.call
    operation = request.operation
    parameters = request.parameters
    mode = request.mode
    origin = request.origin
    status = .issued
    // A state that may be out of date is no knowledge; the recording file still helps to find it.
    evidence = Evidence(
      .knowledge, event: known.isExact ? known.event : nil,
      state: known.isExact ? known.verdict.state : nil, recordingFile: known.recordingFile)
    issuedAt = .microseconds(now.wall.wholeMicroseconds)
    attempts = 0
  }

  /// Whether a request under the same key asks for this very command.
  func isSame(as request: Request) -> Bool {
    agent == request.agent && call == request.call && operation == request.operation
      && mode == request.mode && parameters == request.parameters
  }

  /// The evidence that an observation gives, with what the platform answered kept.
  func evidence(of observation: Observation) -> Evidence {
    Evidence(
      observation.source.evidence, event: observation.event, state: observation.verdict.state,
      witnesses: observation.witnesses,
      recordingFile: observation.recordingFile ?? evidence.recordingFile,
      statusCode: evidence.statusCode, httpStatus: evidence.httpStatus, message: evidence.message)
  }
}

extension Evidence {
  /// Adds the platform's answer, which does not hide a state witnessed since the command left. It
  /// takes the place of the answer before with all that it says and does not say: numbers of one
  /// beside words of another are no evidence. What was said before is in the moves before. Only an
  /// answer that says nothing at all leaves it.
  mutating func note(code: Int?, httpStatus: Int?, message: String?) {
    if code != nil || httpStatus != nil || message != nil {
      statusCode = code ?? httpStatus
      self.httpStatus = httpStatus
      self.message = message
    }
    if kind == .knowledge { kind = .reply }
  }
}
