import Loop
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct StreamTests {
  private let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

  @Test func `a stream sends what is there, waits, and goes on when woken`() throws {
    try Fixture.run { fixture throws in
      let source = LineSource()
      source.lines = ["a", "b"]
      var responder: Responder?
      fixture.handler = {
        responder = $1
        $1.stream(
          status: 200, headers: [ServerHeader("Content-Type", "application/x-ndjson")],
          source: source)
      }
      let client = try fixture.connect()
      client.send(request)
      #expect(fixture.wait { client.replies.first?.lines == ["a", "b"] })
      #expect(client.replies.first?.headers["content-type"] == "application/x-ndjson")
      for number in 0..<50 {
        source.lines.append("line \(number)")
        responder?.resume()
        #expect(fixture.wait { client.replies.first?.lines.last == "line \(number)" })
      }
      source.isOver = true
      responder?.resume()
      #expect(fixture.wait { client.reply != nil })
      #expect(client.reply?.lines == source.lines)
      responder?.resume()  // late, and silent
      client.send(request)
      #expect(fixture.wait { client.replies.count == 2 }, "the connection is kept")
    }
  }

  /// The central promise: one reader is steady, one stops reading in the middle, one leaves and
  /// comes back with the number of lines it has. Mutation tried, which this catches:
  /// giving a stalled reader its last words before the rest of its block.
  @Test func `a reader that stalls delays nobody and is told where it was`() throws {
    var limits = ServerLimits()
    limits.stallLimit = .milliseconds(400)
    try Fixture.run(limits) { fixture throws in
      let lines = (0..<40_000).map { "\($0) " + String(repeating: "x", count: 40) }
      var sources: [String: LineSource] = [:]
      var broken: [String] = []
      fixture.handler = { request, responder in
        let source = LineSource(after: Int(request.query[0].value) ?? 0)
        source.lines = lines
        source.isOver = true
        sources[request.path] = source
        responder.onDisconnect { broken.append(request.path) }
        responder.stream(status: 200, headers: [], source: source)
      }
      func reader(_ name: String, after: Int) throws -> Client {
        let client = try fixture.connect()
        client.send("GET /\(name)?after=\(after) HTTP/1.1\r\nHost: x\r\n\r\n")
        return client
      }
      let stalled = try reader("stalled", after: 0)
      let leaving = try reader("leaving", after: 0)
      #expect(
        fixture.wait {
          stalled.read(1000)
          leaving.read(20_000)
          return leaving.bytes.count > 200_000
        })
      let got = try #require(leaving.replies.first).lines.dropLast()
      leaving.close()
      let steady = try reader("steady", after: 0)
      let resuming = try reader("resuming", after: got.count)
      #expect(
        fixture.wait {
          // Both are read on every turn: a reader that has to wait for another would stall.
          let isRead = [steady, resuming].map { $0.hasAtEnd("\r\n0\r\n\r\n") }
          return !isRead.contains(false)
        })
      #expect(steady.reply?.lines == lines)
      #expect(got + (resuming.reply?.lines ?? []) == lines)
      #expect(fixture.wait { broken == ["/leaving"] })

      let source = try #require(sources["/stalled"])
      #expect(fixture.wait { source.wasStalled })
      #expect(source.given < lines.count)
      #expect(fixture.wait { stalled.hasAtEnd("\r\n0\r\n\r\n") })
      let last = try #require(stalled.reply).lines
      #expect(Array(last.dropLast()) == Array(lines[..<source.given]))
      #expect(last.last == "lagged after \(source.given)")
      #expect(
        fixture.wait {
          stalled.read(); return stalled.isEnded
        })
      #expect(broken == ["/leaving"])
    }
  }

  @Test func `a stalled reader that never reads again is shut down`() throws {
    var limits = ServerLimits()
    limits.stallLimit = .milliseconds(200)
    try Fixture.run(limits) { fixture throws in
      var broken = 0
      fixture.handler = { request, responder in
        responder.onDisconnect { broken += 1 }
        if request.path == "/stream" {
          let source = LineSource()
          source.lines = (0..<40_000).map { "\($0) " + String(repeating: "x", count: 40) }
          responder.stream(status: 200, headers: [], source: source)
        } else {
          responder.respond(
            ServerResponse(status: 200, body: [UInt8](repeating: 65, count: 2_000_000)))
        }
      }
      let clients = try ["/stream", "/body"].map { path in
        let client = try fixture.connect()
        client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        return client
      }
      #expect(fixture.wait { broken == 2 && fixture.server?.connectionCount == 0 })
      #expect(clients.allSatisfy { $0.reply == nil })
    }
  }

  @Test func `a slow reader that does read is not taken for stalled`() throws {
    var limits = ServerLimits()
    limits.stallLimit = .milliseconds(400)
    try Fixture.run(limits) { fixture throws in
      let body = [UInt8](repeating: 65, count: 1_500_000)
      fixture.handler = { $1.respond(ServerResponse(status: 200, body: body)) }
      let client = try fixture.connect()
      client.send(request)
      let start = fixture.loop.now
      // Takes 64 KiB whenever an eighth of the stall limit has passed: 23 such, 1.2 s in all.
      var next = start
      #expect(
        fixture.wait {
          if fixture.loop.now >= next {
            client.read(65_536)
            next = fixture.loop.now + .milliseconds(50)
          }
          return client.bytes.count > body.count
        })
      #expect(fixture.loop.now - start > .milliseconds(800))
      #expect(client.reply?.body == body)
    }
  }

  @Test func `an idle stream has a heartbeat, and a reader that left is found`() throws {
    var limits = ServerLimits()
    limits.heartbeatInterval = .milliseconds(100)
    try Fixture.run(limits) { fixture throws in
      var broken = 0
      var keep: [Responder] = []
      fixture.handler = { _, responder in
        keep.append(responder)
        responder.onDisconnect { broken += 1 }
        responder.stream(status: 200, headers: [], source: LineSource())
      }
      let client = try fixture.connect()
      client.send(request)
      #expect(fixture.wait { client.replies.first?.text == "\n\n\n" })
      // Bytes behind the request hide the close from the watch; the heartbeat's write finds it.
      client.send("GET")
      #expect(fixture.wait { client.replies.first?.text == "\n\n\n\n\n" })
      client.close()
      #expect(fixture.wait { broken == 1 && fixture.server?.connectionCount == 0 })
    }
  }

  @Test func `a line longer than a block is sent whole`() throws {
    try Fixture.run { fixture throws in
      let source = LineSource()
      source.lines = ["a", String(repeating: "x", count: 1_000_000), "b"]
      source.isOver = true
      fixture.handler = { $1.stream(status: 200, headers: [], source: source) }
      #expect(try fixture.get("/").lines == source.lines)
    }
  }

  @Test func `a stream that is cut is not mistaken for a complete one`() throws {
    try Fixture.run { fixture throws in
      let source = LineSource()
      source.lines = ["a"]
      source.isCutting = true
      fixture.handler = { $1.stream(status: 200, headers: [], source: source) }
      let client = try fixture.connect()
      client.send(request)
      #expect(
        fixture.wait {
          client.read(); return client.isEnded
        })
      #expect(client.replies.first?.lines == ["a"])
      #expect(client.reply == nil)
    }
  }

  @Test func `HEAD gets the head, and an HTTP 1.0 client bytes until the end`() throws {
    try Fixture.run { fixture throws in
      let source = LineSource()
      source.lines = ["a"]
      source.isOver = true
      fixture.handler = { $1.stream(status: 200, headers: [], source: source) }
      let head = try fixture.connect()
      head.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { head.text.hasSuffix("\r\n\r\n") })
      #expect(source.given == 0)
      let old = try fixture.connect()
      old.send("GET / HTTP/1.0\r\n\r\n")
      #expect(
        fixture.wait {
          old.read(); return old.isEnded
        })
      #expect(old.text.hasSuffix("\r\n\r\na\n"))
    }
  }
}
