import Configuration
import Glibc
import JSON
import Store
import TestSupport
import Testing

@testable import Daemon
@testable import Simulator

/// A disk that is full, fails or is read-only: Stop and Pause leave, Start and Resume do not, and
/// afterwards the store has the whole story.
@Suite(.serialized) struct EmergencyTests {
  /// A stage whose disk can be given faults.
  private func stage(
    agents: [String] = ["alice"], deadline: Duration = .seconds(60)
  ) throws -> Stage {
    let stage = try Stage(deadline: deadline, agents: agents) { $0.acknowledgement = .offered }
    stage.disk(nil)
    return stage
  }

  @Test
  func `with a full disk a stop leaves, a start is refused, and later the store is told`() throws {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let before = try stage.events().count
    let connects = stage.simulator.model.counters.connects
    stage.disk(.full(afterWrites: 0))
    let stop = try stage.ask("stop", call, key: "k1")
    #expect(stop.status == 202)
    let id = try #require(stop.json?["command"]?.string)
    try stage.wait("the recording has stopped") { stage.recording(call) == .stopped }
    try stage.wait("the evidence is complete") {
      stage.evidence(id).contains { $0.contains("status=final") }
    }
    #expect(stage.evidence(id).first?.contains("status=issued") == true)
    for part in ["level=error", "call=\(call)", "agent=alice", "operation=stop", "key=k1", "uid="] {
      #expect(stage.evidence(id).allSatisfy { $0.contains(part) }, "\(part)")
    }
    try expectEmergency(stage)
    let start = try stage.ask("start", call)
    #expect(start.status == 503)
    #expect(start.json?["type"]?.string == "urn:recbridge:problem:store-unavailable")
    #expect(start.json?["detail"]?.string?.contains("Stop and Pause are still") == true)
    #expect(stage.recording(call) == .stopped)
    // What was committed can be read; what was not cannot be seen, but for the command on record.
    #expect(try stage.events().count == before)
    #expect(try stage.get("/v1/calls").status == 503)
    #expect(try stage.get("/v1/commands/\(id)").json?["status"]?.string == "final")
    let again = try stage.ask("stop", call, key: "k1")
    #expect(again.status == 200)
    #expect(again.json?["command"]?.string == id)
    // The next connect would acknowledge what is not stored.
    #expect(stage.simulator.model.counters.connects == connects)

    stage.disk(nil)
    try stage.wait("it is ready again") { try stage.get("/readyz").status == 200 }
    try expectStory(stage, of: [id])
    let command = try stage.final(id)
    #expect(command["grade"]?.string == "confirmed.notified")
    #expect(try stage.exceptions().isEmpty)
    #expect(try stage.command("start", call)["grade"]?.string == "confirmed.notified")
    #expect(try stage.entries() == [id])
    #expect(try stage.reserve().isEmpty)
  }

  @Test func `a start that finds the disk full is refused, and does not leave later either`() throws
  {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("pause", call)
    stage.disk(.full(afterWrites: 0))
    let resume = try stage.ask("resume", call)
    #expect(resume.status == 503)
    stage.disk(nil)
    try stage.wait("it is ready again") { try stage.get("/readyz").status == 200 }
    let told = try stage.event("command") {
      $0["data"]?["operation"]?.string == "resume" && $0["data"]?["grade"]?.string == "rejected"
    }
    #expect(told["data"]?["evidence"]?["message"]?.string?.hasPrefix("not sent") == true)
    #expect(stage.recording(call) == .paused)
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
  }

