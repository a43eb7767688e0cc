import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// A bridge that is killed while the server acknowledges, and the next one on the same store.
@Suite struct ResumeTests {
  private static let recording = Scene.call("Recording")

  /// In sync with one call, the server acknowledging.
  private func settled(profile: Dialect.Profile = .gwsV2) throws -> Scene {
    var scene = try Scene(profile: profile)
    scene.feed(.start)
    if profile == .gwsV2 {
      let headers = [Header("X-CSRF-HEADER", "X-Its-Own"), Header("X-CSRF-TOKEN", "t1")]
      try scene.answer(Scene.login, headers: headers, #"{"statusCode":0}"#)
    }
    try scene.answerBayeux(
      Scene.handshake,
      members: #","clientId":"c1","version":"1.0","ext":{"ack":true},"#
        + #""supportedConnectionTypes":["long-polling"],"advice":{"timeout":30000}"#)
    try scene.answerBayeux(
      Scene.subscribe, members: #","subscription":["/v2/me/calls","/v2/me/devices"]"#)
    try scene.answerBayeux(Scene.connect, members: #","ext":{"ack":1}"#)
    if profile == .gwsV2 { try scene.answerSnapshot(Self.recording) }
    return scene
  }

  private func message(_ request: PlatformRequest?) throws -> JSONValue {
    let body = try #require(request?.body)
    return try #require(Array(try JSONValue.parse(body).elements).first)
  }

  @Test func `after a kill the session goes on without a login, a handshake or a gap`() throws {
    var first = try settled()
    try first.answerBayeux(
      Scene.connect, members: #","ext":{"ack":5}"#,
      [(channel: "/v2/me/calls", data: Scene.notification(Scene.call("Paused")))])
    var second = try Scene(after: first)
    second.feed(.start)
    #expect(second.requests.count == 1)
    let connect = try message(second.requests.first)
    #expect(connect["clientId"]?.string == "c1")
    #expect(connect["ext"]?["ack"]?.integer == 5)
    #expect(second.requests.first?.headers.first("X-Its-Own") == "t1")
    try second.answerBayeux(
      Scene.connect, members: #","ext":{"ack":6}"#,
      [(channel: "/v2/me/calls", data: Scene.notification(Self.recording))])
    try second.answerSnapshot(Self.recording)
    #expect(second.bridge.agentsOutOfSync(at: second.now) == [])
    #expect(!second.types.contains(.gap))
    #expect(
      second.data(.recording).compactMap { $0["to"]?.string } == ["Recording"])
  }

  /// Mutation tried: no snapshot after a resume.
  @Test func `a command left open is decided by the snapshot that follows`() throws {
    var first = try settled()
    first.ask(.stop)
    var second = try Scene(after: first)
    second.feed(.start)
    try second.answerBayeux(Scene.connect, members: #","ext":{"ack":2}"#)
    try second.answerSnapshot(Scene.call("Stopped"))
    #expect(second.commands.last?.grade == .confirmedResynced)
  }

  @Test func `a session that is gone is a gap from the last time that was complete`() throws {
    let first = try settled()
    var second = try Scene(after: first)
    second.feed(.start)
    let request = try #require(second.requests.first)
    let id = try #require(try message(request)["id"]?.string)
    try second.answer(
      Scene.connect,
      #"[{"id":"\#(id)","channel":"/meta/connect","successful":false,"error":"402::Unknown client"}]"#
    )
    #expect(second.isOpen(Scene.login))
    try second.connectUp()
    try second.answerSnapshot(Self.recording)
    let gap = try #require(second.data(.gap).first)
    #expect(gap["cause"]?.string == "session-lost")
    let from = try #require(gap["from"]?.string.flatMap(Timestamp.parse))
    #expect(from <= first.now.wall && first.now.wall - from < .seconds(1))
    #expect(second.data(.gap).count == 1)
  }

  /// Hold and default interval: thirty seconds and a minute.
  @Test(arguments: [
    (Duration.seconds(85), true), (.seconds(95), false), (.seconds(-10), false),
  ])
  func `only as long as the server may hold the session is it tried`(
    away: Duration, isTried: Bool
  ) throws {
    var first = try settled()
    first.now.wall += away
    var second = try Scene(after: first)
    second.feed(.start)
    #expect(second.isOpen(Scene.connect) == isTried)
    #expect(second.isOpen(Scene.login) == !isTried)
  }

  /// Mutation tried: the record kept while a gap is open.
  @Test func `while a gap is open a kill does not hide it`() throws {
    var first = try settled()
    try first.answerBayeux(
      Scene.connect, members: #","ext":{"ack":5}"#,
      [(channel: "/v2/me/calls", data: #"{"messageType":"CallStateChangeMessage","call":7}"#)])
    #expect(first.isOpen(Scene.snapshot))
    var second = try Scene(after: first)
    second.feed(.start)
    #expect(second.isOpen(Scene.login))
  }

  /// The snapshot on its way may be older than the notification that could not be read.
  @Test func `an unreadable notification behind the kill is a gap, and the calls are read again`()
    throws
  {
    let first = try settled()
    var second = try Scene(after: first)
    second.feed(.start)
    try second.answerBayeux(Scene.connect, members: #","ext":{"ack":2}"#)
    try second.answerBayeux(
      Scene.connect, members: #","ext":{"ack":3}"#,
      [(channel: "/v2/me/calls", data: #"{"messageType":"CallStateChangeMessage","call":7}"#)])
    try second.answerSnapshot(Self.recording)
    #expect(second.data(.gap).isEmpty)
    try second.answerSnapshot(Self.recording)
    #expect(second.data(.gap).compactMap { $0["cause"]?.string } == ["unreadable"])
  }

  @Test func `a clean stop leaves nothing to go on with`() throws {
    var first = try settled()
    first.feed(.stop)
    let stored = try #require(first.disk().session(of: "alice"))
    #expect(stored["session"] == nil && stored["forgeryProtection"] == nil)
    #expect(stored["completeMicroseconds"] != nil)
  }

  @Test func `a platform without REST goes on too, and its calls are not taken for exact`() throws {
    var first = try settled(profile: .bayeux)
    try first.answerBayeux(
      Scene.connect, members: #","ext":{"ack":5}"#,
      [(channel: "/v2/me/calls", data: Scene.notification(Self.recording))])
    var second = try Scene(profile: .bayeux, after: first)
    second.feed(.start)
    try second.answerBayeux(Scene.connect, members: #","ext":{"ack":6}"#)
    #expect(second.bridge.agentsOutOfSync(at: second.now) == [])
    #expect(!second.types.contains(.gap))
    let calls = try JSONValue.parse(second.bridge.callsDocument())["calls"]
    #expect(calls?.elements.compactMap { $0["exact"]?.bool } == [false])
  }
}
