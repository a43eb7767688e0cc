import HTTP
import JSON
import Loop
import TestSupport
import Testing

@testable import Simulator

/// The real daemon on real sockets: 200 calls, three clients who ask at random, faults at random,
/// and ten kills in between. Afterwards the simulator's truth is held against every grade.
@Suite(.serialized) struct ManyCommandsTests {
  private static let agents = ["alice", "bob"]
  private static let calls = 200
  private static let kills = 10

  @Test
  func `every command has one grade, and the platform's truth agrees with it`() throws {
    let seed =
      environmentVariable("RECBRIDGE_KILL_SEED").flatMap(UInt64.init)
      ?? UInt64.random(in: 0...UInt64.max)
    print("many commands: RECBRIDGE_KILL_SEED=\(seed) repeats these choices")
    try withGround(agents: Self.agents, deadline: "3s", isReady: false) {
      $0.holdTimeout = .seconds(5)
      $0.maxInterval = .seconds(2)
      $0.acknowledgement = .offered
    } _: { ground in
      var random = SplitMix(seed: seed)
      let load = ManyCommands(
        ground, seed: random.next(), agents: Self.agents, calls: Self.calls, clients: 3)
      defer { load.close() }
      try ground.bridge.waitUntilReady()
      load.start()
      for _ in 0..<Self.kills {
        let end = ground.scene.loop.now + random.duration(upTo: 2_500)
        _ = ground.scene.loop.run(
          until: { ground.scene.loop.now >= end }, within: .seconds(20))
        ground.bridge.kill()
        try ground.bridge.begin()
      }
      try ground.scene.wait(for: "an answer to every wish", within: .seconds(240)) { load.isDone }
      ground.simulator.clearFaults()
      try ground.bridge.waitUntilReady()
      try ground.scene.wait(for: "the end of every command") {
        let readiness = ground.bridge.get("/readyz")?.body ?? []
        return (try? JSONValue.parse(readiness))?["openCommands"]?.integer == 0
      }
      let record = try CommandRecord(try ground.storedLines())
      record.expectOneGradeEach(load, seed)
      record.expectEvidence(seed)
      record.expectSentOnce(load, seed)
      record.expectTruth(load, seed)
      ground.bridge.stop()
      #expect(try ground.recbridge("fsck", ground.bridge.store).code == 0, "seed \(seed)")
    }
  }
}
