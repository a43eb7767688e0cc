import Configuration
import Daemon
import Glibc
import JSON
import Simulator
import TestSupport
import Testing

/// Holds the daemon's real events to the schemas that other programs rely on.
@Suite(.serialized) struct SchemaTests {
  @Test func `every kind of event is as its schema says`() throws {
    let stage = try Stage(deadline: .seconds(1))
    defer { stage.close() }
    stage.configuration.audit = AuditSettings(
      key: Secret(try AuditKey(name: "test").reveal()), heartbeat: .seconds(1))
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    try stage.simulator.setRecording(call, .recording)
    _ = try stage.event("restarted")
    _ = try stage.command("pause", call)
    stage.simulator.arm(Fault(.lyingWitness(.attachedData)))
    _ = try stage.command("stop", call)
    let id = try #require(try stage.exceptions().first?["command"]?.string)
    #expect(try stage.post("/v1/exceptions/\(id)/acknowledge", #"{"why":"w"}"#).status == 200)
    stage.simulator.arm(Fault(.withoutCall))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    _ = try stage.event("quarantine")
    try stage.simulator.publishRaw(
      agent: "alice", channel: "/v2/me/devices",
      data: Array(#"{"messageType":"DeviceStateChangeMessage","devices":[]}"#.utf8))
    _ = try stage.event("notification")
    try stage.simulator.endCall(call)
    _ = try stage.event("call") { $0["data"]?["ended"]?.bool == true }
    _ = try stage.event("heartbeat")
    #expect(try stage.put("/v1/groups/g", #"{"at":"latest"}"#).status == 201)
    #expect(try stage.put("/v1/groups/g", #"{"at":"earliest"}"#).status == 200)
    let moved = try stage.event("group") { $0["data"]?["action"]?.string == "moved-back" }
    #expect(moved["data"]?["by"]?["uid"]?.integer == Int64(getuid()))
    #expect(moved["data"]?["by"]?["name"]?.string != nil)
    // Who asked has a name.
    let first = try #require(try stage.events("command").first)
    #expect(first["data"]?["origin"]?["name"]?.string != nil)
    let events = try stage.events()
    var kinds: Set<String> = []
    for event in events {
      let type = try #require(event["type"]?.string)
      kinds.insert(type)
      #expect(try Schema.violations(event) == [], "\(String(decoding: event.raw, as: UTF8.self))")
    }
    #expect(kinds.count == 14, "\(kinds.sorted())")
  }

  @Test func `the check of the schemas finds what is wrong`() throws {
    let schema = try Schema(file: "schemas/events/gap.v1.schema.json")
    let bad = try JSONValue.parse(
      Array(#"{"specversion":"2.0","data":{"agent":1,"extra":true},"id":"x"}"#.utf8))
    let violations = schema.violations(bad)
    #expect(violations.contains { $0.contains("specversion") })
    #expect(violations.contains { $0.contains("data.agent") })
    #expect(violations.contains { $0.contains("extra") })
    #expect(violations.contains { $0.contains("type is missing") })
    #expect(violations.contains { $0.contains("id does not match") })
  }
}
