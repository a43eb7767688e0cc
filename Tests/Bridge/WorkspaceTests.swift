import Bayeux
import Calls
import Commands
import JSON
import Testing

@testable import Bridge

/// Profile `workspace-v3`, from the login to commands that are told apart by their ids.
@Suite struct WorkspaceTests {
  private var scene: Scene
  private var stub = WorkspaceStub()

  init() throws { scene = try Scene(profile: .workspaceV3) }

  /// Answers what the bridge asks until nothing is left but what the platform holds.
  private mutating func serve(_ first: [WorkspaceStub.Answer] = []) throws {
    var answers = first
    while true {
      for answer in answers {
        scene.now.monotonic += .milliseconds(10)
        scene.now.wall += .milliseconds(10)
        scene.feed(
          .answered(
            answer.id, .response(status: answer.status, headers: [], body: Array(answer.body.utf8)))
        )
      }
      guard !scene.requests.isEmpty else { return }
      let requests = scene.requests
      scene.requests = []
      answers = try requests.flatMap { try stub.arrive($0) }
    }
  }

  /// In sync, with one call that records.
  private mutating func settle() throws {
    scene.feed(.start)
    try serve()
    try serve(stub.finishInitialization())
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  private var grades: [Grade?] { scene.commands.map(\.grade) }
  private var lists: Int { stub.targets.filter { $0 == "GET /workspace/v3/voice/calls" }.count }

  // MARK: - Login

  // Mutations tried: a snapshot before the workspace is ready (the list is empty then, the gap is
  // called closed and the call is missing); no snapshot after it.
  @Test mutating func `the calls are read when the platform says that the session is set up`()
    throws
  {
    scene.feed(.start)
    try serve()
    #expect(stub.targets.first == "POST /workspace/v3/initialize-workspace")
    #expect(stub.subscribed == ["/workspace/v3/voice", "/workspace/v3/initialization"])
    #expect(lists == 0)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).count == 1)
    try serve(stub.finishInitialization("Executing"))
    #expect(lists == 0)
    try serve(stub.finishInitialization())
    #expect(lists == 1)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .recording)
    #expect(scene.data(.gap).compactMap { $0["resynced"]?.bool } == [true])
  }

  // The agent must not be logged in or out at the switch by somebody who only looks.
  @Test mutating func `nothing is asked for but the session, the notifications and the calls`()
    throws
  {
    try settle()
    scene.feed(.stop)
    try serve()
    let paths = Set(stub.targets.map { $0.split(separator: " ")[1].split(separator: "/")[2] })
    #expect(paths == ["initialize-workspace", "notifications", "voice"])
  }

  @Test mutating func `a session that could not be set up is begun anew, at a growing pace`()
    throws
  {
    scene.feed(.start)
    try serve()
    try serve(stub.finishInitialization("Failed"))
    #expect(stub.initializations == 1)
    #expect(scene.data(.session).last?["state"]?.string == "login-failed")
    scene.pass(.zero)
    try serve()
    #expect(stub.initializations == 2)
    try serve(stub.finishInitialization("Failed"))
    scene.pass(.seconds(4))
    try serve()
    #expect(stub.initializations == 2)
    scene.pass(.seconds(2))
    try serve()
    #expect(stub.initializations == 3)
    scene.pass(.seconds(1))
    try serve(stub.finishInitialization())
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  @Test mutating func `a platform that never says that it is ready is asked anew`() throws {
    scene.feed(.start)
    try serve()
    scene.pass(.seconds(29))
    #expect(scene.data(.session).last?["state"]?.string == "connected")
    scene.pass(.seconds(1))
    #expect(scene.data(.session).last?["state"]?.string == "login-failed")
    scene.pass(.zero)
    try serve()
    #expect(stub.initializations == 2)
    // The new handshake is paced.
    scene.pass(.seconds(1))
    try serve()
    try serve(stub.finishInitialization())
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  // Mutation tried: a session that is lost meanwhile counts as observing still.
  @Test mutating func `the calls are not read before they are subscribed to again`() throws {
    scene.feed(.start)
    try serve()
    let lost = try loss()
    // With nobody connected it comes with the next answer, which is that to the handshake.
    #expect(stub.finishInitialization().isEmpty)
    try serve([lost])
    scene.pass(.seconds(2))
    try serve()
    #expect(lists == 1)
    let list = try #require(stub.targets.lastIndex(of: "GET /workspace/v3/voice/calls"))
    let subscribe = try #require(stub.targets.lastIndex(of: "POST /workspace/v3/notifications"))
    #expect(subscribe < list)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  /// The answer with which the platform forgets the Bayeux session.
  private mutating func loss() throws -> WorkspaceStub.Answer {
    let connect = try #require(stub.say("null").first)
    let lost = #"[{"channel":"/meta/connect","successful":false,"error":"402::Unknown client"}]"#
    return WorkspaceStub.Answer(id: connect.id, status: 200, body: lost)
  }

  // Where no document tells a code, the HTTP status does.
  @Test(arguments: [
    (200, #"{"status":{"code":0}}"#, "good"), (200, #"{"status":{"code":1}}"#, "pending"),
    (403, #"{"status":{"code":603,"message":"Unauthorized"}}"#, "notAuthenticated"),
    (200, #"{"status":{"code":603}}"#, "notAuthenticated"),
    (403, #"{"status":{"code":7}}"#, "notAuthenticated"), (403, "", "notAuthenticated"),
    (401, #"{"status":{"code":7}}"#, "notAuthenticated"),
    (200, #"{"status":{"code":7}}"#, "failed"), (200, #"{"statusCode":0}"#, "failed"),
    (500, #"{"status":{"code":0}}"#, "failed"), (200, "<html>", "failed"),
  ])
  func `the answers to a login read as the vendor's documents say`(
    status: Int, body: String, expected: String
  ) {
    let dialect = World.settings(profile: .workspaceV3).dialect
    let standing = dialect.standing(
      of: .response(status: status, headers: [], body: Array(body.utf8)))
    #expect(String(describing: standing).hasPrefix(expected))
  }

  @Test mutating func `a lost session is replaced without a new login, and read at once`() throws {
    try settle()
    stub.calls["C1"] = "Paused"
    try serve([loss()])
    scene.pass(.seconds(2))
    try serve()
    #expect(stub.initializations == 1)
    #expect(lists == 2)
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .paused)
  }

  // MARK: - Commands

  @Test(arguments: [200, 202])
  mutating func `a stop is accepted, named by a notification and confirmed`(status: Int) throws {
    try settle()
    stub.acceptedStatus = status
    scene.ask(.stop)
    let request = try #require(scene.requests.last)
    #expect(request.target == "/workspace/v3/voice/calls/C1/stop-recording")
    #expect(request.headers.first("Origin") == "http://platform.example")
    let id = try #require(scene.commands.first?.id)
    #expect(request.body == Array(#"{"operationId":"\#(id)"}"#.utf8))
    try serve()
    #expect(scene.commands.map(\.status) == [.accepted])
    #expect(scene.commands.first?.evidence.statusCode == 1)
    try serve(stub.perform(0))
    #expect(grades == [.confirmedNotified])
    let change = try #require(scene.data(.recording).last)
    #expect(change["to"]?.string == "Stopped")
    #expect(change["command"]?.string == id)
  }

  // Mutation: no operationId in the observation confirms both with the first notification.
  @Test mutating func `two stops in flight on one call are told apart by their ids`() throws {
    try settle()
    scene.ask(.stop)
    scene.ask(.stop)
    try serve()
    try serve(stub.perform(1))
    #expect(grades == [nil, .confirmedNotified])
    try serve(stub.fail(0))
    #expect(grades == [.rejected, .confirmedNotified])
    let evidence = try #require(scene.commands.first?.evidence)
    #expect(evidence.message == "Unknown call")
    #expect(evidence.statusCode == 185)
    let event = try #require(evidence.event.map { scene.events[Int($0) - 1] })
    #expect(event.type == .notification)
  }

  @Test mutating func `a pause and the stop behind it are each answered by their own`() throws {
    try settle()
    scene.ask(.pause)
    scene.ask(.stop)
    try serve()
    try serve(stub.perform(0))
    #expect(grades == [.confirmedNotified, nil])
    try serve(stub.perform(1))
    #expect(grades == [.confirmedNotified, .confirmedNotified])
  }

  @Test mutating func `what the desktop did is its own, until nothing else answers`() throws {
    try settle()
    scene.ask(.stop)
    try serve()
    try serve(stub.perform(0, naming: "opt-17"))
    #expect(grades == [nil])
    #expect(scene.data(.recording).last?["cause"]?.string == "unsolicited")
    scene.pass(.seconds(10))
    #expect(grades == [.confirmedNotified])
  }

  @Test mutating func `a stop that is confirmed at its deadline is watched, on its own call`()
    throws
  {
    stub.calls["C2"] = "Recording"
    try settle()
    scene.ask(.stop)
    try serve()
    try serve(stub.perform(0, naming: "opt-17"))
    // What comes next is about another call, and too late for the stop.
    scene.now.monotonic += .seconds(10)
    scene.now.wall += .seconds(10)
    try tell("C2", "Recording")
    #expect(grades == [.confirmedNotified])
    try tell("C2", "Recording")
    #expect(scene.data(.restarted).isEmpty)
    try tell("C1", "Recording")
    #expect(scene.data(.restarted).compactMap { $0["call"]?.string } == ["C1"])
  }

  private mutating func tell(_ call: String, _ state: String) throws {
    try serve(
      stub.say(
        #"{"messageType":"CallStateChanged","notificationType":"StatusChange","#
          + #""call":\#(WorkspaceStub.call(call, state))}"#))
  }

  @Test mutating func `a stop refused because its call is not there any more ends with the call`()
    throws
  {
    try settle()
    stub.calls = [:]
    scene.ask(.stop)
    try serve()
    #expect(grades == [.impliedReleased])
    #expect(scene.commands.last?.evidence.statusCode == 500)
  }

  @Test mutating func `a stop refused for the session leaves once more when it is set up again`()
    throws
  {
    try settle()
    stub.refusals = [(403, #"{"status":{"code":603,"message":"Unauthorized"}}"#)]
    scene.ask(.stop)
    try serve()
    scene.pass(.zero)
    try serve()
    #expect(stub.initializations == 2)
    // Not before the platform is ready for it.
    #expect(stub.accepted.isEmpty)
    scene.pass(.seconds(1))
    try serve()
    try serve(stub.finishInitialization())
    #expect(stub.accepted.map(\.verb) == ["stop-recording"])
    try serve(stub.perform(0))
    #expect(grades == [.confirmedNotified])
  }

  @Test mutating func `a command waits for the workspace no longer than its own deadline`() throws {
    scene.feed(.start)
    try serve()
    scene.ask(.start, agent: "alice")
    scene.now.monotonic += .seconds(11)
    scene.now.wall += .seconds(11)
    try serve(stub.finishInitialization())
    #expect(stub.accepted.isEmpty)
    #expect(scene.commands.first?.isOpen == false)
  }

  // Mutation tried: the ledger is not told; then the snapshot ends the stop as if the call had ended.
  @Test(arguments: [true, false])
  mutating func `a call that gets another id is one call, before and after`(isNotified: Bool) throws
  {
    try settle()
    scene.ask(.stop)
    try serve()
    stub.calls = ["C2": "Recording"]
    stub.previous = "C1"
    if isNotified {
      let renamed = WorkspaceStub.call("C2", "Recording", previous: "C1")
      try serve(stub.say(#"{"messageType":"CallStateChanged","call":\#(renamed)}"#))
      stub.previous = nil
    }
    // A message that nobody can read: the calls are read again.
    try serve(stub.say(#"{"messageType":"CallStateChanged"}"#))
    #expect(lists == 2)
    #expect(scene.bridge.agents[0].calls.keys.sorted() == ["C2"])
    #expect(scene.disk().calls.keys.map(\.id) == ["C2"])
    #expect(scene.data(.recording).count == 1)
    #expect(grades == [nil])
    let stopped = WorkspaceStub.call("C2", "Stopped")
    try serve(stub.say(#"{"messageType":"CallStateChanged","call":\#(stopped)}"#))
    #expect(grades == [.confirmedNotified])
    #expect(scene.data(.recording).last?["from"]?.string == "Recording")
  }

  // The id means nothing on a platform that has none.
  @Test func `with v2 a member of that name attributes nothing`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.stop)
    scene.ask(.stop)
    for _ in 0..<2 { try scene.answer("/calls/C1", #"{"statusCode":0}"#) }
    let data =
      #"{"messageType":"CallStateChangeMessage","operationId":"x","call":\#(Scene.call("Stopped"))}"#
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/calls", data: data)])
    #expect(scene.commands.map(\.grade) == [.confirmedNotified, .confirmedNotified])
  }
}
