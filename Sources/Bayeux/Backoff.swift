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

/// How long to wait after failures in a row: not at all after the first, because what failed was
/// good a moment ago; then a random time below a quarter, half and one second.
///
/// An agent is deaf meanwhile, and most trouble is over within seconds, so for the first minute of
/// waiting no pause is longer than a second. From then on a pause is a twentieth of the time
/// already waited, which reaches 30 s after ten minutes: that is less than one request a second on
/// the average of any outage that lasts, and no rush when it ends.
///
/// Eagerly, the first second and a bit is spent in pauses below 50 ms: a proxy that answers 503 two
/// dozen times then costs about a second. Only for few sessions, since thousands that did so would
/// be a storm.
///
/// The upper half of each pause is random so that ten thousand sessions do not come back to a
/// restarted server together.
package struct Backoff: Equatable, Sendable {
  package static let first = Duration.milliseconds(250)
  package static let eager = Duration.milliseconds(50)
  /// So much waiting ends the eagerness: two dozen pauses and some more.
  package static let eagerTime = Duration.milliseconds(1_200)
  /// As long as the trouble is young.
  package static let brief = Duration.seconds(1)
  /// So much waiting makes it old.
  package static let young = Duration.seconds(60)
  /// Longer pauses spare the server nothing that matters.
  package static let longest = Duration.seconds(30)

  package private(set) var failures = 0
  /// All pauses since the last success.
  private var waited = Duration.zero
  /// Since the eagerness ended.
  private var steps = 0
  private let isEager: Bool

  package init(isEager: Bool = false) { self.isEager = isEager }

  package mutating func succeeded() { self = Backoff(isEager: isEager) }

  /// Counts a failure and answers how long to wait.
  package mutating func failed(_ random: inout SplitMix64) -> Duration {
    failures += 1
    guard failures > 1 else { return .zero }
    let ceiling: Duration
    if isEager, waited < Backoff.eagerTime {
      ceiling = Backoff.eager
    } else if waited < Backoff.young {
      ceiling = Backoff.doubled(Backoff.first, times: steps, upTo: Backoff.brief)
      steps += 1
    } else {
      ceiling = min(waited / 20, Backoff.longest)
    }
    let milliseconds = Int64(ceiling / .milliseconds(1))
    let pause = Duration.milliseconds(
      Int64.random(in: (milliseconds / 2)...milliseconds, using: &random))
    waited += pause
    return pause
  }

  /// `start` doubled that many times, at most `longest`.
  package static func doubled(_ start: Duration, times: Int, upTo longest: Duration) -> Duration {
    var delay = start
    for _ in 0..<max(0, times) where delay < longest { delay *= 2 }
    return min(delay, longest)
  }
}
