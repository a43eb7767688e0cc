import Configuration
import Daemon
import JSON
import Simulator
import TestSupport
import Testing

/// One row of long ago that is damaged, under a daemon that runs: it fails for whoever asks for it,
/// and Stops go on.
@Suite(.serialized) struct DamageTests {
  private func expectStop(_ stage: Stage, _ call: String) throws {
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
    #expect(stage.ending == nil)
  }

  @Test func `an event that cannot be read is refused with its place, again and again`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let events = try stage.events()
    let cursors = events.compactMap { $0["id"]?.string }
    try damage(
      store: stage.configuration.store, "events", set: "line = X'7B7D'", where: "sequence = 3")
    for _ in 0..<2 {
      let reply = try stage.get("/v1/events?after=\(cursors[1])")
      #expect(reply.status == 503)
      #expect(reply.json?["detail"]?.string?.contains("events 3") == true)
    }
    // What is before it and behind it can be read.
    #expect(try stage.get("/v1/events?limit=2").lines == Array(events[..<2]))
    #expect(try stage.get("/v1/events?after=\(cursors[2])").lines.first == events[3])
    try expectStop(stage, call)
    #expect(stage.log.filter { $0.contains("event=store-unreadable") }.count == 1)
  }

  @Test func `a proof over a row without its nodes is refused`() throws {
    let stage = try Stage()
    defer { stage.close() }
    stage.configuration.audit = AuditSettings(key: Secret(try AuditKey(name: "test").reveal()))
    try stage.start()
    let call = try stage.recordedCall()
    try stage.wait("the first entries are signed") {
      try stage.get("/v1/audit/proof/2").status == 200
    }
    try damage(store: stage.configuration.store, "entries", set: "nodes = X''", where: "number = 1")
    let reply = try stage.get("/v1/audit/proof/2")
    #expect(reply.status == 503)
    #expect(reply.json?["detail"]?.string?.contains("entries 1") == true)
    try expectStop(stage, call)
  }

  @Test func `a feed stops before it, says why, and goes on behind it once it is moved there`()
    throws
  {
    let stage = try Stage()
    defer { stage.close() }
    let path = "\(stage.folder)/file"
    stage.configuration.feeds = [
      Feed(name: "all", destination: .file(FileFeed(path: path)))
    ]
    try stage.start()
    let call = try stage.recordedCall()
    func feed() throws -> JSONValue { try #require(try stage.get("/v1/groups/feed:all").json) }
    func lines() -> [String] { (readText(path) ?? "").split(separator: "\n").map(String.init) }
    try stage.wait("the feed has no lag") { try feed()["lag"]?.integer == 0 }
    let delivered = lines()
    try damage(
      store: stage.configuration.store, "events", set: "line = X'7B7D'", where: "sequence = 3")
    #expect(try stage.put("/v1/groups/feed:all", #"{"at":"earliest"}"#).status == 200)
    try stage.wait("the feed says what it cannot read") {
      try feed()["problem"]?.string?.contains("events 3") ?? false
    }
    #expect(Array(lines().dropFirst(delivered.count)) == Array(delivered[..<2]))
    try expectStop(stage, call)
    let third = try #require(try JSONValue.parse(Array(delivered[2].utf8))["id"]?.string)
    #expect(try stage.put("/v1/groups/feed:all", "{\"at\":\"\(third)\"}").status == 200)
    try stage.wait("the feed goes on") {
      let feed = try feed()
      return feed["lag"]?.integer == 0 && feed["problem"] == nil
    }
    let again = lines().dropFirst(delivered.count + 2)
    #expect(again.starts(with: delivered[3...]) && Set(again).count == again.count)
  }

  /// Its key is refused, for nobody can tell what it was given for.
  @Test func `a command that has ended and cannot be read keeps no daemon from starting`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let first = try stage.command("stop", call, key: "k1")
    let id = try #require(first["command"]?.string)
    try stage.stop()
    try damage(store: stage.configuration.store, "commands", set: "record = X'7B7D'", where: "1")
    try stage.start()
    let other = try stage.recordedCall()
    #expect(try stage.get("/v1/commands/\(id)").status == 503)
    let body = #"{"operation":"stop","call":"\#(other)","key":"k1"}"#
    #expect(try stage.post("/v1/commands", body).status == 503)
    try expectStop(stage, other)
    #expect(stage.log.contains { $0.contains("event=store-unreadable") && $0.contains(id) })
  }
}
