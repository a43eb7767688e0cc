/// What a report is about: a period, and perhaps one call.
package struct Scope: Equatable, Sendable {
  /// Entries from here on, wall time since the Unix epoch; nil for the beginning of the store.
  package let from: Duration?
  /// Entries before this; nil for everything up to now. Reports of periods that follow one another
  /// share no entry and leave none out.
  package let to: Duration?
  /// Only this call; nil for all.
  package let call: String?

  package init(from: Duration? = nil, to: Duration? = nil, call: String? = nil) {
    self.from = from
    self.to = to
    self.call = call
  }

  /// Where a time lies.
  enum Place { case before, within, after }

  func place(_ time: Duration) -> Place {
    if let from, time < from { return .before }
    if let to, time >= to { return .after }
    return .within
  }
}
