/// One instant on two clocks.
package struct Moment: Equatable, Sendable {
  /// Since an epoch of the machine's choosing; never steps. Deadlines are of this clock.
  package var monotonic: Duration
  /// Since the Unix epoch; may step. Only written down.
  package var wall: Duration
  /// Whether something keeps the wall clock in step with others. Only written down.
  package var isSynchronised: Bool

  /// Takes both clocks, read together.
  package init(monotonic: Duration, wall: Duration, isSynchronised: Bool = false) {
    self.monotonic = monotonic
    self.wall = wall
    self.isSynchronised = isSynchronised
  }
}

extension Duration {
  /// Whole microseconds, rounded towards zero: the precision of everything we write down. What is
  /// longer than an `Int64` of them, 292,000 years, is the longest that is not: a damaged store may
  /// say any time.
  package var wholeMicroseconds: Int64 {
    let parts = components
    let (whole, isTooLong) = parts.seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isSumTooLong) = whole.addingReportingOverflow(parts.attoseconds / 1_000_000_000_000)
    guard isTooLong || isSumTooLong else { return sum }
    return parts.seconds < 0 ? .min : .max
  }
}
