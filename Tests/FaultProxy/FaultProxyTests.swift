import Loop
import TestSupport
import Testing

/// Each fault of the line, seen from both ends. Time is waited for only where the fault is one of
/// time; that nothing comes is shown by what comes another way meanwhile.
@Suite struct FaultProxyTests {
  @Test func `without a fault every byte arrives, in both directions and in order`() throws {
    try Line.run { line in
      let client = try line.client()
      let body = String(repeating: "b", count: 1_000_000)
      client.send("POST /sent HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n\(body)")
      #expect(try line.reply(client).text == "/sent 1000000")
      let large = try line.ask(client, "/size/3000000", number: 2)
      #expect(large.body.count == 3_000_000 && large.body.allSatisfy { $0 == 0x78 })
      #expect(line.proxy.counts.accepted == 1)
      #expect(line.proxy.counts.bytesUp > 1_000_000 && line.proxy.counts.bytesDown > 3_000_000)
    }
  }

  @Test func `an end of either side reaches the other, and nothing is left of the connection`()
    throws
  {
    try Line.run { line in
      let leaving = try line.client()
      try line.ask(leaving, "/a")
      leaving.closeSending()
      try line.wait("the end of the connection") { line.proxy.openCount == 0 }
      let staying = try line.client()
      staying.send("GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
      try line.wait("the server's end") {
        staying.read()
        return staying.isEnded
      }
      #expect(staying.replies.first?.text == "/b 0")
      #expect(!staying.isReset)
    }
  }

  @Test func `a server that is not there resets the client`() throws {
    try Line.run { line in
      line.stopServer()
      let client = try line.client()
      client.send(Line.get("/"))
      try line.wait("a reset") {
        client.read()
        return client.isReset
      }
    }
  }

  @Test func `a cut resets every open connection, and new ones are as good as before`() throws {
    try Line.run { line in
      let clients = try (0..<3).map { _ in try line.client() }
      for client in clients { try line.ask(client, "/before") }
      line.proxy.cut()
      try line.wait("resets") {
        for client in clients { client.read() }
        return clients.allSatisfy(\.isReset)
      }
      #expect(line.proxy.counts.cut == 3)
      #expect(try line.ask(line.client(), "/after").status == 200)
    }
  }

  // Tried: counting what was read from the server instead of what the client got; the client then
  // misses the end of what it should have.
  @Test func `each connection brings exactly so many bytes before its reset, until that is over`()
    throws
  {
    try Line.run { line in
      let old = try line.client()
      try line.ask(old, "/before")
      let known = old.bytes.count
      line.proxy.cutEach(afterBytes: 30_000)
      let new = try line.client()
      for client in [old, new] {
        client.send(Line.get("/size/100000"))
        try line.wait("a reset") {
          client.read()
          return client.isReset
        }
      }
      #expect(old.bytes.count - known == 30_000)
      #expect(new.bytes.count == 30_000)
      #expect(line.proxy.counts.cut == 2)
      try line.proxy.resume()
      #expect(try line.ask(line.client(), "/size/100000").body.count == 100_000)
    }
  }

  // Tried: stalling only what comes from the server; a request then reaches it.
  @Test func `in a stall nothing passes either way and nobody is told; afterwards it flows on`()
    throws
  {
    try Line.run { line in
      let waiting = try line.client()
      waiting.send(Line.get("/held"))
      try line.wait("the request") { line.requests.count == 1 }
      let idle = try line.client()
      try line.ask(idle, "/before")
      line.proxy.stall()
      let new = try line.client()
      new.send(Line.get("/new"))
      idle.send(Line.get("/after"))
      line.release()
      try line.turn()
      #expect(line.requests == ["GET /held 0", "GET /before 0"])
      for stalled in [waiting, idle, new] {
        stalled.read()
        #expect(!stalled.isEnded)
      }
      #expect(waiting.bytes.isEmpty && idle.replies.count == 1 && new.bytes.isEmpty)
      try line.proxy.resume()
      #expect(try line.reply(waiting).text == "/held 0")
      #expect(try line.reply(idle, 2).text == "/after 0")
      #expect(try line.reply(new).text == "/new 0")
      #expect(line.proxy.counts.cut == 0)
    }
  }

  @Test func `only new connections can be stalled`() throws {
    try Line.run { line in
      let old = try line.client()
      try line.ask(old, "/before")
      line.proxy.stallNew()
      let new = try line.client()
      new.send(Line.get("/new"))
      #expect(try line.ask(old, "/old", number: 2).status == 200)
      try line.turn()
      new.read()
      #expect(new.bytes.isEmpty && !new.isEnded)
      #expect(!line.requests.contains("GET /new 0"))
      try line.proxy.resume()
      #expect(try line.reply(new).text == "/new 0")
    }
  }

  // Tried: letting `resume()` revive half-open connections.
  @Test func `a half-open connection stays open and silent for ever, while new ones work`() throws {
    try Line.run { line in
      let dead = try line.client()
      try line.ask(dead, "/before")
      line.proxy.halfOpen()
      dead.send(Line.get("/lost"))
      #expect(try line.ask(line.client(), "/new").status == 200)
      try line.proxy.resume()
      try line.turn()
      dead.read()
      #expect(dead.replies.count == 1 && !dead.isEnded)
      #expect(!line.requests.contains("GET /lost 0"))
    }
  }

  @Test func `new connections can be refused, on a port that stays ours`() throws {
    try Line.run { line in
      let old = try line.client()
      try line.ask(old, "/before")
      line.proxy.refuse()
      #expect(Client(port: line.proxy.port) == nil)
      #expect(try line.ask(old, "/old", number: 2).status == 200)
      try line.proxy.resume()
      #expect(try line.ask(line.client(), "/after").status == 200)
    }
  }

  @Test func `so many requests are answered with 503 and the server never hears of them`() throws {
    try Line.run { line in
      let client = try line.client()
      line.proxy.answer503(requests: 2)
      // Head and body in pieces: the end of the second request is not to be missed.
      client.send("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234")
      client.send("56789")
      #expect(try line.reply(client).status == 503)
      #expect(try line.ask(client, "/2", number: 2).status == 503)
      #expect(try line.ask(client, "/3", number: 3).text == "/3 0")
      #expect(line.requests == ["GET /3 0"])
      #expect(line.proxy.counts.unavailable == 2)
    }
  }

  @Test(arguments: [FaultProxy.Silence.close, .gatewayTimeout])
  func `a request whose answer does not come in time is ended, an idle connection is not`(
    _ silence: FaultProxy.Silence
  ) throws {
    try Line.run { line in
      line.proxy.limitSilence(to: .milliseconds(50), silence)
      let idle = try line.client()
      try line.ask(idle, "/idle")
      let waiting = try line.client()
      waiting.send(Line.get("/held"))
      try line.wait("the end") {
        waiting.read()
        return waiting.isEnded
      }
      #expect(waiting.replies.map(\.status) == (silence == .close ? [] : [504]))
      #expect(line.proxy.counts.silenced == 1)
      // It has been silent for longer than the other.
      #expect(try line.ask(idle, "/again", number: 2).status == 200)
    }
  }

  @Test func `a connection that was upgraded ends when the server is silent, without an answer`()
    throws
  {
    try Line.run { line in
      line.proxy.limitSilence(to: .milliseconds(50), .gatewayTimeout)
      let client = try line.client()
      client.send("GET /socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n")
      try line.reply(client)
      try line.wait("the end") {
        client.read()
        return client.isEnded
      }
      #expect(client.replies.map(\.status) == [200])
    }
  }

  @Test func `a slow line takes its time, and everything arrives`() throws {
    try Line.run { line in
      let client = try line.client()
      line.proxy.slow(bytesPerSecond: 40_000)
      let start = line.loop.now
      // A tenth of a second's share may come at once.
      #expect(try line.ask(client, "/size/20000").body.count == 20_000)
      #expect(line.loop.now - start >= .milliseconds(390))
    }
  }

  // Tried: reading on while what was read is not written; the buffers then hold all of it.
  @Test func `who does not read holds up who sends: the proxy keeps two blocks at most`() throws {
    try Line.run { line in
      let size = 48 << 20
      let client = try line.client()
      client.send(Line.get("/size/\(size)"))
      var most = 0
      // The system's own buffers are full at some time; then what is read makes room for as much.
      try line.wait("full buffers") {
        most = max(most, line.proxy.bufferedBytes)
        return most > 0
      }
      try line.turn()
      #expect(line.proxy.counts.bytesDown < size)
      try line.wait("all of it") {
        most = max(most, line.proxy.bufferedBytes)
        client.read(1 << 20)
        return client.bytes.count > size
      }
      #expect(most <= 2 * FaultProxy.blockBytes)
    }
  }
}
