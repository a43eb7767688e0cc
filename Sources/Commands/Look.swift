/// One question to the platform: how does this call stand?
package struct Look: Hashable, Sendable {
  /// The agent whose session asks.
  package let agent: String
  /// The platform's id of the call now.
  package let call: String

  /// Names the call and whoever asks for it.
  package init(agent: String, call: String) {
    self.agent = agent
    self.call = call
  }
}

extension Ledger {
  /// The call of a command as it is now, and the agent who sees what becomes of it.
  package func leg(of id: String) -> Look? {
    book[id].map { Look(agent: $0.observer, call: $0.call) }
  }

  /// The open commands on the call whose effect this agent sees, in the order of issue.
  package func open(on look: Look) -> [Command] {
    book.ids(agent: look.agent, call: look.call).compactMap { book[$0]?.command }
      .filter(\.isOpen)
  }

  /// The open command that a look is for: what it is told names what is looked at. One that waits
  /// goes first, and of these one that we send.
  package func asker(of look: Look) -> Command? {
    let open = open(on: look)
    let waiting = open.filter { book[$0.id]?.errand.awaits != nil }
    return waiting.first { $0.mode == .send } ?? waiting.first ?? open.first
  }
}

/// What a look came to.
package enum Sight: Equatable, Sendable {
  /// The platform described the call, or showed that a call we knew is not there any more.
  case shown(Observation)
  /// The agent has no such call, and none that we know of. That it has ended follows only for a
  /// command of which evidence shows that it was there.
  case absent
  /// No usable answer. The next question is not to be asked before `retryAfter` has passed.
  /// `subjects` are the commands that asked it, by id, where only one recording of the call was
  /// asked for; nil for all on the call.
  case failed(reason: String, retryAfter: Duration?, subjects: Set<String>? = nil)

  /// Whether it says something of this command.
  func isAbout(_ id: String) -> Bool {
    let subjects: Set<String>? =
      switch self {
      case .shown(let observation): observation.subjects
      case .failed(_, _, let subjects): subjects
      case .absent: nil
      }
    return subjects?.contains(id) ?? true
  }
}
