import Commands
import JSON
import Report
import Testing

@testable import Bridge

/// A platform that notifies nobody: what a user sees of it besides commands, and what survives.
@Suite struct CommandsOnlyTests {
  private let recorded = #"{"status":"in-progress"}"#
  private let stopped = #"{"status":"stopped"}"#

  private func scene(after earlier: Scene? = nil) throws -> Scene {
    var scene = try Scene(
      profile: .commandsOnly, route: Route.shipped("genesys-cloud-actions"), after: earlier)
    scene.feed(.start)
    return scene
  }

  /// A stop that the platform has taken.
  private func accepted() throws -> Scene {
    var scene = try scene()
    scene.ask(.stop, parameters: ["recording": "R1"])
    try scene.answer("/recordings/R1", recorded)
    try scene.answer("/actions/stop", "{}")
    return scene
  }

  // MARK: - What it publishes

  @Test func `a change that a look shows is published with the command that caused it`() throws {
    var scene = try accepted()
    #expect(scene.data(.recording).isEmpty)
    scene.pass(.milliseconds(250))
    try scene.answer("/recordings/R1", stopped)
    let change = try #require(scene.data(.recording).last)
    #expect(change["from"]?.string == "Recording" && change["to"]?.string == "Stopped")
    #expect(change["cause"]?.string == "command")
    #expect(change["command"]?.string == scene.commands.last?.id)
    // It is so already, and nothing changes.
    scene.ask(.stop, parameters: ["recording": "R1"])
    try scene.answer("/recordings/R1", stopped)
    #expect(scene.commands.last?.grade == .satisfied)
    #expect(scene.data(.recording).count == 1)
  }

  @Test func `of two stops in flight the change is told once`() throws {
    var scene = try scene()
    for _ in 0..<2 { scene.ask(.stop, parameters: ["recording": "R1"]) }
    try scene.answer("/recordings/R1", recorded)
    for _ in 0..<2 { try scene.answer("/actions/stop", "{}") }
    scene.pass(.milliseconds(250))
    try scene.answer("/recordings/R1", stopped)
    #expect(scene.commands.map(\.grade) == [.confirmedPolled, .confirmedPolled])
    #expect(scene.data(.recording).count == 1)
  }

  @Test func `an agent without a session has no transport`() throws {
    let scene = try scene()
    let document = try JSONValue.parse(scene.bridge.sessionsDocument(at: scene.now))
    let session = try #require(document["sessions"]?.elements.first { _ in true })
    #expect(session["agent"]?.string == "alice" && session["transport"] == nil)
    #expect(session["state"]?.string == "serving")
  }

  // MARK: - What is wrong

