import JSON

/// When a daemon was there, as the entries tell: nobody saw anything at other times.
package struct Presence: Sendable {
  /// From a start to the last sign of life: every entry is one.
  package struct Run: Sendable {
    package let from: Duration
    package internal(set) var to: Duration
    package internal(set) var lastEntry: Int64
    /// It said goodbye. Without that it was killed, or still runs.
    package internal(set) var isStopped = false
    /// How often it says that it is alive.
    let heartbeat: Duration

    /// How long after its last sign of life it may be taken for alive: a heartbeat may be late.
    var patience: Duration { heartbeat * 3 / 2 + .seconds(5) }
  }

  package private(set) var runs: [Run] = []

  /// As long as the longest that is the default, where a start does not say.
  private static let heartbeatDefault = Duration.seconds(60)

  /// Takes every entry, in order, and whether it is about the daemon.
  mutating func take(_ entry: ReportEntry) {
    let record = entry.type == "recbridge.daemon.v1" ? try? JSONValue.parse(entry.record) : nil
    let action = record?["action"]?.string
    if action == "started" || runs.isEmpty {
      let interval = record?["heartbeatMs"]?.integer.map { Duration.milliseconds($0) }
      runs.append(
        Run(
          from: entry.time, to: entry.time, lastEntry: entry.number,
          heartbeat: interval ?? Self.heartbeatDefault))
    }
    let last = runs.count - 1
    runs[last].to = max(runs[last].to, entry.time)
    runs[last].lastEntry = entry.number
    if action == "stopped" { runs[last].isStopped = true }
  }

  /// The part of a period that has come, and when nobody was there in it.
  package struct Attendance: Sendable {
    package let from: Duration
    package let to: Duration
    /// In order.
    package let absences: [(from: Duration, to: Duration)]
    /// Runs that ended without a word in the period, each with the beginning of the next one.
    package let deaths: [(run: Run, next: Duration)]
    /// The period goes on after this.
    package let isCutOff: Bool

    package var absent: Duration { absences.reduce(.zero) { $0 + ($1.to - $1.from) } }
    package var isEmpty: Bool { absent >= to - from }
    package var isWhole: Bool { absences.isEmpty && deaths.isEmpty && !isCutOff }

    /// For whoever makes the report; nil if a daemon was there all the time.
    package var line: String? {
      if isEmpty { return "no daemon ran in this period: nothing is known of it" }
      let (ran, all) = (Spoken.duration(to - from - absent), Spoken.duration(to - from))
      let parts = [
        absences.isEmpty ? nil : "it ran for \(ran) of \(all), and nothing is known of the rest",
        deaths.isEmpty ? nil : "it ended without a word, \(Spoken.count(deaths.count, "time"))",
      ].compactMap { $0 }
      return parts.isEmpty ? nil : "the daemon: \(parts.joined(separator: "; "))"
    }
  }

  /// - Parameter now: when the report is made.
  package func attendance(in scope: Scope, now: Duration) -> Attendance {
    let from = scope.from ?? runs.first?.from ?? now
    let to = max(from, min(scope.to ?? now, now))
    var absences: [(from: Duration, to: Duration)] = []
    func note(_ start: Duration, _ end: Duration) {
      let (start, end) = (max(start, from), min(end, to))
      if start < end { absences.append((start, end)) }
    }
    var seen = from
    for run in runs {
      if run.from > seen { note(seen, run.from) }
      seen = max(seen, run.to)
    }
    // Up to now a daemon that is alive need not have said so, and one that stopped for the report
    // is no absence.
    let patience = runs.last?.patience ?? .zero
    let isRecent = to - seen <= patience && (scope.to == nil || runs.last?.isStopped == false)
    if !isRecent { note(seen, to) }
    let deaths = zip(runs, runs.dropFirst()).filter { run, next in
      !run.isStopped && next.from >= from && run.to < to
    }
    return Attendance(
      from: from, to: to, absences: absences,
      deaths: deaths.map { (run: $0.0, next: $0.1.from) },
      isCutOff: scope.to.map { $0 > now } ?? false)
  }
}
