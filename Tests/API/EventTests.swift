import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

@testable import API

@Suite struct EventTests {
  @Test func `a finite answer begins after its cursor, ends at its limit, and repeats nothing`()
    throws
  {
    try Fixture.run { fixture throws in
      fixture.backend.add(1000)
      var cursor = "earliest"
      var seen: [Int] = []
      while true {
        let reply = try fixture.get("/v1/events?after=\(cursor)&limit=77")
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/x-ndjson")
        if reply.sequences.isEmpty { break }
        #expect(reply.sequences.count <= 77)
        seen += reply.sequences
        cursor = "S1.\(seen[seen.count - 1])"
      }
      #expect(seen == Array(1...1000))
      #expect(try fixture.get("/v1/events").sequences.count == APILimits.eventsDefault)
      #expect(try fixture.get("/v1/events?after=latest").sequences.isEmpty)
      #expect(try fixture.get("/v1/events?after=S1.999").sequences == [1000])
      #expect(try fixture.get("/v1/events?after=S1.1000").sequences.isEmpty)
      #expect(try fixture.get("/v1/events?after=S1.0&limit=1").sequences == [1])
      #expect(fixture.api.openCount == 0)
    }
  }

  @Test func `a cursor that cannot be continued without a gap is refused with where to go on`()
    throws
  {
    try Fixture.run { fixture throws in
      fixture.backend.oldestSequence = 101
      fixture.backend.add(50)
      for cursor in ["S2.120", "S1.151", "S1.99", "S1.0"] {
        let reply = try fixture.get("/v1/events?after=\(cursor)")
        #expect(reply.status == 410, "\(cursor)")
        #expect(reply.headers["content-type"] == "application/problem+json")
        #expect(reply.json?["status"]?.integer == 410)
        #expect(reply.json?["oldest"]?.string == "S1.100")
        #expect(reply.json?["latest"]?.string == "S1.150")
      }
      for cursor in ["S1", "S1.", ".5", "S1.01", "S1.-1", "S1.x", "5", "S1.99999999999999999999"] {
        #expect(try fixture.get("/v1/events?after=\(cursor)").status == 400, "\(cursor)")
      }
      #expect(try fixture.get("/v1/events?after=S1.100&limit=1").sequences == [101])
      #expect(try fixture.get("/v1/events?after=earliest&limit=1").sequences == [101])
      #expect(try fixture.get("/v1/events?after=S1.150").sequences == [])
    }
  }

