import Configuration
import Feeds
import Glibc
import HTTPServer
import JSON
import Loop
import Outlets
import Store
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// What a feed of a running daemon does when its way is barred.
@Suite(.serialized) struct FeedDeskTests {
  private func feed(_ stage: Stage) throws -> JSONValue? {
    let reply = try stage.get("/v1/groups/feed:f")
    return reply.status == 200 ? reply.json : nil
  }

  private func waitForNoLag(_ stage: Stage) throws {
    try stage.wait("the feed has no lag") { try feed(stage)?["lag"]?.integer == 0 }
  }

  @Test func `a feed for which there is no more group says so, and has it once there is room`()
    throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    for number in 1...100 {
      #expect(try stage.put("/v1/groups/g\(number)", #"{"at":"latest"}"#).status == 201)
    }
    try stage.stop()
    stage.configuration.feeds = [
      Feed(name: "f", destination: .file(FileFeed(path: "\(stage.folder)/file")))
    ]
    try stage.start()
    try stage.wait("the feed says that it has no group") {
      stage.log.contains { $0.contains("event=feed-failing") && $0.contains("Too many groups") }
    }
    #expect(try stage.delete("/v1/groups/g7").status == 200)
    try waitForNoLag(stage)
    #expect(stage.log.contains { $0.contains("event=feed-delivers") })
    #expect(try #require(readText("\(stage.folder)/file")).contains("recbridge.daemon.v1"))
  }

  private func hook(
    _ stage: Stage, answer: @escaping (ServerRequest, Responder) -> Void
  ) throws -> HTTPServer {
    let server = try HTTPServer(reactor: stage.loop, handler: answer)
    let port = try server.listen(onTCP: "127.0.0.1", port: 0)
    stage.configuration.feeds = [
      Feed(
        name: "f",
        destination: .webhook(WebhookFeed(url: "http://127.0.0.1:\(port)/services/S3CRET/x?k=y")))
    ]
    return server
  }

  @Test func `a webhook that says more than 64 KB with its 200 has received`() throws {
    let stage = try Stage()
    defer { stage.close() }
    var keys: [String] = []
    let server = try hook(stage) { request, responder in
      keys.append(request.header("Idempotency-Key") ?? "")
      responder.respond(
        ServerResponse(status: 200, body: [UInt8](repeating: 120, count: 100_000)))
    }
    defer { server.stop() }
    try stage.start()
    try waitForNoLag(stage)
    #expect(!keys.isEmpty && Set(keys).count == keys.count)
  }

  /// Mutation tried: a redirection counts as received.
  @Test(arguments: [302, 404, 500]) func `whatever is not 2xx has not been received`(
    status: Int
  ) throws {
    let stage = try Stage()
    defer { stage.close() }
    var isAway = true
    var refused: [String] = []
    var received: [String] = []
    let server = try hook(stage) { request, responder in
      let key = request.header("Idempotency-Key") ?? ""
      if isAway { refused.append(key) } else { received.append(key) }
      let elsewhere = ServerHeader("Location", "http://127.0.0.1:1/")
      responder.respond(
        ServerResponse(status: isAway ? status : 201, headers: isAway ? [elsewhere] : []))
    }
    defer { server.stop() }
    try stage.start()
    try stage.wait("the feed says so") {
      try feed(stage)?["problem"]?.string?.contains("status \(status)") == true
    }
    isAway = false
    try waitForNoLag(stage)
    // The one that was refused comes again, with the key that it had.
    #expect(Set(refused).count == 1 && received.first == refused.first)
    #expect(Set(received).count == received.count)
  }

  /// Nothing else says that what is under way is to come again. Mutation tried: only the place of
  /// the group is looked at, and not that somebody put it there.
  @Test func `a feed that is put to where it stands while it delivers delivers that again`() throws
  {
    let stage = try Stage()
    defer { stage.close() }
    var held: Responder?
    var keys: [String] = []
    let server = try hook(stage) { request, responder in
      keys.append(request.header("Idempotency-Key") ?? "")
      if keys.count == 1 {
        held = responder
      } else {
        responder.respond(ServerResponse(status: 204))
      }
    }
    defer { server.stop() }
    try stage.start()
    try stage.wait("something is under way") { held != nil }
    let place = try #require(try feed(stage)?["cursor"]?.string)
    #expect(try stage.put("/v1/groups/feed:f", "{\"at\":\"\(place)\"}").status == 200)
    held?.respond(ServerResponse(status: 204))
    try waitForNoLag(stage)
    #expect(keys.count { $0 == keys.first } == 2)
  }

  @Test func `the path of a webhook stands neither in the log nor with its group`() throws {
    let stage = try Stage()
    defer { stage.close() }
    let server = try hook(stage) { $1.respond(ServerResponse(status: 403)) }
    try stage.start()
    try stage.wait("the feed fails") { try feed(stage)?["problem"] != nil }
    #expect(try #require(try feed(stage)?["problem"]?.string).contains("status 403"))
    server.stop()
    try stage.wait("the feed fails in another way") {
      try feed(stage)?["problem"]?.string?.contains("status 403") == false
    }
    let problem = try #require(try feed(stage)?["problem"]?.string)
    #expect(problem.contains("POST http://127.0.0.1:"))
    #expect(!problem.contains("S3CRET") && !stage.log.joined().contains("S3CRET"))
  }

  /// What was delivered and what the audit says was dropped make up all events, however often the
  /// feed was dropped while it was behind.
  @Test func `a feed that retention drops says what is lost, and goes on behind it`() throws {
    let stage = try Stage()
    stage.configuration.retention = Retention(eventsAge: .seconds(1), groups: .drop)
    defer { stage.close() }
    var isAway = true
    var received: [Int64] = []
    let server = try hook(stage) { request, responder in
      if isAway { return responder.respond(ServerResponse(status: 503)) }
      received.append(number((try? JSONValue.parse(request.body))?["id"]) ?? 0)
      responder.respond(ServerResponse(status: 204))
    }
    defer { server.stop() }
    try stage.start()
    try stage.wait("what is lost is told") {
      stage.log.contains { $0.contains("event=feed-lost-events group=feed:f") }
    }
    #expect(received.isEmpty)
    #expect(try feed(stage)?["problem"]?.string?.contains("status 503") == true)
    isAway = false
    _ = try stage.recordedCall()
    try waitForNoLag(stage)
    #expect(try feed(stage)?["problem"] == nil)
    try stage.stop()
    let (dropped, latest) = try dropped(stage)
    #expect(!dropped.isEmpty && !received.isEmpty)
    #expect(zip(received, received.dropFirst()).allSatisfy { $0 < $1 })
    let last = try #require(received.last)
    // What the end itself published is for the next run.
    #expect(last <= latest && latest - last < 10)
    for event in 1...last {
      let isDropped = dropped.contains { $0.contains(event) }
      #expect(isDropped || received.contains(event), "event \(event) is lost in silence")
    }
  }

  /// As somebody may have put it there in the moment in which retention went by. Mutation tried: it
  /// goes on one event later.
  @Test func `a feed whose place retention has passed says so, and begins with the oldest event`()
    throws
  {
    let stage = try Stage()
    stage.configuration.retention = Retention(eventsAge: .seconds(1))
    defer { stage.close() }
    try stage.start()
    _ = try stage.event("retention") { $0["data"]?["removedEvents"]?.integer ?? 0 > 0 }
    try stage.stop()
    stage.configuration.retention = Retention()
    let store = try Store.open(
      at: stage.configuration.store,
      access: .writing(identityIfNew: "x", EntryHashing.hasher))
    let oldest = store.firstSequence
    try store.commit([.group(StoredGroup(name: "feed:f", sequence: 0, wallMicroseconds: 1))])
    store.close()
    var received: [Int64] = []
    let server = try hook(stage) { request, responder in
      received.append(number((try? JSONValue.parse(request.body))?["id"]) ?? 0)
      responder.respond(ServerResponse(status: 204))
    }
    defer { server.stop() }
    try stage.start()
    try waitForNoLag(stage)
    #expect(received.first == oldest && oldest > 1)
    let said = "event=feed-lost-events group=feed:f after=0 through=\(oldest - 1)"
    #expect(stage.log.contains { $0.contains(said) })
  }

  /// The sequence of a cursor.
  private func number(_ cursor: JSONValue?) -> Int64? {
    cursor?.string?.split(separator: ".").last.flatMap { Int64($0) }
  }

  /// Which events the audit says that the feed was dropped behind, and the newest event.
  private func dropped(
    _ stage: Stage
  ) throws -> (events: [ClosedRange<Int64>], latest: Int64) {
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    var dropped: [ClosedRange<Int64>] = []
    try store.forEachEntry { entry in
      let groups = (try? JSONValue.parse(entry.record))?["groups"]
      for group in groups.map({ Array($0.elements) }) ?? [] {
        guard let from = number(group["from"]), let to = number(group["to"]) else { continue }
        dropped.append(from + 1...to)
      }
    }
    return (dropped, store.lastSequence)
  }

  /// A file server that is away: `append` hangs.
  @Test func `a file that hangs is told of, and goes on when it comes back`() throws {
    let loop = try EventLoop()
    defer { loop.close() }
    let back = try Gate()
    let written = Mutex<[[UInt8]]>([])
    let receiver = FileReceiver(path: "/far/e.jsonl", loop: loop, patience: .milliseconds(50)) {
      (lines, _) throws(OutletError) in
      written.withLock { $0 += lines }
      back.wait()
    } onReopen: {
    }
    defer { receiver.close() }
    func event(_ number: Int64) -> FeedEvent { FeedEvent(sequence: number, line: [UInt8(number)]) }
    for _ in 0..<2 {
      var failure: DeliveryFailure??
      receiver.deliver([event(1)]) { failure = .some($0) }
      #expect(loop.run { failure != nil })
      #expect(try #require(failure ?? nil).reason.contains("/far/e.jsonl: nothing was written"))
    }
    // The second did not begin beside the first.
    #expect(written.withLock(\.count) == 1)
    back.open()
    var failure: DeliveryFailure??
    repeat {
      failure = nil
      receiver.deliver([event(1), event(2)]) { failure = .some($0) }
      #expect(loop.run { failure != nil })
    } while failure! != nil
    #expect(written.withLock { Array($0.suffix(2)) } == [[1], [2]])
  }
}
