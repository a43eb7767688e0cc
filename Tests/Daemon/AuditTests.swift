import Configuration
import Daemon
import Evidence
import Glibc
import JSON
import Simulator
import Store
import TestSupport
import Testing

/// What a daemon enters and signs, over real sockets.
@Suite(.serialized) struct AuditTests {
  private func signedStage(heartbeat: Duration = .seconds(60)) throws -> (Stage, AuditKey) {
    let stage = try Stage(deadline: .milliseconds(500))
    let key = try AuditKey(name: "test")
    stage.configuration.audit = AuditSettings(key: Secret(key.reveal()), heartbeat: heartbeat)
    return (stage, key)
  }

  private func entries(_ stage: Stage) throws -> [(row: StoredEntry, value: JSONValue)] {
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    return try store.entries(after: 0, limit: 1_000).map { ($0, try JSONValue.parse($0.record)) }
  }

  /// The daemon runs, calls itself not ready for this reason, and signs nothing.
  private func expectRefusal(_ stage: Stage, _ reason: String) throws {
    let checkpoint = try newest(stage)
    try stage.start(isReady: false)
    try stage.wait("the agent is in sync") {
      try stage.get("/readyz").json?["agentsOutOfSync"].map { Array($0.elements).isEmpty } == true
    }
    let readiness = try stage.get("/readyz")
    #expect(readiness.status == 503)
    let said = readiness.json?["audit"]?.string ?? "nothing"
    #expect(said.contains(reason), "\(said)")
    #expect(stage.log.contains { $0.contains("event=checkpoint-refused") })
    try stage.stop()
    #expect(try newest(stage) == checkpoint)
  }

  private func newest(_ stage: Stage) throws -> StoredCheckpoint? {
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    return try store.latestCheckpoint()
  }

  /// Puts a checkpoint behind the others; the number of its event.
  @discardableResult
  private func append(_ note: String, size: Int64, _ stage: Stage) throws -> Int64 {
    let store = try Store.open(
      at: stage.configuration.store, access: .writing(identityIfNew: "x", EntryHashing.hasher))
    defer { store.close() }
    let sequence = store.lastSequence + 1
    try store.commit([
      .event(
        StoredEvent(
          sequence: sequence, type: "recbridge.checkpoint.v1", agent: "", call: nil,
          wallMicroseconds: 1, line: Array("{}".utf8))),
      .checkpoint(
        StoredCheckpoint(sequence: sequence, size: size, wallMicroseconds: 1, note: note)),
    ])
    return sequence
  }

  /// A confirmed Stop that never was, with every checksum and hash as it should be.
  private func forge(_ stage: Stage) throws {
    let store = try Store.open(
      at: stage.configuration.store,
      access: .writing(identityIfNew: "x", EntryHashing.hasher))
    defer { store.close() }
    let sequence = store.lastSequence + 1
    let record =
      #"{"cursor":"x.\#(sequence)","type":"recbridge.command.v1","#
      + #""time":"2026-11-21T10:15:00.000000Z","clock":{"monotonicUs":1,"synchronised":true},"#
      + #""agent":"alice","call":"forged","operation":"stop","grade":"confirmed.notified"}"#
    try store.commit([
      .event(
        StoredEvent(
          sequence: sequence, type: "recbridge.command.v1", agent: "alice", call: "forged",
          wallMicroseconds: 1, line: Array("{}".utf8))),
      .entry(try #require(StoredEntry(record: Array(record.utf8)))),
    ])
  }

  @Test func `each step, change and witness is entered, with clocks and the platform's own bytes`()
    throws
  {
    let (stage, _) = try signedStage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    try stage.simulator.setRecording(call, .recording)
    _ = try stage.event("recording") { $0["data"]?["cause"]?.string == "unsolicited" }
    try stage.wait("the change is entered") {
      try entries(stage).filter { $0.row.type == "recbridge.recording.v1" }.count == 3
    }
    try stage.stop()
    let found = try entries(stage)
    #expect(found.first?.value["action"]?.string == "started")
    #expect(found.last?.value["action"]?.string == "stopped")
    let moves = found.filter { $0.row.type == "recbridge.command.v1" }
    // The change came within the deadline, and takes the confirmation back.
    #expect(
      moves.map { $0.value["grade"]?.string ?? $0.value["status"]?.string }
        == ["issued", "sent", "accepted", "confirmed.notified", "contradicted"])
    for verdict in moves.suffix(2) {
      #expect(verdict.value["raw"]?["call"]?["id"]?.string == call)
      #expect(verdict.value["origin"]?["uid"]?.integer != nil)
    }
    #expect(moves[3].value["latencyMs"]?.double ?? 0 > 0)
    let changes = found.filter { $0.row.type == "recbridge.recording.v1" }
    #expect(changes.map { $0.value["raw"] != nil } == [true, false, true])
    for entry in found {
      #expect(entry.value["clock"]?["monotonicUs"]?.integer ?? 0 > 0)
      #expect(entry.value["clock"]?["synchronised"]?.bool != nil)
      // What stands beside the record is what it says.
      let expected = try #require(StoredEntry(record: entry.row.record))
      #expect(entry.row.sequence == expected.sequence && entry.row.type == expected.type)
      #expect(entry.row.wallMicroseconds == expected.wallMicroseconds)
    }
    #expect(found.contains { $0.row.type == "recbridge.gap.v1" })
  }

