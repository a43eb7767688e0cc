/// Something that was asked of the recording of a call, and what became of it.
package struct Command: Equatable, Sendable {
  /// The later command that took the place of a superseded one. It was confirmed, or has a grade of
  /// its own to come if the superseded one was never sent.
  package struct Successor: Equatable, Sendable {
    /// The later command.
    package let id: String
    /// What is asked for.
    package let operation: Operation

    /// Names the later command.
    package init(id: String, operation: Operation) {
      self.id = id
      self.operation = operation
    }
  }

  /// Given by the asker's side; never used twice.
  package let id: String
  /// The asker's own name for it: asked again under the same key, it is not sent again.
  package internal(set) var key: String?
  /// The agent whose session carries it and whose leg of the call it is for.
  package let agent: String
  /// The platform's id of the call.
  package let call: String
  /// What is asked for.
  package let operation: Operation
  /// What the route has to be told besides the call.
  package let parameters: [String: String]
  /// Who carries it out.
  package let mode: CommandMode
  /// Who asked.
  package let origin: Origin
  /// How far it has come.
  package internal(set) var status: CommandStatus
  /// Set when, and only when, the status is final.
  package internal(set) var grade: Grade?
  /// How we know that.
  package internal(set) var evidence: Evidence
  /// Wall time since the Unix epoch, in whole microseconds.
  package let issuedAt: Duration
  /// When the grade was given, the same way.
  package internal(set) var finalAt: Duration?
  /// From issue to confirmation, in whole microseconds; only on a confirmed command.
  package internal(set) var latency: Duration?
  /// How often it was given out to be sent.
  package internal(set) var attempts: Int
  /// The confirmation that a later notification contradicted.
  package internal(set) var previously: Grade?
  /// Set when, and only when, the grade is `superseded`.
  package internal(set) var supersededBy: Successor?
  /// Why it may have ended as it did, the likeliest first, as the route of that time knew it; none
  /// for one that is open or ended well.
  package internal(set) var causes: [Cause] = []
  /// What the route said of the refusal that it ended with.
  package internal(set) var advice: String?
  /// Set when an operator has seen to it, which only an exception needs.
  package internal(set) var acknowledgement: Acknowledgement?

  /// The same command, named by no key: its key turned out to be another command's.
  package func withoutKey() -> Command {
    var command = self
    command.key = nil
    return command
  }

  /// Whether it has no grade yet.
  package var isOpen: Bool { status != .final }

  /// Whether somebody has to look: a pause or stop that ended and of which nothing shows that the
  /// recording went the safe way.
  package var isException: Bool {
    guard operation.isSafeDirection, let grade else { return false }
    switch grade {
    case .confirmedNotified, .confirmedResynced, .confirmedPolled: return false
    case .impliedReleased, .satisfied: return false
    // A pause leaves the recording open; a stop does what a pause was to do, and more.
    case .superseded:
      return supersededBy.map { operation.isContradicted(by: $0.operation.target) } ?? true
    case .contradicted, .rejected, .unconfirmed, .unobservable: return true
    }
  }
}
