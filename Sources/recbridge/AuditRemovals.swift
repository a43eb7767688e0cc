import Daemon
import Evidence
import JSON
import Privacy
import Store

/// What is missing from the audit on purpose: records that retention took out, and values that were
/// erased. And what is missing although nothing on record says so.
struct AuditRemovals {
  /// What is wrong.
  private(set) var findings: [String] = []
  /// How many entries have no record.
  private(set) var prunedCount: Int64 = 0
  /// Values that stand in records as commitments, and how many of them are there in clear.
  private(set) var committedCount = 0
  private(set) var clearCount = 0
  /// Entries without a record, in runs.
  private var pruned: [ClosedRange<Int64>] = []
  /// What retention has said that it removes, and in which entry.
  private var announcements: [Announcement] = []
  private var hasCommitments = false

  private struct Announcement {
    let entry: Int64
    let through: Int64
  }

  /// An entry whose record is there.
  mutating func take(_ entry: StoredEntry) {
    if hasCommitments { committedCount += Restoration.commitmentCount(entry.record) }
    switch entry.type {
    case "recbridge.daemon.v1":
      if let value = try? JSONValue.parse(entry.record), value["action"]?.string == "started" {
        // What is committed once stays so.
        hasCommitments = hasCommitments || value["commitments"] != nil
      }
    case "recbridge.retention.v1":
      guard let value = try? JSONValue.parse(entry.record), value["action"]?.string == "began",
        let through = value["entries"]?.integer
      else { return }
      announcements.append(Announcement(entry: entry.number, through: through))
    default: break
    }
  }

  /// An entry without one: its leaf is in the tree.
  mutating func take(pruned entry: StoredEntry) {
    prunedCount += 1
    if let last = pruned.last, last.upperBound == entry.number - 1 {
      pruned[pruned.count - 1] = last.lowerBound...entry.number
    } else {
      pruned.append(entry.number...entry.number)
    }
    if RetentionRecords.keptTypes.contains(entry.type) {
      findings.append(
        "entry \(entry.number): its record is missing, and retention takes none of"
          + " \(Printable.text(entry.type))")
    }
  }

  /// After the last entry: only what is signed, if anything is, can have announced.
  mutating func end(signedSize: Int64, isSigned: Bool) {
    let announced =
      announcements.filter { !isSigned || $0.entry <= signedSize }
      .map(\.through).max() ?? 0
    for run in pruned where run.upperBound > announced {
      let from = max(run.lowerBound, announced + 1)
      let whose =
        from == run.upperBound
        ? "entry \(from): its record is" : "entries \(from) to \(run.upperBound): their records are"
      findings.append("\(whose) missing, and nothing that is signed says that retention took them")
    }
  }

  /// Holds what opens the commitments against them, and counts it.
  mutating func checkValues(_ store: Store) throws(StoreError) {
    var found = self
    var entry: StoredEntry?
    try store.forEachClearValue { (stored) throws(StoreError) in
      if entry?.number != stored.entry {
        entry = try store.entryAsStored(stored.entry)
      }
      found.clearCount += 1
      guard let value = ClearValue(stored), let entry,
        Restoration.opens(value, in: entry.record, sha256: EntryHashing.sha256)
      else {
        found.findings.append(
          "entry \(stored.entry): the clear value at byte \(stored.offset) is not what was"
            + " committed")
        return
      }
    }
    self = found
  }

  /// What a reader is to know, and is not wrong.
  var remarks: [String] {
    var remarks: [String] = []
    if prunedCount > 0 {
      remarks.append(
        "\(prunedCount) records pruned by retention, up to entry \(pruned.last?.upperBound ?? 0):"
          + " what they said is gone, that they were there is proved; when and of what type each"
          + " was, the columns alone say")
    }
    if committedCount > 0 {
      remarks.append(
        "\(committedCount) personal values stand as commitments: \(clearCount) are kept in clear,"
          + " \(max(0, committedCount - clearCount)) are gone (erased, if an entry says so)")
    }
    return remarks
  }
}
