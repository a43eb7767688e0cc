import Calls

/// How long a recording ran, or may have run, although a Stop or Pause was asked for.
extension Command {
  /// Since when: from the issue, or from the sight that took a confirmation back. Wall time since
  /// the Unix epoch.
  package var exposedFrom: Duration { previously == nil ? issuedAt : finalAt ?? issuedAt }

  /// When a later command on the same call ended that; nil if it did not. One that asks for the
  /// recording again ends it when it is asked for: what follows is wanted.
  func endOfExposure(by later: Command) -> Duration? {
    if !later.operation.isSafeDirection { return later.grade == .rejected ? nil : later.issuedAt }
    switch later.grade {
    case .confirmedNotified, .confirmedResynced, .confirmedPolled, .satisfied:
      return operation.isDone(in: later.operation.target) ? later.finalAt : nil
    case .impliedReleased: return later.finalAt
    case .contradicted, .rejected, .superseded, .unconfirmed, .unobservable, nil: return nil
    }
  }
}
