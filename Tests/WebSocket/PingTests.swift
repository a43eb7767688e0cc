import Loop
import Testing

@testable import WebSocket

@Suite struct PingTests {
  private var quick: WebSocketOptions {
    var options = WebSocketOptions()
    options.pingInterval = .milliseconds(50)
    options.pongTime = .milliseconds(100)
    return options
  }

  @Test func `a ping without an answer is told once, and reading goes on`() throws {
    try Scene.run(
      quick, script: { _ in [.upgrade(), .pause(.milliseconds(600)), .frame(.text("late"))] }
    ) { scene, peer throws in
      let start = scene.loop.now
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.stalls == 1 })
      #expect(scene.loop.now - start >= .milliseconds(150))
      #expect(scene.loop.run { record.texts == ["late"] })
      #expect(record.stalls == 1)
      #expect(record.close == nil)
      #expect(unmasked(peer.rest).map(\.first) == [0x89])
    }
  }

  @Test func `while messages come a missing pong is not told, and it is told when they end`() throws
  {
    let steps: [Peer.Step] =
      [.upgrade()]
      + (0..<40).flatMap { _ in [.frame(.text("a")), .pause(.milliseconds(10))] as [Peer.Step] }
    try Scene.run(quick, script: { _ in steps }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.stalls == 1 })
      #expect(record.texts.count == 40)
      #expect(record.close == nil)
      #expect(unmasked(peer.rest).count == 1)
    }
  }

  @Test func `a pong nobody asked for is no answer`() throws {
    let pong = Peer.Frame(opcode: 10, payload: Array("hello".utf8))
    let steps: [Peer.Step] =
      [.upgrade()]
      + (0..<60).flatMap { _ in [.frame(pong), .pause(.milliseconds(10))] as [Peer.Step] }
    try Scene.run(quick, script: { _ in steps }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.stalls == 1 })
    }
  }

  /// Our own server answers pings as libwebsockets does.
  @Test func `pings that are answered go on and nothing is told`() throws {
    try ServerScene.run(client: quick) { scene throws in
      let record = scene.open()
      let start = scene.loop.now
      #expect(scene.loop.run { scene.loop.now - start > .milliseconds(500) })
      #expect(record.events.count == 1)
    }
  }
}