  @Test func `filters select by type, call and agent, however far apart the matches are`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(5000)
      fixture.backend.add(1, type: "recbridge.gap.v1")
      fixture.backend.add(5000)
      fixture.backend.add(2, type: "recbridge.command.v1")
      fixture.backend.agents[10_002] = "alice"
      fixture.backend.callsOf[10_003] = "c/1"
      let both = "type=recbridge.gap.v1&type=recbridge.command.v1"
      #expect(try fixture.get("/v1/events?\(both)").sequences == [5001, 10_002, 10_003])
      #expect(try fixture.get("/v1/events?\(both)&limit=2").sequences == [5001, 10_002])
      #expect(try fixture.get("/v1/events?agent=alice").sequences == [10_002])
      #expect(try fixture.get("/v1/events?call=c%2F1").sequences == [10_003])
      #expect(try fixture.get("/v1/events?type=none").sequences == [])
    }
  }

  @Test func `wait holds the answer for the first event, and no longer than asked`() throws {
    try Fixture.run { fixture throws in
      let waiting = try fixture.open("/v1/events?after=latest&wait=60")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      fixture.commit(2)
      #expect(fixture.wait { waiting.reply != nil })
      #expect(waiting.reply?.sequences == [1, 2])
      let filtered = try fixture.open("/v1/events?after=latest&type=recbridge.gap.v1&wait=60")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      fixture.commit(1)
      fixture.commit(1, type: "recbridge.gap.v1")
      #expect(fixture.wait { filtered.reply?.sequences == [4] })
      let start = fixture.loop.now
      #expect(try fixture.get("/v1/events?after=latest&wait=1").sequences == [])
      #expect(fixture.loop.now - start >= .seconds(1))
      #expect(fixture.api.openCount == 0)
      let left = try fixture.open("/v1/events?after=latest&wait=60")
      #expect(fixture.wait { fixture.api.openCount == 1 })
      left.close()
      #expect(fixture.wait { fixture.api.openCount == 0 })
    }
  }

  @Test func `a stream begins at the latest event and follows without an end`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(3)
      let stream = try fixture.open("/v1/events?stream=1")
      let replay = try fixture.open("/v1/events?stream=1&after=S1.1")
      #expect(fixture.wait { replay.replies.first?.sequences == [2, 3] })
      for round in 1...50 {
        fixture.commit(1)
        #expect(fixture.wait { stream.replies.first?.sequences.count == round })
      }
      #expect(stream.replies.first?.sequences == Array(4...53))
      #expect(fixture.wait { replay.replies.first?.sequences == Array(2...53) })
      #expect(stream.reply == nil)
      stream.close()
      replay.close()
      #expect(fixture.wait { fixture.api.openCount == 0 })
    }
  }

  @Test func `Server-Sent Events carry the cursor, resume from Last-Event-ID, and beat`() throws {
    var limits = ServerLimits()
    limits.heartbeatInterval = .milliseconds(100)
    try Fixture.run(limits: limits) { fixture throws in
      fixture.backend.add(2)
      let accept = "Accept: text/html;q=0.1, Text/Event-Stream\r\n"
      let first = try fixture.open("/v1/events?after=S1.1", headers: accept)
      let line = String(decoding: fixture.backend.lines[1].line, as: UTF8.self)
      let event = "id: S1.2\nevent: recbridge.call.v1\ndata: \(line)\n\n"
      #expect(fixture.wait { first.replies.first?.text == event + ":\n\n" })
      #expect(first.replies.first?.headers["content-type"] == "text/event-stream")
      let again = try fixture.open(
        "/v1/events?after=S1.0", headers: accept + "Last-Event-ID: S1.1\r\n")
      #expect(fixture.wait { again.replies.first?.text.hasPrefix(event) == true })
      let gone = try fixture.get("/v1/events", headers: accept + "Last-Event-ID: S9.1\r\n")
      #expect(gone.status == 410)
    }
  }

  /// Three readers at once: a steady one, one that stops reading, one that leaves and resumes.
  /// Mutation tried, which this catches:
  /// a lagged line with the latest cursor instead of the reader's own.
  @Test func `a stalled reader is told its cursor and loses nothing when it comes back`() throws {
    var limits = ServerLimits()
    limits.stallLimit = .milliseconds(400)
    try Fixture.run(limits: limits) { fixture throws in
      fixture.backend.add(3000, size: 700)
      let stalled = try fixture.open("/v1/events?stream=1&after=earliest")
      let leaving = try fixture.open("/v1/events?stream=1&after=earliest")
      #expect(
        fixture.wait {
          leaving.read(50_000); return leaving.bytes.count > 500_000
        })
      let got = try #require(leaving.replies.first).sequences.dropLast()
      leaving.close()
      let resumed = try fixture.open("/v1/events?stream=1&after=S1.\(got.count)")
      let steady = try fixture.open("/v1/events?stream=1&after=earliest")
      fixture.commit(500)
      #expect(
        fixture.wait {
          // Both are read on every turn: a reader that has to wait for another would stall.
          let isRead = [steady, resumed].map { $0.hasAtEnd("S1.3500") }
          return !isRead.contains(false)
        })
      #expect(steady.replies.first?.sequences == Array(1...3500))
      #expect(got + (resumed.replies.first?.sequences ?? []) == Array(1...3500))
      #expect(fixture.wait { fixture.api.openCount == 2 }, "the stalled reader was given up")
      #expect(fixture.wait { stalled.reply != nil })
      let lines = try #require(stalled.reply).lines
      let last = Reply.json(lines.last ?? "")
      #expect(last?["type"]?.string == "recbridge.lagged.v1")
      let cursor = try #require(last?["data"]?["cursor"]?.string)
      let before = Array(try #require(stalled.reply).sequences.prefix(lines.count - 1))
      #expect(before == Array(1...before.count))
      #expect(cursor == "S1.\(before.count)")
      let back = try fixture.get("/v1/events?after=\(cursor)&limit=10000").sequences
      #expect(before + back == Array(1...3500))
    }
  }

  @Test func `a stream that retention overtakes ends with its cursor, not with a jump`() throws {
    try Fixture.run { fixture throws in
      fixture.backend.add(10)
      let stream = try fixture.open("/v1/events?stream=1&after=S1.4")
      #expect(fixture.wait { stream.replies.first?.sequences == Array(5...10) })
      fixture.backend.lines = []
      fixture.backend.oldestSequence = 20
      fixture.commit(1)
      #expect(fixture.wait { stream.reply != nil })
      #expect(stream.reply?.lines.last?.contains(#""cursor":"S1.10""#) == true)
      #expect(fixture.api.openCount == 0)
    }
  }

  @Test func `a hundred readers at the head cost one read of the store per commit`() throws {
    try Fixture.run { fixture throws in
      let readers = try (0..<100).map { _ in try fixture.open("/v1/events?stream=1") }
      #expect(fixture.wait { fixture.api.openCount == 100 })
      fixture.backend.reads = 0
      for round in 1...10 {
        fixture.commit(1)
        #expect(
          fixture.wait { readers.allSatisfy { $0.replies.first?.sequences.count == round } })
      }
      #expect(fixture.backend.reads == 10)
    }
  }

  @Test func `a store that fails breaks the answer off instead of ending it`() throws {
    struct Broken: Error {}
    try Fixture.run { fixture throws in
      fixture.backend.add(1)
      let client = try fixture.open("/v1/events?stream=1&after=earliest")
      #expect(fixture.wait { client.replies.first?.sequences == [1] })
      fixture.backend.failure = Broken()
      fixture.commit(1)
      #expect(
        fixture.wait {
          client.read(); return client.isEnded
        })
      #expect(client.reply == nil)
      #expect(fixture.api.openCount == 0)
      // Nothing has been said yet here.
      for query in ["", "&stream=1"] {
        #expect(try fixture.get("/v1/events?after=earliest\(query)").status == 503)
      }
    }
  }
}
