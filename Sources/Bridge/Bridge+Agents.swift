import Bayeux
import Calls
import Commands

/// Agents come and go while the bridge runs.
///
/// An agent's number is its place in `agents`. The place of one that has left is given to another,
/// but only in a later input, after everything that still named it has been taken out.
extension Bridge {
  mutating func change(_ changes: AgentChanges, at now: Moment) {
    guard !isStopping else { return }
    clearVacancies()
    for name in changes.removed { remove(name, at: now) }
    for record in changes.added { add(record, at: now) }
    for name in changes.changed {
      guard let agent = directory[name] else { continue }
      log(.info, "login-changed", agent: agent)
      renewLogin(agent, at: now)
    }
  }

  // MARK: - Coming

  private mutating func add(_ record: SessionRecord, at now: Moment) {
    let name = record.agent
    guard directory[name] == nil else { return }
    if let agent = leaving(name) {
      returning[agents[agent].name] = record
      return
    }
    var newcomer = Agent(
      name: name, session: Session(settings: settings.session, seed: generator.next()))
    newcomer.kept.complete = record.complete
    let agent = vacancies.popLast() ?? agents.count
    if agent == agents.count { agents.append(newcomer) } else { agents[agent] = newcomer }
    directory[name] = agent
    feedLedger(.observationLost(agent: name), at: now)
    log(.info, "agent-added", agent: agent)
    logIn(agent, at: now)
  }

  /// The agent of that name that is saying goodbye. Only few do at a time, and only on a change.
  private func leaving(_ name: String) -> Int? {
    agents.firstIndex { $0.name == name && $0.isLeaving && !$0.isGone }
  }

  /// New credentials are in place: the login is made with them, whatever the old one was doing.
  private mutating func renewLogin(_ agent: Int, at now: Moment) {
    withdrawLogin(agent)
    agents[agent].loginFailures = 0
    logIn(agent, at: now)
  }

  private mutating func withdrawLogin(_ agent: Int) {
    if case .underWay(let id) = agents[agent].login { cancel(id) }
    if agents[agent].ticket == .login { agents[agent].ticket = nil }
    alarms.set(Alarm.login.key(agent), nil)
    alarms.set(Alarm.initialization.key(agent), nil)
    agents[agent].login = .loggedOut
  }

  // MARK: - Leaving

  /// The session says goodbye, within its bound; what it still brings counts.
  private mutating func remove(_ name: String, at now: Moment) {
    guard let agent = directory.removeValue(forKey: name) else {
      // Gone and back and gone again, before the first goodbye was answered.
      returning[name] = nil
      return
    }
    agents[agent].isLeaving = true
    log(.info, "agent-removed", agent: agent)
    withdrawLogin(agent)
    agents[agent].ticket = nil
    agents[agent].heldCommands = []
    giveUpLooks(agent, at: now)
    if case .asked(let id) = agents[agent].sync { cancel(id) }
    agents[agent].sync = .outOfSync
    alarms.set(Alarm.snapshot.key(agent), nil)
    feedSession(agent, .stop, at: now)
  }

  /// The session has ended: nobody will see the agent's calls any more.
  mutating func finishLeaving(_ agent: Int, at now: Moment) {
    let name = agents[agent].name
    for id in agents[agent].calls.keys.sorted() {
      dropCall(id, agent)
      turn.writes.append(.callEnded(agent: name, id: id))
    }
    let reason = "the agent has left the configuration"
    feedLedger(.observationEnded(agent: name, reason: reason), at: now)
    tellSession(agent, state: "removed", reason: reason, at: now)
    turn.effects.append(.left(agent: name))
    for alarm in Alarm.allCases { alarms.set(alarm.key(agent), nil) }
    var vacancy = Agent(name: "", session: Session(settings: settings.session, seed: 0))
    vacancy.isLeaving = true
    vacancy.isStopped = true
    vacancy.isGone = true
    let complete = agents[agent].kept.complete
    agents[agent] = vacancy
    hasUncleared = true
    if var returning = returning.removeValue(forKey: name), !isStopping {
      returning.complete = complete ?? returning.complete
      add(returning, at: now)
    }
  }

  /// Takes out what still names agents that have left, so that their places can be used again.
  private mutating func clearVacancies() {
    guard hasUncleared else { return }
    hasUncleared = false
    purposes = purposes.filter { !agents[$0.value.agent].isGone }
    socketOwners = socketOwners.filter { !agents[$0.value.agent].isGone }
    vacancies = agents.indices.filter { agents[$0].isGone }
  }

  // MARK: - Calls by agent

  mutating func keepCall(_ live: LiveCall, _ agent: Int) {
    if agents[agent].calls.updateValue(live, forKey: live.call.id) == nil {
      callHolders[live.call.id, default: []].append(agent)
    }
  }

  mutating func dropCall(_ id: String, _ agent: Int) {
    guard agents[agent].calls.removeValue(forKey: id) != nil else { return }
    callHolders[id]?.removeAll { $0 == agent }
    if callHolders[id]?.isEmpty == true { callHolders[id] = nil }
  }
}
