/// What happened in a period, as the entries of the audit tell it.
package struct Account: Sendable {
  package let scope: Scope
  /// As the newest start of the daemon before the end of the period says.
  package internal(set) var site: Kept?
  /// The version of the daemon that start was of.
  package internal(set) var daemonVersion: Kept?
  /// When a daemon ran, in the period and besides.
  package internal(set) var presence = Presence()
  /// Some entry of the store, in the period or not, names the call that this is about.
  package internal(set) var isCallNamed = false
  /// How many entries the period has, about the call if it is about one, and their numbers.
  package internal(set) var entryCount = 0
  package internal(set) var firstEntry: Int64?
  package internal(set) var lastEntry: Int64?
  /// How many entries the period has, about whatever call.
  package internal(set) var countOfAll = 0
  /// How many of these have no record: what they told, and of which call, nobody knows any more.
  package internal(set) var prunedCount = 0
  /// When they were entered, the first and the last by the clock.
  package internal(set) var times: ClosedRange<Duration>?
  /// Numbers of entries that are not in the store.
  package internal(set) var missing: [ClosedRange<Int64>] = []
  /// Entries that were made while nothing kept the clock in step.
  package internal(set) var unsynchronisedCount = 0
  package internal(set) var heartbeatCount = 0
  /// In the order in which they were asked for.
  package internal(set) var commands: [RecordedCommand] = []
  /// In the order of their first entries.
  package internal(set) var calls: [RecordedCall] = []
  /// In the order of their entries.
  package internal(set) var happenings: [Happening] = []

  /// The same by their kinds.
  private var kinds: [Happening.Kind: [Happening]] = [:]
  /// The places of the calls.
  private var places: [Kept: Int] = [:]

  init(scope: Scope) { self.scope = scope }

  /// Once nothing more comes: what is looked for often can then be found.
  mutating func finish() {
    kinds = Dictionary(grouping: happenings, by: \.kind)
    for (index, call) in calls.enumerated() { places[call.call] = index }
  }

  /// What is missing from the account because retention took it, in words; nil if nothing is.
  package var lack: String? {
    guard prunedCount > 0 else { return nil }
    return "\(Spoken.grouped(prunedCount)) of the \(Spoken.count(countOfAll, "entry", "entries"))"
      + " of the period \(prunedCount == 1 ? "has" : "have") no record"
  }

  package func happenings(_ kind: Happening.Kind) -> [Happening] { kinds[kind] ?? [] }

  /// Stops and Pauses first, each in the order in which they were asked for.
  package var notConfirmed: [RecordedCommand] {
    let all = commands.filter { $0.standing == .notConfirmed }
    return all.filter(\.isSafe) + all.filter { !$0.isSafe }
  }

  /// Commands that have no grade in these entries.
  package var open: [RecordedCommand] { commands.filter { $0.standing == .open } }

  /// From issue to confirmation, in microseconds, ascending.
  package var latencies: Latencies {
    Latencies(commands.filter { $0.standing == .confirmed }.compactMap(\.latency))
  }

  package func call(of command: RecordedCommand) -> RecordedCall? {
    command.call.flatMap { places[$0] }.map { calls[$0] }
  }
}

/// Durations, and what lies where among them.
package struct Latencies: Sendable {
  /// In microseconds, ascending.
  package let sorted: [Int64]

  init(_ values: [Int64]) { sorted = values.sorted() }

  /// The nearest rank: the smallest value that at least `percent` of all do not exceed.
  package func percentile(_ percent: Int) -> Int64? {
    guard !sorted.isEmpty else { return nil }
    return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
  }

  package var slowest: Int64? { sorted.last }
}
