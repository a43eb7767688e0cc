import Bayeux
import Calls
import Commands
import JSON

/// What an event shows in the platform's own bytes, for the entries that rest on it.
struct Sight: Sendable {
  let event: Int64
  let raw: JSONValue
}

/// The calls: every notification becomes an event, the ledger's evidence and the live model.
extension Bridge {
  /// Where the knowledge of a call comes from.
  enum CallSource {
    case notification(CallNotification, channel: String)
    case snapshot(Bridge.SnapshotMark)
    /// The snapshot did not list a call that was live before: it has ended.
    case absence(Bridge.SnapshotMark)
  }

  /// Takes in one message of the session, whatever it holds: published or quarantined, never lost.
  mutating func receive(_ delivery: Delivery, _ agent: Int, at now: Moment) {
    guard let data = delivery.data else {
      return quarantine(
        agent, channel: delivery.channel, reason: "the message has no data",
        bytes: delivery.message.raw, at: now)
    }
    do throws(MemberError) {
      let notification = try CallNotification(data: data)
      guard let call = notification.call else {
        return receiveOther(notification, delivery.channel, agent, at: now)
      }
      observe(call, agent, from: .notification(notification, channel: delivery.channel), at: now)
    } catch {
      quarantine(
        agent, channel: delivery.channel, reason: error.description,
        bytes: delivery.message.raw, at: now)
      if delivery.channel == settings.dialect.channels.first {
        missed(agent, reason: error.description, at: now)
      }
    }
  }

  /// What does not describe a call may still end a command or a login.
  private mutating func receiveOther(
    _ notification: CallNotification, _ channel: String, _ agent: Int, at now: Moment
  ) {
    let event = publishOther(notification, channel, agent, at: now)
    sight = Sight(event: event, raw: notification.raw)
    defer { sight = nil }
    switch notification.content {
    case .initialization(let state): initialized(agent, state: state, at: now)
    case .error(let error):
      guard let id = settings.dialect.operationId(notification.operationId) else { return }
      feedLedger(
        .failed(
          Failure(
            agent: agents[agent].name, operationId: id, code: error.code.flatMap { Int($0) },
            message: error.message ?? "the platform says no more than that it failed",
            event: event)), at: now)
    case .call, .device, .other: break
    }
  }

  private mutating func publishOther(
    _ notification: CallNotification, _ channel: String, _ agent: Int, at now: Moment
  ) -> Int64 {
    let name = agents[agent].name
    return publish(.notification, agent: agent, at: now) { writer in
      writer.member("agent", name)
      writer.member("channel", channel)
      writer.member("messageType", notification.messageType)
      writer.member("notificationType", notification.notificationType?.rawValue)
      writer.member("raw", notification.raw)
    }
  }

  /// Publishes what was seen of a call, gives it to the ledger as evidence and updates the model.
  mutating func observe(_ call: Call, _ agent: Int, from source: CallSource, at now: Moment) {
    let name = agents[agent].name
    let before = agents[agent].calls[call.id] ?? renamed(call, agent, at: now)
    let witnesses = call.witnesses
    let isEnded = call.isEnded || source.isAbsence
    let sequence = publish(.call, agent: agent, call: call.id, at: now) { writer in
      writer.member("agent", name)
      source.write(to: &writer)
      writer.member("ended", isEnded)
      writer.name("call")
      call.write(to: &writer)
      writer.name("witnesses")
      witnesses.write(to: &writer)
      if let raw = source.raw(of: call) { writer.member("raw", raw) }
    }
    sight = source.raw(of: call).map { Sight(event: sequence, raw: $0) }
    defer { sight = nil }
    if witnesses.verdict == .disagree, before?.call.witnesses.verdict != .disagree {
      publishDisagreement(call, agent, at: now)
    }
    if isEnded { handOver(call.id, from: agent, at: now) }
    let observation = Observation(
      agent: name, call: call.id,
      verdict: source.isAbsence ? .notEnough : witnesses.verdict,
      witnesses: source.isAbsence ? nil : witnesses,
      recordingFile: call.recordingFile, isEnded: isEnded,
      isRecordingChange: source.isRecordingChange,
      operationId: settings.dialect.operationId(source.operationId),
      source: source.ledgerSource, askedAt: source.mark?.askedAt, event: sequence)
    let effects = ledger.handle(
      source.mark?.look.map { .looked($0, .shown(observation)) } ?? .observed(observation),
      at: now)
    if !source.isAbsence {
      publishRecordingChange(from: before, to: call, agent, confirmedBy: effects, at: now)
    }
    let stop = watchStop(of: before, call, agent, effects, at: now)
    perform(effects, at: now)
    remember(call, agent, isEnded: isEnded, source, stop: stop, event: sequence, at: now)
  }

  private mutating func publishDisagreement(_ call: Call, _ agent: Int, at now: Moment) {
    let name = agents[agent].name
    publish(.disagreement, agent: agent, call: call.id, raw: sight?.raw, at: now) { writer in
      writer.member("agent", name)
      writer.member("call", call.id)
      writer.name("witnesses")
      call.witnesses.write(to: &writer)
    }
    log(.warning, "witnesses-disagree", agent: agent, [Header("call", call.id)])
  }

