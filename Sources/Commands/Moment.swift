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
  /// Whole microseconds, rounded towards zero: the precision of everything we write down.
  package var wholeMicroseconds: Int64 {
    let parts = components
    return parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000
  }
}
