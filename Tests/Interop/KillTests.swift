import Glibc
import HTTP
import JSON
import Loop
import Store
import TestSupport
import Testing

@testable import Simulator

/// The daemon is ended by SIGKILL again and again, on the same store, while everybody is at work.
///
/// The simulator runs in the test, so that what the platform received is known and not asked for.
/// Three subscribers read all the time: one of finite answers that counts what a cut answer held,
/// one of streams, and `recbridge tail`.
@Suite(.serialized) struct KillTests {
  private static let agents = ["alice", "bob"]

  /// What the platform offers, and how often the daemon is killed over it.
  struct Way: CustomTestStringConvertible {
    let webSocket: SimulatorSettings.WebSocket
    let acknowledgement: SimulatorSettings.Acknowledgement
    var kills = 50

    var testDescription: String {
      "\(kills) kills, WebSocket \(webSocket), acknowledgement \(acknowledgement)"
    }
  }

  private static let ways = [
    Way(webSocket: .off, acknowledgement: .off),
    Way(webSocket: .off, acknowledgement: .offered),
    Way(webSocket: .offered, acknowledgement: .offered),
  ]

  /// Tried in the daemon, each fails it: effects let out before the commit, or open commands sent
  /// again after a restart (the platform hears of them twice); a gap that begins at the restart
  /// instead of before the kill (lost notifications lie in no gap); keys that are looked up in
  /// memory only (the store refuses the second command of a key, and the daemon ends).
  @Test(arguments: ways)
  func `fifty kills under load: nothing seen is lost, nothing is sent twice, every command ends`(
    way: Way
  ) throws {
    let seed =
      environmentVariable("RECBRIDGE_KILL_SEED").flatMap(UInt64.init)
      ?? UInt64.random(in: 0...UInt64.max)
    print("kills: RECBRIDGE_KILL_SEED=\(seed) repeats these moments")
    try withGround(agents: Self.agents, deadline: "2s", isReady: false) {
      $0.holdTimeout = .seconds(5)
      $0.maxInterval = .seconds(2)
      $0.acknowledgement = way.acknowledgement
      $0.webSocket = way.webSocket
    } _: { ground in
      var random = SplitMix(seed: seed)
      let load = try KillLoad(ground, seed: random.next(), agents: Self.agents)
      defer { load.close() }
      let reader = KillReader(loop: ground.scene.loop, socket: ground.bridge.socket)
      defer { reader.close() }
      try ground.bridge.waitUntilReady()
      let tail = try ground.begin(
        builtExecutable(), ["tail", "--json", "--after", "earliest"])
      // A tail that finds nobody at its very beginning says so and ends.
      try ground.scene.wait(for: "the first lines of recbridge tail") { tail.sizeBytes > 0 }
      load.start()
      reader.start()
      var streamed: [String] = []
      let readyBeforeKill = try kill(way.kills, ground, &random, &streamed)
      try settle(ground, load)
      let expected = try ground.storedLines()
      try expectCaughtUp(ground, reader, tail, expected)

      #expect(load.problems.isEmpty && reader.problems.isEmpty, "seed \(seed): \(load.problems)")
      expectSame(reader.lines.map { String(decoding: $0, as: UTF8.self) }, expected, seed)
      expectSame(tail.said.lines, expected, seed)
      expectSame(streamed, expected, seed)
      let record = try KillRecord(expected)
      record.expectCommandsEnded(load, seed)
      record.expectNothingSentTwice(load, ground.simulator, seed)
      record.expectConserved(load, seed)
      record.expectGaps(of: Self.agents, starts: readyBeforeKill, way.acknowledgement, seed)
      let upgrades = ground.simulator.model.counters.upgrades
      #expect(way.webSocket == .off || upgrades >= readyBeforeKill, "seed \(seed): \(upgrades)")
      try expectSound(ground, seed)
      print(
        "\(way.testDescription), \(readyBeforeKill) of them of a ready daemon;"
          + " \(expected.count) events, \(reader.cuts) answers cut, \(streamed.count) streamed; \(load.answered.count) commands,"
          + " \(load.lost) answers lost, \(load.repeated) keys repeated")
    }
  }

