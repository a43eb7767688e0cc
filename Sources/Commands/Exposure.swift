import Calls

/// How long a recording ran, or may have run, although a Stop or Pause was asked for.
extension Command {
  /// Since when: from the issue, or from the sight that took a confirmation back. Wall time since
  /// the Unix epoch.
  package var exposedFrom: Duration { previously == nil ? issuedAt : finalAt ?? issuedAt }

  /// When a later command on the same call ended that; nil if it did not. One that asks for the
  /// recording again ends it when it is asked for: what follows is wanted.
  func endOfExposure(by later: Command) -> Duration? {
    if operation.isEnded(byAskingFor: later.operation) {
      return later.grade == .rejected ? nil : later.issuedAt
    }
    switch later.grade {
    case .confirmedNotified, .confirmedResynced, .confirmedPolled, .satisfied:
      return operation.isDone(in: later.operation.target) ? later.finalAt : nil
    case .impliedReleased: return later.finalAt
    case .contradicted, .rejected, .superseded, .unconfirmed, .unobservable, nil: return nil
    }
  }
}

extension Operation {
  /// Whether nothing of this operation is wanted any more once `later` is asked for. Whoever
  /// resumes a recording that was only paused does not know of a Stop.
  package func isEnded(byAskingFor later: Operation) -> Bool {
    switch self {
    case .stop: later == .start
    case .pause: later == .start || later == .resume
    case .start, .resume: later.isSafeDirection
    }
  }
}
