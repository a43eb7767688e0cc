import Daemon
import Evidence
import JSON
import Store

/// `audit export`: what an auditor takes home.
enum AuditExportCommand {
  static let subcommand = Subcommand(
    "audit", "export", summary: "write a call's entries with proofs and a script that checks them",
    options: [.oneCall, .to, .store],
    details: """
      The folder has the entries' exact bytes, a .tlog-proof for each, the checkpoint, the public
      key and verify.sh, which needs a shell, openssl and sha256sum and nothing of recbridge. The
      checkpoint is the first that has a timestamp, which comes along, or else the newest. Exit 69
      if an entry is not signed yet, 65 if there are entries of which nobody can tell what they were
      about.
      """
  ) { arguments throws(UsageError) in
    let call = try arguments.required(.oneCall)
    let folder = try arguments.required(.to)
    do throws(StoreError) {
      let store = try Store.open(at: StorePath.chosen(arguments), access: .reading)
      defer { store.close() }
      return try export(call, from: store, to: folder)
    } catch {
      return error.report()
    }
  }

  /// Writes the export of one call.
  static func export(
    _ call: String, from store: Store, to folder: String
  ) throws(StoreError) -> ExitCode {
    let found = try EntriesOfCall(call).everything(in: store)
    for number in found.unreadable {
      Terminal.complain(
        "recbridge audit export: the record of entry \(number) is not what was hashed; it may be"
          + " about the call, and is left out: see recbridge audit verify")
    }
    let numbers = found.numbers
    guard let newest = numbers.last else {
      let nothing = NoEntry.about(call, pruned: Int64(found.pruned.count))
      Terminal.complain("recbridge audit export: \(nothing)")
      return .badInput
    }
    guard let evidence = try evidence(of: newest, in: store) else {
      Terminal.complain("recbridge audit export: entry \(newest) is not signed yet")
      return .unavailable
    }
    guard let key = try signer(of: evidence.note, in: store) else {
      Terminal.complain("recbridge audit export: the audit does not name the key of its checkpoint")
      return .badInput
    }
    var files = [
      ExportFile("checkpoint", evidence.note.description), ExportFile("key.pem", key.pem),
      ExportFile("key.vkey", "\(key)\n"), ExportFile("verify.sh", VerifyScript.text, mode: 0o750),
      ExportFile(
        "README", ExportReadMe.text(call, numbers, hasTimestamp: evidence.token != nil)),
    ]
    if let token = evidence.token { files.append(ExportFile("timestamp.token", bytes: token)) }
    for entry in found.entries {
      guard let proof = try store.proofFile(ofEntry: entry.number, leadingTo: evidence.note) else {
        Terminal.complain("recbridge audit export: the proof of entry \(entry.number) is missing")
        return .badInput
      }
      files.append(ExportFile("\(entry.number).json", bytes: entry.record))
      files.append(ExportFile("\(entry.number).tlog-proof", proof.description))
    }
    if !found.pruned.isEmpty {
      Terminal.complain(
        "recbridge audit export: what else there was nobody knows:"
          + " \(Counted.text(Int64(found.pruned.count), "record was", "records were")) pruned by"
          + " retention")
    }
    if let problem = ExportFile.write(files, to: folder) {
      Terminal.complain("recbridge audit export: \(problem)")
      return .failure
    }
    return found.unreadable.isEmpty ? .success : .badInput
  }

  /// A checkpoint, and the timestamp of it if there is one.
  private struct Evidence {
    let note: SignedNote
    let token: [UInt8]?
  }

  /// What the proofs lead to: the first checkpoint with a timestamp that covers entry `number`,
  /// which says the most about when that was there, or else the newest; nil if none covers it.
  private static func evidence(of number: Int64, in store: Store) throws(StoreError) -> Evidence? {
    let stamped = try store.firstTimestamp(from: number) { entry -> Evidence? in
      guard let value = try? JSONValue.parse(entry.record),
        let note = value["note"]?.string.flatMap({ SignedNote($0) }),
        let checkpoint = Checkpoint(text: note.text), checkpoint.size >= number,
        let token = value["token"]?.string.flatMap({ Base64.bytes($0) })
      else { return nil }
      return Evidence(note: note, token: token)
    }
    if let stamped { return stamped }
    guard let latest = try store.latestCheckpoint(), latest.size >= number,
      let note = SignedNote(latest.note)
    else { return nil }
    return Evidence(note: note, token: nil)
  }

  /// The key that signed the note, as the starts in the audit name it.
  private static func signer(of note: SignedNote, in store: Store) throws(StoreError)
    -> VerifierKey?
  {
    var found: VerifierKey?
    try store.forEachDaemonEntry { (entry) throws(StoreError) in
      guard let key = entry.namedKey, note.finding(of: key) == .valid else { return }
      found = key
    }
    return found
  }
}
