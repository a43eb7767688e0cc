import Glibc
import Loop
import Testing

@testable import WebSocket

@Suite struct ServerTests {
  @Test func `messages go both ways`() throws {
    try ServerScene.run { scene throws in
      scene.onEvent = { peer, event in
        if case .message(let text) = event { peer.send(text) }
      }
      let record = scene.open()
      let texts = ["", "[]", String(repeating: "[{\"channel\":\"/meta/connect\"}]", count: 5_000)]
      for text in texts { record.connection?.send(Array(text.utf8)) }
      #expect(scene.loop.run { record.messages.count == 3 }, "\(record.events.count)")
      #expect(record.texts == texts)
      record.connection?.close()
      #expect(scene.loop.run { scene.server.connectionCount == 0 })
      #expect(scene.peerEvents.first == .opened)
      #expect(scene.peerEvents.last == .closed(code: 1000))
      #expect(scene.peerEvents.count == 5)
    }
  }

  @Test func `the owner sees the request, and its headers are in the answer`() throws {
    var server = WebSocketServer.Options()
    server.headerNames = ["x-csrf-token"]
    try ServerScene.run(server: server) { scene throws in
      scene.verdict = .accept(headers: [("Set-Cookie", "s=1; Path=/"), ("Set-Cookie", "t=2")])
      let record = scene.begin(
        "/notifications?a=1&b=2",
        headers: [
          ("Cookie", "a=b"), ("Authorization", "Basic YTpi"), ("Origin", "http://x"),
          ("X-CSRF-Token", "tok"),
        ])
      #expect(scene.loop.run { !record.events.isEmpty })
      #expect(record.events == [.opened(setCookies: ["s=1; Path=/", "t=2"])])
      let upgrade = try #require(scene.upgrades.first)
      #expect(upgrade.target == "/notifications?a=1&b=2")
      #expect(upgrade.header("cookie") == "a=b")
      #expect(upgrade.header("authorization") == "Basic YTpi")
      #expect(upgrade.header("origin") == "http://x")
      #expect(upgrade.header("x-csrf-token") == "tok")
      #expect(upgrade.header("host") == "127.0.0.1:\(scene.port)")
    }
  }

  @Test(arguments: [200, 400, 401, 403, 404, 503])
  func `the owner may refuse with a status`(_ status: Int) throws {
    try ServerScene.run { scene throws in
      scene.verdict = .refuse(status: status, headers: [("WWW-Authenticate", "Basic realm=\"x\"")])
      let record = scene.begin()
      #expect(scene.loop.run { record.close != nil })
      #expect(record.close?.kind == .refused(status: status))
      #expect(scene.loop.run { scene.server.connectionCount == 0 })
      #expect(scene.peerEvents == [.closed(code: nil)])
    }
  }

  @Test func `a backlog of sixty-four megabytes arrives whole, in one message and in many`() throws
  {
    try ServerScene.run { scene throws in
      let record = scene.open()
      let peer = try #require(scene.peers.first)
      // Not the same everywhere, so that a piece in the wrong place is found.
      var big = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 16) }
      while big.count < 64 << 20 { big += big }
      #expect(peer.send(big))
      #expect(
        scene.loop.run(until: { !record.messages.isEmpty }, within: .seconds(120)),
        "\(record.close as Any)")
      #expect(record.messages.first == big)
      let many = Array(big.prefix(16 << 10))
      for _ in 0..<4096 { #expect(peer.send(many)) }
      #expect(
        scene.loop.run(until: { record.messages.count == 4097 }, within: .seconds(120)))
      #expect(record.messages.dropFirst().allSatisfy { $0 == many })
      #expect(peer.queuedBytes == 0)
    }
  }

  @Test func `what waits for a peer is bounded`() throws {
    var server = WebSocketServer.Options()
    server.queueBytes = 100_000
    try ServerScene.run(server: server) { scene throws in
      let record = scene.open()
      let peer = try #require(scene.peers.first)
      let message = [UInt8](repeating: 0x61, count: 30_000)
      #expect((0..<5).map { _ in peer.send(message) } == [true, true, true, false, false])
      #expect(scene.loop.run { record.messages.count == 3 })
      #expect(peer.send(message))
    }
  }

  @Test(arguments: [1000, 1001, 1009, 4401] as [UInt16])
  func `the server closes with a code after what it sent`(_ code: UInt16) throws {
    try ServerScene.run { scene throws in
      let record = scene.open()
      let peer = try #require(scene.peers.first)
      peer.send(Array("last".utf8))
      peer.close(code: code)
      #expect(!peer.send(Array("never".utf8)))
      #expect(scene.loop.run { record.close != nil })
      #expect(record.texts == ["last"])
      #expect(record.close?.kind == .code(Int(code)))
      #expect(scene.loop.run { scene.server.connectionCount == 0 })
    }
  }

  @Test func `a dropped connection is reset at once, and nothing is told of it`() throws {
    try ServerScene.run { scene throws in
      let record = scene.open()
      let told = scene.peerEvents.count
      scene.peers.first?.drop()
      #expect(scene.loop.run { record.close != nil })
      #expect(record.close?.kind == .broken)
      #expect(scene.loop.run { scene.server.connectionCount == 0 })
      #expect(scene.peerEvents.count == told)
      scene.peers.first?.drop()
    }
  }

  @Test func `a handler of the server may drop and close`() throws {
    try ServerScene.run { scene throws in
      for action in 0..<4 {
        scene.onEvent = { peer, event in
          switch (action, event) {
          case (0, .opened), (1, .message): peer.drop()
          case (2, .opened), (3, .message): peer.close(code: 1001)
          default: break
          }
        }
        let record = scene.begin()
        #expect(scene.loop.run { record.isOpen || record.close != nil })
        record.connection?.send([0x61])
        record.connection?.send([0x62])
        #expect(scene.loop.run { record.close != nil })
        #expect(scene.loop.run { scene.server.connectionCount == 0 })
      }
    }
  }

  // In a process of its own, because other tests open descriptors meanwhile.
  @Test func `two hundred sockets leave no descriptor and no memory of themselves`() async {
    await #expect(processExitsWith: .success) { try openAndEndTwoHundred() }
  }
}

private func openAndEndTwoHundred() throws {
  try ServerScene.run { scene throws in
    let before = try openDescriptors()
    for round in 0..<2 {
      let records = (0..<200).map { _ in scene.begin() }
      let areOpen = scene.loop.run { records.allSatisfy(\.isOpen) }
      try #require(areOpen)
      try #require(try openDescriptors() == before + 400)
      for (index, record) in records.enumerated() {
        if index % 2 == round { record.connection?.close() } else { scene.peers[index].drop() }
      }
      for record in records { record.connection?.close() }
      scene.forgetPeers()
      let areGone = scene.loop.run {
        scene.server.connectionCount == 0 && scene.client.context.socketCount == 0
      }
      try #require(areGone)
      try #require(try openDescriptors() == before)
    }
  }
}
