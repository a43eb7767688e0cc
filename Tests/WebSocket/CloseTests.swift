import Loop
import Testing

@testable import WebSocket

@Suite struct CloseTests {
  @Test(arguments: [1000, 1001, 1008, 1009, 1011, 3000, 4401, 4403])
  func `the server's close code is told, and answered`(_ code: Int) throws {
    try Scene.run(script: { _ in [.upgrade(), .frame(.text("a")), .frame(.close(code, "why"))] }) {
      scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.close != nil })
      #expect(record.texts == ["a"])
      #expect(record.close?.kind == .code(code))
      #expect(record.close?.reason.contains("why") == true)
      #expect(scene.loop.run { peer.rest.first == 0x88 })
    }
  }

  @Test func `a close without a code is 1005, and a cut without a close frame is broken`() throws {
    for (steps, kind) in [
      ([.frame(.close(nil))], .code(1005)), ([.close], .broken), ([.reset], .broken),
      ([.bytes([0x81, 0x7e]), .close], .broken),
      ([.frame(.text("a", final: false)), .reset], .broken),
    ] as [([Peer.Step], WebSocketClose.Kind)] {
      // The pause lets the upgrade arrive before a reset throws it away.
      let all = [.upgrade(), .pause(.milliseconds(20))] + steps
      try Scene.run(script: { _ in all }) { scene, peer throws in
        let record = scene.open(peer.url)
        #expect(scene.loop.run { record.close != nil })
        #expect(record.close?.kind == kind)
        #expect(record.messages == [])
        #expect(record.events.count == 2)
      }
    }
  }

  @Test func `our close sends what is queued, then code 1000, and nothing is told any more`() throws
  {
    try Scene.run(script: { _ in [.upgrade(), .pause(.milliseconds(20)), .frame(.text("late"))] }) {
      scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.isOpen })
      record.connection?.send(Array("[1]".utf8))
      record.connection?.send(Array("[2]".utf8))
      record.connection?.close()
      record.connection?.close()
      record.connection?.send(Array("[3]".utf8))
      #expect(scene.client.connectionCount == 0)
      #expect(scene.loop.run { peer.openCount == 0 && scene.client.context.socketCount == 0 })
      #expect(record.events.count == 1)
      #expect(
        unmasked(peer.rest) == [
          [0x81] + Array("[1]".utf8), [0x81] + Array("[2]".utf8), [0x88, 3, 232],
        ])
    }
  }

  @Test func `a server that ignores our close is cut`() throws {
    try Scene.run(script: { _ in [.upgrade()] }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.isOpen })
      record.connection?.close()
      #expect(scene.loop.run { scene.client.context.socketCount == 0 })
    }
  }

  @Test func `a handler may close its socket and open others`() throws {
    let steps: [Peer.Step] = [
      .upgrade(), .frame(.text("a")), .frame(.text("b")), .frame(.close(1000)),
    ]
    try Scene.run(script: { _ in steps }) { scene, peer throws in
      for event in 0..<3 {
        let (first, second) = (Record(), Record())
        first.connection = scene.client.open(WebSocketRequest(url: peer.url)) { told in
          first.tell(told)
          guard first.events.count == event + 1 else { return }
          first.connection?.close()
          let request = WebSocketRequest(url: peer.url)
          second.connection = scene.client.open(request) { second.tell($0) }
        }
        #expect(scene.loop.run { second.close != nil })
        #expect(first.events.count == event + 1)
        #expect(second.events.count == 4)
      }
      #expect(scene.loop.run { scene.client.context.socketCount == 0 })
    }
  }

  @Test func `a handler may close and open when its socket ends`() throws {
    try Scene.run(script: { _ in [.upgrade(), .pause(.milliseconds(5)), .reset] }) {
      scene, peer throws in
      var ends = 0
      var connection: WebSocketConnection?
      func open() {
        connection = scene.client.open(WebSocketRequest(url: peer.url)) { event in
          guard case .closed = event else { return }
          ends += 1
          connection?.close()
          if ends < 50 { open() }
        }
      }
      open()
      #expect(scene.loop.run { ends == 50 })
      #expect(scene.client.connectionCount == 0)
      #expect(scene.loop.run { scene.client.context.socketCount == 0 })
    }
  }
}

/// The frames that a client sent, each as its first byte and its payload.
func unmasked(_ bytes: [UInt8]) -> [[UInt8]] {
  var rest = bytes[...]
  var frames: [[UInt8]] = []
  while rest.count >= 6, let first = rest.popFirst(), let second = rest.popFirst() {
    precondition(second & 0x80 != 0 && second & 0x7f < 126, "not a short masked frame")
    let mask = Array(rest.prefix(4))
    rest = rest.dropFirst(4)
    let count = Int(second & 0x7f)
    frames.append(
      [first] + rest.prefix(count).enumerated().map { $0.element ^ mask[$0.offset % 4] })
    rest = rest.dropFirst(count)
  }
  return frames
}
