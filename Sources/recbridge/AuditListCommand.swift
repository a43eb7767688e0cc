import Commands
import Daemon
import JSON
import Store

/// `audit list`: how each Stop and Pause ended.
enum AuditListCommand {
  static let subcommand = Subcommand(
    "audit", "list",
    summary: "every final grade of a Stop or Pause with its evidence, and who saw to it",
    options: [.store, .json, .everything],
    details: """
      Reads the store itself, oldest entry first, whether or not the daemon is running. Times are
      UTC; the latency is from the issue of the command to its confirmation. How many records
      retention has taken is said at the end. Exit 65 if an entry cannot be read, which is named on
      standard error; the others are listed.
      """
  ) { arguments throws(UsageError) in
    do throws(StoreError) {
      let store = try Store.open(at: StorePath.chosen(arguments), access: .inspecting)
      defer { store.close() }
      return try list(store, arguments.form, isAll: arguments.has(.everything))
    } catch {
      return error.report()
    }
  }

  /// How many entries are read at once: at a kilobyte each no burden on memory.
  private static let pageMax = 500

  private static func list(
    _ store: Store, _ form: OutputForm, isAll: Bool
  ) throws(StoreError) -> ExitCode {
    let listing = isAll ? Listing.entries : .audit
    var table = listing.table()
    var reader = EntryReader()
    var last: Int64 = 0
    while true {
      let page = try store.entriesAsStored(after: last, limit: pageMax)
      guard let newest = page.last else { break }
      last = newest.number
      // Read behind the entries: the daemon may be pruning.
      reader.prunedThrough = try store.bound(StoredBound.records)
      let values = page.compactMap { reader.value($0) }.filter { isAll || isEnd($0) }
      switch form {
      case .json: for value in values { Terminal.say(line: Array(value.raw)) }
      case .readable: table.say(values)
      }
    }
    let lack =
      reader.prunedCount > 0
      ? "\(Counted.text(reader.prunedCount, "record was", "records were")) pruned by retention:"
        + " what they told is gone" : nil
    switch form {
    case .json: if let lack { Terminal.complain("recbridge audit list: \(lack)") }
    case .readable:
      let isComplete = reader.prunedCount == 0 && reader.unreadableCount == 0
      table.end(isComplete ? listing.nothing : listing.nothingLeft)
      if let lack { Terminal.say(lack) }
      if !table.isEmpty { Terminal.say(AuditSummary.notProved) }
    }
    return reader.unreadableCount == 0 ? .success : .badInput
  }

  /// Whether it says how a Stop or Pause ended, or that somebody has seen to it.
  private static func isEnd(_ record: JSONValue) -> Bool {
    let operation = record["operation"]?.string.flatMap { Operation(rawValue: $0) }
    return operation?.isSafeDirection == true && record["grade"] != nil
  }

  /// Reads records, counts those that retention took and names those that nobody can read.
  private struct EntryReader {
    /// Up to here retention has taken records.
    var prunedThrough: Int64 = 0
    private(set) var prunedCount = 0
    private(set) var unreadableCount = 0

    /// The JSON object that was written for the entry.
    mutating func value(_ entry: StoredEntry) -> JSONValue? {
      if entry.isPruned {
        guard entry.number > prunedThrough else {
          prunedCount += 1
          return nil
        }
        return refuse(entry, "its record is missing, and retention did not take it")
      }
      do throws(JSONError) {
        let value = try JSONValue.parse(entry.record)
        guard value.kind == .object else { return refuse(entry, "its record is no JSON object") }
        guard entry.isAsHashed else { return refuse(entry, "its record is not what was hashed") }
        return value
      } catch {
        return refuse(entry, "its record is \(error)")
      }
    }

    private mutating func refuse(_ entry: StoredEntry, _ why: String) -> JSONValue? {
      unreadableCount += 1
      Terminal.complain(
        "recbridge audit list: entry \(entry.number) cannot be read: \(why); see recbridge audit"
          + " verify")
      return nil
    }
  }
}
