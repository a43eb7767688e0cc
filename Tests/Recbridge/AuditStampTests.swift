import Commands
import Crypto
import Daemon
import Evidence
import Store
import TestSupport
import Testing

/// Timestamps in stores that are made by hand, so that each can be wrong in its own way.
@Suite struct AuditStampTests {
  /// What a timestamp says, as an entry has it.
  private struct Stamp {
    var note: String
    var token: TimestampToken
    var size: Int64 = 1
    var policy: String?

    var record: String {
      #"{"cursor":"s.3","type":"recbridge.timestamp.v1","time":"2026-11-21T10:15:00.000000Z","#
        + #""clock":{"monotonicUs":5,"synchronised":true},"anchor":"tsa","size":\#(size),"#
        + #""note":"\#(note.replacing("\n", with: #"\n"#))","#
        + #""stampedAt":"\#(Timestamp.text(token.time))","policy":"\#(policy ?? token.policy)","#
        + #""serial":"\#(token.serial)","token":"\#(Base64.text(token.bytes))"}"#
    }
  }

  /// A store with a start, its checkpoint, and the timestamp that `stamp` makes of that.
  private func verify(
    _ folder: String, _ options: [String] = [], _ stamp: (_ note: String) throws -> Stamp
  ) throws -> Ended {
    let path = "\(folder)/store-\(UInt64.random(in: 0 ... .max)).db"
    let key = try AuditKey(name: "test")
    let store = try Store.open(at: path, access: .writing(identityIfNew: "s", EntryHashing.hasher))
    let started =
      #"{"cursor":"s.1","type":"recbridge.daemon.v1","time":"2026-11-21T10:15:00.000000Z","#
      + #""clock":{"monotonicUs":1,"synchronised":true},"action":"started","heartbeatMs":60000,"#
      + #""key":"\#(key.verifier)"}"#
    try store.commit([
      event(1, "daemon"), .entry(try #require(StoredEntry(record: bytes(started)))),
    ])
    let root = try store.verifiedRoot(since: 0)
    let note = key.sign(Checkpoint(origin: "test", size: 1, root: root).text).description
    let record = try stamp(note).record
    try store.commit([
      event(2, "checkpoint"),
      .checkpoint(StoredCheckpoint(sequence: 2, size: 1, wallMicroseconds: 1, note: note)),
      event(3, "timestamp"), .entry(try #require(StoredEntry(record: bytes(record)))),
    ])
    store.close()
    return try recbridge(["audit", "verify", path] + options)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func event(_ sequence: Int64, _ type: String) -> Change {
    .event(
      StoredEvent(
        sequence: sequence, type: "recbridge.\(type).v1", agent: "", call: nil,
        wallMicroseconds: 1, line: bytes("{}")))
  }

  private func token(_ tsa: StampingAuthority, _ text: String) throws -> TimestampToken {
    let query = try TimestampQuery(imprint: SHA256.hash(bytes(text)))
    return try query.token(in: tsa.answer(to: query.bytes), authority: tsa.authority)
  }

  /// Tried: without the comparison of the imprint; without that of the checkpoint.
  @Test func `a timestamp is held against its checkpoint, and its signature on demand`() throws {
    try withFolder { folder in
      let tsa = try StampingAuthority(in: folder)
      let good = try verify(folder) { Stamp(note: $0, token: try token(tsa, $0)) }
      #expect(good.code == 0, "\(good)")
      #expect(good.out.contains("1 timestamp: signed at 20"), "\(good)")
      #expect(good.out.contains("up to entry 1; whose signatures these are was not looked at"))
      let signed = try verify(folder, ["--tsa", tsa.authority]) {
        Stamp(note: $0, token: try token(tsa, $0))
      }
      #expect(signed.code == 0, "\(signed)")
      #expect(signed.out.contains("their signatures lead to a certificate in"))

      let another = try verify(folder) { Stamp(note: $0, token: try token(tsa, $0 + "x")) }
      expect(another, "its token is of another text than this checkpoint")
      let missing = try verify(folder) { note in
        let forged = note.replacing("\n1\n", with: "\n2\n")
        return Stamp(note: forged, token: try token(tsa, forged), size: 2)
      }
      expect(missing, "the checkpoint of 2 entries that it is of is missing")
      let renamed = try verify(folder) {
        Stamp(note: $0, token: try token(tsa, $0), policy: "1.2.3")
      }
      expect(renamed, "what it says is not what its token says")
      try withFolder { elsewhere in
        let foreign = try StampingAuthority(in: elsewhere)
        let ended = try verify(folder, ["--tsa", foreign.authority]) {
          Stamp(note: $0, token: try token(tsa, $0))
        }
        expect(ended, "the token's signature does not count")
      }
    }
  }

  private func expect(_ ended: Ended, _ finding: String) {
    #expect(ended.code == 65, "\(ended)")
    #expect(ended.out.contains("entry 2, a timestamp: \(finding)"), "\(ended)")
    #expect(ended.out.contains("audit NOT verified"))
  }
}
