import Glibc
import Loop
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct LimitTests {
  @Test func `a slow head is cut off in total time, however busy it looks`() throws {
    var limits = ServerLimits()
    limits.headDeadline = .milliseconds(300)
    try Fixture.run(limits) { fixture throws in
      let start = fixture.loop.now
      let client = try fixture.connect()
      client.send("GET / HTTP/1.1\r\nX: ")
      #expect(
        fixture.wait {
          client.send("a")  // progress on every turn, which an inactivity limit would reward
          client.read()
          return client.isEnded
        })
      #expect(fixture.loop.now - start >= .milliseconds(300))
      #expect(fixture.wait { fixture.server?.connectionCount == 0 })
    }
  }

  @Test func `a connection that says nothing, and a body that never ends, are cut off`() throws {
    var limits = ServerLimits()
    limits.headDeadline = .milliseconds(200)
    limits.bodyDeadline = .milliseconds(200)
    limits.keepAliveLimit = .milliseconds(200)
    try Fixture.run(limits) { fixture throws in
      let silent = try fixture.connect()
      let partial = try fixture.connect()
      partial.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
      let kept = try fixture.connect()
      kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(fixture.wait { kept.reply != nil })
      #expect(
        fixture.wait {
          [silent, partial, kept].allSatisfy { client in
            client.read()
            return client.isEnded
          }
        })
      #expect(fixture.wait { fixture.server?.connectionCount == 0 })
    }
  }

  @Test func `five hundred idle connections do not delay a request`() throws {
    try Fixture.run { fixture throws in
      var idle: [Client] = []
      for number in 0..<500 {
        let client = try fixture.connect()
        if number % 2 == 0 { client.send("GET / HTTP/1.1\r\nX: partial") }
        idle.append(client)
      }
      #expect(fixture.wait { fixture.server?.connectionCount == 500 })
      #expect(try fixture.get("/probe").status == 200)
      // It came before any of them had gone.
      #expect(fixture.server?.connectionCount ?? 0 >= 500)
      idle = []
      #expect(fixture.wait { fixture.server?.connectionCount == 0 })
    }
  }

  @Test func `connections beyond a limit get 503, and the place is free again after a close`()
    throws
  {
    for (total, perUser) in [(3, 100), (100, 3)] {
      var limits = ServerLimits()
      limits.connections = total
      limits.connectionsPerUser = perUser
      try Fixture.run(limits) { fixture throws in
        var clients = try (0..<3).map { _ in try fixture.connect() }
        #expect(fixture.wait { fixture.server?.connectionCount == 3 })
        let beyond = try fixture.connect()
        #expect(fixture.wait { beyond.reply != nil })
        #expect(beyond.reply?.status == 503)
        clients.removeLast()
        #expect(fixture.wait { fixture.server?.connectionCount == 2 })
        #expect(try fixture.get("/").status == 200)
      }
    }
  }

  @Test func `without descriptors left the server waits and then serves`() throws {
    try Fixture.run { fixture throws in
      let acceptor = try #require(fixture.server?.acceptors.first)
      let accept = acceptor.acceptNext
      var refusals = 0
      acceptor.acceptNext = { descriptor, address in
        guard refusals == 3 else {
          refusals += 1
          errno = EMFILE
          return -1
        }
        return accept(descriptor, &address)
      }
      let start = fixture.loop.now
      #expect(try fixture.get("/").status == 200)
      #expect(refusals == 3)
      // It waited each time, where a level-triggered watch alone would have spun.
      #expect(fixture.loop.now - start >= ServerLimits.acceptRetryDelay * 3)
    }
  }
}
