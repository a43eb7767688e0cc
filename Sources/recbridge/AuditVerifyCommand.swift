import Daemon
import Evidence
import Store

/// `audit verify`: is the audit what was written and signed?
enum AuditVerifyCommand {
  static let subcommand = Subcommand(
    "audit", "verify", summary: "recompute the audit and hold it against what was signed",
    operands: [.init(name: "STORE", help: "the database, or a copy of it")],
    options: [.checkpoint, .anchor, .trustedKey, .timestampAuthority],
    details: """
      Every hash is made anew from the entries' bytes, and compared with every checkpoint in the
      store and in the files that are given. Finds entries and columns that were changed, removed or
      reordered, a tail that was cut off, a fork, a period without heartbeats, entries that no
      daemon was there to write, signatures of others, and timestamps of something else; and says
      how many entries are not signed. A store that was cut off, or rewritten with its own key,
      shows only against something that was kept elsewhere: give --checkpoint or --anchor, and
      --key.

      Exit 0 if all is well, 65 if anything is not. Not proved is what the audio holds: entries say
      what the platform's control plane showed.
      """
  ) { arguments throws(UsageError) in
    do throws(OutsideCheckpoint.Failure) {
      return verify(arguments.operands[0], try StoreAudit(arguments))
    } catch {
      Terminal.complain("recbridge audit verify: \(error.reason)")
      return .badInput
    }
  }

  private static func verify(_ path: String, _ audit: StoreAudit) -> ExitCode {
    var audit = audit
    do throws(StoreError) {
      let store = try Store.open(at: path, access: .inspecting)
      defer { store.close() }
      try audit.examine(store)
    } catch {
      return error.report()
    }
    return AuditSummary.say(audit, path)
  }
}

extension StoreAudit {
  /// One that trusts, and compares with, what the options name.
  init(_ arguments: Arguments) throws(OutsideCheckpoint.Failure) {
    let given = try arguments.value(.trustedKey).map { (text) throws(OutsideCheckpoint.Failure) in
      try GivenKeys(text)
    }
    var outside: [OutsideCheckpoint] = []
    let files = [arguments.value(.checkpoint)].compactMap { $0 } + arguments.texts(.anchor)
    for file in files { outside += try OutsideCheckpoint.read(file) }
    let authority = arguments.value(.timestampAuthority)
    if let authority, TextFile.read(authority, sizeMax: 1 << 20) == nil {
      throw OutsideCheckpoint.Failure(reason: "\(authority): cannot be read")
    }
    self.init(
      trusting: given?.keys ?? [], nameless: given?.nameless ?? [], outside: outside,
      authority: authority)
  }
}

/// What a verification has shown, and what it has not.
enum AuditSummary {
  /// Of every report of the audit: what no hash and no signature can show.
  static let notProved =
    "not proved: what the audio holds; the entries say what the platform's control plane showed"

  /// Tells all of it, and with which status to end.
  static func say(_ audit: StoreAudit, _ path: String) -> ExitCode {
    for finding in audit.findings { Terminal.say(finding) }
    if audit.findingsLeftOut > 0 { Terminal.say("and \(audit.findingsLeftOut) more") }
    for line in lines(audit, path) { Terminal.say(line) }
    return audit.findings.isEmpty ? .success : .badInput
  }

  static func lines(_ audit: StoreAudit, _ path: String) -> [String] {
    let isGood = audit.findings.isEmpty
    let keys = audit.trust.keys.map(\.description)
    var lines = audit.remarks
    lines.append(
      keys.isEmpty
        ? "nothing is signed: whoever can write the store could have written all of this"
        : audit.trust.isGiven
          ? "signed with the key that was given, or one that it has signed for: "
            + keys.joined(separator: ", ")
          : "signed with the key that the audit itself names, \(keys.joined(separator: ", "));"
            + " compare it with the one that you were given, or name that with --key")
    lines.append(
      "\(Counted.text(audit.size, "entry", "entries")),"
        + " \(Counted.text(audit.checkpointCount, "checkpoint")); signed up to entry"
        + " \(audit.signedSize), "
        + (audit.anchoredSize > 0
          ? "kept elsewhere up to entry \(audit.anchoredSize)"
          : "held against nothing that was kept elsewhere"))
    if !keys.isEmpty, audit.signedSize < audit.size {
      lines.append(
        audit.size - audit.signedSize == 1
          ? "1 entry, entry \(audit.size), is NOT signed: nothing shows that the daemon wrote it"
          : "\(audit.size - audit.signedSize) entries, from entry \(audit.signedSize + 1) on, are"
            + " NOT signed: nothing shows that the daemon wrote them")
    }
    if let line = audit.stamps.line { lines.append(line) }
    lines.append(notProved)
    lines.append("\(path): \(isGood ? "audit verified" : "audit NOT verified")")
    return lines
  }
}