  @Test func `a process killed with a full disk is told of by the next one, once`() throws {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let calls = [try stage.recordedCall(), try stage.recordedCall()]
    stage.disk(.full(afterWrites: 0))
    var ids: [String] = []
    for (call, operation) in zip(calls, ["stop", "pause"]) {
      let reply = try stage.ask(operation, call, key: operation)
      ids.append(try #require(reply.json?["command"]?.string))
    }
    try stage.wait("both have happened") {
      stage.recording(calls[0]) == .stopped && stage.recording(calls[1]) == .paused
    }
    stage.kill()
    let kept = try stage.reserveBytes()
    stage.disk(nil)
    try stage.start()
    try expectStory(stage, of: ids)
    for (index, operation) in ["stop", "pause"].enumerated() {
      #expect(try stage.final(ids[index])["grade"]?.string?.hasPrefix("confirmed.") == true)
      let again = try stage.ask(operation, calls[index], key: operation)
      #expect(again.status == 200)
      #expect(again.json?["command"]?.string == ids[index])
    }
    let told = try stage.events().count
    stage.kill()
    // As if the process had been killed after it had told the store and before it cleared.
    try stage.putReserve(kept)
    try stage.start()
    #expect(try stage.events("outage").count == 1)
    #expect(try stage.events("command").filter { $0["data"]?["emergency"]?.bool == true }.count > 1)
    #expect(try stage.events().count >= told)
    #expect(try stage.reserve().isEmpty)
  }

  @Test func `a sync that fails ends the process, and the next start recovers`() throws {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.disk(.failingSync)
    try stage.simulator.setRecording(call, .paused)
    try stage.wait("the daemon has ended") { stage.ending != nil }
    #expect(stage.ending == .storeLost)
    #expect(stage.log.contains { $0.contains("event=store-lost") })
    stage.disk(nil)
    try stage.start()
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
    #expect(try stage.events("outage").isEmpty)
  }

  /// Mutations tried that make it fail: `isOutage` without `inputOutput`; exchanges leave as well.
  @Test(arguments: [
    FaultyDisk.Fault.readOnly, .full(afterWrites: 0), .failingSync,
  ])
  func `with a store that takes no write at the start a stop leaves`(fault: FaultyDisk.Fault) throws
  {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    try stage.stop()
    stage.disk(fault)
    try stage.start(isReady: false)
    try expectEmergency(stage)
    for path in ["/v1/events", "/v1/commands", "/v1/exceptions", "/v1/calls"] {
      let reply = try stage.get(path)
      #expect(reply.status == 503)
      #expect(reply.json?["type"]?.string == "urn:recbridge:problem:store-unavailable")
    }
    let stop = try stage.ask("stop", call, key: "k1")
    #expect(stop.status == 202)
    let id = try #require(stop.json?["command"]?.string)
    try stage.wait("the recording has stopped") { stage.recording(call) == .stopped }
    try stage.wait("the platform has answered") {
      stage.evidence(id).contains { $0.contains("status=accepted") }
    }
    let start = try stage.ask("start", call)
    #expect(start.status == 503)
    // Another process without the store knows what the one before did.
    stage.kill()
    try stage.start(isReady: false)
    let again = try stage.ask("stop", call, key: "k1")
    #expect(again.status == 200)
    #expect(again.json?["command"]?.string == id)

    stage.disk(nil)
    try stage.wait("the store was found") { stage.ending == .storeFound }
    try stage.start()
    try expectStory(stage, of: [id])
    #expect(try stage.final(id)["grade"]?.string == "confirmed.resynced")
    #expect(try stage.ask("stop", call, key: "k1").json?["command"]?.string == id)
    #expect(try stage.entries() == [id])
    #expect(try stage.reserve().isEmpty)
  }

  @Test func `a key that is used again while nobody can know that stays with its first command`()
    throws
  {
    let stage = try stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let first = try stage.command("pause", call, key: "k1")
    try stage.stop()
    stage.disk(.readOnly)
    try stage.start(isReady: false)
    let stop = try stage.ask("stop", call, key: "k1")
    let id = try #require(stop.json?["command"]?.string)
    stage.disk(nil)
    try stage.wait("the store was found") { stage.ending == .storeFound }
    try stage.start()
    try expectStory(stage, of: [id])
    let reply = try stage.ask("pause", call, key: "k1")
    #expect(reply.json?["command"]?.string == first["command"]?.string)
  }

  @Test func `with several agents and no store the agent must be named`() throws {
    let stage = try stage(agents: ["alice", "bob"])
    defer { stage.close() }
    var plan = CallPlan(agent: "bob")
    plan.recording = .recording
    let call = try stage.simulator.createCall(plan)
    stage.disk(.readOnly)
    try stage.start(isReady: false)
    let unnamed = try stage.ask("stop", call)
    #expect(unnamed.status == 404)
    #expect(unnamed.json?["detail"]?.string?.contains("name the agent") == true)
    let named = try stage.ask("stop", call, agent: "bob")
    #expect(named.status == 202)
    try stage.wait("the recording has stopped") { stage.recording(call) == .stopped }
    try stage.stop()
  }

  @Test func `what waits for the disk is bounded`() {
    var hold = EmergencyHold()
    let line = [UInt8](repeating: 0x78, count: 1 << 20)
    var count = 0
    while !hold.isOverfull, count < 100 {
      hold.add([
        .session(StoredSession(agent: "alice", record: line))
      ])
      count += 1
    }
    #expect(count == 64)
  }

  // MARK: -

  private func expectEmergency(_ stage: Stage) throws {
    let ready = try stage.get("/readyz")
    #expect(ready.status == 503)
    #expect(ready.json?["store"]?.string == "store-unavailable")
    #expect(ready.json?["reason"]?.string?.contains("store.db") == true)
    let health = try stage.get("/healthz")
    #expect(health.status == 200)
    #expect(health.json?["status"]?.string == "emergency")
    #expect(stage.log.filter { $0.contains("event=store-unavailable") }.count == 1)
  }

  /// The events are complete and in order; each command moved as a command does, marked as in
  /// emergency, and one event after them tells of the outage.
  private func expectStory(_ stage: Stage, of ids: [String]) throws {
    let events = try stage.events()
    let numbers = events.compactMap { $0["sequence"]?.string.flatMap { Int($0) } }
    #expect(numbers == Array(1...events.count))
    let outage = try #require(events.firstIndex { $0["type"]?.string == "recbridge.outage.v1" })
    #expect(events.filter { $0["type"]?.string == "recbridge.outage.v1" }.count == 1)
    let data = try #require(events[outage]["data"])
    #expect(data["commands"]?.elements.compactMap(\.string) == ids)
    let from = try #require(data["from"]?.string)
    #expect(from <= data["to"]?.string ?? "")
    #expect(data["reason"]?.string?.contains("store.db") == true)
    #expect(data["lostRecords"]?.integer == 0)
    for id in ids {
      let moves = events[..<outage].filter { $0["type"]?.string == "recbridge.command.v1" }
        .compactMap(\.["data"]).filter { $0["command"]?.string == id }
      #expect(moves.first?["status"]?.string == "issued")
      #expect(moves.dropFirst().allSatisfy { $0["emergency"]?.bool == true })
      #expect(moves.count > 1)
      let states = moves.compactMap { $0["status"]?.string }
      #expect(states == ["issued", "sent", "accepted", "final"].filter(states.contains))
    }
    for event in events {
      #expect(try Schema.violations(event) == [], "\(String(decoding: event.raw, as: UTF8.self))")
    }
  }
}

extension Stage {
  /// Below the store and SQLite.
  func disk(_ fault: FaultyDisk.Fault?) { FaultyDisk.set(fault, below: folder) }

