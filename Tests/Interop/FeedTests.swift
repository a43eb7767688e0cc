import Glibc
import HTTP
import HTTPServer
import JSON
import Simulator
import TestSupport
import Testing

/// Feeds to a file and to a webhook, of the real daemon.
@Suite(.serialized) struct FeedTests {
  @Test
  func `a file has every event once, but for those of a kill, and only what its filter wants`()
    throws
  {
    try withGround(feeds: { scene in
      """
      { name: all, file: { path: \(scene.folder)/all.jsonl } },
      { name: stops, types: [command], grades: [unconfirmed, confirmed.notified],
        file: { path: \(scene.folder)/stops.jsonl } }
      """
    }) { ground in
      let folder = ground.scene.folder
      let call = try ground.recordedCall()
      for _ in 0..<5 {
        try ground.simulator.startBurst(call, count: 50)
        ground.bridge.kill()
        try ground.bridge.begin()
        try ground.bridge.waitUntilReady()
      }
      _ = try ground.stoppedCall()
      try waitForNoLag(ground)
      let stored = try ground.storedLines()
      let lines = (readText("\(folder)/all.jsonl") ?? "").split(separator: "\n").map(String.init)
      let numbers = Dictionary(uniqueKeysWithValues: zip(stored, 1...Int64(stored.count)))
      let written = try lines.map { try #require(numbers[$0], "a line that is no event") }
      #expect(try repetitions(in: written, through: Int64(stored.count)) <= 5, "five kills")
      let graded = stored.filter { $0.contains(#""grade":"confirmed.notified""#) }
      let stops = (readText("\(folder)/stops.jsonl") ?? "").split(separator: "\n").map(String.init)
      #expect(!graded.isEmpty && stops == graded.filter { $0.contains("recbridge.command.v1") })

      // Moved away, as logrotate does.
      // The paths are passed as C strings for the length of the call only.
      #expect(unsafe rename("\(folder)/all.jsonl", "\(folder)/all.1") == 0)
      ground.bridge.program.process.send(SIGHUP)
      _ = try ground.recordedCall()
      try waitForNoLag(ground)
      let after = (readText("\(folder)/all.jsonl") ?? "").split(separator: "\n").map(String.init)
      #expect(after == Array(try ground.storedLines().dropFirst(stored.count)))
    }
  }

  /// A receiver that refuses now and then.
  private final class Receiver {
    var keys: [String] = []
    var ids: [String] = []
    var refusals = 0
    var tokens: Set<String> = []
    private var count = 0

    func handle(_ request: ServerRequest, _ responder: Responder) {
      count += 1
      tokens.insert(request.header("X-Token") ?? "")
      if count.isMultiple(of: 7) {
        refusals += 1
        return responder.respond(
          ServerResponse(status: 503, headers: [ServerHeader("Retry-After", "1")]))
      }
      keys.append(request.header("Idempotency-Key") ?? "")
      ids.append((try? JSONValue.parse(request.body))?["id"]?.string ?? "")
      responder.respond(ServerResponse(status: 204))
    }
  }

  @Test
  func `a webhook gets every event with its cursor as key, and is asked again when it refuses`()
    throws
  {
    let receiver = Receiver()
    var server: HTTPServer?
    defer { server?.stop() }
    try withGround(feeds: { scene in
      let made = try HTTPServer(reactor: scene.loop) { receiver.handle($0, $1) }
      server = made
      let port = try made.listen(onTCP: "127.0.0.1", port: 0)
      try writeText("secret-token\n", to: "\(scene.folder)/token")
      return """
        { name: hook, webhook: { url: "http://127.0.0.1:\(port)/events",
          headers: { X-Token: { file: \(scene.folder)/token } } } }
        """
    }) { ground in
      _ = try ground.stoppedCall()
      try waitForNoLag(ground)
      let ids = try ground.storedLines().map { line in
        try #require(try JSONValue.parse(Array(line.utf8))["id"]?.string)
      }
      #expect(receiver.ids == ids)
      #expect(receiver.keys == ids.map { "\"\($0)\"" })
      #expect(receiver.refusals > 0)
      #expect(receiver.tokens == ["secret-token"])
      server?.stop()
    }
  }

  private func waitForNoLag(_ ground: Ground) throws {
    try ground.scene.wait(for: "feeds without lag", within: .seconds(120)) {
      let response = try #require(ground.bridge.get("/v1/groups"))
      let groups = try #require(try JSONValue.parse(response.body)["groups"])
      return groups.elements.allSatisfy { $0["lag"]?.integer == 0 }
    }
  }
}
