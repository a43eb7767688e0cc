import Bayeux
import Calls
import Commands
import JSON
import Testing

@testable import Bridge

/// Looks at the platform because of a command: when they are made, and what they lead to.
@Suite struct LookTests {
  private func sent(_ scene: Scene) -> [PlatformRequest] {
    scene.requests.filter { $0.target.contains("/me/calls/") }
  }

  private func settled(_ calls: String...) throws -> Scene {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    try scene.answer(
      Scene.snapshot, "{\"statusCode\":0,\"calls\":[\(calls.joined(separator: ","))]}")
    return scene
  }

  /// An agent that is logged in and does not know its calls yet.
  private func unsettled() throws -> Scene {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    return scene
  }

  @Test func `a call that is not known is looked up first, and its event says so`() throws {
    var scene = try unsettled()
    scene.ask(.stop, agent: "alice")
    #expect(sent(scene).isEmpty && scene.looks == 1)
    #expect(scene.replies.count == 1)
    try scene.answerLook(Scene.call("Recording"))
    #expect(sent(scene).count == 1)
    let event = try #require(scene.data(.call).last)
    #expect(event["source"]?.string == "look")
    #expect(event["raw"]?["id"]?.string == "C1")
    try scene.answer("/calls/C1", #"{"statusCode":0}"#)
    try scene.hear(Scene.call("Stopped"))
    #expect(scene.commands.map(\.grade) == [.confirmedNotified])
  }

  @Test(arguments: [
    (Scene.call("Stopped"), Grade.satisfied), (Scene.call("Recording", "C2"), .rejected),
  ])
  func `what a look shows may end a command that never left`(call: String, grade: Grade) throws {
    var scene = try unsettled()
    scene.ask(.stop, agent: "alice")
    try scene.answerLook(call)
    #expect(scene.commands.map(\.grade) == [grade])
    #expect(sent(scene).isEmpty && scene.verdicts.count == 1)
  }

  // Mutation tried: looks that are not given up when the store is lost; the stop waits 2 s.
  @Test func `when the store is lost a stop does not wait for its look, and a start never leaves`()
    throws
  {
    var scene = try unsettled()
    scene.ask(.stop, agent: "alice")
    scene.ask(.start, "C2", agent: "alice")
    #expect(scene.looks == 2)
    let turn = scene.bridge.storeLost(at: scene.now)
    var passages: [String: Bridge.Passage] = [:]
    for case .request(let request) in turn.effects where request.target.contains("/me/calls/") {
      passages[request.target] = scene.bridge.passage(of: .request(request))
    }
    #expect(passages["/api/v2/me/calls/C1"] == .leaves)
    #expect(passages["/api/v2/me/calls/C2"] == .never)
    scene.ask(.stop, "C3", agent: "alice")
    #expect(scene.looks == 2, "nothing that it shows could be stored")
    #expect(sent(scene).map(\.target) == ["/api/v2/me/calls/C3"])
  }

  // Mutation tried: `isNewer` without the count of notifications; the stop is confirmed.
  @Test func `a notification that came since is newer than what a look shows`() throws {
    var scene = try settled(Scene.call("Recording"))
    scene.ask(.stop)
    try scene.answer("/calls/C1", status: 503, "")
    #expect(scene.looks == 1)
    try scene.hear(Scene.call("Recording"))
    try scene.answerLook(Scene.call("Stopped"))
    #expect(scene.commands.first?.isOpen == true)
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .recording)
  }

