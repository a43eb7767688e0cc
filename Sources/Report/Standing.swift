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

  /// A grade that is not known here counts as no confirmation. A Stop or Pause is not replaced by
  /// what leaves the recording running, or a Stop by a Pause, which leaves it open: as on the
  /// worklist.
  init(grade: String?, _ operation: String, successor: String?) {
    guard let grade else {
      self = .open
      return
    }
    self =
      switch Grade(rawValue: grade) {
      case .confirmedNotified, .confirmedResynced, .confirmedPolled: .confirmed
      case .impliedReleased, .satisfied: .over
      case .superseded: Self.isReplaced(operation, by: successor) ? .replaced : .notConfirmed
      case .contradicted, .rejected, .unconfirmed, .unobservable, nil: .notConfirmed
      }
  }

  private static func isReplaced(_ operation: String, by successor: String?) -> Bool {
    guard let operation = Operation(rawValue: operation), operation.isSafeDirection else {
      return true
    }
    guard let successor = successor.flatMap(Operation.init) else { return false }
    return !operation.isContradicted(by: successor.target)
  }
}
