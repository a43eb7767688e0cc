import Commands

/// Where nobody notifies there is no session whose state could be told: the platform's latest
/// answer is all that shows whether commands reach it.
extension Bridge {
  mutating func noteService(_ purpose: Purpose, _ answer: Answer, at now: Moment) {
    let agent = purpose.agent
    guard !settings.dialect.profile.isNotified, agents[agent].login == .good else { return }
    switch answer {
    case .failed(_, false, _) where isWithdrawn(purpose): return
    case .failed(let reason, _, _): tellService(agent, "unconnected", reason, at: now)
    case .response(let status, _, _):
      guard status == 401 || settings.dialect.refusesCredentials(answer) else {
        return tellService(agent, Self.serving, nil, at: now)
      }
      let reason =
        "the platform refused the credentials (HTTP status \(status)); check the agent's"
        + " credentials"
      tellService(agent, "authentication-needed", reason, at: now)
    }
  }

  /// What we took back before it left says nothing of the platform.
  private func isWithdrawn(_ purpose: Purpose) -> Bool {
    if case .command(_, let id) = purpose { ledger.isOvertaken(id) } else { false }
  }

  /// The state of an agent that nothing is wrong with.
  static let serving = "serving"

  /// Whether the agent's commands are taken, as far as is known.
  func isServing(_ agent: Int) -> Bool {
    agents[agent].login == .good && agents[agent].state == Self.serving
  }

  /// With other credentials nothing speaks against the next request.
  mutating func serveAgain(_ agent: Int, at now: Moment) {
    guard agents[agent].state == "authentication-needed" else { return }
    tellService(agent, Self.serving, nil, at: now)
  }

  private mutating func tellService(
    _ agent: Int, _ state: String, _ reason: String?, at now: Moment
  ) {
    guard agents[agent].state != state || agents[agent].reason != reason else { return }
    tellSession(agent, state: state, reason: reason, at: now)
  }
}
