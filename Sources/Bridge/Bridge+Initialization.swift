import Commands

/// Between the answer to a login and the notification that the platform is ready for the agent:
/// profile `workspace-v3` sets a session up behind its answer.
extension Bridge {
  mutating func awaitInitialization(_ agent: Int, at now: Moment) {
    agents[agent].initialization = .awaited(isObserving: false)
    beginPatience(agent, at: now)
    if isStoreLost { sendHeldCommands(agent, at: now) }
  }

  private mutating func beginPatience(_ agent: Int, at now: Moment) {
    let time = now.monotonic + BridgeLimits.initializationPatience
    alarms.set(Alarm.initialization.key(agent), time)
  }

  /// The platform told how its work went.
  mutating func initialized(_ agent: Int, state: String?, at now: Moment) {
    guard case .awaited(let isObserving) = agents[agent].initialization,
      agents[agent].login == .good
    else { return }
    switch state {
    case "Complete":
      agents[agent].initialization = .complete
      alarms.set(Alarm.initialization.key(agent), nil)
      agents[agent].loginFailures = 0
      log(.info, "initialized", agent: agent)
      sendHeldCommands(agent, at: now)
      if isObserving { observing(agent, at: now) }
    case "Failed":
      initializationFailed(
        agent, "the platform could not set the agent's session up; its own log says why", at: now)
    default: break  // Still at work.
    }
  }

  /// The notification did not come: it may have been sent while nobody listened.
  mutating func initializationOverdue(_ agent: Int, at now: Moment) {
    guard case .awaited = agents[agent].initialization, agents[agent].login == .good else {
      return
    }
    // Nobody listens while the store cannot be written.
    if isStoreLost { return beginPatience(agent, at: now) }
    let seconds = BridgeLimits.initializationPatience.components.seconds
    initializationFailed(
      agent,
      "the platform did not say within \(seconds) s that the agent's session is set up; check that "
        + "channel /workspace/v3/initialization can be subscribed to", at: now)
  }

  private mutating func initializationFailed(_ agent: Int, _ reason: String, at now: Moment) {
    guard !isStopping else { return }
    alarms.set(Alarm.initialization.key(agent), nil)
    loginFailed(agent, reason, at: now)
  }
}
