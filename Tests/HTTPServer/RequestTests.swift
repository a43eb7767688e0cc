import Glibc
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct RequestTests {
  @Test func `a request arrives with its parts decoded and knows who sent it`() throws {
    try Fixture.run { fixture throws in
      var seen: ServerRequest?
      fixture.handler = { request, responder in
        seen = request
        responder.respond(ServerResponse(status: 204))
      }
      let reply = try fixture.get(
        "/v1/a%2Fb/%C3%A4?type=x&type=y+z&empty&after=S.1", headers: "LAST-event-ID: S.9\r\n")
      #expect(reply.status == 204)
      let request = try #require(seen)
      #expect(request.method == "GET")
      #expect(request.target.segments == ["v1", "a/b", "ä"])
      #expect(
        request.query == [
          QueryItem(name: "type", value: "x"), QueryItem(name: "type", value: "y z"),
          QueryItem(name: "empty", value: ""), QueryItem(name: "after", value: "S.1"),
        ])
      #expect(request.header("last-event-id") == "S.9")
      let peer = try #require(request.peer)
      #expect([peer.uid, peer.gid] == [getuid(), getgid()])
      #expect(peer.pid == getpid())
      var groups = [gid_t](repeating: 0, count: 256)
      // Safe: the array has as many places as are said.
      let count = unsafe getgroups(256, &groups)
      #expect(peer.groups == Array(groups.prefix(Int(count))))
    }
  }

  @Test func `a body arrives complete, with a length and in chunks`() throws {
    try Fixture.run { fixture throws in
      fixture.handler = { request, responder in
        responder.respond(ServerResponse(status: 200, body: request.body.reversed()))
      }
      let client = try fixture.connect()
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
      #expect(fixture.wait { fixture.server?.connectionCount == 1 })
      client.send("def")
      client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
      #expect(fixture.wait { client.replies.count == 2 })
      #expect(client.replies.map(\.text) == ["fedcba", "edcba"])
    }
  }

  @Test(arguments: [
    (".", 400), ("*", 400), ("/a/../b", 400), ("/%2e%2E/b", 400), ("/a%", 400), ("/%zz", 400),
    ("/%00", 400), ("/a%0Ab", 400), ("/%ff", 400), ("/?q=%ff", 400), ("/#x", 400), ("/a/.b", 200),
    ("http://x/ok", 200), ("http://x", 400), ("/" + String(repeating: "a", count: 9000), 414),
  ])
  func `a target that could be read in two ways is refused`(target: String, status: Int) throws {
    try Fixture.run { fixture throws in
      #expect(try fixture.get(target).status == status)
    }
  }

  @Test(arguments: [
    ("Content-Length: 3\r\nContent-Length: 300\r\n", 400),
    ("Content-Length: 3\r\nContent-Length: 3\r\n", 400),
    ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Transfer-Encoding: gzip, chunked\r\n", 501),
    ("Content-Length: -5\r\n", 400), ("Content-Length: 3x\r\n", 400),
    ("Content-Length: +3\r\n", 400),
    ("Content-Length: 100000000000000000000\r\n", 413), ("Content-Length: 1048577\r\n", 413),
    ("Host: y\r\n", 400), ("X: " + String(repeating: "a", count: 20_000) + "\r\n", 431),
    (String(repeating: "X-a: b\r\n", count: 4000), 431),
  ])
  func `a head that promises trouble is refused and its connection closed`(
    headers: String, status: Int
  ) throws {
    try Fixture.run { fixture throws in
      for method in ["POST", "GET", "DELETE"] {
        let client = try fixture.connect()
        client.send("\(method) / HTTP/1.1\r\nHost: x\r\n\(headers)\r\nabc")
        #expect(fixture.wait { client.reply != nil }, "\(method) \(headers.prefix(40))")
        #expect(client.reply?.status == status, "\(method) \(headers.prefix(40))")
        #expect(
          fixture.wait {
            client.read(); return client.isEnded
          })
        #expect(client.replies.count == 1)
      }
    }
  }

  @Test func `a chunked body beyond the limit gets 413 and is not kept`() throws {
    var limits = ServerLimits()
    limits.bodySizeBytes = 1000
    try Fixture.run(limits) { fixture throws in
      let client = try fixture.connect()
      client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<200 { client.send("100\r\n" + String(repeating: "x", count: 256) + "\r\n") }
      client.send("0\r\n\r\n")
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.status == 413)
    }
  }

  @Test func `an unknown protocol version is refused`() throws {
    try Fixture.run { fixture throws in
      let client = try fixture.connect()
      client.send("GET / HTTP/9.9\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { client.reply != nil || client.isEnded })
      #expect(client.reply?.status == 505)
    }
  }

  @Test func `a hundred pipelined requests are answered in order`() throws {
    try Fixture.run { fixture throws in
      let client = try fixture.connect()
      var expected: [String] = []
      for number in 0..<100 {
        if number % 3 == 0 {
          client.send("POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
          expected.append("POST /\(number) 4")
        } else {
          client.send("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
          expected.append("GET /\(number) 0")
        }
      }
      #expect(fixture.wait { client.replies.count == 100 })
      #expect(client.replies.map(\.text) == expected)
    }
  }

  /// A seeded generator, so that a failure can be repeated: the seed is in the message.
  @Test(arguments: 1...40)
  func `random bytes end their own connection and nothing else`(seed: UInt64) throws {
    try Fixture.run { fixture throws in
      var state = seed
      func random() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
      }
      let starts = [
        "", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
      ]
      var clients: [Client] = []
      for start in starts {
        let client = try fixture.connect()
        client.send(start)
        client.send((0..<5000).map { _ in UInt8(truncatingIfNeeded: random()) })
        client.closeSending()
        clients.append(client)
      }
      #expect(
        fixture.wait {
          clients.allSatisfy { client in
            client.read()
            return client.isEnded
          }
        }, "seed \(seed)")
      #expect(try fixture.get("/probe").status == 200, "seed \(seed)")
    }
  }

  @Test func `a header value from outside cannot add a line to a response`() throws {
    try Fixture.run { fixture throws in
      fixture.handler = { _, responder in
        responder.respond(
          ServerResponse(status: 200, headers: [ServerHeader("X-Name", "a\r\nX-Evil: 1")]))
      }
      let reply = try fixture.get("/")
      #expect(reply.status == 200)
      #expect(reply.headers["x-evil"] == nil)
    }
  }

  @Test func `a large body is written whole`() throws {
    try Fixture.run { fixture throws in
      let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      fixture.handler = { _, responder in
        responder.respond(ServerResponse(status: 200, body: body))
      }
      let reply = try fixture.get("/")
      #expect(reply.body == body)
    }
  }

  @Test func `TCP serves the same, without a peer`() throws {
    try Fixture.run { fixture throws in
      var peers: [Peer?] = []
      fixture.handler = { request, responder in
        peers.append(request.peer)
        responder.respond(ServerResponse(status: 200, body: request.body))
      }
      let port = try #require(try fixture.server?.listen(onTCP: "127.0.0.1", port: 0))
      #expect(port != 0)
      let client = try #require(Client(port: port))
      client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.text == "hi")
      #expect(peers == [nil])
      let other = try fixture.makeServer()
      defer { other.stop() }
      #expect(throws: ServerError.self) { try other.listen(onTCP: "127.0.0.1", port: port) }
      #expect(throws: ServerError.self) { try other.listen(onTCP: "some.name", port: 0) }
    }
  }
}
