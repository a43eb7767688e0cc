import Configuration
import Daemon
import Foundation
import JSON
import Privacy
import Simulator
import Store
import TestSupport
import Testing

/// Erasure and retention in a whole daemon, over real sockets, with a real store.
@Suite(.serialized) struct RemovalTests {
  /// In no identifier, port or time of the stage.
  private static let customer = "4987654321"

  private func stage() throws -> Stage {
    let stage = try Stage(deadline: .milliseconds(500))
    stage.configuration.audit = AuditSettings(
      key: Secret(try AuditKey(name: "test").reveal()), heartbeat: .seconds(1))
    return stage
  }

  private func withPrivacy(_ stage: Stage, _ age: Duration = .seconds(3_600)) {
    for field in PersonalField.allCases { stage.configuration.privacy.fields[field] = age }
  }

  /// A call of the customer on which a Stop was confirmed and unreadable messages came; it ended. The
  /// recording began and stopped again as often.
  private func endedCall(_ stage: Stage, times: Int = 1) throws -> String {
    var plan = CallPlan(agent: "alice")
    plan.recording = .recording
    plan.remoteNumber = Self.customer
    let call = try stage.simulator.createCall(plan)
    _ = try stage.event("call") { $0["subject"]?.string == call }
    _ = try stage.command("stop", call)
    let broken = #"{"messageType":"CallStateChangeMessage","call":{"id":7,"was":"\#(call)","#
    for _ in 0..<times {
      try stage.simulator.publishRaw(
        agent: "alice", channel: "/v2/me/calls",
        data: Array((broken + #""ani":"\#(Self.customer)","state":[]}}"#).utf8))
      try stage.simulator.setRecording(call, .recording)
      try stage.simulator.setRecording(call, .stopped)
    }
    try stage.wait("all is heard") {
      try stage.events("quarantine").count { $0["data"]?["call"]?.string == nil } >= times
    }
    try stage.simulator.endCall(call)
    _ = try stage.event("call") {
      $0["subject"]?.string == call && $0["data"]?["ended"]?.bool == true
    }
    return call
  }

  /// Whether the database, its log or the reserve hold the text anywhere.
  private func isOnDisk(_ stage: Stage, _ text: String) -> Bool {
    ["", "-wal", ".reserve"].contains { ending in
      let data = try? Data(contentsOf: URL(filePath: stage.configuration.store + ending))
      return data?.range(of: Data(text.utf8)) != nil
    }
  }

  /// The bytes of a message stand in its event as base64, in which no number is found.
  private func expectNoBytes(_ stage: Stage) throws {
    let path = "/v1/events?after=earliest&limit=1000&type=recbridge.quarantine.v1"
    let quarantined = try stage.get(path).lines
    #expect(!quarantined.isEmpty)
    for event in quarantined {
      for name in ["bytes", "sha256"] { #expect(event["data"]?[name]?.string == "(erased)") }
    }
  }

  private func erase(_ stage: Stage, _ call: String) throws -> JSONValue {
    let asked = try stage.post("/v1/erasures", #"{"call":"\#(call)","why":"asked to"}"#)
    try #require(asked.status == 202, "\(String(decoding: asked.body, as: UTF8.self))")
    let began = asked.json?["began"]?.string
    return try stage.event("erasure") { $0["data"]?["began"]?.string == began }
  }

  /// The value of a metric without labels, in whole numbers.
  private func metric(_ stage: Stage, _ name: String) throws -> Int64? {
    let text = String(decoding: try stage.get("/metrics").body, as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line?.split(separator: " ").last.flatMap { Double($0) }.map { Int64($0) }
  }

  private func opened<Value>(_ stage: Stage, _ body: (Store) throws -> Value) throws -> Value {
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    return try body(store)
  }

  /// Of entries and quarantined messages there are more than one piece takes. Mutation tried: each
  /// piece of entries leaves one out.
  @Test func `what was erased of a call is nowhere in the file, and the audit is what it was`()
    throws
  {
    let stage = try stage()
    withPrivacy(stage)
    defer { stage.close() }
    try stage.start()
    let call = try endedCall(stage, times: 40)
    #expect(isOnDisk(stage, Self.customer))
    let before = try opened(stage) { try $0.entries(after: 0, limit: 1_000) }
    for entry in before {
      let record = String(decoding: entry.record, as: UTF8.self)
      #expect(!record.contains(Self.customer), "\(record)")
    }
    // What is there opens what was committed.
    try opened(stage) { store in
      for entry in before {
        let values = try store.clearValues(ofEntry: entry.number).compactMap(ClearValue.init)
        let restored = Restoration.restore(
          entry.record, values, sha256: { EntryHashing.sha256($0) })
        #expect(restored != nil, "entry \(entry.number)")
      }
    }
    let end = try erase(stage, call)
    #expect(end["data"]?["erasedValues"]?.integer ?? 0 > 0)
    #expect(end["data"]?["erasedLines"]?.integer ?? 0 > 0)
    #expect(end["data"]?["erasedQuarantined"]?.integer == 40)
    #expect(end["data"]?["changedCommands"]?.integer == 1)
    #expect(end["data"]?["inClear"]?.integer == 0 && end["data"]?["resumed"] == nil)
    try stage.wait("the log is emptied") { !isOnDisk(stage, Self.customer) }
    let after = try opened(stage) { store in
      for number in try EntriesOfCall(call).everything(in: store).numbers {
        let left = try store.clearValues(ofEntry: number)
        #expect(left == [])
      }
      return try store.entries(after: 0, limit: 1_000)
    }
    #expect(Array(after.prefix(before.count)) == before)
    // Readers get the events with their cursors still, and no number.
    for event in try stage.events(after: "earliest") {
      #expect(!String(decoding: event.raw, as: UTF8.self).contains(Self.customer))
    }
    try expectNoBytes(stage)
    let asked = try stage.event("erasure") { $0["data"]?["action"]?.string == "began" }
    #expect(asked["data"]?["why"]?.string == "asked to")
    #expect(asked["data"]?["by"]?["uid"]?.integer != nil)
    let signed = try stage.get("/v1/audit/proof/\(after.count - 1)")
    #expect(signed.status == 200)
  }

  @Test func `a call that is live is not erased, and a kill in between is made good`() throws {
    let stage = try stage()
    withPrivacy(stage)
    defer { stage.close() }
    try stage.start()
    let live = try stage.recordedCall()
    #expect(try stage.post("/v1/erasures", #"{"call":"\#(live)","why":"w"}"#).status == 409)
    let call = try endedCall(stage)
    let asked = try stage.post("/v1/erasures", #"{"call":"\#(call)","why":"w"}"#)
    let began = try #require(asked.json?["began"]?.string)
    // Before the first piece: it is on record, and nothing was done.
    stage.kill()
    try stage.start()
    let end = try stage.event("erasure") { $0["data"]?["began"]?.string == began }
    // What was taken out before the kill is not counted, so it says that there was one.
    #expect(end["data"]?["resumed"]?.bool == true)
    try stage.wait("the log is emptied") { !isOnDisk(stage, Self.customer) }
  }

  @Test func `clear values and lines go when they are too old, and it is told`() throws {
    let stage = try stage()
    withPrivacy(stage, .seconds(1))
    defer { stage.close() }
    try stage.start()
    _ = try endedCall(stage)
    let end = try stage.event("retention") {
      $0["data"]?["action"]?.string == "ended" && $0["data"]?["erasedValues"]?.integer ?? 0 > 0
    }
    #expect(end["data"]?["removedEvents"]?.integer == 0)
    try stage.wait("nothing is left") { !isOnDisk(stage, Self.customer) }
    try expectNoBytes(stage)
    #expect(try stage.get("/metrics").status == 200)
  }

  @Test func `a group holds retention up, and both say so; then events go and cursors are gone`()
    throws
  {
    let stage = try stage()
    stage.configuration.retention = Retention(eventsAge: .seconds(2))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let first = try #require(try stage.events().first?["id"]?.string)
    #expect(try stage.put("/v1/groups/slow", #"{"at":"earliest"}"#).status == 201)
    try stage.wait("it is held") {
      stage.log.contains { $0.contains("event=retention-held") && $0.contains("group=slow") }
    }
    let metrics = String(decoding: try stage.get("/metrics").body, as: UTF8.self)
    #expect(metrics.contains(#"recbridge_retention_held_events{group="slow"}"#), "\(metrics)")
    // Mutation tried: the lag of the metrics is one less.
    func lag() throws -> Int64? { try stage.get("/v1/groups/slow").json?["lag"]?.integer }
    try stage.wait("nothing comes between three questions") {
      let (before, text) = (try lag(), try stage.get("/metrics").body)
      guard let after = try lag(), after == before else { return false }
      let line = "recbridge_group_lag_events{group=\"slow\"} \(after)\n"
      #expect(String(decoding: text, as: UTF8.self).contains(line))
      return true
    }
    #expect(try stage.get("/v1/events?after=\(first)&limit=1").status == 200)
    #expect(try stage.put("/v1/groups/slow", #"{"at":"latest"}"#).status == 200)
    let end = try stage.event("retention") {
      $0["data"]?["action"]?.string == "ended" && $0["data"]?["removedEvents"]?.integer ?? 0 > 0
    }
    #expect(stage.log.contains { $0.contains("event=retention-freed") })
    let gone = try stage.get("/v1/events?after=\(first)&limit=1")
    #expect(gone.status == 410)
    let oldest = try #require(gone.json?["oldest"]?.string)
    #expect(try stage.get("/v1/events?after=\(oldest)&limit=1").status == 200)
    #expect(end["id"] != nil)
    // A live call needs none of its events, here and after a restart.
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
    stage.kill()
    try stage.start()
    #expect(try stage.get("/v1/events?after=\(first)&limit=1").status == 410)
  }

  /// The platform takes the Stop and does nothing. Mutation tried: open commands are not looked at.
  @Test func `what an open command rests on stays, whatever its age`() throws {
    let stage = try Stage(deadline: .seconds(300))
    stage.configuration.retention = Retention(eventsAge: .seconds(1))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.ignoreCommand))
    let id = try stage.issue("stop", call)
    let first = try stage.event("command") { $0["data"]?["command"]?.string == id }
    // Nothing else is published, so it is the oldest that could become that old.
    try stage.wait("rounds have passed it") {
      try metric(stage, "recbridge_oldest_event_age_seconds") ?? 0 > 4
    }
    #expect(try stage.events(after: "earliest").first?["id"] == first["id"])
    #expect(try metric(stage, "recbridge_commands_open") == 1)
  }

  @Test func `with drop a group is moved, and that is told`() throws {
    let stage = try stage()
    stage.configuration.retention = Retention(eventsAge: .seconds(2), groups: .drop)
    defer { stage.close() }
    try stage.start()
    #expect(try stage.put("/v1/groups/slow", #"{"at":"earliest"}"#).status == 201)
    let dropped = try stage.event("retention") { $0["data"]?["action"]?.string == "dropped" }
    let group = dropped["data"]?["groups"]?.elements.first { _ in true }
    #expect(group?["group"]?.string == "slow")
    #expect(stage.log.contains { $0.contains("event=feed-lost-events") })
    try stage.wait("the group can be read") {
      try stage.get("/v1/groups/slow/events?limit=1").status == 200
    }
  }

  /// A group holds the events first. Looks are often because of an age that nothing has.
  @Test func `a store that grows too large shrinks to its size, as soon as no group holds it`()
    throws
  {
    let stage = try Stage()
    let sizeMax: Int64 = 2 << 20
    stage.configuration.retention = Retention(eventsAge: .seconds(150), eventsSizeBytes: sizeMax)
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    #expect(try stage.put("/v1/groups/slow", #"{"at":"latest"}"#).status == 201)
    let held = try #require(try stage.get("/v1/groups/slow").json?["cursor"]?.string)
    try stage.simulator.startBurst(call, count: 1_500)
    try stage.wait("the burst is stored") {
      try metric(stage, "recbridge_events_stored") ?? 0 > 1_500
    }
    #expect(try metric(stage, "recbridge_store_used_bytes") ?? 0 > sizeMax * 3 / 2)
    try stage.wait("it is held") {
      stage.log.contains { $0.contains("event=retention-held") && $0.contains("group=slow") }
    }
    #expect(try stage.get("/v1/events?after=\(held)&limit=1").status == 200)
    #expect(try stage.put("/v1/groups/slow", #"{"at":"latest"}"#).status == 200)
    try stage.wait("it has shrunk") {
      try metric(stage, "recbridge_store_used_bytes") ?? .max <= sizeMax
    }
    #expect(try stage.get("/v1/events?after=\(held)&limit=1").status == 410)
    // No more than that went.
    #expect(try metric(stage, "recbridge_store_used_bytes") ?? 0 > sizeMax / 2)
    #expect(try metric(stage, "recbridge_events_stored") ?? 0 > 100)
  }

  /// Mutation tried, found: an erasure is tried again until it goes on, before anything else.
  @Test func `an erasure that cannot go on keeps retention from nothing`() throws {
    let stage = try stage()
    withPrivacy(stage)
    stage.configuration.retention = Retention(eventsAge: .seconds(2))
    defer { stage.close() }
    try stage.start()
    let call = try endedCall(stage)
    let number = try opened(stage) { store in
      try #require(
        try EntriesOfCall(call).everything(in: store).numbers.first {
          try store.clearValueCount(ofEntries: $0...$0, field: nil) > 0
        })
    }
    try damage(
      store: stage.configuration.store, "entries",
      set: "record = CAST(replace(CAST(record AS TEXT), 'alice', 'alicf') AS BLOB)",
      where: "number = \(number)")
    let asked = try stage.post("/v1/erasures", #"{"call":"\#(call)","why":"w"}"#)
    let began = try #require(asked.json?["began"]?.string)
    try stage.wait("it is told") {
      stage.log.contains {
        $0.contains("event=store-unreadable") && $0.contains("entries \(number)")
      }
    }
    let position = try #require(began.split(separator: ".").last.flatMap { Int64($0) })
    _ = try stage.event("retention") { event in
      let cursor = event["id"]?.string?.split(separator: ".").last.flatMap { Int64($0) }
      return cursor ?? 0 > position && event["data"]?["action"]?.string == "ended"
    }
  }

  @Test func `records of entries go, proofs stay, and a kill in the middle is made good`() throws {
    let stage = try stage()
    stage.configuration.retention = Retention(
      eventsAge: .seconds(2), entriesAge: .seconds(2))
    defer { stage.close() }
    try stage.start()
    let call = try endedCall(stage)
    _ = try erase(stage, "another")
    let numbers = try opened(stage) { try EntriesOfCall(call).everything(in: $0).numbers }
    _ = try stage.event("retention") { $0["data"]?["entries"]?.integer ?? 0 > 0 }
    stage.kill()
    try stage.start()
    try stage.wait("the records of the call are gone") {
      try opened(stage) { try EntriesOfCall(call).everything(in: $0).entries.isEmpty }
    }
    for number in numbers {
      #expect(try stage.get("/v1/audit/proof/\(number)").status == 200)
    }
    // What says who was there, who asked, and what went, is kept. Mutation tried: not who asked.
    func records() throws -> [(type: String, isPruned: Bool)] {
      try opened(stage) { try $0.entriesAsStored(after: 0, limit: 1_000) }
        .map { ($0.type, $0.isPruned) }
    }
    try stage.wait("what came behind the erasure has gone, too") {
      let all = try records()
      guard let last = all.lastIndex(where: { $0.type == "recbridge.erasure.v1" }) else {
        return false
      }
      return all[last...].contains { $0.isPruned }
    }
    for kept in ["daemon", "erasure", "retention"] {
      #expect(try records().allSatisfy { $0.type != "recbridge.\(kept).v1" || !$0.isPruned })
    }
    try stage.stop()
    let inspected = try Store.open(at: stage.configuration.store, access: .inspecting)
    defer { inspected.close() }
    #expect(try inspected.fsck().findings == [])
  }
}
