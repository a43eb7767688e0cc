import JSON

/// Load: numbered notifications by the thousand, `userData.Sequence` counting on for each agent
/// from 1, without regard to any fault of notifications.
extension GWSModel {
  /// What one order may leave in memory: more than any backlog that somebody wants to see survive.
  private static let backlogLimitBytes = 1 << 30

  /// Begins a load, and returns the number of the first notification; of several agents, the
  /// lowest one.
  ///
  /// Each agent's notifications are about one call of its own, which appears in silence with the
  /// first load and is in every snapshot.
  package mutating func startLoad(_ plan: LoadPlan) throws(SimulatorError) -> Int {
    if let agent = plan.agent, agents[agent] == nil { throw .unknownAgent(agent) }
    let names = plan.agent.map { [$0] } ?? agentOrder
    let pace = try pace(of: plan)
    var targets: [NotificationLoad.Target] = []
    for name in names {
      targets.append(
        NotificationLoad.Target(agent: name, template: try template(for: name, plan.sizeBytes)))
    }
    let sizeBytes = targets.first?.template.message(0).count ?? 0
    guard pace != .atOnce || sizeBytes * plan.count * targets.count <= Self.backlogLimitBytes else {
      throw .invalid("\(plan.count) notifications at once need more than 1 GiB; use \"perSecond\"")
    }
    let first = 1 + (names.compactMap { agents[$0]?.lastSequence }.min() ?? 0)
    lastLoad += 1
    loads[lastLoad] = NotificationLoad(
      targets: targets, count: plan.count, pace: pace, startedAt: now)
    continueLoad(lastLoad)
    flushEvents()
    return first
  }

  /// Ends every load where it is.
  package mutating func stopLoads() { loads = [:] }

  private func pace(of plan: LoadPlan) throws(SimulatorError) -> NotificationLoad.Pace {
    switch (plan.perSecond, plan.queuedMax) {
    case (nil, nil): return .atOnce
    case (let rate?, nil): return .perSecond(rate)
    case (nil, let limit?):
      guard plan.agent != nil else { throw .invalid("\"queuedMax\" needs \"agent\"") }
      return .whileQueued(below: limit)
    default: throw .invalid("\"perSecond\" and \"queuedMax\" exclude each other")
    }
  }

  private mutating func template(
    for agent: String, _ sizeBytes: Int?
  ) throws(SimulatorError) -> NotificationTemplate {
    var known = agents[agent]?.loadCall.flatMap { calls[$0] }
    if known?.state == .released { known = nil }
    var call: SimulatedCall
    if let known {
      call = known
    } else {
      let id = try createCall(CallPlan(agent: agent), isTold: false)
      agents[agent]?.loadCall = id
      guard let created = calls[id] else { throw .unknownCall(id) }
      call = created
    }
    call.setUserDatum("Sequence", [NotificationTemplate.hole])
    var message = loadMessage(about: call, padding: 0)
    if let sizeBytes, sizeBytes > message.count {
      let overhead = loadMessage(about: call, padding: 1).count - message.count - 1
      message = loadMessage(about: call, padding: max(sizeBytes - message.count - overhead, 1))
    }
    return NotificationTemplate(message)
  }

  private func loadMessage(about call: SimulatedCall, padding: Int) -> [UInt8] {
    var flaws = NotificationFlaws()
    flaws.extraUserDataBytes = padding
    let data = call.notification(
      "AttachedDataChanged", settings: settings, now: now, unixMilliseconds: unixMilliseconds,
      flaws: flaws)
    return message(with: data, on: Self.callsChannel)
  }

  /// Publishes what is due of a load now.
  mutating func continueLoad(_ id: Int) {
    guard var load = loads[id] else { return }
    let due: Int
    switch load.pace {
    case .atOnce: due = load.count
    case .perSecond(let rate):
      let elapsed = (now - load.startedAt).components
      let part = Int(elapsed.attoseconds / 1_000_000_000) * rate / 1_000_000_000
      due = min(load.count, 1 + Int(elapsed.seconds) * rate + part)
    case .whileQueued(let limit):
      let newest = load.targets.first.flatMap { agents[$0.agent]?.sessions.last }
      let queued = newest.flatMap { sessions[$0]?.queue.count } ?? limit
      due = min(load.count, load.published + max(limit - queued, 0))
    }
    for target in load.targets { publish(due - load.published, target) }
    load.published = due
    guard due < load.count else {
      loads[id] = nil
      return
    }
    loads[id] = load
    if case .perSecond(let rate) = load.pace {
      // Rounded up, so that the next one is due when its time comes.
      let part = (due % rate * 1_000_000_000 + rate - 1) / rate
      agenda.add(.load(id), due: load.startedAt + .seconds(due / rate) + .nanoseconds(part))
    }
  }

  private mutating func publish(_ count: Int, _ target: NotificationLoad.Target) {
    let last = agents[target.agent]?.lastSequence ?? 0
    agents[target.agent]?.lastSequence = last + count
    for sequence in (last + 1)..<(last + 1 + count) {
      deliver(
        message: target.template.message(sequence), on: Self.callsChannel, to: target.agent)
    }
  }

  /// Events of a session have been taken, or acknowledged: a load that waits for that goes on.
  mutating func refill(after clientID: String) {
    guard !loads.isEmpty, let agent = sessions[clientID]?.agent else { return }
    for id in loads.keys.sorted() where loads[id]?.targets.first?.agent == agent {
      if case .whileQueued? = loads[id]?.pace { agenda.add(.load(id), due: now) }
    }
  }
}
