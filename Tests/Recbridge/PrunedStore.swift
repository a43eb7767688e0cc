import Daemon
import Evidence
import Store
import Testing

/// A signed store of which retention has taken the first records: a confirmed Stop and a gap of the
/// first of November, and if so wanted the Stop of the second, which was not confirmed.
///
/// The entries: 1 the Stop of `call-1`, 2 the gap, 3 the Stop of `call-2`, 4 what retention said of
/// itself. The checkpoint is of all four.
struct PrunedStore {
  let path: String
  let key: AuditKey

  init(in folder: String, through pruned: Int64 = 2) throws {
    path = "\(folder)/store.db"
    key = try AuditKey(name: "audit.example/hq")
    let store = try Store.open(
      at: path, access: .writing(identityIfNew: "s", EntryHashing.hasher))
    defer { store.close() }
    try store.commit(Self.stop(1, day: 1, "confirmed.notified"))
    try store.commit(
      Self.entry(
        2, day: 1, "gap",
        #""agent":"alice","to":"2026-11-01T12:00:00.000000Z","cause":"session-lost","#
          + #""reason":"forgotten","resynced":false"#))
    try store.commit(Self.stop(3, day: 2, "unconfirmed"))
    try store.commit(Self.entry(4, day: 3, "retention", #""action":"began","entries":\#(pruned)"#))
    let root = try store.verifiedRoot(since: 0)
    let note = key.sign(Checkpoint(origin: key.verifier.name, size: 4, root: root).text)
    try store.commit([
      Self.event(5, "recbridge.checkpoint.v1"),
      .checkpoint(
        StoredCheckpoint(sequence: 5, size: 4, wallMicroseconds: 1, note: note.description)),
    ])
    try store.commit([
      .removal(.bound(StoredBound(what: "entries", through: pruned))),
      .removal(.records(Array(1...pruned), wallMicroseconds: 5)),
      .removal(.bound(StoredBound(what: "records", through: pruned))),
    ])
  }

  private static func stop(_ number: Int64, day: Int, _ grade: String) throws -> [Change] {
    try entry(
      number, day: day, "command",
      #""command":"c\#(day)","agent":"alice","call":"call-\#(day)","operation":"stop","#
        + #""mode":"send","status":"final","grade":"\#(grade)","evidence":{"kind":"deadline"},"#
        + #""attempts":1,"issuedAt":"2026-11-0\#(day)T11:59:50.000000Z","origin":{"uid":0}"#)
  }

  private static func entry(
    _ number: Int64, day: Int, _ type: String, _ members: String
  ) throws -> [Change] {
    let record =
      #"{"cursor":"s.\#(number)","type":"recbridge.\#(type).v1","#
      + #""time":"2026-11-0\#(day)T12:00:00.000000Z",\#(members)}"#
    let entry = try #require(StoredEntry(record: Array(record.utf8)))
    return [event(number, entry.type), .entry(entry)]
  }

  private static func event(_ sequence: Int64, _ type: String) -> Change {
    .event(
      StoredEvent(
        sequence: sequence, type: type, agent: "alice", call: nil, wallMicroseconds: 1,
        line: Array("{}".utf8)))
  }
}
