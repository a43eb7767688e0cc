import Daemon
import Evidence
import Store

/// `audit checkpoint`: the newest one.
enum AuditCheckpointCommand {
  static let subcommand = Subcommand(
    "audit", "checkpoint", summary: "print the newest checkpoint, a signed note",
    options: [.store],
    details: """
      Keep it where nobody who can write the store can write: recbridge audit verify STORE
      --checkpoint FILE then shows whether the audit has only grown since; audit.anchors of the
      configuration keeps each by itself. Exit 69 if nothing was signed yet.
      """
  ) { arguments throws(UsageError) in
    do throws(StoreError) {
      let store = try Store.open(at: StorePath.chosen(arguments), access: .reading)
      defer { store.close() }
      guard let latest = try store.latestCheckpoint() else {
        Terminal.complain("recbridge audit checkpoint: nothing was signed yet")
        return .unavailable
      }
      Terminal.say(line: latest.note.utf8.dropLast())
      return .success
    } catch {
      return error.report()
    }
  }
}

/// `audit proof`: that one entry is in the audit.
enum AuditProofCommand {
  static let subcommand = Subcommand(
    "audit", "proof", summary: "print the proof of one entry, a .tlog-proof file",
    operands: [.init(name: "N", help: "the entry's number, from 1 on")], options: [.store],
    details: """
      It leads from the entry's exact bytes to the newest checkpoint, which is in it, as
      c2sp.org/tlog-proof has it. recbridge audit export writes entries, proofs and a script that
      checks them. Proved is that the entry was written and signed, not proved what the audio
      holds. Exit 69 if no checkpoint covers the entry yet.
      """
  ) { arguments throws(UsageError) in
    guard let number = Int64(arguments.operands[0]), number > 0 else {
      throw arguments.error(
        "N is a whole number from 1 on, found \(Printable.text(arguments.operands[0]))")
    }
    do throws(StoreError) {
      let store = try Store.open(at: StorePath.chosen(arguments), access: .reading)
      defer { store.close() }
      guard number <= store.lastEntryNumber else {
        Terminal.complain("recbridge audit proof: there is no entry \(number)")
        return .badInput
      }
      guard let file = try store.proofFile(ofEntry: number) else {
        Terminal.complain("recbridge audit proof: no checkpoint covers entry \(number) yet")
        return .unavailable
      }
      Terminal.say(line: file.description.utf8.dropLast())
      return .success
    } catch {
      return error.report()
    }
  }
}