  private mutating func publishRecordingChange(
    from before: LiveCall?, to call: Call, _ agent: Int,
    confirmedBy effects: [Commands.Effect], at now: Moment
  ) {
    guard let state = call.recordingState else { return }
    // A recording that ended and another that began, of which only the second was seen.
    let isAnother =
      state != .stopped && call.recordingFile != nil
      && before?.call.recordingFile.map { $0 != call.recordingFile } ?? false
    guard state != before?.recordingState || isAnother else { return }
    let cause = confirmation(of: state, call: call.id, among: effects)
    publishRecordingChange(
      from: before?.recordingState, to: state, call.id, agent, cause: cause,
      file: call.recordingFile,
      // What a command brought about is shown in the command's own entry.
      raw: cause == nil ? sight?.raw : nil, at: now)
  }

  /// The last command that was just confirmed by this state; nil for `call` is any call.
  func confirmation(
    of state: RecordingState, call: String?, among effects: [Commands.Effect]
  ) -> Command? {
    effects.compactMap { effect -> Command? in
      guard case .moved(let command) = effect, command.operation.target == state,
        command.grade?.isConfirmed == true, call.map({ command.call == $0 }) ?? true
      else { return nil }
      return command
    }.last
  }

  mutating func publishRecordingChange(
    from before: RecordingState?, to state: RecordingState, _ call: String, _ agent: Int,
    cause: Command?, file: String?, raw: JSONValue?, at now: Moment
  ) {
    let name = agents[agent].name
    publish(.recording, agent: agent, call: call, raw: raw, at: now) { writer in
      writer.member("agent", name)
      writer.member("call", call)
      writer.member("from", before?.rawValue)
      writer.member("to", state.rawValue)
      writer.member("cause", cause == nil ? "unsolicited" : "command")
      writer.member("command", cause?.id)
      writer.member("recordingFile", file)
    }
  }

  /// Keeps the live model, here and in the store.
  private mutating func remember(
    _ call: Call, _ agent: Int, isEnded: Bool, _ source: CallSource, stop: ConfirmedStop?,
    event: Int64, at now: Moment
  ) {
    let name = agents[agent].name
    if case .notification = source { agents[agent].observations += 1 }
    let before = agents[agent].calls[call.id]
    if isEnded {
      if case .asked = agents[agent].sync { agents[agent].endedSinceAsked.insert(call.id) }
      giveUpLook(at: call.id, agent, at: now)
      guard before != nil else { return }
      dropCall(call.id, agent)
      turn.writes.append(.callEnded(agent: name, id: call.id))
      return
    }
    let live = LiveCall(
      call: call.compacted, recordingState: call.recordingState ?? before?.recordingState,
      event: event, observed: agents[agent].observations, askedAt: source.mark?.askedAt,
      stop: stop)
    keepCall(live, agent)
    if before.map({ !live.isStored(as: $0) }) ?? true {
      turn.writes.append(.call(agent: name, id: call.id, record: live.record))
    }
    if before == nil, agents[agent].calls.count > BridgeLimits.callsPerAgent {
      forgetOldestCall(agent)
    }
  }

  /// The agent's leg of the call ends. Commands on it go on with another agent of ours who has the
  /// call, so that nobody takes the end of the leg for the end of the recording.
  mutating func handOver(_ call: String, from agent: Int, at now: Moment) {
    let others = (callHolders[call] ?? []).filter { $0 != agent && !agents[$0].isLeaving }
    guard let heir = others.min() else { return }
    feedLedger(
      .handedOver(call: call, from: agents[agent].name, to: agents[heir].name), at: now)
  }

  /// The live call that has another id from now on; it leaves the model under its old one.
  private mutating func renamed(_ call: Call, _ agent: Int, at now: Moment) -> LiveCall? {
    guard let previous = call.previousConnId else { return nil }
    let name = agents[agent].name
    feedLedger(.renamed(agent: name, from: previous, to: call.id), at: now)
    guard let live = agents[agent].calls[previous] else { return nil }
    dropCall(previous, agent)
    turn.writes.append(.callEnded(agent: name, id: previous))
    return live
  }

  private mutating func forgetOldestCall(_ agent: Int) {
    let oldest = agents[agent].calls.min { $0.value.event < $1.value.event }
    guard let id = oldest?.key else { return }
    dropCall(id, agent)
    turn.writes.append(.callEnded(agent: agents[agent].name, id: id))
    log(.warning, "call-forgotten", agent: agent, [Header("call", id)])
  }
}

extension Bridge.CallSource {
  var isAbsence: Bool { if case .absence = self { true } else { false } }

  var isRecordingChange: Bool {
    if case .notification(let notification, _) = self {
      notification.isRecordingChange
    } else {
      false
    }
  }

  /// The operation that the platform names as the cause, if it does.
  var operationId: String? {
    if case .notification(let notification, _) = self { notification.operationId } else { nil }
  }

  var ledgerSource: Observation.Source {
    guard let mark else { return .notification }
    return mark.look == nil ? .snapshot : .look
  }

  /// The question that it answers; nil for a notification.
  var mark: Bridge.SnapshotMark? {
    switch self {
    case .notification: nil
    case .snapshot(let mark), .absence(let mark): mark
    }
  }

  /// The platform's own bytes: the notification's data, or the call of a snapshot or look.
  func raw(of call: Call) -> JSONValue? {
    switch self {
    case .notification(let notification, _): notification.raw
    case .snapshot: call.raw
    case .absence: nil
    }
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .notification(let notification, let channel):
      writer.member("source", "notification")
      writer.member("channel", channel)
      writer.member("notificationType", notification.notificationType?.rawValue)
    case .snapshot(let mark):
      writer.member("source", mark.look == nil ? "snapshot" : "look")
    case .absence: writer.member("source", "absence")
    }
  }
}
