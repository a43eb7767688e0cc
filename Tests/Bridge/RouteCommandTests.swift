import Commands
import JSON
import Testing

@testable import Bridge

/// Commands where nobody notifies: what is taken, and what is known without a session.
@Suite struct RouteCommandTests {
  private func scene(_ route: String, agents: [String] = ["alice"]) throws -> Scene {
    var scene = try Scene(
      agents: agents, profile: .commandsOnly, route: Route.shipped(route))
    scene.feed(.start)
    return scene
  }

  private func refusal(_ scene: Scene) throws -> Bridge.Refusal {
    guard case .refused(let refusal)? = scene.replies.last else {
      throw NotRefused()
    }
    return refusal
  }

  private struct NotRefused: Error {}

  @Test func `an agent is ready without a request, and the bridge stops at once`() throws {
    var scene = try scene("genesys-cloud-actions")
    #expect(scene.requests.isEmpty)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    #expect(scene.data(.session).last?["state"]?.string == "serving")
    #expect(scene.data(.gap).isEmpty)
    scene.pass(.seconds(3_600))
    #expect(scene.requests.isEmpty)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    scene.feed(.stop)
    #expect(scene.stops == 1)
  }

  @Test func `what is missing, unknown or impossible is refused, and nothing is sent`() throws {
    var scene = try scene("genesys-cloud-actions")
    scene.ask(.stop)
    #expect(try refusal(scene).reason == .parameters)
    #expect(try refusal(scene).detail.contains("needs the parameter recording"))
    scene.ask(.stop, parameters: ["recordign": "R1"])
    #expect(try refusal(scene).detail.contains("has no parameter 'recordign'; it has recording"))
    scene.ask(.start, parameters: ["recording": "R1"])
    #expect(try refusal(scene).reason == .noRoute)
    #expect(
      try refusal(scene).detail
        == "Route genesys-cloud-actions has no way to start a recording; it has stop; if"
        + " somebody else sends it, have its effect watched for with recbridge start --observe, or"
        + " mode observe.")
    #expect(scene.requests.isEmpty)
    #expect(scene.commands.isEmpty)
  }

  @Test func `a call that would change the path is not taken`() throws {
    var scene = try scene("genesys-cloud-recordings")
    scene.ask(.stop, "..", parameters: ["recording": "R1"])
    #expect(try refusal(scene).reason == .parameters)
    scene.ask(.stop, parameters: ["recording": ".."])
    #expect(try refusal(scene).reason == .parameters)
    #expect(scene.requests.isEmpty)
  }

  @Test func `credentials that are refused silence nobody: the next command leaves at once`() throws
  {
    var scene = try scene("genesys-cloud-actions")
    let stop = "/actions/stop"
    for number in 1...3 {
      scene.ask(.stop, "C\(number)", parameters: ["recording": "R\(number)"])
      try scene.answer("/recordings/R\(number)", #"{"status":"in-progress"}"#)
      try scene.answer(stop, status: 401, "")
      try scene.answer(stop, status: 401, "")
      #expect(scene.commands.last?.grade == .rejected)
    }
    scene.ask(.stop, "C9", parameters: ["recording": "R9"])
    try scene.answer("/recordings/R9", #"{"status":"in-progress"}"#)
    try scene.answer(stop, status: 204, "")
    #expect(scene.commands.last?.status == .accepted)
  }

  @Test(arguments: [
    (401, "", true), (403, "", false), (403, #"{"message":"token has expired"}"#, true),
    (400, "", false), (500, "", false),
  ])
  func `a token is thrown away for a 401, and for a 403 only where the route says so`(
    status: Int, body: String, isRefusal: Bool
  ) throws {
    var dialect = World.settings(profile: .commandsOnly).dialect
    var route = try #require(Route.shipped("genesys-cloud-recordings"))
    let answer = Answer.response(status: status, headers: [], body: Array(body.utf8))
    route.refusals = [.init(.notAuthenticated, statuses: 403...403, words: "expired")]
    dialect.route = route
    #expect(dialect.refusesCredentials(answer) == isRefusal)
  }

  @Test func `an unknown parameter of what is only observed is refused`() throws {
    var scene = try scene("genesys-cloud-actions")
    scene.ask(.stop, mode: .observe, parameters: ["recordign": "R1"])
    #expect(try refusal(scene).detail.contains("has no parameter 'recordign'"))
  }

  @Test func `a look at one recording confirms no command about another`() throws {
    var scene = try scene("genesys-cloud-actions")
    scene.ask(.stop, mode: .observe, parameters: ["recording": "R1"])
    scene.ask(.stop, parameters: ["recording": "R2"])
    scene.pass(.milliseconds(250))
    try scene.answer("/recordings/R2", #"{"status":"in-progress"}"#)
    try scene.answer("/R2/actions/stop", "{}")
    scene.pass(.seconds(1))
    try scene.answer("/recordings/R1", #"{"status":"stopped"}"#)
    #expect(scene.commands.map(\.grade) == [.confirmedPolled, nil])
  }

  @Test func `a stop is not satisfied by the recording that the stop before it was about`() throws {
    var scene = try scene("genesys-cloud-recordings")
    func recordings(_ first: String, _ second: String) -> String {
      #"{"recordings":[{"id":"R1","state":"\#(first)"},{"id":"R2","state":"\#(second)"}]}"#
    }
    scene.ask(.stop)
    try scene.answer("/conversations/C1", recordings("started", "stopped"))
    try scene.answer("/recordings/R1", #"{"state":"started"}"#)
    try scene.answer("/recordings/R1", "{}")
    // R1 ends, R2 begins, and the first stop has seen neither.
    scene.ask(.stop)
    #expect(scene.requests.map(\.target) == ["/api/v2/conversations/C1"])
    try scene.answer("/conversations/C1", recordings("stopped", "started"))
    try scene.answer("/recordings/R2", #"{"state":"started"}"#)
    #expect(scene.requests.map(\.target).contains("/api/v2/recordings/R2"))
    #expect(scene.commands.map(\.grade) == [nil, nil])
  }

  @Test func `a start whose look-up is slow does not leave behind a later stop`() throws {
    var scene = try scene("genesys-cloud-events")
    scene.ask(.start, isForced: true)
    scene.ask(.stop, isForced: true)
    scene.requests.swapAt(0, 1)
    let found = #"{"items":[{"id":"C1"}]}"#
    try scene.answer("types=voice", found)
    try scene.answer("types=voice", found)
    let sent = scene.requests.filter { $0.method == .post }
    #expect(sent.map { String(decoding: $0.body ?? [], as: UTF8.self) } == [#"{"type":"stop"}"#])
    #expect(scene.commands.map(\.grade) == [.superseded, nil])
  }

  @Test func `with several agents the command names its own`() throws {
    var scene = try scene("genesys-cloud-actions", agents: ["alice", "bob"])
    scene.ask(.stop, parameters: ["recording": "R1"])
    #expect(try refusal(scene).reason == .unknownCall)
    scene.ask(.stop, agent: "bob", parameters: ["recording": "R1"])
    #expect(scene.requests.map(\.agent) == ["bob"])
  }

  @Test func `a call that is not among the active ones is not sent anything`() throws {
    var scene = try scene("genesys-cloud-events")
    scene.ask(.start, "C9")
    for _ in 0..<2 {
      try scene.answer("types=voice", #"{"items":[{"id":"C0"},{"id":"C1"}]}"#)
    }
    let command = try #require(scene.commands.last)
    #expect(command.grade == .rejected)
    #expect(
      command.evidence.message
        == "not sent: conversation was looked up, and the answer has nothing at items[id=C9].id")
    #expect(command.causes(by: scene.bridge.route).first == .wrongID)
    #expect(scene.requests.isEmpty)
  }

  @Test func `parameters are on record, and the same key asks for the same ones`() throws {
    var scene = try scene("genesys-cloud-actions")
    scene.ask(.stop, key: "k", parameters: ["recording": "R1"])
    let command = try #require(scene.commands.last)
    #expect(command.parameters == ["recording": "R1"])
    let record = JSONWriter.write { writer in
      writer.object { command.write(to: &$0) }
    }
    #expect(try Command(record: JSONValue.parse(record)) == command)
    scene.ask(.stop, "C1", key: "k", parameters: ["recording": "R1"])
    guard case .known(let same)? = scene.replies.last else {
      Issue.record("the key made another command")
      return
    }
    #expect(same.id == command.id)
  }
}
