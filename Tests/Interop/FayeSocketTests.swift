import JSON
import Loop
import TestSupport
import Testing

/// WebSocket against a Bayeux server that we did not write, without acknowledgements. The burst
/// over a socket is in ``FayeTests``.
@Suite(.serialized) struct FayeSocketTests {
  // Proxies and old servers answer upgrades with any of these.
  @Test(arguments: [400, 403, 404])
  func `where upgrades are refused everything comes over long-polling, at once and in silence`(
    status: Int
  ) throws {
    let count = 2_000
    try withScene { scene in
      let faye = try FayeServer(scene, refusal: status)
      let start = scene.loop.now
      let bridge = try RunningBridge(scene, platform: faye.platform(over: .webSocket))
      try bridge.waitUntilReady()
      #expect(scene.loop.now - start < .seconds(10))
      let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
      try faye.emit(count)
      try scene.wait(for: "all notifications") { reader.sequences.last == count - 1 }
      #expect(firstDifference(reader.sequences, Array(0..<count)) == nil)
      #expect(bridge.transport == "long-polling")
      #expect(faye.sockets == FayeServer.Sockets(refused: 1))
      #expect(faye.requests("handshake") == 1)
      let others = try parsed(reader.lines.filter { sequence(of: $0) == nil })
      #expect(others.filter { $0.type == "recbridge.gap.v1" }.map(\.cause) == ["started"])
      let states = others.filter { $0.type == "recbridge.session.v1" }
        .compactMap { $0["data"]?["state"]?.string }
      #expect(states == ["handshaking", "connected"])
      bridge.stop()
      #expect(faye.sessions == 0)
    }
  }

  // It closes the socket of a session that it forgets.
  @Test func `a forgotten session whose socket is closed is made anew at once`() throws {
    try withScene { scene in
      try expectRecovery(scene, quietly: false)
    }
  }

  // Nobody is told; only the probe asks. The parked connect would end 120 s later.
  @Test func `a forgotten session whose socket stays open is noticed by the probe`() throws {
    try withScene { scene in
      try expectRecovery(scene, quietly: true)
    }
  }

  private func expectRecovery(_ scene: Scene, quietly: Bool) throws {
    let hold = 120
    let faye = try FayeServer(scene, holdSeconds: hold)
    let bridge = try RunningBridge(
      scene, platform: faye.platform(over: .webSocket) + ", livenessProbe: 2s")
    try bridge.waitUntilReady()
    let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
    try faye.emit(5)
    try scene.wait(for: "the first notifications") { reader.sequences.count == 5 }
    #expect(try faye.forget(quietly: quietly) == 1)
    let start = scene.loop.now
    // The gap began with the socket where that was closed.
    let cause = quietly ? "session-lost" : "answer-lost"
    try scene.wait(for: "a gap of the lost session") {
      reader.lines.contains { $0.contains(#""cause":"\#(cause)""#) }
    }
    // Long before the parked connect would have ended.
    #expect(scene.loop.now - start < .seconds(hold / 2))
    try bridge.waitUntilReady()
    #expect(faye.sessions == 1)
    try faye.emit(5, start: 5)
    try scene.wait(for: "the notifications after it") { reader.sequences.count >= 10 }
    #expect(reader.sequences == Array(0..<10))
    #expect(faye.requests("handshake") == 2)
    #expect(bridge.transport == "websocket")
    let gaps = try parsed(reader.lines).filter { $0.type == "recbridge.gap.v1" }
    #expect(gaps.map(\.cause) == ["started", cause])
    #expect(gaps.last?["data"]?["resynced"]?.bool == false)
    bridge.stop()
  }

  @Test func `a server that is killed and comes back is found again, over a socket again`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene)
      let bridge = try RunningBridge(scene, platform: faye.platform(over: .webSocket))
      try bridge.waitUntilReady()
      let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
      try faye.emit(10)
      try scene.wait(for: "the first notifications") { reader.sequences.count == 10 }
      faye.kill()
      try scene.wait(for: "a daemon that knows") { bridge.readiness == 503 }
      try #require(try faye.begin(), "Faye's port was taken")
      try bridge.waitUntilReady()
      try faye.emit(10, start: 10)
      try scene.wait(for: "the notifications after it") { reader.sequences.count >= 20 }
      #expect(reader.sequences == Array(0..<20))
      #expect(faye.sessions == 1)
      #expect(faye.sockets.opened == 1)
      #expect(faye.sockets.open == 1)
      #expect(bridge.transport == "websocket")
      let gaps = try parsed(reader.lines).filter { $0.type == "recbridge.gap.v1" }
      #expect(gaps.last?["data"]?["resynced"]?.bool == false)
      #expect(gaps.last?["data"]?["from"] != nil)
      bridge.stop()
    }
  }

  @Test func `a stop says goodbye over the socket, and the upgrade had the credentials`() throws {
    try withScene { scene in
      let password = "tulip-8841-yonder"
      let faye = try FayeServer(scene, account: "alice:\(password)")
      try writeText("\(password)\n", to: "\(scene.folder)/password")
      let bridge = try RunningBridge(
        scene, platform: faye.platform(over: .webSocket),
        agents: ["{ name: alice, user: alice, password: { file: \(scene.folder)/password } }"])
      try bridge.waitUntilReady()
      try scene.wait(for: "a session with a socket") { faye.sockets.open == 1 }
      bridge.stop()
      #expect(faye.requests("disconnect") == 1)
      #expect(faye.sockets.disconnects == 1)
      #expect(faye.sessions == 0)
      #expect(faye.sockets.open == 0)
      #expect(!bridge.program.log.contains(password))
    }
  }
}
