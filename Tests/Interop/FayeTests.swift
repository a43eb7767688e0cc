import HTTP
import JSON
import Loop
import Reactor
import TestSupport
import Testing

/// The daemon against a Bayeux server that we did not write. One after the other, because each runs
/// two processes.
@Suite(.serialized) struct FayeTests {
  // Faye answers a connect before, and in the same body as, the notifications that it collected:
  // in these bursts nearly every body is of that kind. Over a WebSocket each notification is a
  // message of its own.
  @Test(arguments: FayeServer.Transport.allCases)
  func `a burst of twenty thousand reaches every reader complete, once and in order`(
    over transport: FayeServer.Transport
  ) throws {
    let count = 20_000
    try withScene { scene in
      let faye = try FayeServer(scene)
      let bridge = try RunningBridge(scene, platform: faye.platform(over: transport))
      try bridge.waitUntilReady()
      let target = "/v1/events?stream=1&after=earliest"
      let steady = try bridge.stream(target)
      let pausing = PausingReader(try bridge.stream(target), loop: scene.loop)
      let hopping = try HoppingReader(bridge)
      let (start, before) = (scene.loop.now, bridge.program.process.processorTime)
      try faye.emit(count)
      var steadyTime: Duration?
      try scene.wait(for: "all notifications at every reader", within: .seconds(240)) {
        if steadyTime == nil, steady.lines.last.flatMap(sequence(of:)) == count - 1 {
          steadyTime = scene.loop.now - start
        }
        pausing.step(steadyCount: steady.lines.count)
        try hopping.step()
        return [steady.lines.last, pausing.stream.lines.last, hopping.last].allSatisfy {
          $0.flatMap(sequence(of:)) == count - 1
        }
      }
      let used = bridge.program.process.processorTime - before
      print(
        "\(count) notifications over \(transport.rawValue): at the steady reader after"
          + " \(steadyTime ?? .zero), at all three after \(scene.loop.now - start); processor time of the daemon \(used)"
      )

      #expect(firstDifference(steady.lines.compactMap(sequence(of:)), Array(0..<count)) == nil)
      #expect(firstDifference(steady.lines, pausing.stream.lines) == nil)
      #expect(firstDifference(steady.lines, hopping.lines) == nil)
      #expect(pausing.othersLinesMeanwhile > PausingReader.othersLinesMin)
      #expect(hopping.hops >= 6)
      let others = try parsed(steady.lines.filter { sequence(of: $0) == nil })
      #expect(others.filter { $0.type == "recbridge.gap.v1" }.map(\.cause) == ["started"])
      #expect(!others.contains { $0.type == "recbridge.quarantine.v1" })
      #expect(bridge.transport == transport.rawValue)
      #expect(faye.sockets.opened == (transport == .webSocket ? 1 : 0))
      #expect(faye.requests("handshake") == 1)
      bridge.stop()
    }
  }

