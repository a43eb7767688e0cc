import JSON

/// A call to be created.
package struct CallPlan: Sendable {
  package var agent: String
  package var state = CallState.established
  /// Nil for a call that was never recorded.
  package var recording: RecordingState?
  package var direction = SimulatedCall.Direction.inbound
  package var remoteNumber = "15550100"
  /// Members of userData, each value a JSON text that is spliced as it is.
  package var userData: [(name: String, value: [UInt8])] = []

  package init(agent: String) { self.agent = agent }
}

extension GWSModel {
  /// Every call, released ones included, oldest first.
  package var allCalls: [SimulatedCall] { callOrder.compactMap { calls[$0] } }

  package func call(_ id: String) -> SimulatedCall? { calls[id] }

  /// How many Bayeux sessions an agent has that the server has not forgotten.
  package func sessionCount(of agent: String) -> Int {
    sessions(of: agent).count { !$0.isForgotten }
  }

  /// How many of the agent's connects are held right now.
  package func heldConnectCount(of agent: String) -> Int {
    sessions(of: agent).count { $0.held != nil }
  }

  private func sessions(of agent: String) -> [BayeuxSession] {
    (agents[agent]?.sessions ?? []).compactMap { sessions[$0] }
  }
}

/// What happens on the platform by itself; the switchboard and `Simulator` call these.
extension GWSModel {
  private static let callAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV"

  /// A call appears, with its StatusChange unless nobody is told. Returns its id.
  package mutating func createCall(
    _ plan: CallPlan, isTold: Bool = true
  ) throws(SimulatorError) -> String {
    guard let agent = agents[plan.agent] else { throw .unknownAgent(plan.agent) }
    let id = random.text(32, of: Self.callAlphabet)
    let data =
      [
        ("IW_CaseUid", quoted(random.uuid())), ("IW_BundleUid", quoted(random.uuid())),
      ] + plan.userData.map { ($0.name, $0.value) }
    var call = SimulatedCall(
      id: id, connID: "0071" + random.hex(12), agent: plan.agent, deviceID: agent.deviceID,
      phoneNumber: agent.settings.phoneNumber, remoteNumber: plan.remoteNumber,
      direction: plan.direction, state: plan.state,
      userData: data.map { SimulatedCall.UserDatum(name: $0.0, value: $0.1) }, createdAt: now)
    call.setRecording(plan.recording, lying: nil, at: now, unixSecond: unixMilliseconds / 1000)
    calls[id] = call
    callOrder.append(id)
    agents[plan.agent]?.calls.append(id)
    forgetOldCalls()
    if isTold { publish("StatusChange", about: call) }
    flushEvents()
    return id
  }

  /// Calls known at most; released ones can be looked at for so long. A test of hours must not
  /// make the lists slow.
  private static let callsKept = 10_000

  private mutating func forgetOldCalls() {
    guard callOrder.count > Self.callsKept,
      let index = callOrder.firstIndex(where: { calls[$0]?.state == .released })
    else { return }
    let id = callOrder.remove(at: index)
    guard let call = calls.removeValue(forKey: id) else { return }
    agents[call.agent]?.calls.removeAll { $0 == id }
  }

  /// The call is released: its last notification has no userData and no recordingState.
  package mutating func endCall(_ id: String) throws(SimulatorError) {
    let now = now
    try change(id, "StatusChange") { call in call.release(at: now) }
  }

  /// The call changes its state by itself.
  package mutating func setCallState(_ id: String, _ state: CallState) throws(SimulatorError) {
    try change(id, "StatusChange") { call in call.state = state }
  }

  /// The recording state changes without a command, as by a policy of the platform. A `lying`
  /// witness goes on showing the state before, in this notification and in snapshots.
  package mutating func setRecording(
    _ id: String, _ state: RecordingState?, lying witness: Witness? = nil
  ) throws(SimulatorError) {
    let (now, second) = (now, unixMilliseconds / 1000)
    try change(id, "CallRecordingStateChange") { call in
      call.setRecording(state, lying: witness, at: now, unixSecond: second)
    }
  }

  /// As `setRecording`, but nobody is told.
  package mutating func setRecordingInSilence(
    _ id: String, _ state: RecordingState?
  ) throws(SimulatorError) {
    let (now, second) = (now, unixMilliseconds / 1000)
    try change(id, nil) { call in
      call.setRecording(state, lying: nil, at: now, unixSecond: second)
    }
  }

  /// Attaches data to the call; each value is a JSON text.
  package mutating func attachData(
    _ id: String, _ data: [(name: String, value: [UInt8])]
  ) throws(SimulatorError) {
    try change(id, "AttachedDataChanged") { call in
      for datum in data { call.setUserDatum(datum.name, datum.value) }
    }
  }

  private mutating func change(
    _ id: String, _ notification: String?, _ body: (inout SimulatedCall) -> Void
  ) throws(SimulatorError) {
    guard var call = calls[id] else { throw .unknownCall(id) }
    body(&call)
    calls[id] = call
    if let notification { publish(notification, about: call) }
    flushEvents()
  }

  /// `count` numbered notifications about one call, `userData.seq` counting on; at once, or one
  /// every `interval`.
  package mutating func startBurst(
    _ id: String, count: Int, interval: Duration = .zero
  ) throws(SimulatorError) {
    guard calls[id] != nil else { throw .unknownCall(id) }
    burst(id, count: count, interval: interval)
    flushEvents()
  }

  /// Publishes `data`, a JSON text that is spliced as it is, without regard to any fault.
  package mutating func publishRaw(
    agent: String, channel: String, data: [UInt8]
  ) throws(SimulatorError) {
    guard agents[agent] != nil else { throw .unknownAgent(agent) }
    deliver(data, on: channel, to: agent)
    flushEvents()
  }

  /// Delivers a whole message as it is, JSON or not, to the subscribers of `channel`.
  package mutating func publishRaw(
    agent: String, channel: String, message: [UInt8]
  ) throws(SimulatorError) {
    guard agents[agent] != nil else { throw .unknownAgent(agent) }
    deliver(message: message, on: channel, to: agent)
    flushEvents()
  }

  /// Arms a fault; the number clears it again.
  package mutating func arm(_ fault: Fault) -> Int { faults.arm(fault) }

  /// Disarms one fault, or all. A notification that a swap still withholds goes out.
  package mutating func clearFaults(_ id: Int? = nil) {
    if let id { _ = faults.clear(id) } else { faults.clearAll() }
    for name in agentOrder {
      guard let withheld = agents[name]?.withheld else { continue }
      agents[name]?.withheld = nil
      deliver(withheld.data, on: withheld.channel, to: name)
    }
    flushEvents()
  }

  func quoted(_ text: String) -> [UInt8] { JSONWriter.write { $0.value(text) } }
}
