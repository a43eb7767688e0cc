import Loop
import Testing

@testable import WebSocket

@Suite struct MessageTests {
  private static let ping = Peer.Frame(opcode: 9, payload: Array("p".utf8))

  @Test func `fragments with pings between them are one message, and the pings are answered`()
    throws
  {
    let steps: [Peer.Step] = [
      .upgrade(), .frame(Self.ping), .frame(.text("[1,", final: false)), .frame(Self.ping),
      .frame(.more("", final: false)), .frame(.more("2,", final: false)), .frame(Self.ping),
      .frame(.more("3]", final: true)), .frame(.text("[]")), .frame(.text("")),
      .frame(Peer.Frame(opcode: 2, payload: [0xff, 0])),
    ]
    try Scene.run(script: { _ in steps }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.messages.count == 4 }, "\(record.events)")
      #expect(record.texts.prefix(3) == ["[1,2,3]", "[]", ""])
      #expect(record.messages.last == [0xff, 0])
      // A masked pong of one byte has seven; libwebsockets may answer several pings in one.
      #expect(scene.loop.run { peer.rest.count >= 7 })
      #expect(peer.rest.first == 0x8a)
    }
  }

  @Test func `a frame in single bytes is one message`() throws {
    let text = String(repeating: "é", count: 200)
    try Scene.run(script: { _ in [.upgrade(), .trickle(.text(text)), .trickle(.text("b"))] }) {
      scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.messages.count == 2 })
      #expect(record.texts == [text, "b"])
    }
  }

  /// The frame follows the answer in the same segment.
  @Test func `what comes together with the upgrade is not lost`() throws {
    try Scene.run(script: { _ in [.upgrade(), .frame(.text("a")), .frame(.close(1000))] }) {
      scene, peer throws in
      for _ in 1...20 {
        let record = scene.open(peer.url)
        #expect(scene.loop.run { record.close != nil })
        #expect(record.texts == ["a"])
        #expect(record.close?.kind == .code(1000))
      }
    }
  }

  @Test(arguments: [true, false])
  func `a message over the limit ends the socket as broken, one at the limit does not`(
    _ isFragmented: Bool
  ) throws {
    var options = WebSocketOptions()
    options.messageBytes = 10_000
    let half = String(repeating: "x", count: 5_000)
    let long: [Peer.Step] =
      isFragmented
      ? [.frame(.text(half, final: false)), .frame(.more(half + "y", final: true))]
      : [.frame(.text(half + half + "y"))]
    try Scene.run(
      options,
      script: { _ in [.upgrade(), .frame(.text(half + half))] + long + [.frame(.text("z"))] }
    ) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.close != nil })
      #expect(record.messages.map(\.count) == [10_000])
      #expect(record.close?.kind == .broken)
      #expect(record.close?.reason.contains("10000 bytes") == true)
      #expect(scene.loop.run { peer.openCount == 0 })
    }
  }

  @Test func `sixty-four megabytes in one frame are one message`() throws {
    let payload = [UInt8](repeating: 0x61, count: 64 << 20)
    let frame = Peer.Frame(opcode: 1, payload: payload)
    try Scene.run(script: { _ in [.upgrade(), .frame(frame)] }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run(until: { !record.messages.isEmpty }, within: .seconds(120)))
      #expect(record.messages == [payload])
    }
  }

  @Test(
    arguments: [
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],  // reserved bits
      [0x83, 0x01, 0x00],  // a reserved opcode
      [0x80, 0x01, 0x61],  // a continuation of nothing
      [0x89, 0x7e, 0x00, 0xff],  // a ping longer than one may be
      [0xc1, 0x02, 0xff, 0xff],  // compressed, which was not agreed on
    ] as [[UInt8]])
  func `garbage ends the socket as broken`(_ bytes: [UInt8]) throws {
    try Scene.run(script: { _ in [.upgrade(), .bytes(bytes), .pause(.milliseconds(50)), .close] }) {
      scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.close != nil })
      #expect(record.messages == [])
      #expect(record.close?.kind == .broken, "\(record.events)")
    }
  }

  @Test func `a server that takes nothing ends the socket as broken before much waits`() throws {
    // The peer never reads after its head: its loop is this one, so it is kept from it.
    try Scene.run(script: { _ in [.upgrade()] }) { scene, peer throws in
      let record = scene.open(peer.url)
      #expect(scene.loop.run { record.isOpen })
      let message = [UInt8](repeating: 0x61, count: 1000)
      var count = 0
      while record.close == nil, count < 10_000 {
        record.connection?.send(message)
        count += 1
      }
      #expect(count == WebSocketLimits.clientQueueBytes / 1000 + 1)
      #expect(record.close?.kind == .broken)
      record.connection?.send(message)
      #expect(record.events.count == 2)
    }
  }
}
