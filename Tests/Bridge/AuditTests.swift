import Commands
import JSON
import Testing

@testable import Bridge

/// What the daemon says of itself.
@Suite struct AuditTests {
  private func fingerprint(_ parts: [String: String]) -> Fingerprint {
    Fingerprint(
      parts: parts.sorted { $0.key < $1.key }.map { Fingerprint.Part(name: $0, digest: $1) },
      digest: "all")
  }

  private func launch(
    key: String?, _ parts: [String: String], after former: Launch.Former? = nil
  ) -> Launch {
    Launch(
      version: "1", site: "hq", platform: "https://p", profile: "gws-v2", agents: ["alice"],
      deadline: .seconds(10), uids: [], gids: [], uid: 0, key: key, endorsement: nil,
      heartbeat: .seconds(60), configuration: fingerprint(parts), former: former)
  }

  private func started(_ launch: Launch) throws -> JSONValue {
    var scene = try Scene()
    scene.feed(.occurred(.started(launch)))
    return try JSONValue.parse(try #require(scene.entries.first).record)
  }

  @Test func `a start names the parts that are not as in the run before, and another key`() throws {
    let parts = ["site": "1", "feeds": "2", "audit": "3"]
    let first = try started(launch(key: "k1", parts))
    #expect(first["differs"] == nil && first["keyBefore"] == nil)
    let entered = try #require(first["configuration"].flatMap { Fingerprint($0) })
    #expect(entered == fingerprint(parts))
    let former = Launch.Former(key: "k1", configuration: entered)
    let same = try started(launch(key: "k1", parts, after: former))
    #expect(same["differs"].map { Array($0.elements).count } == 0 && same["keyBefore"] == nil)
    let other = try started(
      launch(key: nil, ["site": "1", "feeds": "7", "groups": "4"], after: former))
    #expect(
      other["differs"]?.elements.compactMap(\.string) == ["feeds", "groups", "audit"])
    #expect(other["keyBefore"]?.string == "k1" && other["key"] == nil)
    let signed = try started(
      launch(key: "k2", parts, after: Launch.Former(key: nil, configuration: nil)))
    #expect(signed["keyBefore"]?.string == "none" && signed["differs"] == nil)
  }

  @Test func `a checkpoint is to be kept elsewhere once it is stored, and waits for a store`()
    throws
  {
    var scene = try Scene()
    let checkpoint = SignedCheckpoint(origin: "o", size: 3, note: "note\n")
    let turn = scene.bridge.handle(.occurred(.signed(checkpoint)), at: scene.now)
    #expect(turn.writes.contains { if case .checkpoint = $0 { true } else { false } })
    guard case .anchor(checkpoint)? = turn.effects.first else {
      Issue.record("\(turn.effects)")
      return
    }
    #expect(turn.effects.map(scene.bridge.passage) == [.waits])
  }

  /// What has just been confirmed is on record for good; what was not can wait for the heartbeat.
  @Test func `a confirmed Stop or Pause calls for a checkpoint at once, nothing else of commands`()
    throws
  {
    for (operation, state) in [
      (Operation.stop, "Stopped"), (.pause, "Paused"), (.resume, "Recording"), (.stop, "Paused"),
    ] {
      var scene = try Scene()
      try scene.settle(Scene.call(operation == .resume ? "Paused" : "Recording"))
      let before = scene.entries.count
      scene.ask(operation)
      try scene.answer("/calls/C1", #"{"statusCode":0}"#)
      try scene.hear(Scene.call(state))
      let calling = scene.entries.dropFirst(before).filter(\.callsForCheckpoint)
      let isConfirmed = operation != .resume && (operation == .pause) == (state == "Paused")
      #expect(calling.count == (isConfirmed ? 1 : 0), "\(operation) \(state)")
      for entry in calling {
        let grade = try JSONValue.parse(entry.record)["grade"]?.string
        #expect(entry.type == .command && grade == "confirmed.notified")
      }
    }
  }

  @Test func `a timestamp is an entry with its checkpoint and its token`() throws {
    var scene = try Scene()
    let checkpoint = SignedCheckpoint(origin: "o", size: 3, note: "note\n")
    scene.feed(
      .occurred(
        .stamped(
          StampedCheckpoint(
            anchor: "tsa", checkpoint: checkpoint, time: .seconds(1_700_000_000), policy: "1.2.3",
            serial: "0a", token: "AAAA"))))
    let entry = try JSONValue.parse(try #require(scene.entries.first).record)
    #expect(entry["type"]?.string == "recbridge.timestamp.v1")
    #expect(entry["note"]?.string == "note\n" && entry["size"]?.integer == 3)
    #expect(entry["token"]?.string == "AAAA" && entry["anchor"]?.string == "tsa")
    #expect(entry["stampedAt"]?.string == "2023-11-14T22:13:20.000000Z")
    // Nothing is signed for it alone, or a timestamp would lead to the next one.
    #expect(scene.anchored.isEmpty)
  }
}
