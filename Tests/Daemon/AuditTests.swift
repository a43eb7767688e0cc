import Configuration
import Daemon
import Evidence
import JSON
import Simulator
import Store
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
    #expect(moves[3].row.latencyMicroseconds ?? 0 > 0)
    let changes = found.filter { $0.row.type == "recbridge.recording.v1" }
    #expect(changes.map { $0.value["raw"] != nil } == [true, false, true])
    for entry in found {
      #expect(entry.value["clock"]?["monotonicUs"]?.integer ?? 0 > 0)
      #expect(entry.value["clock"]?["synchronised"]?.bool != nil)
      // Each column is what the record says: the row is made of nothing else.
      #expect(entry.row.quicklyRepeats, "\(entry.row)")
    }
    #expect(found.contains { $0.row.type == "recbridge.gap.v1" })
  }

  @Test func `a confirmed Stop is signed at once, and so is each heartbeat`() throws {
    let (stage, key) = try signedStage(heartbeat: .seconds(1))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
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
    let beat = try stage.event("heartbeat")
    #expect(beat["data"]?["agents"]?.integer == 1)
    #expect(beat["data"]?["openCommands"]?.integer == 0)
    #expect(beat["data"]?["observed"]?.integer == 1)
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
    let (stage, _) = try signedStage()
    defer { stage.close() }
    try stage.start()
    try stage.stop()
    let store = try Store.open(
      at: stage.configuration.store,
      access: .writing(
        identityIfNew: "x", TreeHasher { _, _ in InlineArray(repeating: 7) }))
    let latest = try #require(try store.latestCheckpoint())
    let forged = SignedNote(
      text: Checkpoint(
        origin: "test", size: latest.size, root: EntryHashing.hasher.emptyRoot
      ).text, signatures: [NoteSignature(name: "test", keyID: 1, signature: [1])])
    let sequence = store.lastSequence + 1
    try store.commit([
      .event(
        StoredEvent(
          sequence: sequence, type: "recbridge.checkpoint.v1", agent: "", call: nil,
          wallMicroseconds: 1, line: Array("{}".utf8))),
      .checkpoint(
        StoredCheckpoint(
          sequence: sequence, size: latest.size, wallMicroseconds: 1, note: "\(forged)")),
    ])
    store.close()
    try stage.start(isReady: false)
    try stage.wait("the agent is in sync") {
      try stage.get("/readyz").json?["agentsOutOfSync"].map { Array($0.elements).isEmpty } == true
    }
    let readiness = try stage.get("/readyz")
    #expect(readiness.status == 503)
    #expect(readiness.json?["audit"]?.string?.contains("not what checkpoint") == true)
    #expect(stage.log.contains { $0.contains("event=checkpoint-refused") })
  }
}
