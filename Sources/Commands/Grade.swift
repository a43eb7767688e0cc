/// How a command ended. Never upgraded; the one change after the end is a confirmation that turns
/// into `contradicted`.
package enum Grade: String, CaseIterable, Sendable {
  /// Witnessed by a notification after issue, the witnesses agreeing.
  case confirmedNotified = "confirmed.notified"
  /// Witnessed in a snapshot taken after a gap.
  case confirmedResynced = "confirmed.resynced"
  /// Witnessed by the verifying GET of a route.
  case confirmedPolled = "confirmed.polled"
  /// The call ended, and its recording with it.
  case impliedReleased = "implied.released"
  /// It was so already; nothing was sent.
  case satisfied
  /// A later notification shows the opposite.
  case contradicted
  /// The platform refused.
  case rejected
  /// A later command on the same call was confirmed with another target, or was asked for before
  /// this one could leave; then this one is not sent.
  case superseded
  /// The deadline passed.
  case unconfirmed
  /// What happened fell into a gap that no snapshot closed.
  case unobservable

  /// Whether agreeing witnesses showed the target after the command was issued.
  package var isConfirmed: Bool {
    self == .confirmedNotified || self == .confirmedResynced || self == .confirmedPolled
  }
}

/// How far a command has come.
package enum CommandStatus: String, CaseIterable, Sendable {
  /// Recorded; not known to have left. Can transition to sent, accepted, final.
  case issued
  /// Left for the platform. Can transition to accepted, final.
  case sent
  /// The platform said yes, which is not yet a fact about the recording. Can transition to final.
  case accepted
  /// Graded.
  case final
}

/// Who carries the command out.
package enum CommandMode: String, CaseIterable, Sendable {
  /// We send it.
  case send
  /// Somebody else sends it; we only watch for its effect.
  case observe
}
