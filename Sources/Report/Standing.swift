import Commands

/// How a command stands, as a reader of a report asks: is it sure?
package enum Standing: String, CaseIterable, Sendable {
  /// A witness showed the state that was asked for, after it was asked for.
  case confirmed
  /// Nothing was left to do: it was so already, or the call ended.
  case over
  /// A later command took its place, and has a grade of its own.
  case replaced
  /// Nothing shows that it took effect.
  case notConfirmed = "not-confirmed"
  /// It has no grade in the entries of the report.
  case open

  /// A grade that is not known here counts as no confirmation.
  init(grade: String?, isSafe: Bool, isSuccessorSafe: Bool) {
    guard let grade else {
      self = .open
      return
    }
    self =
      switch Grade(rawValue: grade) {
      case .confirmedNotified, .confirmedResynced, .confirmedPolled: .confirmed
      case .impliedReleased, .satisfied: .over
      case .superseded: isSafe && !isSuccessorSafe ? .notConfirmed : .replaced
      case .contradicted, .rejected, .unconfirmed, .unobservable, nil: .notConfirmed
      }
  }
}