  @Test func `a forgotten session is made anew once, and the gap is declared`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene, holdSeconds: 2)
      let bridge = try RunningBridge(scene, platform: faye.platform())
      try bridge.waitUntilReady()
      let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
      try faye.emit(5)
      try scene.wait(for: "the first notifications") { reader.sequences.count == 5 }
      #expect(try faye.forget() == 1)
      try scene.wait(for: "a gap of the lost session") {
        reader.lines.contains { $0.contains(#""cause":"session-lost""#) }
      }
      try bridge.waitUntilReady()
      #expect(faye.sessions == 1)
      try faye.emit(5, start: 5)
      try scene.wait(for: "the notifications after it") { reader.sequences.count >= 10 }
      #expect(reader.sequences == Array(0..<10))
      #expect(faye.requests("handshake") == 2)
      #expect(faye.requests("subscribe") == 2)
      let gaps = try parsed(reader.lines).filter { $0.type == "recbridge.gap.v1" }
      #expect(gaps.map(\.cause) == ["started", "session-lost"])
      #expect(gaps.last?["data"]?["resynced"]?.bool == false)
      bridge.stop()
    }
  }

  @Test func `a server that is killed and comes back is found again`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene)
      let bridge = try RunningBridge(scene, platform: faye.platform())
      try bridge.waitUntilReady()
      let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
      try faye.emit(10)
      try scene.wait(for: "the first notifications") { reader.sequences.count == 10 }
      faye.kill()
      try scene.wait(for: "a daemon that knows") { bridge.readiness == 503 }
      try #require(try faye.begin(), "Faye's port was taken")
      try bridge.waitUntilReady()
      #expect(faye.sessions == 1)
      try faye.emit(10, start: 10)
      try scene.wait(for: "the notifications after it") { reader.sequences.count >= 20 }
      #expect(reader.sequences == Array(0..<20))
      let gaps = try parsed(reader.lines).filter { $0.type == "recbridge.gap.v1" }
      #expect(gaps.count == 2)
      #expect(gaps.last?["data"]?["resynced"]?.bool == false)
      #expect(gaps.last?["data"]?["from"] != nil)
      bridge.stop()
    }
  }

  @Test func `the right credentials are enough`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene, account: "alice:\(password)")
      try writeText("\(password)\n", to: "\(scene.folder)/password")
      let bridge = try RunningBridge(
        scene, platform: faye.platform(),
        agents: ["{ name: alice, user: alice, password: { file: \(scene.folder)/password } }"])
      try bridge.waitUntilReady()
      try faye.emit(3)
      let reader = try bridge.stream("/v1/events?stream=1&after=earliest")
      try scene.wait(for: "the notifications") { reader.sequences == [0, 1, 2] }
      try expectNoSecret(bridge)
      bridge.stop()
      #expect(faye.sessions == 0)
    }
  }

  // The second try comes at once, because a session that has expired is the usual cause; the pause
  // before the third shows that no storm follows.
  @Test func `wrong credentials are told, cause no storm and show in nothing`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene, account: "alice:another")
      try writeText("\(password)\n", to: "\(scene.folder)/password")
      let bridge = try RunningBridge(
        scene, platform: faye.platform(),
        agents: ["{ name: alice, user: alice, password: { file: \(scene.folder)/password } }"])
      try scene.wait(for: "the second try") { faye.requests("handshake") >= 2 }
      let second = scene.loop.now
      try scene.wait(for: "the third try") { faye.requests("handshake") >= 3 }
      #expect(scene.loop.now - second >= .seconds(2))
      #expect(faye.requests("handshake") == 3)
      #expect(bridge.readiness == 503)
      let told = try bridge.events(type: "recbridge.session.v1")
      #expect(told.contains { $0["data"]?["state"]?.string == "authentication-needed" })
      #expect(told.count < 10)
      try expectNoSecret(bridge)
      bridge.stop()
    }
  }

  @Test func `a stop while the server holds a connect says goodbye within the limit`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene)
      let bridge = try RunningBridge(scene, platform: faye.platform())
      try bridge.waitUntilReady()
      try scene.wait(for: "a connect") { faye.requests("connect") >= 1 }
      #expect(faye.sessions == 1)
      bridge.stop()
      #expect(faye.requests("disconnect") == 1)
      #expect(faye.sessions == 0)
    }
  }
}

private let password = "tulip-8841-yonder"

/// Neither the password nor what goes over the wire of it stands in the log or on the socket.
private func expectNoSecret(_ bridge: RunningBridge) throws {
  let targets = ["/v1/events", "/v1/sessions", "/readyz", "/metrics"]
  let texts = targets.compactMap { bridge.get($0).map { String(decoding: $0.body, as: UTF8.self) } }
  // The second is `alice:` and the password in base64, as the Authorization header has it.
  for secret in [password, "YWxpY2U6dHVsaXAtODg0MS15b25kZXI="] {
    for text in texts + [bridge.program.log] { #expect(!text.contains(secret)) }
  }
}
