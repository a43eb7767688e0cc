import Commands
import JSON
import Store

/// Whether somebody was there all the time: heartbeats in time, and a checkpoint for each.
struct AuditPeriods {
  /// What is wrong.
  private(set) var findings: [String] = []
  /// What is worth knowing and not wrong: a daemon that was killed says no goodbye.
  private(set) var remarks: [String] = []
  /// Entries that were not signed yet when a start, or the end of the store, came upon them.
  private(set) var tails: [AuditTail] = []
  /// Between these events a checkpoint was due, and none stands in the store.
  private(set) var unsigned: [ClosedRange<Int64>] = []
  /// The sizes of all checkpoints of the store, in order.
  private let sizes: [Int64]
  /// Some start had a key.
  private var isKeyed = false
  private var life: SignOfLife?
  /// The newest one that a checkpoint covers.
  private var signedLife: SignOfLife?
  /// The daemon said goodbye with the newest one.
  private var isStopped = false
  /// The store could not be written for a while since then.
  private var hadOutage = false
  /// Retention has taken what came since then.
  private var isForgotten = false
  /// Signs of life of this run that were not signed before the next one.
  private var late: [SignOfLife] = []

  /// A timer may be late on a machine that is busy; of a longer silence nobody knows what it was.
  private static let grace = Duration.seconds(5)

  /// How long after a sign of life with this interval the next one may come.
  static func patience(_ interval: Duration) -> Duration { interval + interval / 2 + grace }

  init(sizes: [Int64]) { self.sizes = sizes }

  /// An entry about the daemon, a heartbeat or an outage; all others say nothing here.
  mutating func take(_ record: JSONValue, _ entry: StoredEntry) {
    let next = SignOfLife(entry, record, after: life)
    switch entry.type {
    case "recbridge.outage.v1":
      // What waited for the store is entered before its outage, and signed after it.
      hadOutage = true
      late = []
    case "recbridge.heartbeat.v1": follow(next)
    case "recbridge.daemon.v1" where record["action"]?.string == "started": begin(next)
    case "recbridge.daemon.v1" where record["action"]?.string == "stopped":
      follow(next)
      isStopped = true
    default: break
    }
  }

  private mutating func begin(_ next: SignOfLife) {
    end(before: next.number, event: next.sequence)
    if let life, !isStopped {
      remarks.append(
        "the daemon ended without a word after entry \(life.number) (\(life.time)) and began"
          + " again with entry \(next.number) (\(next.time))")
    }
    if isKeyed, !next.isSigned, life?.isSigned == true {
      findings.append(
        "from entry \(next.number) (\(next.time)) on nothing is signed: the daemon began without a"
          + " key, after it had one")
    }
    isKeyed = isKeyed || next.isSigned
    isStopped = false
    live(next)
  }

  /// A sign of life of the same run.
  private mutating func follow(_ next: SignOfLife) {
    guard let life else { return }
    let silence = next.monotonic - life.monotonic
    if !hadOutage, !isForgotten, silence > Self.patience(life.interval) {
      findings.append(
        "between entry \(life.number) (\(life.time)) and entry \(next.number) (\(next.time)) nobody"
          + " was there: a heartbeat is due each \(life.interval), none came for \(silence)")
    }
    if !isSignedInTime(before: next.number, event: next.sequence) { late.append(life) }
    live(next)
  }

  private mutating func live(_ next: SignOfLife) {
    if let life, life.number <= signedSize(before: next.number) { signedLife = life }
    life = next
    hadOutage = false
    isForgotten = false
  }

  /// What came after the newest sign of life may have been one, and retention has taken it.
  mutating func forget() { isForgotten = true }

  /// After the last entry.
  mutating func end(size: Int64) {
    end(before: .max, event: .max)
    if let life, !isStopped {
      remarks.append(
        "the newest sign of life is entry \(life.number) (\(life.time)): the daemon runs, or ended"
          + " without a word")
    }
  }

  /// The end of a run. Its last sign of life may be unsigned: the process may have been killed.
  private mutating func end(before number: Int64, event: Int64) {
    _ = isSignedInTime(before: number, event: event)
    let signed = signedSize(before: number)
    if isKeyed, signed + 1 < number {
      let covered = life.flatMap { $0.number <= signed ? $0 : nil } ?? signedLife
      tails.append(
        AuditTail(after: signed, before: number, since: isForgotten ? nil : covered))
    }
    let (signedLate, missing) = (
      late.filter { $0.number <= signed }, late.filter { $0.number > signed }
    )
    if let first = signedLate.first, let last = signedLate.last {
      remarks.append(
        "\(signedLate.count) signed late: the heartbeats from entry \(first.number)"
          + " (\(first.time)) to entry \(last.number) (\(last.time))")
    }
    if let first = missing.first, let last = missing.last, let life {
      let more = first == last ? "" : ", and that of \(missing.count - 1) signs of life behind it,"
      findings.append(
        "the checkpoint of entry \(first.number) (\(first.time))\(more) is missing: entries"
          + " \(first.number) to \(life.number - 1) were signed when they were written and what was"
          + " signed is gone, or the daemon refused to sign (event=checkpoint-refused)")
    }
    late = []
  }

  /// Whether the newest sign of life was signed before this entry; notes where it was not.
  private mutating func isSignedInTime(before number: Int64, event: Int64) -> Bool {
    guard let life, life.isSigned, signedSize(before: number) < life.number else { return true }
    unsigned.append(life.sequence...max(life.sequence, event))
    return false
  }

  /// How many entries the newest checkpoint of before this entry covers.
  private func signedSize(before number: Int64) -> Int64 {
    let index = sizes.partitioningIndex { $0 >= number }
    return index == 0 ? 0 : sizes[index - 1]
  }
}

extension Array {
  /// The first place whose element fits, in an array in which all that fit come last.
  func partitioningIndex(_ fits: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if fits(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
