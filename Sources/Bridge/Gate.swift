import Bayeux

/// Lets agents begin one after the other: at the start, and after an outage that all of them saw.
///
/// It counts logins with the handshake that follows, handshakes alone, and sessions that are taken
/// up again. A few may pass at once, so a single session never waits; thousands pass at a steady
/// rate with jitter. Agents with an open Stop or Pause go before the others.
struct Gate: Sendable {
  /// 10 ms apart: a platform that checks a password in the usual way (some milliseconds of one
  /// core) keeps room for everybody else.
  static let pace = Duration.milliseconds(10)
  /// However many they are, all have begun within this time: an agent that waits is deaf, and a
  /// platform for thousands of agents is larger in proportion.
  static let spread = Duration.seconds(15)
  /// For a session that is taken up again, which costs the platform one request: it forgets the
  /// session after about 10 s, and thousands of connections at once overrun a listener's queue.
  static let resumePace = Duration.microseconds(500)
  /// What was not used in a quarter of a second may be used at once: a few agents do not wait at
  /// all, and a turn of the loop that takes long does not slow the many down.
  static let credit = Duration.milliseconds(250)

  private var urgent = Line()
  private var ordinary = Line()
  /// When the next one may pass.
  private var opens = Duration.zero

  /// When the next one that waits may pass; nil when nobody waits.
  var due: Duration? { urgent.isEmpty && ordinary.isEmpty ? nil : opens }

  /// Puts an agent into the line. Whoever stands in it twice passes once: the second time it has
  /// nothing to pass for.
  mutating func enter(_ agent: Int, isUrgent: Bool) {
    if isUrgent { urgent.append(agent) } else { ordinary.append(agent) }
  }

  /// The next agent in line if the gate is open at `now`. Call ``passed(at:pace:_:)`` if it passes.
  mutating func next(at now: Duration) -> Int? {
    guard opens <= now else { return nil }
    return urgent.removeFirst() ?? ordinary.removeFirst()
  }

  /// One has passed: the gate closes for `pace`, half of it more or less.
  mutating func passed(at now: Duration, pace: Duration, _ random: inout SplitMix64) {
    let permille = Int.random(in: 500...1_500, using: &random)
    opens = max(opens, now - Gate.credit) + pace * permille / 1_000
  }

  /// Nobody waits any more.
  mutating func clear() {
    urgent = Line()
    ordinary = Line()
  }

  /// The time from one login to the next when there are so many agents.
  static func pace(agents: Int) -> Duration { min(pace, spread / max(1, agents)) }

  /// First in, first out.
  private struct Line: Sendable {
    private var agents: [Int] = []
    private var head = 0

    var isEmpty: Bool { head == agents.count }

    mutating func append(_ agent: Int) { agents.append(agent) }

    mutating func removeFirst() -> Int? {
      guard !isEmpty else { return nil }
      defer {
        head += 1
        if head == agents.count { self = Line() }
      }
      return agents[head]
    }
  }
}
