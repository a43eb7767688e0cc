import Loop
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct HeldTests {
  @Test func `a request can be answered later, and thousands wait at no cost`() throws {
    try Fixture.run { fixture throws in
      var held: [Responder] = []
      fixture.handler = { _, responder in held.append(responder) }
      let clients = try (0..<400).map { _ in try fixture.connect() }
      for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
      #expect(fixture.wait { held.count == 400 })
      #expect(clients.allSatisfy { $0.reply == nil })
      for (number, responder) in held.enumerated() {
        #expect(responder.isOpen)
        responder.respond(ServerResponse(status: 200, body: Array("\(number)".utf8)))
      }
      #expect(fixture.wait { clients.allSatisfy { $0.reply != nil } })
      #expect(Set(clients.compactMap { $0.reply?.text }).count == 400)
      #expect(fixture.wait { held.allSatisfy { !$0.isOpen } })
    }
  }

  @Test func `a held answer that another request releases leaves at once`() throws {
    try Fixture.run { fixture throws in
      var held: Responder?
      fixture.handler = { request, responder in
        if request.path == "/held" {
          held = responder
          return
        }
        held?.respond(ServerResponse(status: 200, body: Array("released".utf8)))
        // Not answered: no further work of this connection may be what moves the other.
        held = responder
      }
      let first = try fixture.connect()
      first.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { held != nil })
      let second = try fixture.connect()
      second.send("GET /release HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { first.reply?.text == "released" })
      held = nil
      #expect(fixture.wait { second.reply?.status == 500 })
    }
  }

  @Test func `a dropped responder answers 500, at once and later`() throws {
    try Fixture.run { fixture throws in
      fixture.handler = { _, _ in }
      #expect(try fixture.get("/").status == 500)
      var held: Responder?
      fixture.handler = { held = $1 }
      let client = try fixture.connect()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { held != nil })
      held = nil
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.status == 500)
    }
  }

  @Test func `a client that leaves while its request is held is noticed`() throws {
    try Fixture.run { fixture throws in
      let port = try #require(try fixture.server?.listen(onTCP: "127.0.0.1", port: 0))
      for transport in ["unix", "tcp"] {
        var held: Responder?
        var left = 0
        fixture.handler = { _, responder in
          held = responder
          responder.onDisconnect { left += 1 }
        }
        let client =
          transport == "unix" ? try fixture.connect() : try #require(Client(port: port))
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(fixture.wait { held != nil }, "\(transport)")
        client.close()
        #expect(fixture.wait { left == 1 && fixture.server?.connectionCount == 0 }, "\(transport)")
        #expect(held?.isOpen == false)
        held?.respond(ServerResponse(status: 200))  // late, and silent
        #expect(left == 1)
      }
    }
  }

  @Test func `a client that only stops sending still gets its answer`() throws {
    try Fixture.run { fixture throws in
      var held: Responder?
      fixture.handler = { held = $1 }
      let client = try fixture.connect()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      client.closeSending()
      #expect(fixture.wait { held != nil })
      let probe = try fixture.connect()
      #expect(fixture.wait { fixture.server?.connectionCount == 2 })
      probe.close()
      #expect(fixture.wait { fixture.server?.connectionCount == 1 })
      held?.respond(ServerResponse(status: 200, body: Array("late".utf8)))
      #expect(fixture.wait { client.reply?.text == "late" })
    }
  }

  @Test func `a request pipelined behind a held one waits for its turn`() throws {
    try Fixture.run { fixture throws in
      var held: [Responder] = []
      fixture.handler = { request, responder in
        if request.path == "/held" {
          held.append(responder)
        } else {
          responder.respond(ServerResponse(status: 200, body: Array("second".utf8)))
        }
      }
      let client = try fixture.connect()
      client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { held.count == 1 })
      client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try fixture.get("/other").status == 200)
      #expect(client.replies.isEmpty)
      held[0].respond(ServerResponse(status: 200, body: Array("first".utf8)))
      #expect(fixture.wait { client.replies.count == 2 })
      #expect(client.replies.map(\.text) == ["first", "second"])
    }
  }

  @Test func `faults for tests: no answer at all, and a body cut in the middle`() throws {
    try Fixture.run { fixture throws in
      var disconnects = 0
      fixture.handler = { request, responder in
        responder.onDisconnect { disconnects += 1 }
        if request.path == "/none" { return responder.cut() }
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        responder.respond(
          ServerResponse(status: 200, body: body), cutAfter: request.path == "/head" ? 0 : 70_000)
      }
      for (path, count) in [("/none", 0), ("/head", 0), ("/middle", 70_000)] {
        let client = try fixture.connect()
        client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(
          fixture.wait {
            client.read(); return client.isEnded
          }, "\(path)")
        #expect(client.reply == nil)
        #expect(client.replies.first?.body.count ?? 0 == count, "\(path)")
        #expect((client.replies.first?.headers["content-length"] == "100000") == (path != "/none"))
      }
    }
  }

  @Test func `stopping answers what is held, ends streams and removes the socket`() throws {
    try Fixture.run { fixture throws in
      let source = LineSource()
      source.lines = ["one"]
      var isHeld = false
      var left = 0
      var keep: [Responder] = []
      fixture.handler = { request, responder in
        keep.append(responder)
        responder.onDisconnect { left += 1 }
        if request.path == "/stream" {
          responder.stream(status: 200, headers: [], source: source)
        } else {
          isHeld = true
        }
      }
      let held = try fixture.connect()
      held.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
      let stream = try fixture.connect()
      stream.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
      let idle = try fixture.connect()
      #expect(fixture.wait { isHeld && stream.text.contains("one") })
      fixture.stop()
      #expect(held.reply?.status == 503)
      #expect(stream.reply?.text == "one\n")
      for client in [held, stream, idle] {
        client.read()
        #expect(client.isEnded)
      }
      #expect(left == 0)
      #expect(fixture.server?.connectionCount == 0)
      #expect(Client(unixPath: fixture.socket) == nil)
      fixture.stop()
    }
  }

  @Test func `a handler may stop the server`() throws {
    try Fixture.run { fixture throws in
      fixture.handler = { [unowned fixture] _, responder in
        fixture.stop()
        responder.respond(ServerResponse(status: 200))
      }
      let client = try fixture.connect()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(
        fixture.wait {
          client.read(); return client.isEnded
        })
      #expect(client.reply?.status == 200)
    }
  }

  /// Every connection and every exchange that ends gives back all that it had.
  @Test func `nothing is left behind by connections of all kinds`() throws {
    try Fixture.run { fixture throws in
      var keep: [Responder] = []
      fixture.handler = { request, responder in
        switch request.path {
        case "/held": keep.append(responder)
        case "/stream": responder.stream(status: 200, headers: [], source: LineSource())
        case "/cut": responder.cut()
        default: responder.respond(ServerResponse(status: 200))
        }
      }
      let handles = fixture.loop.handleCount
      for _ in 0..<20 {
        var clients: [Client] = []
        for path in ["/held", "/stream", "/cut", "/"] {
          let client = try fixture.connect()
          client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
          clients.append(client)
        }
        #expect(fixture.wait { clients[3].reply != nil && clients[1].text.contains("200") })
        clients.forEach { $0.close() }
        #expect(fixture.wait { fixture.server?.connectionCount == 0 })
      }
      keep = []
      #expect(fixture.wait { fixture.loop.handleCount <= handles + 1 })  // the wait has a timer
    }
  }
}
