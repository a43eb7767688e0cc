import Configuration
import Daemon
import Foundation
import JSON
import Privacy
import Simulator
import Store
import TestSupport
import Testing

/// What `audit verify` and an auditor's own tools say of a store from which things were taken out.
@Suite(.serialized) struct RemovalAuditTests {
  private struct Said {
    let code: Int32
    let out: String
  }

  private func run(_ program: String, _ arguments: [String], in folder: String) throws -> Said {
    let file = "\(folder)/file"
    _ = try? FileManager.default.removeItem(atPath: file)
    let process = try ChildProcess(
      program, arguments, output: .file(file), errors: .file(file))
    let code = process.wait()
    return Said(code: code, out: readText(file) ?? "")
  }

  private func verify(_ store: String, _ stage: Stage) throws -> Said {
    try run(try builtExecutable(), ["audit", "verify", store], in: stage.folder)
  }

  private func call(_ stage: Stage) throws -> String {
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    try stage.simulator.endCall(call)
    _ = try stage.event("call") {
      $0["subject"]?.string == call && $0["data"]?["ended"]?.bool == true
    }
    return call
  }

  private func opened<Value>(_ stage: Stage, _ body: (Store) throws -> Value) throws -> Value {
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    return try body(store)
  }

  /// A store with a call whose records were pruned, one that was erased and one in clear.
  private func prepared(_ stage: Stage) throws -> (erased: String, clear: String) {
    stage.configuration.audit = AuditSettings(
      key: Secret(try AuditKey(name: "test").reveal()), heartbeat: .seconds(1))
    for field in PersonalField.allCases {
      stage.configuration.privacy.fields[field] = .seconds(3_600)
    }
    stage.configuration.retention = Retention(eventsAge: .seconds(2), entriesAge: .seconds(2))
    try stage.start()
    let pruned = try call(stage)
    try stage.wait("the records of the call are gone") {
      try opened(stage) { try EntriesOfCall(pruned).everything(in: $0).entries.isEmpty }
    }
    try stage.stop()
    stage.configuration.retention = Retention()
    try stage.start()
    let erased = try call(stage)
    let asked = try stage.post("/v1/erasures", #"{"call":"\#(erased)","why":"w"}"#)
    try #require(asked.status == 202)
    let began = asked.json?["began"]?.string
    // Read on from there: what was before it may be gone.
    try stage.wait("it is erased") {
      try stage.get("/v1/events?after=\(began ?? "")&type=recbridge.erasure.v1").lines
        .contains { $0["data"]?["began"]?.string == began }
    }
    let clear = try call(stage)
    try stage.stop()
    return (erased, clear)
  }

  @Test func `the audit verifies, says what is gone, and every tamper of the rest is found`()
    throws
  {
    let stage = try Stage(deadline: .milliseconds(500))
    defer { stage.close() }
    let calls = try prepared(stage)
    let clean = try verify(stage.configuration.store, stage)
    #expect(clean.code == 0, "\(clean.out)")
    #expect(clean.out.contains("records pruned by retention, up to entry "), "\(clean.out)")
    #expect(clean.out.contains("personal values stand as commitments: "), "\(clean.out)")
    #expect(!clean.out.contains(" 0 are gone"), "\(clean.out)")
    for call in [calls.erased, calls.clear] { try export(call, stage) }
    let numbers = try opened(stage) { store in
      var numbers: (pruned: Int64, whole: Int64, daemon: Int64) = (0, 0, 0)
      try store.forEachEntry { entry in
        if entry.isPruned {
          numbers.pruned = entry.number
        } else if entry.type == "recbridge.daemon.v1" {
          numbers.daemon = numbers.daemon == 0 ? entry.number : numbers.daemon
        } else if entry.type == "recbridge.command.v1" {
          numbers.whole = entry.number
        }
      }
      return numbers
    }
    let take =
      "UPDATE entries SET record = x'', pruned_us = 1 WHERE number = "
    for (sql, finding) in [
      (take + "\(numbers.whole);", "entry \(numbers.whole): its record is missing, and nothing"),
      (take + "\(numbers.daemon);", "entry \(numbers.daemon): its record is missing, and retent"),
      (
        "UPDATE entries SET nodes = zeroblob(length(nodes)) WHERE number = \(numbers.pruned);",
        "are not what was signed"
      ),
      ("DELETE FROM entries WHERE number = \(numbers.pruned);", "\(numbers.pruned) is missing"),
      (
        "UPDATE clear_values SET value = CAST('\"1\"' AS BLOB)"
          + " WHERE place = (SELECT min(place) FROM clear_values);",
        "is not what was committed"
      ),
    ] {
      let said = try verify(try tampered(stage, sql), stage)
      #expect(said.code == 65, "\(sql) \(said.out)")
      #expect(said.out.contains(finding), "\(sql) \(said.out)")
    }
  }

  /// What an auditor takes home, checked with a shell, openssl and sha256sum.
  private func export(_ call: String, _ stage: Stage) throws {
    let folder = "\(stage.folder)/export"
    defer { _ = try? FileManager.default.removeItem(atPath: folder) }
    let exported = try run(
      try builtExecutable(),
      ["audit", "export", "--call", call, "--to", folder, "--store", stage.configuration.store],
      in: stage.folder)
    #expect(exported.code == 0, "\(exported.out)")
    let verified = try run("/bin/sh", ["\(folder)/verify.sh"], in: stage.folder)
    #expect(verified.code == 0, "\(verified.out)")
  }

  /// A copy of the store, changed by the sqlite3 shell without the triggers, which are put back.
  private func tampered(_ stage: Stage, _ sql: String) throws -> String {
    let copy = "\(stage.folder)/r.sock"
    _ = try? FileManager.default.removeItem(atPath: copy)
    try FileManager.default.copyItem(atPath: stage.configuration.store, toPath: copy)
    let listed = try run(
      "/usr/bin/sqlite3",
      [
        copy,
        "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger';"
          + " SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger'",
      ], in: stage.folder)
    let lines = listed.out.split(separator: "\n").map(String.init)
    let drops = lines.filter { $0.hasPrefix("DROP") }
    let creates = lines.filter { !$0.hasPrefix("DROP") }
    let script = (drops + [sql] + creates).joined(separator: "\n")
    let changed = try run("/usr/bin/sqlite3", ["-bail", copy, script], in: stage.folder)
    try #require(changed.code == 0, "\(changed.out)")
    return copy
  }
}
