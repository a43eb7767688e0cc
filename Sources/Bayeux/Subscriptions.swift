/// The channels wanted, and what the server has said to each.
struct Subscriptions: Sendable {
  enum Phase: Equatable, Sendable { case wanted, asked, confirmed, refused }

  struct Entry: Sendable {
    let channel: String
    var phase = Phase.wanted
    var refusals = 0
    /// When it may be asked for.
    var due = Duration.zero
  }

  private(set) var entries: [Entry]
  private var backoff = Backoff()

  init(channels: [String]) { entries = channels.map { Entry(channel: $0) } }

  var confirmed: [String] { entries.filter { $0.phase == .confirmed }.map(\.channel) }

  var isFirstConfirmed: Bool { entries.first.map { $0.phase == .confirmed } ?? true }

  /// When the next one may be asked for; nil when all are asked for or confirmed.
  var due: Duration? {
    entries.filter { $0.phase == .wanted || $0.phase == .refused }.map(\.due).min()
  }

  /// Takes the channels that are due, in groups that share a message: those never refused
  /// together, unless the server does not take arrays.
  mutating func take(at now: Duration, asArray: Bool) -> [[String]] {
    var together: [String] = []
    var alone: [String] = []
    for index in entries.indices where entries[index].due <= now {
      switch entries[index].phase {
      case .wanted where asArray: together.append(entries[index].channel)
      case .wanted, .refused: alone.append(entries[index].channel)
      case .asked, .confirmed: continue
      }
      entries[index].phase = .asked
    }
    return (together.isEmpty ? [] : [together]) + alone.map { [$0] }
  }

  mutating func confirm(_ channel: String) {
    update(channel) { entry in
      entry.phase = .confirmed
      entry.refusals = 0
    }
    backoff.succeeded()
  }

  mutating func refuse(_ channel: String, at now: Duration) {
    update(channel) { entry in
      entry.phase = .refused
      entry.refusals += 1
      entry.due =
        now
        + Backoff.doubled(
          SessionBounds.refusedPause, times: entry.refusals - 1,
          upTo: SessionBounds.refusedPauseMax)
    }
  }

  /// To be asked for again at once, one by one.
  mutating func split(_ channels: [String]) {
    for channel in channels { update(channel) { $0.phase = .wanted } }
  }

  /// No answer came for these; what is confirmed stays so.
  mutating func unanswered(
    _ channels: [String], at now: Duration, pause: Duration, _ random: inout SplitMix64
  ) {
    let due = now + max(pause, backoff.failed(&random))
    for channel in channels {
      update(channel) { entry in
        guard entry.phase == .asked else { return }
        entry.phase = .wanted
        entry.due = due
      }
    }
  }

  private mutating func update(_ channel: String, _ change: (inout Entry) -> Void) {
    for index in entries.indices where entries[index].channel == channel {
      change(&entries[index])
    }
  }
}
