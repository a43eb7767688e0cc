import Daemon
import Evidence
import Store

/// `audit export`: what an auditor takes home.
enum AuditExportCommand {
  static let subcommand = Subcommand(
    "audit", "export", summary: "write a call's entries with proofs and a script that checks them",
    options: [.oneCall, .to, .store],
    details: """
      The folder has the entries' exact bytes, a .tlog-proof for each, the checkpoint, the public
      key and verify.sh, which needs a shell, openssl and sha256sum and nothing of recbridge. Exit
      69 if an entry is not signed yet.
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
    let numbers = try store.entryNumbers(ofCall: call)
    guard let newest = numbers.last else {
      Terminal.complain("recbridge audit export: no entry is about call \(Printable.text(call))")
      return .badInput
    }
    guard let latest = try store.latestCheckpoint(), latest.size >= newest,
      let note = SignedNote(latest.note)
    else {
      Terminal.complain("recbridge audit export: entry \(newest) is not signed yet")
      return .unavailable
    }
    guard let key = try signer(of: note, in: store) else {
      Terminal.complain("recbridge audit export: the audit does not name the key of its checkpoint")
      return .badInput
    }
    var files = [
      ExportFile("checkpoint", latest.note), ExportFile("key.pem", key.pem),
      ExportFile("key.vkey", "\(key)\n"), ExportFile("verify.sh", VerifyScript.text, mode: 0o750),
      ExportFile("README", readMe(call, numbers)),
    ]
    for number in numbers {
      guard let entry = try store.entries(after: number - 1, limit: 1).first,
        entry.number == number,
        let proof = try store.proofFile(ofEntry: number, leadingTo: note)
      else {
        Terminal.complain("recbridge audit export: entry \(number) or its proof is missing")
        return .badInput
      }
      let name = "\(number)"
      files.append(ExportFile("\(name).json", bytes: entry.record))
      files.append(ExportFile("\(name).tlog-proof", proof.description))
    }
    if let problem = ExportFile.write(files, to: folder) {
      Terminal.complain("recbridge audit export: \(problem)")
      return .failure
    }
    return .success
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

  private static func readMe(_ call: String, _ numbers: [Int64]) -> String {
    """
    Entries of a recbridge audit about call \(Printable.text(call)): \(numbers.count), numbers
    \(numbers.map { String($0) }.joined(separator: ", ")).

      N.json         entry N, the exact bytes that were hashed when it was written
      N.tlog-proof   its proof: c2sp.org/tlog-proof, the hashing is that of RFC 6962
      checkpoint     what the proofs lead to: c2sp.org/tlog-checkpoint, signed with Ed25519
      key.pem        the public key for openssl; key.vkey: the same as c2sp.org/signed-note has it
      verify.sh      checks all of it with openssl and sha256sum

    Run "sh verify.sh". It prints the key's fingerprint: compare that with the one that you were
    given on another way, or say "sh verify.sh KEY.pem" with a key that you have. Read verify.sh
    first: it is short, and it came with what it is to check.

    Proved is that these entries are in the audit that the key's owner has signed, each at its place
    and byte for byte. Not proved is that the audit has no other entries about this call; that takes
    the store, with "recbridge audit verify". \(AuditSummary.notProved).

    """
  }
}
