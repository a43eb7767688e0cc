import Commands
import Crypto
import Daemon
import Evidence
import JSON

/// The timestamps that an audit has of its checkpoints.
struct AuditStamps {
  /// What is wrong.
  private(set) var findings: [String] = []
  private(set) var count = 0
  /// The one of most entries that nothing is wrong with.
  private(set) var largest: Stamp?
  /// The file of certificates that must stand behind each; nil to believe the signatures.
  let authority: String?

  struct Stamp {
    /// How many entries it covers.
    let size: Int64
    let time: Duration
  }

  init(authority: String?) { self.authority = authority }

  /// Judges one; `isSigned` says whether the store has this checkpoint of this size.
  mutating func take(
    _ record: JSONValue, entry: Int64, isSigned: (_ note: String, _ size: Int64) -> Bool
  ) {
    count += 1
    guard let note = record["note"]?.string, let text = record["token"]?.string,
      let checkpoint = SignedNote(note).flatMap({ Checkpoint(text: $0.text) }),
      let bytes = Base64.bytes(text)
    else { return report(entry, "it has no checkpoint, or no token") }
    do throws(TimestampFailure) {
      let token = try TimestampToken(bytes)
      let before = findings.count
      if token.imprint != SHA256.hash(Array(note.utf8)) {
        report(entry, "its token is of another text than this checkpoint")
      }
      if !isSigned(note, checkpoint.size) {
        let size = Counted.text(checkpoint.size, "entry", "entries")
        report(entry, "the checkpoint of \(size) that it is of is missing")
      }
      if !Self.repeats(record, token, checkpoint) {
        report(entry, "what it says is not what its token says")
      }
      if let authority { try token.verify(authority: authority) }
      guard findings.count == before, checkpoint.size >= largest?.size ?? 0 else { return }
      largest = Stamp(size: checkpoint.size, time: token.time)
    } catch {
      report(entry, error.description)
    }
  }

  private static func repeats(
    _ record: JSONValue, _ token: TimestampToken, _ checkpoint: Checkpoint
  ) -> Bool {
    record["size"]?.integer == checkpoint.size && record["policy"]?.string == token.policy
      && record["serial"]?.string == token.serial
      && record["stampedAt"]?.string == Timestamp.text(token.time)
  }

  private mutating func report(_ entry: Int64, _ problem: String) {
    findings.append("entry \(entry), a timestamp: \(problem)")
  }

  /// For the summary; nil if there is none.
  var line: String? {
    guard count > 0 else { return nil }
    let good = largest.map { "signed at \(Timestamp.text($0.time)) up to entry \($0.size)" }
    let what = good ?? "none is good"
    return "\(count) \(count == 1 ? "timestamp" : "timestamps"): \(what); "
      + (authority.map { "their signatures lead to a certificate in \($0)" }
        ?? "whose signatures these are was not looked at: name the authority with --tsa")
  }
}