  /// What is true on the platform.
  func recording(_ call: String) -> RecordingState? { simulator.model.calls[call]?.recording }

  /// Asks for a command, however that ends.
  func ask(
    _ operation: String, _ call: String, agent: String? = nil, key: String? = nil
  ) throws -> Reply {
    let body = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("call", call)
        writer.member("operation", operation)
        writer.member("agent", agent)
        writer.member("key", key)
      }
    }
    return try post("/v1/commands", String(decoding: body, as: UTF8.self))
  }

  /// The log's lines about a command in emergency.
  func evidence(_ command: String) -> [String] {
    log.filter { $0.contains("event=emergency-evidence command=\(command) ") }
  }

  /// The commands of the audit's entries.
  func entries() throws -> [String] {
    let store = try Store.open(at: configuration.store, access: .reading)
    defer { store.close() }
    return try store.entries(after: 0, limit: 100).filter {
      $0["operation"]?.string == "stop" && $0["grade"] != nil
    }.compactMap { $0["command"]?.string }
  }

  private var reserveFile: String { configuration.store + ".reserve" }

  /// The whole file, also while a daemon has it.
  func reserveBytes() throws -> [UInt8] { Array(try #require(readText(reserveFile)).utf8) }

  func reserve() throws -> Reserve.Contents {
    let kept = folder + "/file"
    try writeText(String(decoding: reserveBytes(), as: UTF8.self), to: kept + ".reserve")
    // The path is copied for the time of the call.
    defer { unsafe _ = unlink(kept + ".reserve") }
    return try Reserve(storePath: kept).contents
  }

  func putReserve(_ bytes: [UInt8]) throws {
    try writeText(String(decoding: bytes, as: UTF8.self), to: reserveFile)
  }
}
