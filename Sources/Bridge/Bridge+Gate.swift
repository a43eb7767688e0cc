import Bayeux
import Commands

/// Who begins when: see ``Gate``.
extension Bridge {
  /// What an agent stands in line for.
  enum Ticket: Equatable, Sendable {
    /// To go on with the session of an earlier process.
    case resume
    /// To log in, and to handshake after it.
    case login
    /// To handshake anew with the login that it has.
    case handshake(Exchange)
  }

  /// Lets the agent pass for `ticket`, now or when its turn comes.
  mutating func queue(_ agent: Int, for ticket: Ticket, at now: Moment) {
    agents[agent].ticket = ticket
    gate.enter(agent, isUrgent: hasUrgentCommand(agent))
    openGate(at: now)
  }

  /// A Stop or a Pause was asked for: its agent does not wait behind those that have none.
  mutating func hurry(_ agent: Int) {
    if agents[agent].ticket != nil { gate.enter(agent, isUrgent: true) }
  }

  mutating func openGate(at now: Moment) {
    while let agent = gate.next(at: now.monotonic) {
      guard let ticket = agents[agent].ticket else { continue }  // Passed or withdrawn before.
      agents[agent].ticket = nil
      let pace = ticket == .resume ? Gate.resumePace : Gate.pace(agents: directory.count)
      gate.passed(at: now.monotonic, pace: pace, &generator)
      pass(agent, with: ticket, at: now)
    }
  }

  private mutating func pass(_ agent: Int, with ticket: Ticket, at now: Moment) {
    switch ticket {
    case .resume: feedSession(agent, .start, at: now)
    case .login:
      agents[agent].hasPassed = true
      beginLogin(agent, at: now)
    case .handshake(let exchange): send(exchange, agent)
    }
  }

  /// A handshake waits for its turn unless the login before it has.
  mutating func sendHandshake(_ exchange: Exchange, _ agent: Int, at now: Moment) {
    guard agents[agent].hasPassed else {
      return queue(agent, for: .handshake(exchange), at: now)
    }
    agents[agent].hasPassed = false
    send(exchange, agent)
  }

  private func hasUrgentCommand(_ agent: Int) -> Bool {
    let name = agents[agent].name
    return ledger.open.contains { $0.agent == name && $0.operation.isSafeDirection }
  }
}