  @Test func `a refused token is told, and ends with the next that may be good`() throws {
    var scene = try scene()
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).isEmpty)
    scene.ask(.stop, parameters: ["recording": "R1"])
    try scene.answer("/recordings/R1", status: 401, "{}")
    #expect(scene.data(.session).last?["state"]?.string == "authentication-needed")
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == ["alice: authentication-needed"])
    scene.feed(.credentialsChanged(agent: "alice"))
    #expect(scene.data(.session).last?["state"]?.string == "serving")
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).isEmpty)
  }

  @Test func `a platform that is away is told until it answers`() throws {
    var scene = try scene()
    scene.ask(.stop, parameters: ["recording": "R1"])
    try scene.fail("/recordings/R1", "connection refused")
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == ["alice: unconnected"])
    #expect(scene.data(.session).last?["reason"]?.string == "connection refused")
    try scene.answer("/actions/stop", "{}")
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).isEmpty)
    #expect(scene.data(.session).count == 3)
  }

  @Test func `a request that we took back says nothing of the platform`() throws {
    var scene = try Scene(profile: .commandsOnly, route: Route.shipped("genesys-cloud"))
    scene.feed(.start)
    scene.ask(.resume, isForced: true)
    scene.ask(.pause, isForced: true)
    let resume = try #require(scene.requests.first)
    #expect(scene.withdrawn == [resume.id])
    try scene.fail("/recordingstate", "not sent", mayHaveReachedServer: false)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).isEmpty)
    #expect(scene.data(.session).count == 1)
    #expect(scene.order.filter { $0.hasSuffix("/recordingstate") }.count == 2)
    // The pause was not: nobody was there.
    try scene.fail("/recordingstate", "connection refused", mayHaveReachedServer: false)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == ["alice: unconnected"])
  }

  @Test func `what the verifying GET came to is told with its command, and in the log`() throws {
    var scene = try scene()
    scene.ask(.stop, parameters: ["recording": "R1"])
    try scene.answer("/recordings/R1", #"{"status":"RUN"}"#)
    try scene.answer("/actions/stop", "{}")
    for wait in [250, 500, 1_000, 2_000, 2_000, 2_000, 2_000] {
      scene.pass(.milliseconds(wait))
      if scene.isOpen("/recordings/R1") { try scene.answer("/recordings/R1", status: 500, "{}") }
    }
    scene.pass(.seconds(10))
    let command = try #require(scene.commands.first)
    #expect(command.grade == .unconfirmed)
    #expect(command.evidence.lookFailure == "HTTP status 500")
    #expect(command.causes(by: scene.bridge.route).contains(.lookFailed))
    #expect(
      scene.data(.command).contains {
        $0["evidence"]?["lookFailure"]?.string?.contains("says \"RUN\" at status") == true
      })
    #expect(scene.logged.filter { $0 == "not-confirmed" }.count == 1)
    // What shows the state at last has nothing to complain of.
    #expect(try accepted().commands.last?.evidence.lookFailure == nil)
  }

  // MARK: - What is said of an exception

  /// The platform accepts and ignores it; looks see it record to the end.
  private func ignored() throws -> (Scene, Command) {
    var scene = try accepted()
    for _ in 0..<44 {
      scene.pass(.milliseconds(250))
      if scene.isOpen("/recordings/R1") { try scene.answer("/recordings/R1", recorded) }
    }
    let command = try #require(scene.commands.last)
    try #require(command.grade == .unconfirmed)
    return (scene, command)
  }

  @Test func `the worklist and the report say the same of a Stop that was ignored`() throws {
    let (scene, command) = try ignored()
    let lastSeen = scene.events.first { $0.sequence == command.evidence.event }?.wall
    let text = JSONWriter.write { writer in
      writer.object {
        scene.bridge.write(
          exception: command, sequence: scene.events.last?.sequence ?? 0, lastSeen: lastSeen,
          doneAt: nil, to: &$0)
      }
    }
    let listed = try JSONValue.parse(text)
    var builder = AccountBuilder(Scope())
    for (index, entry) in scene.entries.enumerated() {
      builder.take(ReportEntry(entry, number: Int64(index) + 1))
    }
    let account = builder.finished()
    let told = try #require(account.notConfirmed.first)
    let exposure = try #require(account.exposure(of: told))
    #expect(listed["exposure"]?["from"]?.string == Timestamp.text(exposure.from))
    #expect(listed["exposure"]?["to"]?.string == Timestamp.text(exposure.to))
    #expect(listed["exposure"]?["still"]?.bool == exposure.isStill)
    #expect(exposure.isStill && exposure.seen > .seconds(8))
    #expect(exposure.lastSeen?.time == lastSeen)
    let causes = listed["causes"]?.elements.map { $0["meaning"]?.string }
    #expect(told.causes.map(\.meaning) == causes && causes?.isEmpty == false)
  }

  // MARK: - Restarts

  @Test func `a stop that was sent is looked after by the next process, and not sent again`() throws
  {
    var scene = try scene(after: accepted())
    #expect(scene.requests.isEmpty)
    scene.pass(.milliseconds(250))
    try scene.answer("/recordings/R1", stopped)
    #expect(scene.commands.map(\.grade) == [.confirmedPolled])
    #expect(!scene.order.contains { $0.hasSuffix("/actions/stop") })
  }

  @Test func `a stop that never left is looked up by the next process, and then sent`() throws {
    var earlier = try self.scene()
    earlier.ask(.stop, parameters: ["recording": "R1"])
    var scene = try scene(after: earlier)
    scene.pass(.zero)
    try scene.answer("/recordings/R1", recorded)
    try scene.answer("/actions/stop", "{}")
    scene.pass(.milliseconds(500))
    try scene.answer("/recordings/R1", stopped)
    #expect(scene.commands.map(\.grade) == [.confirmedPolled])
    #expect(scene.order.filter { $0.hasSuffix("/actions/stop") }.count == 1)
  }

  // An attempt is on disk before it leaves: whether it did is then not known.
  @Test func `a stop that was given out is not sent by the next process`() throws {
    var earlier = try self.scene()
    earlier.ask(.stop, parameters: ["recording": "R1"])
    try earlier.answer("/recordings/R1", recorded)
    #expect(earlier.isOpen("/actions/stop"))
    var scene = try scene(after: earlier)
    scene.pass(.seconds(9))
    try scene.answer("/recordings/R1", recorded)
    scene.pass(.seconds(1))
    #expect(scene.commands.map(\.grade) == [.unconfirmed])
    #expect(!scene.order.contains { $0.hasSuffix("/actions/stop") })
  }

  // Three seconds pass between the two processes.
  @Test func `a stop that never left is not sent behind its own deadline, nor unseen`() throws {
    var earlier = try self.scene()
    earlier.ask(.stop, parameters: ["recording": "R1"])
    var scene = try scene(after: earlier)
    for wait in [0, 250, 500, 1_000, 2_000, 2_000] {
      scene.pass(.milliseconds(wait))
      try scene.answer("/recordings/R1", status: 503, "")
      #expect(!scene.isOpen("/actions/stop"))
    }
    scene.pass(.seconds(2))
    try scene.answer("/recordings/R1", recorded)
    scene.pass(.seconds(5))
    #expect(scene.commands.map(\.grade) == [.unconfirmed])
    #expect(
      scene.commands.first?.evidence.message
        == "not sent: the daemon was restarted before it could leave")
    #expect(!scene.order.contains { $0.hasSuffix("/actions/stop") })
  }

  @Test func `what is stopped already when the next process looks is satisfied`() throws {
    var earlier = try self.scene()
    earlier.ask(.stop, parameters: ["recording": "R1"])
    var scene = try scene(after: earlier)
    scene.pass(.zero)
    try scene.answer("/recordings/R1", stopped)
    #expect(scene.commands.map(\.grade) == [.satisfied])
  }

  // MARK: - The store is lost

  @Test(arguments: [Operation.stop, .start])
  func `what a stop has to name is looked up without a store as well`(
    _ operation: Operation
  ) throws {
    var scene = try Scene(
      profile: .commandsOnly, route: Route.shipped("genesys-cloud-events"))
    scene.feed(.start)
    _ = scene.bridge.storeLost(at: scene.now)
    scene.ask(operation)
    guard operation == .stop else {
      #expect(scene.requests.isEmpty)
      return
    }
    let question = try #require(scene.requests.first)
    #expect(scene.bridge.passage(of: .request(question)) == .leaves)
    try scene.answer("types=voice", #"{"items":[{"id":"C1"}]}"#)
    let stop = try #require(scene.requests.first)
    #expect(stop.target == "/api/v2/recordings/conversations/C1/events")
    #expect(scene.bridge.passage(of: .request(stop)) == .leaves)
    // What a look would show could not be stored.
    try scene.answer("/events", status: 202, "{}")
    scene.pass(.seconds(5))
    #expect(scene.requests.isEmpty)
    scene.pass(.seconds(5))
    #expect(scene.commands.map(\.grade) == [.unobservable])
  }
}
