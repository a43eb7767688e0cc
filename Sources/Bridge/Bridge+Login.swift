import Bayeux
import Commands
import JSON

/// The login: before the first handshake, and again whenever the platform says "not authenticated".
extension Bridge {
  /// Logs in, when the agent's turn has come, unless a login is under way or waits already.
  mutating func logIn(_ agent: Int, at now: Moment) {
    guard !isStopping, !agents[agent].isLeaving else { return }
    switch agents[agent].login {
    case .queued, .underWay: return
    case .loggedOut, .waiting, .good: break
    }
    agents[agent].login = .queued
    queue(agent, for: .login, at: now)
  }

  /// Its turn has come; a profile that has no login starts its session, if it has sessions.
  mutating func beginLogin(_ agent: Int, at now: Moment) {
    guard let login = settings.dialect.login else {
      agents[agent].login = .good
      if settings.dialect.profile.isNotified { return feedSession(agent, .start, at: now) }
      return serve(agent, at: now)
    }
    let id = request(.login(agent: agent), agent: agent, login.method, login.target)
    agents[agent].login = .underWay(id)
  }

  /// Nobody notifies, so nothing can be missed: commands may leave.
  private mutating func serve(_ agent: Int, at now: Moment) {
    if agents[agent].sync != .inSync {
      agents[agent].sync = .inSync
      feedLedger(.observationRestored(agent: agents[agent].name, resynced: true), at: now)
    }
    if !isServing(agent) { tellSession(agent, state: Self.serving, at: now) }
    sendHeldCommands(agent, at: now)
  }

  /// The platform refused our credentials on some request: the agent logs in anew.
  mutating func authenticationNeeded(_ agent: Int, reason: String, at now: Moment) {
    guard !isStopping, !agents[agent].isLeaving else { return }
    switch agents[agent].login {
    case .queued, .underWay, .waiting: return
    case .good, .loggedOut: break
    }
    log(.warning, "not-authenticated", agent: agent, [Header("reason", reason)])
    // Nobody logs in and no session waits for it: the next request takes the credentials of then.
    guard settings.dialect.login != nil || settings.dialect.profile.isNotified else { return }
    agents[agent].login = .waiting
    logInLater(agent, at: now)
  }

  mutating func loginAnswered(
    _ agent: Int, _ id: RequestID, _ answer: Answer, at now: Moment
  ) {
    guard agents[agent].login == .underWay(id), !isStopping else { return }
    let standing = settings.dialect.standing(of: answer)
    switch standing {
    case .good, .pending:
      if case .response(_, let headers, _) = answer {
        agents[agent].forgeryProtection = Dialect.forgeryProtection(in: headers)
      }
      agents[agent].login = .good
      log(.info, "logged-in", agent: agent)
      if standing == .pending {
        awaitInitialization(agent, at: now)
      } else {
        agents[agent].initialization = .complete
        sendHeldCommands(agent, at: now)
      }
      feedSession(agent, .start, at: now)
    case .notAuthenticated(let reason):
      loginFailed(
        agent, "the platform refused the credentials (\(reason)); check the agent's credentials",
        retryAfter: answer.retryAfter, at: now)
    case .failed(let reason):
      // A request that was not answered says itself what to do.
      var advice = ""
      if case .response = answer { advice = "; check the platform's URL" }
      loginFailed(
        agent, "the login could not be made (\(reason))\(advice)",
        retryAfter: answer.retryAfter, at: now)
    }
  }

  /// What was wrong with the credentials may be right: whoever waits to log in again does so soon,
  /// but not before the platform wants it, and not all at the same moment.
  mutating func credentialsChanged(_ name: String, at now: Moment) {
    guard let agent = directory[name], !isStopping else { return }
    guard settings.dialect.profile.isNotified else { return serveAgain(agent, at: now) }
    guard agents[agent].login == .waiting,
      let planned = alarms[Alarm.login.key(agent)]
    else { return }
    let spread = Int64(BridgeLimits.loginSpread / .milliseconds(1))
    let soon = now.monotonic + .milliseconds(Int64.random(in: 0...spread, using: &generator))
    let time = min(planned, max(soon, agents[agent].loginNotBefore))
    // As after a login that went well: the first of the next failures is repeated at once.
    agents[agent].loginFailures = 0
    alarms.set(Alarm.login.key(agent), time)
  }

  mutating func loginFailed(
    _ agent: Int, _ reason: String, retryAfter: Duration? = nil, at now: Moment
  ) {
    agents[agent].login = .waiting
    if let retryAfter { agents[agent].loginNotBefore = now.monotonic + retryAfter }
    if agents[agent].state != "login-failed" || agents[agent].reason != reason {
      tellSession(agent, state: "login-failed", reason: reason, at: now)
    }
    logInLater(agent, at: now)
  }

  /// The first new login leaves at once, because an expired HTTP session is the usual cause; the
  /// next ones wait, doubling, because platforms lock accounts.
  private mutating func logInLater(_ agent: Int, at now: Moment) {
    let failures = agents[agent].loginFailures
    agents[agent].loginFailures += 1
    let delay =
      failures == 0
      ? Duration.zero
      : Backoff.doubled(
        BridgeLimits.loginPause, times: failures - 1, upTo: BridgeLimits.loginPauseMax)
    alarms.set(
      Alarm.login.key(agent), max(now.monotonic + delay, agents[agent].loginNotBefore))
  }

  /// Tells subscribers and the operator that a session's state changed.
  mutating func tellSession(
    _ agent: Int, state: String, reason: String? = nil, at now: Moment
  ) {
    agents[agent].state = state
    agents[agent].reason = reason
    let name = agents[agent].name
    publish(.session, agent: agent, at: now) { writer in
      writer.member("agent", name)
      writer.member("state", state)
      writer.member("reason", reason)
    }
    log(
      reason == nil ? .info : .warning, "session", agent: agent,
      [Header("state", state)] + (reason.map { [Header("reason", $0)] } ?? []))
  }
}