  /// There is no heartbeat in the time of a test. Mutation tried: no command calls for a checkpoint.
  @Test(arguments: ["stop", "pause"]) func `a confirmed Stop or Pause is signed at once`(
    operation: String
  ) throws {
    let (stage, key) = try signedStage(heartbeat: .seconds(3_600))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command(operation, call)
    let verdict = try #require(
      try entries(stage).last { $0.value["grade"]?.string == "confirmed.notified" })
    try stage.wait("the verdict is signed") {
      try stage.get("/v1/audit/proof/\(verdict.row.number)").status == 200
    }
    let proof = try stage.get("/v1/audit/proof/\(verdict.row.number)")
    let file = try #require(ProofFile(String(decoding: proof.body, as: UTF8.self)))
    let checkpoint = try #require(Checkpoint(text: file.checkpoint.text))
    #expect(file.checkpoint.finding(of: key.verifier) == .valid)
    let leaf = EntryHashing.hasher.leaf(verdict.row.record)
    let root = file.proof.root(leaf: leaf, size: checkpoint.size, EntryHashing.hasher)
    #expect(root == checkpoint.root)
  }

  @Test func `each heartbeat is signed, and says what there is`() throws {
    let (stage, _) = try signedStage(heartbeat: .seconds(1))
    defer { stage.close() }
    try stage.start()
    _ = try stage.recordedCall()
    let beat = try stage.event("heartbeat") { $0["data"]?["observed"]?.integer == 1 }
    #expect(beat["data"]?["agents"]?.integer == 1)
    #expect(beat["data"]?["openCommands"]?.integer == 0)
    let cursor = try #require(beat["id"]?.string)
    let entry = try #require(
      try entries(stage).last { $0.value["cursor"]?.string == cursor })
    try stage.wait("the heartbeat is signed") {
      try stage.get("/v1/audit/proof/\(entry.row.number)").status == 200
    }
  }

  @Test func `a start says in which settings and in which key it differs from the run before`()
    throws
  {
    let (stage, key) = try signedStage()
    defer { stage.close() }
    try stage.start()
    try stage.stop()
    stage.configuration.commands.deadline = .seconds(7)
    stage.configuration.audit.key = Secret(
      try AuditKey(name: "test", previous: key).reveal())
    try stage.start()
    try stage.stop()
    let starts = try entries(stage).map(\.value).filter { $0["action"]?.string == "started" }
    #expect(starts.count == 2)
    #expect(starts.first?["differs"] == nil && starts.first?["keyBefore"] == nil)
    #expect(starts.last?["differs"]?.elements.compactMap(\.string) == ["commands"])
    #expect(starts.last?["keyBefore"]?.string == key.verifier.description)
    #expect(
      starts.first?["configuration"]?["digest"]?.string
        != starts.last?["configuration"]?["digest"]?.string)
  }

  /// The daemon signs on while an export is written: all of that leads to one checkpoint.
  @Test func `a proof leads to the checkpoint that it is asked for, whatever came after`() throws {
    let (stage, key) = try signedStage()
    defer { stage.close() }
    for _ in 1...2 {
      try stage.start()
      try stage.stop()
    }
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    let first = try #require(try store.checkpoints(after: 0, limit: 1).first)
    #expect(try #require(try store.latestCheckpoint()).size > first.size)
    let note = try #require(SignedNote(first.note))
    let proof = try #require(try store.proofFile(ofEntry: 1, leadingTo: note))
    #expect(proof.checkpoint == note)
    #expect(note.finding(of: key.verifier) == .valid)
    let entry = try #require(try store.entries(after: 0, limit: 1).first)
    let root = proof.proof.root(
      leaf: EntryHashing.hasher.leaf(entry.record), size: first.size, EntryHashing.hasher)
    #expect(root == Checkpoint(text: note.text)?.root)
    #expect(try store.proofFile(ofEntry: first.size + 1, leadingTo: note) == nil)
  }

  @Test func `without a key nothing is signed, and that is said`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    #expect(stage.log.contains { $0.contains("event=audit-unsigned") })
    #expect(try stage.get("/v1/audit/checkpoint").status == 404)
    #expect(try stage.get("/v1/audit/proof/1").status == 409)
    #expect(try entries(stage).first?.value["key"] == nil)
  }

  /// The file is changed while nobody runs, hashes and all: what was signed does not fit any more.
  @Test func `a store that was rewritten meanwhile is not signed for, and not called ready`() throws
  {
    let (stage, key) = try signedStage()
    defer { stage.close() }
    try stage.start()
    try stage.stop()
    let latest = try #require(try newest(stage))
    let forged = key.sign(
      Checkpoint(origin: "test", size: latest.size, root: EntryHashing.hasher.emptyRoot).text)
    try append("\(forged)", size: latest.size, stage)
    try expectRefusal(stage, "not what checkpoint")
  }

  /// Else the reading back would begin where nothing was signed. Mutation tried: the sizes are not
  /// compared.
  @Test func `a checkpoint whose row says more than what was signed is not signed behind`() throws {
    let (stage, _) = try signedStage()
    defer { stage.close() }
    try stage.start()
    try stage.stop()
    let latest = try #require(try newest(stage))
    for _ in 0..<2 { try forge(stage) }
    let sequence = try append(latest.note, size: latest.size + 1, stage)
    try expectRefusal(stage, "they are not what checkpoint \(sequence) was signed of")
  }

  /// Mutations tried, each found: the kept checkpoint is not read at the start; one that is missing
  /// is no problem; signatures are not verified (the last test finds that).
  @Test
  func `a store that was put back to an earlier state is not signed for until that is owned to`()
    throws
  {
    let (stage, _) = try signedStage()
    defer { stage.close() }
    let (path, kept) = (stage.configuration.store, stage.configuration.store + ".checkpoint")
    try stage.start()
    try stage.stop()
    try copyFile(path, to: path + ".old")
    let older = try #require(try newest(stage))
    try stage.start()
    try stage.stop()
    let newer = try #require(try newest(stage))
    #expect(readText(kept) == newer.note)
    try copyFile(path + ".old", to: path)
    try expectRefusal(stage, "was signed of \(newer.size) entries, and the store ends with")
    // Longer than what was signed, so that only the tree can tell.
    try copyFile(path + ".old", to: path)
    while try entries(stage).count < newer.size { try forge(stage) }
    try expectRefusal(stage, "they are not what the checkpoint beside the store was signed of")
    try copyFile(path + ".old", to: path)
    #expect(unsafe unlink(kept) == 0)
    try expectRefusal(stage, "it is missing, and the store has checkpoints")
    try writeText("nothing\n", to: kept)
    try expectRefusal(stage, "the checkpoint beside the store is no signed checkpoint")
    // What `recbridge audit checkpoint` prints of a backup.
    try copyFile(path + ".old", to: path)
    try writeText(older.note, to: kept)
    try stage.start()
    try stage.stop()
    #expect(try #require(try newest(stage)).size > older.size)
  }

  @Test func `a start says how many entries it has found unsigned, and a kill leaves no alarm`()
    throws
  {
    let (stage, _) = try signedStage()
    defer { stage.close() }
    try stage.start()
    stage.kill()
    try stage.start()
    try stage.stop()
    try forge(stage)
    try forge(stage)
    try stage.start()
    try stage.stop()
    let starts = try entries(stage).filter { $0.value["action"]?.string == "started" }
    #expect(starts.map { $0.value["unsigned"]?.integer }.first == 0)
    #expect(starts.map { $0.value["unsigned"]?.integer }.last == 2)
  }

  @Test func `nothing is signed behind a checkpoint of a key that has not signed for ours`() throws
  {
    let (stage, key) = try signedStage()
    defer { stage.close() }
    try stage.start()
    try stage.stop()
    let next = try AuditKey(name: "test", previous: key)
    stage.configuration.audit.key = Secret(next.reveal())
    try stage.start()
    try stage.stop()
    let size = try #require(try newest(stage)).size
    stage.configuration.audit.key = Secret(try AuditKey(name: "test").reveal())
    try expectRefusal(stage, "is signed neither by audit.key nor by the key that has signed for it")
    #expect(try #require(try newest(stage)).size == size)
  }
}
