import HTTPServer
import JSON
import TestSupport
import Testing

@testable import API

@Suite struct GroupTests {
  private func make(_ fixture: Fixture, _ name: String, at sequence: Int64, isFeed: Bool = false) {
    fixture.backend.groupViews[name] = GroupView(
      name: name, sequence: sequence, moved: "2026-11-21T10:15:00.000000Z", isFeed: isFeed)
  }

  @Test func `a group says where it is, how far behind, and whether somebody reads`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(10)
      make(fixture, "g", at: 4)
      let alone = try fixture.get("/v1/groups/g").json
      #expect(alone?["cursor"]?.string == "S1.4")
      #expect(alone?["lag"]?.integer == 6)
      #expect(alone?["active"]?.bool == false)
      let clients = try (0..<3).map { _ in try fixture.open("/v1/groups/g/events?stream=1") }
      #expect(fixture.wait { fixture.api.openCount == 3 })
      let list = try fixture.get("/v1/groups").json?["groups"]
      let read = try #require(list.flatMap { Array($0.elements).first })
      #expect(read["active"]?.bool == true)
      #expect(read["waiting"]?.integer == 2)
      #expect(try fixture.get("/v1/groups/h").status == 404)
      _ = clients
    }
  }

  @Test func `a group is put at a cursor, and made only if it is new where that is asked for`()
    throws
  {
    try Fixture.run { fixture throws in
      fixture.backend.add(10)
      let made = try fixture.ask("PUT", "/v1/groups/a.b-c_1", #"{"at":"latest"}"#)
      #expect(made.status == 201)
      #expect(made.headers["location"] == "/v1/groups/a.b-c_1")
      #expect(made.json?["cursor"]?.string == "S1.10")
      #expect(try fixture.ask("PUT", "/v1/groups/a.b-c_1", #"{"at":"S1.3"}"#).status == 200)
      _ = try fixture.ask(
        "PUT", "/v1/groups/n", #"{"at":"earliest"}"#, headers: "If-None-Match: *\r\n")
      #expect(
        fixture.backend.changes == [
          .place(name: "a.b-c_1", at: 10), .place(name: "a.b-c_1", at: 3),
          .create(name: "n", at: 0),
        ])
      for (name, body, status) in [
        ("x%20y", #"{"at":"latest"}"#, 400), (String(repeating: "x", count: 65), "{}", 400),
        ("feed:x", #"{"at":"latest"}"#, 400), ("x", #"{"at":"S2.3"}"#, 410),
        ("x", #"{"at":"S1.11"}"#, 410), ("x", "{}", 400), ("x", #"{"at":1}"#, 400),
        ("x", #"{"at":"latest","more":1}"#, 400),
      ] {
        #expect(
          try fixture.ask("PUT", "/v1/groups/\(name)", body).status == status, "\(name) \(body)")
      }
      #expect(fixture.backend.changes.count == 3)
    }
  }

  /// Tried: an acknowledgement that is not held against the latest event.
  @Test func `an acknowledgement names an event of this store that was published`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.oldestSequence = 101
      fixture.backend.add(50)
      make(fixture, "g", at: 100)
      let path = "/v1/groups/g/ack"
      #expect(try fixture.ask("POST", path, #"{"cursor":"S1.120"}"#).status == 200)
      for (cursor, status) in [
        ("S1.151", 410), ("S2.120", 410), ("S1.99", 410), ("latest", 400), ("", 400),
      ] {
        let reply = try fixture.ask("POST", path, #"{"cursor":"\#(cursor)"}"#)
        #expect(reply.status == status, "\(cursor)")
      }
      #expect(fixture.backend.changes == [.acknowledge(name: "g", through: 120, placement: 0)])
      #expect(try fixture.ask("POST", "/v1/groups/h/ack", #"{"cursor":"S1.120"}"#).status == 404)
    }
  }

  /// Tried: the next member goes on from where the first had read, instead of the acknowledged.
  @Test func `one member reads, and the next takes over at once from what is acknowledged`() throws
  {
    try Fixture.run { fixture throws in
      fixture.backend.add(5)
      make(fixture, "g", at: 2)
      let first = try fixture.open("/v1/groups/g/events?stream=1")
      #expect(fixture.wait { first.hasAtEnd("\n") && first.replies.first?.sequences == [3, 4, 5] })
      #expect(first.replies.first?.headers["recbridge-group"] == "active")
      let second = try fixture.open("/v1/groups/g/events", headers: Self.serverSent)
      let third = try fixture.open("/v1/groups/g/events?stream=1")
      #expect(fixture.wait { fixture.api.openCount == 3 && third.replies.first?.status == 200 })
      #expect(second.replies.first?.headers["recbridge-group"] == "waiting")
      #expect(try fixture.ask("POST", "/v1/groups/g/ack", #"{"cursor":"S1.4"}"#).status == 200)
      fixture.commit(1)
      #expect(fixture.wait { first.replies.first?.sequences.last == 6 })
      #expect(second.replies.first?.lines == [])
      first.close()
      #expect(fixture.wait { second.replies.first?.text.contains("id: S1.6\n") ?? false })
      #expect(second.replies.first?.text.hasPrefix("id: S1.5\n") ?? false)
      #expect(third.replies.first?.lines == [])
      second.close()
      #expect(fixture.wait { third.replies.first?.sequences == [5, 6] })
      third.close()
      #expect(fixture.wait { fixture.api.openCount == 0 })
    }
  }

  private static let serverSent = "Accept: text/event-stream\r\nLast-Event-ID: S1.1\r\n"

  @Test func `who waits in vain for a finite answer gets an empty one`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(5)
      make(fixture, "g", at: 2)
      #expect(try fixture.get("/v1/groups/g/events?limit=2").sequences == [3, 4])
      let holder = try fixture.open("/v1/groups/g/events?stream=1")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      for target in ["/v1/groups/g/events", "/v1/groups/g/events?wait=1"] {
        let reply = try fixture.get(target)
        #expect(reply.status == 200 && reply.lines == [])
        #expect(reply.headers["recbridge-group"] == "waiting")
      }
      holder.close()
      #expect(fixture.wait { fixture.api.openCount == 0 })
      #expect(try fixture.get("/v1/groups/g/events?type=none").sequences == [])
      #expect(try fixture.get("/v1/groups/g/events?after=S1.1").status == 400)
    }
  }

  @Test func `whoever reads a group that is moved or removed is sent away`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(5)
      make(fixture, "g", at: 5)
      for (method, body) in [("PUT", #"{"at":"earliest"}"#), ("DELETE", "")] {
        let members = try (0..<2).map { _ in try fixture.open("/v1/groups/g/events?stream=1") }
        #expect(fixture.wait { fixture.api.openCount == 2 })
        #expect(try fixture.ask(method, "/v1/groups/g", body).status == 200)
        #expect(fixture.wait { members.allSatisfy { $0.reply != nil } })
        #expect(fixture.api.openCount == 0)
      }
      #expect(fixture.backend.groupViews.isEmpty)
    }
  }

  @Test func `who has read before a group was put back does not undo that`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(9)
      make(fixture, "g", at: 2)
      func acknowledge(_ sequence: Int) throws -> Int {
        try fixture.ask("POST", "/v1/groups/g/ack", "{\"cursor\":\"S1.\(sequence)\"}").status
      }
      #expect(try fixture.get("/v1/groups/g/events?limit=6").sequences.last == 8)
      #expect(try fixture.ask("PUT", "/v1/groups/g", #"{"at":"S1.3"}"#).status == 200)
      #expect(try acknowledge(8) == 409)
      #expect(try fixture.get("/v1/groups/g").json?["cursor"]?.string == "S1.3")
      #expect(try fixture.get("/v1/groups/g/events?limit=2").sequences == [4, 5])
      #expect(try acknowledge(8) == 409)
      #expect(try acknowledge(5) == 200)
      // It may come twice, and whoever reads on may go on.
      #expect(try acknowledge(5) == 200)
      let member = try fixture.open("/v1/groups/g/events?stream=1")
      #expect(fixture.wait { member.replies.first?.sequences == [6, 7, 8, 9] })
      #expect(try acknowledge(9) == 200)
      #expect(fixture.backend.changes.last == .acknowledge(name: "g", through: 9, placement: 1))
    }
  }

  @Test func `a cursor that retention has passed is 410 to its group`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.oldestSequence = 101
      fixture.backend.add(5)
      make(fixture, "g", at: 50)
      let reply = try fixture.get("/v1/groups/g/events?stream=1")
      #expect(reply.status == 410)
      #expect(reply.json?["oldest"]?.string == "S1.100")
      #expect(try fixture.get("/v1/groups/g").status == 200)
    }
  }

  @Test func `a feed's group is looked at and moved, and nothing else`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(5)
      make(fixture, "feed:x", at: 5, isFeed: true)
      #expect(try fixture.get("/v1/groups/feed:x").json?["feed"]?.bool == true)
      #expect(try fixture.get("/v1/groups/feed:x/events?stream=1").status == 409)
      #expect(
        try fixture.ask("POST", "/v1/groups/feed:x/ack", #"{"cursor":"S1.5"}"#).status == 409)
      #expect(try fixture.ask("DELETE", "/v1/groups/feed:x", "").status == 409)
      #expect(try fixture.ask("PUT", "/v1/groups/feed:x", #"{"at":"S1.1"}"#).status == 200)
    }
  }

  /// The test's own user is neither the daemon's nor root, as far as the API is told; run as root
  /// there is nobody to refuse.
  @Test func `who may only read may only look`() throws {
    let policy = AccessPolicy(daemonUID: 998, commandUIDs: [5], groupUIDs: [7], groupGIDs: [60])
    func may(_ uid: UInt32, _ gid: UInt32 = 1, _ groups: [UInt32] = []) -> Bool {
      policy.mayUseGroups(Peer(uid: uid, gid: gid, pid: 1, groups: groups))
    }
    #expect(may(0) && may(998) && may(7) && may(9, 60) && may(9, 1, [60]))
    #expect(!may(5) && !may(9) && !policy.mayUseGroups(nil))
    try Fixture.run { fixture throws in
      make(fixture, "g", at: 0)
      let port = try fixture.listenOnTCP()
      for (method, path) in [
        ("PUT", "/v1/groups/g"), ("DELETE", "/v1/groups/g"), ("POST", "/v1/groups/g/ack"),
        ("GET", "/v1/groups/g/events"),
      ] {
        #expect(try fixture.ask(method, path, "{}", port: port).status == 403, "\(method) \(path)")
      }
      #expect(try fixture.ask("GET", "/v1/groups/g", "", port: port).status == 200)
      #expect(fixture.backend.changes.isEmpty)
    }
  }
}
