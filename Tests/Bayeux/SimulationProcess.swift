import Bayeux
import JSON

// MARK: - Kills and restarts

extension Simulation {
  /// One transaction: what was delivered or declared, and what resumes the session after exactly
  /// that.
  mutating func commit(_ effects: [Session.Effect]) {
    for effect in effects { publish(effect) }
    let saved = session.saved
    disk.complete = status.completeUntil ?? disk.complete
    guard saved != lastSaved else { return }
    lastSaved = saved
    disk.saved = saved.map { saved in JSONWriter.write { saved.write(to: &$0) } }
    if let saved, parsed(disk.saved).flatMap(Session.Saved.init) != saved {
      violate("saved is not read back")
    }
    if saved != nil, !server.supportsAck { violate("saved without the acknowledge extension") }
  }

  private mutating func publish(_ effect: Session.Effect) {
    switch effect {
    case .deliver(_, let deliveries): for delivery in deliveries { take(delivery) }
    case .interrupted(let interruption):
      if let from = interruption.completeUntil, from > now { violate("complete until later") }
      if gap != nil { violate("interrupted twice") }
      gap = .some(interruption.completeUntil ?? disk.complete)
    case .ready(let generation):
      if generation != status.generation { violate("ready for another generation") }
      closeGap("ready")
    case .resumed: closeGap("resumed")
    case .continued(let generation):
      continued += 1
      if generation != status.generation { violate("continues another generation") }
      if gap != nil { violate("continued within an interruption") }
    case .open, .transmit, .close, .forgetCookies: break
    case .send, .cancel, .quarantine, .wake, .changed, .notResumed, .authenticationNeeded: break
    case .stopped: break
    }
  }

  private func parsed(_ bytes: [UInt8]?) -> JSONValue? {
    bytes.flatMap { try? JSONValue.parse($0) }
  }

  mutating func die() {
    if trace != nil { trace?.append("\(now) ! killed") }
    kills += 1
    death = nil
    isUp = false
    process.number += 1
    open = [:]
    for (key, wire) in wires where wire.isOurs {
      wires[key]?.isOurs = false
      at(now + latency, .wire(key, .gone))
    }
    queue.removeAll { item in
      switch item.action {
      case .journaled, .timer, .start: true
      default: false
      }
    }
    // Within the time that the server waits, and far beyond it.
    let pause = Int.random(in: 1...(Bool.random(using: &random) ? 2_000 : 60_000), using: &random)
    at(min(now + .milliseconds(pause), Simulation.faultsEnd), .boot)
  }

  mutating func boot() {
    guard !isUp else { return }
    if trace != nil { trace?.append("\(now) ! started again") }
    isUp = true
    session = Session(settings: settings, seed: random.next())
    lastSaved = nil
    // What the interruption hid is still hidden: it begins again, from what the disk knows.
    gap = nil
    undurable = 0
    durable = 0
    messageIDs = []
    wake = nil
    lastChange = nil
    granted = []
    generation = 0
    resumedClient = nil
    if let saved = parsed(disk.saved).flatMap(Session.Saved.init) {
      session.resume(from: saved)
      generation = session.status.generation
      resumedClient = parsed(disk.saved)?["clientId"]?.string
    }
    at(now, .start)
  }

  /// Only a fault may keep us from a session that the server still holds.
  mutating func checkNotResumed() {
    if faultRate == 0, let client = resumedClient, server.clients[client] != nil {
      violate("does not resume session \(client), which is alive")
    }
    at(now + latency, .start)
  }
}