  // Mutation tried: the look's own time left out; the call is stopped again in the list.
  @Test func `a snapshot that was asked for before a look is older than it`() throws {
    var scene = try unsettled()
    scene.pass(.milliseconds(10))
    scene.ask(.stop, agent: "alice")
    try scene.answerLook(Scene.call("Recording"))
    try scene.answerSnapshot(Scene.call("Stopped"))
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .recording)
  }

  @Test func `a call that ends while it is looked at stays ended`() throws {
    var scene = try settled(Scene.call("Recording"))
    scene.ask(.stop)
    try scene.answer("/calls/C1", status: 503, "")
    try scene.hear(Scene.released())
    #expect(scene.commands.map(\.grade) == [.impliedReleased])
    try scene.answerLook(Scene.call("Recording"))
    #expect(scene.bridge.agents[0].calls.isEmpty)
  }

  @Test func `a doubtful answer is looked after, and the stop sent again within its budget`() throws
  {
    var scene = try settled(Scene.call("Recording"))
    scene.ask(.stop)
    var attempts = 0
    while let request = sent(scene).first {
      attempts += 1
      #expect(request.timeout == .seconds(4))
      try scene.answer("/calls/C1", status: 500, "<html>")
      try scene.answerLook(Scene.call("Recording"))
      scene.pass(.seconds(2))
    }
    #expect(attempts == LedgerSettings.attemptsMax)
    let looks = scene.data(.call).filter { $0["source"]?.string == "look" }
    #expect(looks.count == attempts)
  }

  @Test func `the time that a platform asks for is kept for commands and for looks`() throws {
    var scene = try settled(Scene.call("Recording"))
    scene.ask(.stop)
    let wish = [Header("Retry-After", "3")]
    try scene.answer("/calls/C1", status: 429, headers: wish, "")
    scene.pass(.milliseconds(2_900))
    #expect(sent(scene).isEmpty)
    scene.pass(.milliseconds(100))
    #expect(sent(scene).count == 1)
    try scene.answer("/calls/C1", status: 500, "")
    try scene.answerLook(status: 503, headers: wish, body: "")
    scene.pass(.milliseconds(2_900))
    #expect(scene.looks == 0)
    scene.pass(.milliseconds(100))
    #expect(scene.looks == 1)
  }

  @Test func `a look that is refused for the login leads to one`() throws {
    var scene = try settled(Scene.call("Recording"))
    scene.ask(.stop)
    try scene.answer("/calls/C1", status: 500, "")
    try scene.answerLook(status: 403, body: #"{"statusCode":20}"#)
    scene.pass(.zero)
    #expect(scene.isOpen(Scene.login))
  }

  @Test(arguments: [true, false])
  func `what cannot be done is not sent unless it is forced`(isForced: Bool) throws {
    var scene = try settled(Scene.call("Stopped"))
    scene.ask(.pause, isForced: isForced)
    #expect(sent(scene).count == (isForced ? 1 : 0))
    #expect(scene.commands.map(\.grade) == [isForced ? nil : .rejected])
  }

  // With a session the next process has to log in first; only then can anybody be asked.
  @Test(arguments: [(Operation.stop, true), (.pause, true), (.resume, false)])
  func `what waited for its look when the process was killed is looked up by the next one`(
    _ operation: Operation, _ isSent: Bool
  ) throws {
    var earlier = try unsettled()
    earlier.ask(operation, agent: "alice")
    #expect(earlier.looks == 1 && sent(earlier).isEmpty)
    var scene = try Scene(after: earlier)
    scene.feed(.start)
    scene.pass(.zero)
    try scene.connectUp()
    try scene.answerSnapshot(Scene.call(operation == .resume ? "Paused" : "Recording"))
    scene.pass(.seconds(1))
    #expect(scene.looks == (isSent ? 1 : 0))
    if isSent { try scene.answerLook(Scene.call("Recording")) }
    #expect(sent(scene).count == (isSent ? 1 : 0))
    #expect(scene.commands.first?.attempts == (isSent ? 1 : 0))
  }

  @Test func `a list of calls that shows the target satisfies what never left`() throws {
    var earlier = try unsettled()
    earlier.ask(.stop, agent: "alice")
    var scene = try Scene(after: earlier)
    scene.feed(.start)
    try scene.connectUp()
    try scene.answerSnapshot(Scene.call("Stopped"))
    #expect(scene.commands.map(\.grade) == [.satisfied])
  }
}
