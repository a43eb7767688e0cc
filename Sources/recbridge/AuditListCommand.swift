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
      UTC; the latency is from the issue of the command to its confirmation.
      """
  ) { arguments throws(UsageError) in
    do throws(StoreError) {
      let store = try Store.open(at: StorePath.chosen(arguments), access: .reading)
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
    var table = (isAll ? Listing.entries : .audit).table()
    var last: Int64 = 0
    while true {
      let page = try store.entries(after: last, limit: pageMax)
      guard let newest = page.last else { break }
      last = newest.number
      // Of what retention has taken there is nothing to be listed.
      let entries = page.filter { !$0.isPruned && (isAll || isEnd($0)) }
      switch form {
      case .json: for entry in entries { Terminal.say(line: entry.record) }
      case .readable: table.say(try entries.map { (entry) throws(StoreError) in try value(entry) })
      }
    }
    if form == .readable {
      table.end()
      if !table.isEmpty { Terminal.say(AuditSummary.notProved) }
    }
    return .success
  }

  /// Whether it says how a Stop or Pause ended, or that somebody has seen to it.
  private static func isEnd(_ entry: StoredEntry) -> Bool {
    let operation = entry["operation"]?.string.flatMap { Operation(rawValue: $0) }
    return operation?.isSafeDirection == true && entry["grade"] != nil
  }

  /// The record of an entry, which is the JSON object that was written for it.
  private static func value(_ entry: StoredEntry) throws(StoreError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue.parse(entry.record)
    } catch {
      throw StoreError(
        .damaged, operation: "read", subject: "audit entry \(entry.number)",
        cause: "its record is \(error)", nextStep: "check the store with recbridge fsck")
    }
  }
}
