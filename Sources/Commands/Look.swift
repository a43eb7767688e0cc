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
  /// The first of the open commands that a look is for: what it is told names what is looked at.
  package func asker(of look: Look) -> Command? {
    book.ids(agent: look.agent, call: look.call).compactMap { book[$0]?.command }
      .first(where: \.isOpen)
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
  case failed(reason: String, retryAfter: Duration?)
}
