import Store

/// `fsck`: is a store whole?
enum FsckCommand {
  static let subcommand = Subcommand(
    "fsck", summary: "check a store without changing it",
    operands: [.init(name: "STORE", help: "the database")],
    details: """
      Reads every row and its checksum, whether or not the daemon is running. Exit 65 if anything
      is not what was written.
      """
  ) { arguments throws(UsageError) in
    do throws(StoreError) {
      let store = try Store.open(at: arguments.operands[0], access: .inspecting)
      defer { store.close() }
      return report(try store.fsck(), of: store)
    } catch {
      return error.report()
    }
  }

  private static func report(_ report: FsckReport, of store: Store) -> ExitCode {
    for finding in report.findings { Terminal.say(finding.description) }
    if report.findingsLeftOut > 0 { Terminal.say("and \(report.findingsLeftOut) more") }
    let rows = report.rows.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let events =
      report.lastSequence < report.firstSequence
      ? "no events" : "events \(report.firstSequence) to \(report.lastSequence)"
    Terminal.say(
      "\(store.path): \(report.isSound ? "sound" : "damaged"); store \(store.identity), \(events);"
        + " read \(rows.joined(separator: ", "))")
    return report.isSound ? .success : .badInput
  }
}

extension StoreError {
  /// Says what went wrong on standard error; the exit code that scripts tell it by.
  func report() -> ExitCode {
    Terminal.complain("recbridge: \(description)")
    switch kind {
    case .damaged, .foreign: return .badInput
    case .notWritable, .missing, .locked, .newer, .older, .full, .inputOutput, .refused, .unusable:
      return .failure
    }
  }
}
