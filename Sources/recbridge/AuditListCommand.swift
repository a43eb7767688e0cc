import JSON

/// `audit list`: how each Stop and Pause ended.
enum AuditListCommand {
  static let subcommand = Subcommand(
    "audit", "list", summary: "every final grade of a Stop or Pause, with its evidence",
    options: [.store, .json],
    details: "Reads the store itself, oldest entry first, whether or not the daemon is running."
  ) { arguments throws(UsageError) in
    var entries: [[UInt8]] = []
    let code = Wiring.audit(store: StorePath.chosen(arguments)) { entry in
      switch arguments.form {
      case .json: Terminal.say(line: entry)
      case .readable: entries.append(entry)
      }
    }
    guard code == .success, arguments.form == .readable else { return code }
    let values = entries.compactMap { try? JSONValue.parse($0) }
    Listing.audit.say(values)
    return code
  }
}
