import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// Commands: who may be asked, and how they end.
@Suite struct CommandTests {
  private func refusal(_ scene: Scene) throws -> Bridge.Refusal {
    guard case .refused(let refusal) = try #require(scene.replies.last) else {
      throw Surprise.taken
    }
    return refusal
  }

  private enum Surprise: Error { case taken }

  private func sent(_ scene: Scene) -> [PlatformRequest] {
    scene.requests.filter { $0.target.contains("/me/calls/") }
  }

  @Test
  func `a command for a call or an agent that is not there is refused, and nothing is sent`()
    throws
  {
    var scene = try Scene(agents: ["alice", "bob"])
    scene.ask(.stop, "C9")
    #expect(try refusal(scene).reason == .unknownCall)
    scene.ask(.stop, "C9", agent: "carol")
    #expect(try refusal(scene).reason == .unknownAgent)
    scene = try Scene()
    try scene.settle()
    scene.ask(.stop, "C9", agent: "alice")
    #expect(try refusal(scene).reason == .unknownCall)
    #expect(sent(scene).isEmpty)
    #expect(scene.commands.isEmpty)
  }

  @Test
  func `a call that two agents have needs the agent's name`() throws {
    var scene = try Scene(agents: ["alice", "bob"])
    scene.feed(.start)
    for _ in 0..<2 { try scene.answerLogin() }
    for _ in 0..<2 { try scene.answerHandshake() }
    for _ in 0..<2 { try scene.answerBayeux(Scene.subscribe) }
    for _ in 0..<2 { try scene.answerSnapshot(Scene.call("Recording")) }
    scene.ask(.stop)
    #expect(try refusal(scene).reason == .ambiguousCall)
    scene.ask(.stop, agent: "bob")
    #expect(sent(scene).map(\.agent) == ["bob"])
  }

  @Test
  func `without a route a command can only be observed`() throws {
    var scene = try Scene(profile: .bayeux)
    scene.ask(.stop)
    #expect(try refusal(scene).reason == .noRoute)
  }

  @Test
  func `with a plain Bayeux server a gap makes open commands unobservable`() throws {
    var scene = try Scene(profile: .bayeux)
    scene.feed(.start)
    try scene.connectUp()
    #expect(scene.data(.gap).compactMap { $0["resynced"]?.bool } == [false])
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    try scene.hear(Scene.call("Recording"))
    scene.ask(.stop, mode: .observe)
    #expect(sent(scene).isEmpty)
    try scene.answer(
      Scene.connect,
      #"[{"channel":"/meta/connect","successful":false,"#
        + #""error":"402::Unknown client","advice":{"reconnect":"handshake"}}]"#)
    scene.pass(.zero)
    try scene.answerHandshake()
    try scene.answerBayeux(Scene.subscribe)
    #expect(scene.commands.map(\.grade) == [.unobservable])
  }

  @Test
  func `a command leaves after the disk has it, and is confirmed by what is seen`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.stop, key: "k1")
    let request = try #require(sent(scene).first)
    #expect(request.target == "/api/v2/me/calls/C1")
    #expect(request.body == Array(#"{"operationName":"StopCallRecording"}"#.utf8))
    #expect(request.headers.first("Origin") == "http://platform.example")
    try scene.answer("/calls/C1", #"{"statusCode":0}"#)
    try scene.hear(Scene.call("Stopped"))
    #expect(scene.commands.map(\.grade) == [.confirmedNotified])
    #expect(scene.verdicts.count == 1)
    scene.ask(.stop, key: "k1")
    guard case .known(let command) = try #require(scene.replies.last) else {
      throw Surprise.taken
    }
    #expect(command.id == scene.commands.first?.id)
    #expect(sent(scene).isEmpty)
  }

  @Test
  func `a snapshot asked for before the command proves nothing about it`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    scene.ask(.stop, agent: "alice")
    scene.ask(.stop, "C2", agent: "alice")
    try scene.answerSnapshot(Scene.call("Stopped"))
    #expect(scene.commands.map(\.grade) == [nil, nil])
  }

  @Test
  func `a stop refused for the login is sent again after the login, and a start is not`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"), Scene.call("Stopped", "C2"))
    scene.ask(.stop)
    scene.ask(.start, "C2")
    try scene.answer("/calls/C1", status: 403, #"{"statusCode":20}"#)
    try scene.answer("/calls/C2", status: 403, #"{"statusCode":20}"#)
    #expect(sent(scene).isEmpty)
    scene.pass(.zero)
    try scene.answerLogin()
    #expect(sent(scene).map(\.target) == ["/api/v2/me/calls/C1"])
    #expect(scene.commands.map(\.grade) == [nil, .rejected])
  }

  @Test
  func `a command that waited for the login until its deadline does not leave any more`() throws {
    var scene = try Scene()
    scene.feed(.start)
    scene.ask(.start, agent: "alice")
    scene.now.monotonic += .seconds(11)
    scene.now.wall += .seconds(11)
    try scene.answerLogin()
    #expect(sent(scene).isEmpty)
    #expect(scene.commands.first?.isOpen == false)
  }

  // Mutation tried: `sendHeldCommands` without `isOvertaken`; the resume undoes the pause.
  @Test(arguments: ["alice", "bob"])
  func `a resume that waited for the login does not leave behind a later pause`(
    agent: String
  ) throws {
    var scene = try Scene(agents: ["alice", "bob"])
    scene.feed(.start)
    scene.ask(.resume, agent: "alice")
    scene.ask(.pause, agent: agent)
    try scene.answerLogin()
    try scene.answerLogin()
    let bodies = sent(scene).map { String(decoding: $0.body ?? [], as: UTF8.self) }
    #expect(bodies == [#"{"operationName":"PauseCallRecording"}"#])
    #expect(scene.commands.map(\.grade) == [.superseded, nil])
  }

  // Mutation tried: nothing is withdrawn.
  @Test func `a resume that may still wait for its token is withdrawn when a pause leaves`() throws
  {
    var scene = try Scene()
    try scene.settle(Scene.call("Paused"))
    scene.ask(.resume)
    let resume = try #require(sent(scene).first)
    scene.ask(.pause, isForced: true)
    #expect(scene.withdrawn == [resume.id])
    scene.feed(
      .answered(
        resume.id,
        .failed(reason: "not sent", mayHaveReachedServer: false, partialBody: [])))
    #expect(sent(scene).count == 2, "the resume is not sent again")
    try scene.hear(Scene.call("Paused"))
    #expect(scene.commands.map(\.grade) == [.superseded, .confirmedNotified])
  }

  @Test(arguments: [
    (Scene.call("Stopped"), Grade.confirmedResynced), ("", Grade.impliedReleased),
  ])
  func `after a restart nothing is sent again, and the first snapshot decides`(
    call: String, grade: Grade
  ) throws {
    var first = try Scene()
    try first.settle(Scene.call("Recording"))
    first.ask(.stop)
    var second = try Scene(after: first)
    try second.settle(call)
    let command = try #require(second.commands.first)
    #expect(command.grade == grade)
    #expect(sent(second).isEmpty)
    #expect(second.verdicts.count == 1)
    #expect(second.events.first?.sequence == (first.events.last?.sequence ?? 0) + 1)
  }

  @Test func `the end of a call that was never seen names no event of another as its evidence`()
    throws
  {
    var scene = try Scene()
    scene.ask(.stop, agent: "alice")
    try scene.settle("")
    let command = try #require(scene.commands.first)
    #expect(command.grade == .impliedReleased)
    #expect(command.evidence.event == nil)
  }

  @Test
  func `after a restart the deadline begins again, and ends what no snapshot decides`() throws {
    var first = try Scene()
    try first.settle(Scene.call("Recording"))
    first.ask(.stop)
    var second = try Scene(after: first)
    try second.settle(Scene.call("Recording"))
    #expect(second.bridge.openCommandCount == 1)
    second.pass(.seconds(10))
    #expect(second.commands.map(\.grade) == [.unconfirmed])
    #expect(sent(second).isEmpty)
  }
}
