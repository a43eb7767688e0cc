import Glibc
import HTTPServer
import JSON
import TestSupport
import Testing

@testable import API

@Suite struct RouteTests {
  @Test func `every document is served, and health speaks by its status`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(7)
      #expect(try fixture.get("/v1/calls").json?["cursor"]?.string == "S1.7")
      for path in ["sessions", "commands", "exceptions"] {
        let reply = try fixture.get("/v1/\(path)")
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/json")
        #expect(reply.json?[path]?.kind == .array)
      }
      #expect(try fixture.get("/healthz").status == 200)
      #expect(try fixture.get("/readyz").status == 503)
      fixture.backend.isHealthy = false
      fixture.backend.isReady = true
      #expect(try fixture.get("/healthz").status == 503)
      #expect(try fixture.get("/readyz").status == 200)
      let routes = try fixture.get("/v1/schema").json?["routes"]?.elements.map {
        $0["path"]?.string
      }
      #expect(routes?.contains("/v1/commands/{id}") == true)
    }
  }

  @Test(arguments: [
    ("/", 404), ("/v1", 404), ("/v1/events/", 404), ("/v1//calls", 404), ("/v2/events", 404),
    ("/v1/Calls", 404), ("/v1/commands/", 404), ("/v1/commands/none", 404),
    ("/v1/events?typ=x", 400), ("/v1/calls?x=1", 400), ("/v1/events?type=", 400),
    ("/v1/events?limit=0", 400), ("/v1/events?limit=10001", 400), ("/v1/events?limit=x", 400),
    ("/v1/events?limit=%2B5", 400), ("/v1/events?wait=61", 400), ("/v1/events?wait=-1", 400),
    ("/v1/events?wait=1.5", 400), ("/v1/events?limit=1&limit=2", 400), ("/v1/events?stream=2", 400),
    ("/v1/events?stream=1&limit=5", 400), ("/v1/events?stream=1&wait=5", 400),
    ("/v1/events?after=latest&after=latest", 400), ("/v1/commands/x?wait=a", 400),
  ])
  func `what is not understood is refused in words`(target: String, status: Int) throws {
    try Fixture.run { fixture throws in
      let reply = try fixture.get(target)
      #expect(reply.status == status)
      #expect(reply.headers["content-type"] == "application/problem+json")
      #expect(reply.json?["status"]?.integer == Int64(status))
      for member in ["type", "title", "detail"] {
        #expect(reply.json?[member]?.string?.isEmpty == false)
      }
    }
  }

  @Test func `a method that is not possible is answered with those that are`() throws {
    try Fixture.run { fixture throws in
      for (path, allowed) in [("/v1/calls", "GET, HEAD"), ("/v1/commands", "GET, HEAD, POST")] {
        let client = try #require(Client(unixPath: fixture.socket))
        client.send("DELETE \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(fixture.wait { client.reply != nil })
        #expect(client.reply?.status == 405)
        #expect(client.reply?.headers["allow"] == allowed)
      }
      let head = try #require(Client(unixPath: fixture.socket))
      head.send("HEAD /v1/events?stream=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(
        fixture.wait {
          head.read(); return head.isEnded
        })
      #expect(head.text.hasPrefix("HTTP/1.1 200"))
      #expect(fixture.api.openCount == 0)
    }
  }

  @Test func `only those who may command can, and anybody who could connect can read`() {
    let peer = Peer(uid: 1000, gid: 100, pid: 1, groups: [4, 27])
    func may(_ peer: Peer?, _ uids: Set<UInt32> = [], _ gids: Set<UInt32> = []) -> Bool {
      AccessPolicy(daemonUID: 998, commandUIDs: uids, commandGIDs: gids).mayCommand(peer)
    }
    #expect(!may(nil))
    #expect(!may(peer))
    #expect(may(Peer(uid: 0, gid: 0, pid: 1)))
    #expect(may(Peer(uid: 998, gid: 1, pid: 1)))
    #expect(may(peer, [1000]))
    #expect(may(peer, [], [100]))
    #expect(may(peer, [], [27]))
    #expect(!may(peer, [1001], [101]))
  }
}