  /// Kills and begins again; returns how often the daemon had been ready.
  private func kill(
    _ kills: Int, _ ground: Ground, _ random: inout SplitMix, _ streamed: inout [String]
  ) throws -> Int {
    var ready = 0
    for number in 1...kills {
      // One in five before anybody can have asked it anything.
      if random.isHit(oneIn: 5) {
        pass(random.duration(upTo: 60), ground)
      } else {
        try ground.bridge.waitUntilReady()
        ready += 1
        let place = streamed.last.flatMap { Self.cursor($0) } ?? "earliest"
        let stream = try ground.bridge.stream("/v1/events?stream=1&after=\(place)")
        pass(random.duration(upTo: 300), ground)
        ground.bridge.kill()
        try ground.scene.wait(for: "the end of the stream") { stream.isEnded }
        streamed += stream.lines
        stream.close()
      }
      ground.bridge.kill()
      if number.isMultiple(of: 10) {
        let store = try Store.open(at: ground.bridge.store, access: .inspecting)
        defer { store.close() }
        #expect(try store.fsck().findings == [], "after kill \(number)")
      }
      try ground.bridge.begin()
    }
    return ready
  }

  private func pass(_ duration: Duration, _ ground: Ground) {
    let end = ground.scene.loop.now + duration
    _ = ground.scene.loop.run(until: { ground.scene.loop.now >= end }, within: .seconds(20))
  }

  /// Lets everything that was begun come to its end; the daemon goes on.
  private func settle(_ ground: Ground, _ load: KillLoad) throws {
    try ground.bridge.waitUntilReady()
    load.isEnding = true
    try ground.scene.wait(for: "an answer to every wish") { load.isDone }
    // What comes last shows that everything before it has come.
    for agent in Self.agents { _ = try ground.recordedCall(of: agent) }
    try ground.scene.wait(for: "the end of every command") {
      let readiness = ground.bridge.get("/readyz")?.body ?? []
      return (try? JSONValue.parse(readiness))?["openCommands"]?.integer == 0
    }
  }

  /// Waits until both readers of finite answers have got as far as the store.
  private func expectCaughtUp(
    _ ground: Ground, _ reader: KillReader, _ tail: Running, _ expected: [String]
  ) throws {
    let size = expected.reduce(0) { $0 + $1.utf8.count + 1 }
    do {
      try ground.scene.wait(for: "every event with both readers") {
        reader.lines.count >= expected.count && tail.sizeBytes >= size
      }
    } catch {
      Issue.record(
        """
        of \(expected.count) events in \(size) bytes the reader has \(reader.lines.count), \
        recbridge tail \(tail.sizeBytes) bytes; it says: \(tail.said.err.suffix(500))
        """)
      throw error
    }
  }

  /// What a reader saw is what is stored, from the beginning: the same bytes, each once, in order.
  private func expectSame(_ seen: [String], _ stored: [String], _ seed: UInt64) {
    guard let index = zip(seen, stored).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
      return
    }
    Issue.record(
      "seed \(seed): event \(index + 1) was seen as \(seen[index]), is \(stored[index])")
  }

  private func expectSound(_ ground: Ground, _ seed: UInt64) throws {
    ground.bridge.stop()
    let fsck = try ground.recbridge("fsck", ground.bridge.store)
    #expect(fsck.code == 0, "seed \(seed): \(fsck)")
    let check = try ground.run("sqlite3", [ground.bridge.store, "PRAGMA integrity_check"])
    #expect(check.out == "ok\n", "seed \(seed): \(check)")
  }

  private static func cursor(_ line: String) -> String? {
    (try? JSONValue.parse(Array(line.utf8)))?["id"]?.string
  }
}
