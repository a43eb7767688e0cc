import Commands
import JSON

/// Whether somebody was there all the time: heartbeats in time, and a checkpoint for each.
struct AuditPeriods {
  /// What is wrong.
  private(set) var findings: [String] = []
  /// What is worth knowing and not wrong: a daemon that was killed says no goodbye.
  private(set) var remarks: [String] = []
  /// The sizes of all checkpoints of the store, in order.
  private let sizes: [Int64]
  private var beat: Beat?

  /// The newest sign of life.
  private struct Beat {
    let number: Int64
    let time: String
    let monotonic: Duration
    let interval: Duration
    let isSigned: Bool
    /// The daemon said goodbye with it.
    var isLast = false
    /// The store could not be written for a while since then.
    var hadOutage = false
  }

  /// A timer may be late on a machine that is busy; of a longer silence nobody knows what it was.
  private static let grace = Duration.seconds(5)

  init(sizes: [Int64]) { self.sizes = sizes }

  mutating func take(_ record: JSONValue, type: String, number: Int64) {
    switch type {
    case "recbridge.outage.v1": beat?.hadOutage = true
    case "recbridge.heartbeat.v1":
      check(record, number)
      guard let last = beat else { return }
      beat = Beat(
        number: number, time: time(record), monotonic: monotonic(record),
        interval: last.interval, isSigned: last.isSigned)
    case "recbridge.daemon.v1": takeDaemon(record, number)
    default: break
    }
  }

  private mutating func takeDaemon(_ record: JSONValue, _ number: Int64) {
    switch record["action"]?.string {
    case "started":
      checkCovered(before: number)
      if let beat, !beat.isLast {
        remarks.append(
          "the daemon ended without a word after entry \(beat.number) (\(beat.time)) and began"
            + " again with entry \(number) (\(time(record)))")
      }
      beat = Beat(
        number: number, time: time(record), monotonic: monotonic(record),
        interval: .milliseconds(record["heartbeatMs"]?.integer ?? 60_000),
        isSigned: record["key"] != nil)
    case "stopped":
      check(record, number)
      guard let last = beat else { return }
      beat = Beat(
        number: number, time: time(record), monotonic: monotonic(record),
        interval: last.interval, isSigned: last.isSigned, isLast: true)
    default: break
    }
  }

  /// After the last entry.
  mutating func end(size: Int64) {
    guard let beat else { return }
    if beat.isLast {
      checkCovered(before: size + 1)
    } else {
      remarks.append(
        "the newest sign of life is entry \(beat.number) (\(beat.time)): the daemon runs, or ended"
          + " without a word")
    }
  }

  private mutating func check(_ record: JSONValue, _ number: Int64) {
    guard let beat, !beat.hadOutage else { return }
    let silence = monotonic(record) - beat.monotonic
    if silence > beat.interval + beat.interval / 2 + Self.grace {
      findings.append(
        "between entry \(beat.number) (\(beat.time)) and entry \(number) (\(time(record))) nobody"
          + " was there: a heartbeat is due each \(beat.interval), none came for \(silence)")
    }
    checkCovered(before: number)
  }

  /// The newest beat was signed before the next one came.
  private mutating func checkCovered(before number: Int64) {
    guard let beat, beat.isSigned, !beat.hadOutage else { return }
    // A process may have been killed before it could sign its last word.
    let index = sizes.partitioningIndex { $0 >= beat.number }
    if index < sizes.count, sizes[index] < number { return }
    findings.append(
      "the checkpoint of entry \(beat.number) (\(beat.time)) is missing: entries \(beat.number) to"
        + " \(number - 1) were signed when they were written, and what was signed is gone")
  }

  private func time(_ record: JSONValue) -> String { record["time"]?.string ?? "?" }

  private func monotonic(_ record: JSONValue) -> Duration {
    .microseconds(record["clock"]?["monotonicUs"]?.integer ?? 0)
  }
}

extension [Int64] {
  /// The first place whose element fits, in an array in which all that fit come last.
  fileprivate func partitioningIndex(_ fits: (Int64) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if fits(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
