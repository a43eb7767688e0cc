import Glibc
import Loop
import TestSupport
import Testing

@testable import HTTPServer

/// One port for HTTP and for what becomes a WebSocket.
@Suite struct UpgradeTests {
  private final class Hall {
    var handed: [Int32] = []
    var port: UInt16 = 0
    deinit { for descriptor in handed { close(descriptor) } }

    /// What is unread on the first descriptor that was handed over.
    var unread: String {
      guard let descriptor = handed.first else { return "" }
      var bytes = [UInt8](repeating: 0, count: 65536)
      // Safe: the array has the size that is passed.
      let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
  }

  private func run(
    _ limits: ServerLimits = ServerLimits(), _ body: (Fixture, HTTPServer, Hall) throws -> Void
  ) throws {
    let fixture = try Fixture()
    defer { fixture.end() }
    let server = try fixture.makeServer(limits)
    defer { server.stop() }
    let hall = Hall()
    hall.port = try server.listen(onTCP: "127.0.0.1", port: 0) { hall.handed.append($0) }
    try body(fixture, server, hall)
  }

  private let head =
    "GET /n HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUPGRADE: h2c, WebSocket\r\n"

  @Test func `an upgrade is handed over with every byte, in however many pieces it came`() throws {
    let cookie = "Cookie: \(String(repeating: "c", count: 6000))\r\n"
    for pieces in [
      [head + "\r\nxyz"], [String(head.prefix(2)), String(head.dropFirst(2)), "\r\n"],
      ["GET /n HTTP/1.1\r\n" + cookie, String(head.dropFirst(17)), "\r\n"],
    ] {
      try run { fixture, server, hall throws in
        let client = try #require(Client(port: hall.port))
        for (index, piece) in pieces.enumerated() {
          client.send(piece)
          // The turns in which the piece is seen by itself.
          var turns = 0
          _ = fixture.wait {
            turns += 1
            return turns > 3
          }
          if index < pieces.count - 1 { #expect(hall.handed.isEmpty) }
        }
        #expect(fixture.wait { hall.handed.count == 1 })
        #expect(hall.unread == pieces.joined())
        #expect(server.connectionCount == 0)
        #expect(!client.isEnded)
      }
    }
  }

  @Test func `everything else is served as without it`() throws {
    try run { fixture, _, hall throws in
      for request in [
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
        "GET /a HTTP/1.1\r\nHost: x\r\nX: upgrade: websocket\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "y", count: 10_000))\r\n\r\n",
      ] {
        let client = try #require(Client(port: hall.port))
        client.send(String(request.prefix(10)))
        #expect(!fixture.loop.run(until: { client.reply != nil }, within: .milliseconds(30)))
        client.send(String(request.dropFirst(10)))
        #expect(fixture.wait { client.reply != nil })
        #expect(client.reply?.status == 200)
      }
      #expect(hall.handed.isEmpty)
    }
  }

  @Test func `a head that never ends is cut at the deadline, and silence too`() throws {
    var limits = ServerLimits()
    limits.headDeadline = .milliseconds(200)
    try run(limits) { fixture, server, hall throws in
      let silent = try #require(Client(port: hall.port))
      let slow = try #require(Client(port: hall.port))
      slow.send("GET / HTTP/1.1\r\nX: ")
      #expect(
        fixture.wait {
          slow.send("a")
          slow.read()
          silent.read()
          return slow.isEnded && silent.isEnded
        })
      #expect(hall.handed.isEmpty)
      #expect(server.connectionCount == 0)
    }
  }

  @Test func `connections whose head is awaited count, and end with the server`() throws {
    var limits = ServerLimits()
    limits.connections = 3
    try run(limits) { fixture, server, hall throws in
      let clients = try (0..<3).map { _ in try #require(Client(port: hall.port)) }
      let beyond = try #require(Client(port: hall.port))
      #expect(fixture.wait { beyond.reply != nil })
      #expect(beyond.reply?.status == 503)
      server.stop()
      #expect(
        fixture.wait {
          clients.allSatisfy { client in
            client.read()
            return client.isEnded
          }
        })
    }
  }
}
