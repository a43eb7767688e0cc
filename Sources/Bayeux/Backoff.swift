/// A small seeded generator (Steele, Lea, Flood 2014): the same seed gives the same numbers on
/// every machine, so that a simulation can be repeated.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// How long to wait after failures in a row: not at all after the first, then a random time below
/// a ceiling that doubles from 0.25 s to 30 s.
///
/// The whole delay is random ("full jitter") so that ten thousand sessions do not come back to a
/// restarted server together.
package struct Backoff: Equatable, Sendable {
  package static let first = Duration.milliseconds(250)
  /// An agent is deaf meanwhile: longer pauses spare the server nothing that matters.
  package static let longest = Duration.seconds(30)

  package private(set) var failures = 0

  package init() {}

  package mutating func succeeded() { failures = 0 }

  /// Counts a failure and answers how long to wait.
  package mutating func failed(_ random: inout SplitMix64) -> Duration {
    failures += 1
    guard failures > 1 else { return .zero }
    let ceiling = Backoff.doubled(Backoff.first, times: failures - 2, upTo: Backoff.longest)
    return .milliseconds(Int64.random(in: 0...(Int64(ceiling / .milliseconds(1))), using: &random))
  }

  /// `start` doubled that many times, at most `longest`.
  package static func doubled(_ start: Duration, times: Int, upTo longest: Duration) -> Duration {
    var delay = start
    for _ in 0..<max(0, times) where delay < longest { delay *= 2 }
    return min(delay, longest)
  }
}
