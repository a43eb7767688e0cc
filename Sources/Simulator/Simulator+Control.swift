/// What happens on the platform by itself: the same that the switchboard offers, see `GWSModel`.
extension Simulator {
  /// A call appears, with its StatusChange. Returns its id.
  package func createCall(_ plan: CallPlan) throws(SimulatorError) -> String {
    try change { platform throws(SimulatorError) in try platform.createCall(plan) }
  }

  /// The call is released.
  package func endCall(_ id: String) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in try platform.endCall(id) }
  }

  /// The call changes its state by itself.
  package func setCallState(_ id: String, _ state: CallState) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in try platform.setCallState(id, state) }
  }

  /// The recording state changes without a command; a lying witness still shows the state before.
  package func setRecording(
    _ id: String, _ state: RecordingState?, lying witness: Witness? = nil
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in
      try platform.setRecording(id, state, lying: witness)
    }
  }

  /// As `setRecording`, but nobody is told.
  package func setRecordingInSilence(
    _ id: String, _ state: RecordingState?
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in
      try platform.setRecordingInSilence(id, state)
    }
  }

  /// Attaches data to the call; each value is a JSON text.
  package func attachData(
    _ id: String, _ data: [(name: String, value: [UInt8])]
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in try platform.attachData(id, data) }
  }

  /// `count` numbered notifications about one call, at once or one every `interval`.
  package func startBurst(
    _ id: String, count: Int, interval: Duration = .zero
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in
      try platform.startBurst(id, count: count, interval: interval)
    }
  }

  /// Publishes `data`, a JSON text, as it is.
  package func publishRaw(
    agent: String, channel: String, data: [UInt8]
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in
      try platform.publishRaw(agent: agent, channel: channel, data: data)
    }
  }

  /// Delivers a whole message, JSON or not, as it is.
  package func publishRaw(
    agent: String, channel: String, message: [UInt8]
  ) throws(SimulatorError) {
    try change { platform throws(SimulatorError) in
      try platform.publishRaw(agent: agent, channel: channel, message: message)
    }
  }

  /// Forgets Bayeux sessions, of one agent or all.
  package func forgetSessions(of agent: String? = nil, _ how: Forgetting = .unknown) {
    change { $0.forgetSessions(of: agent, how) }
  }

  /// The server itself ends Bayeux sessions, of one agent or all.
  package func disconnectSessions(of agent: String? = nil) {
    change { $0.disconnectSessions(of: agent) }
  }

  /// Closes WebSockets, of one agent or all, with this code.
  package func closeSockets(of agent: String? = nil, code: Int) {
    change { $0.closeSockets(of: agent, code: code) }
  }

  /// Breaks WebSockets, of one agent or all, as a TCP reset does.
  package func resetSockets(of agent: String? = nil) {
    change { $0.resetSockets(of: agent) }
  }

  /// WebSockets, of one agent or all, stay open and nothing gets through any more.
  package func silenceSockets(of agent: String? = nil) {
    change { $0.silenceSockets(of: agent) }
  }

  /// Publishes numbered notifications; returns the first number.
  @discardableResult
  package func startLoad(_ plan: LoadPlan) throws(SimulatorError) -> Int {
    try change { platform throws(SimulatorError) in try platform.startLoad(plan) }
  }

  /// Breaks the HTTP connections of held connects without an answer.
  package func cutHeldConnects(of agent: String? = nil) {
    change { $0.cutHeldConnects(of: agent) }
  }

  /// Ends HTTP sessions, of one agent or all; Bayeux sessions live on.
  package func expireHTTPSessions(of agent: String? = nil) {
    change { $0.expireHTTPSessions(of: agent) }
  }

  /// Arms a fault; the number clears it again.
  @discardableResult
  package func arm(_ fault: Fault) -> Int {
    change { $0.arm(fault) }
  }

  /// Disarms one fault, or all.
  package func clearFaults(_ id: Int? = nil) {
    change { $0.clearFaults(id) }
  }
}
