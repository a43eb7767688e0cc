import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// Agents that come, go and change while the bridge runs.
@Suite struct AgentsTests {
  private static let recording = Scene.call("Recording")

  private static func changes(
    added: [String] = [], removed: [String] = [], changed: [String] = []
  ) -> Bridge.Input {
    .agents(
      AgentChanges(
        added: added.map { SessionRecord(agent: $0) }, removed: removed, changed: changed))
  }

  /// Alice and Bob in sync, Alice with a call that is recorded.
  private func settled() throws -> Scene {
    var scene = try Scene(agents: ["alice", "bob"])
    scene.feed(.start)
    for calls in [Self.recording, ""] {
      try scene.answerLogin()
      try scene.answerHandshake()
      try scene.answerBayeux(
        Scene.subscribe, members: #","subscription":["/v2/me/calls","/v2/me/devices"]"#)
      // The other's connect may be parked in front of this one's.
      let mine = try #require(scene.requests.last { $0.target.hasSuffix(Scene.connect) })
      scene.requests.removeAll { $0.id == mine.id }
      scene.requests.insert(mine, at: 0)
      try scene.answerBayeux(Scene.connect)
      try scene.answer(Scene.snapshot, #"{"statusCode":0,"calls":[\#(calls)]}"#)
    }
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    return scene
  }

  private func requests(of agent: String, in scene: Scene) -> [RequestID] {
    scene.requests.filter { $0.agent == agent }.map(\.id)
  }

  private func states(of agent: String, in scene: Scene) -> [String] {
    scene.data(.session).filter { $0["agent"]?.string == agent }.compactMap { $0["state"]?.string }
  }

  /// Mutation tried: every agent logs in anew on a change.
  @Test func `an agent that is not concerned sends nothing`() throws {
    var scene = try settled()
    let before = requests(of: "bob", in: scene)
    scene.feed(Self.changes(added: ["carol"], removed: ["alice"], changed: []))
    #expect(requests(of: "bob", in: scene) == before && before.count == 1)
    #expect(requests(of: "carol", in: scene).count == 1)
    scene.feed(Self.changes(changed: ["carol"]))
    #expect(requests(of: "bob", in: scene) == before)
    #expect(states(of: "bob", in: scene) == ["handshaking", "connected"])
  }

  /// Mutations tried: its calls kept; the ledger not told.
  @Test func `an agent that is removed says goodbye, and its calls and commands end`() throws {
    var scene = try settled()
    scene.ask(.stop)
    scene.feed(Self.changes(removed: ["alice"]))
    #expect(scene.isOpen("/disconnect"))
    scene.ask(.pause, agent: "alice")
    guard case .refused(let refusal) = scene.replies.last else {
      Issue.record("an agent that leaves takes commands")
      return
    }
    #expect(refusal.reason == .unknownAgent)
    #expect(scene.left.isEmpty)
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.left == ["alice"])
    let command = try #require(scene.commands.first)
    #expect(command.grade == .unobservable)
    #expect(command.evidence.message?.contains("left the configuration") == true)
    #expect(states(of: "alice", in: scene).suffix(2) == ["stopped", "removed"])
    #expect(scene.disk().calls.isEmpty)
    let calls = try JSONValue.parse(scene.bridge.callsDocument())["calls"]
    #expect(calls.map { Array($0.elements).isEmpty } == true)
    let sessions = try JSONValue.parse(scene.bridge.sessionsDocument(at: scene.now))["sessions"]
    #expect(sessions?.elements.compactMap { $0["agent"]?.string } == ["bob"])
    scene.ask(.stop)
    guard case .refused(let other) = scene.replies.last else {
      Issue.record("the call of an agent that has left is still found")
      return
    }
    #expect(other.reason == .unknownCall)
  }

  @Test func `what a goodbye brings still counts`() throws {
    var scene = try settled()
    scene.ask(.stop)
    scene.requests.removeAll { $0.target.hasSuffix(Scene.connect) && $0.agent == "bob" }
    scene.feed(Self.changes(removed: ["alice"]))
    try scene.hear(Scene.call("Stopped"))
    try scene.answerBayeux("/disconnect")
    #expect(scene.left == ["alice"])
    #expect(scene.commands.first?.grade == .confirmedNotified)
  }

  /// Mutation tried: late answers acted upon by whoever has the place now.
  @Test func `a newcomer in the place of another gets none of its answers`() throws {
    var scene = try settled()
    scene.ask(.stop)
    let command = try #require(scene.requests.last { $0.agent == "alice" })
    scene.feed(Self.changes(removed: ["alice"]))
    scene.pass(SessionBounds.stopGrace)
    scene.feed(Self.changes(added: ["carol"]))
    #expect(scene.bridge.agents.count == 2)
    let before = scene.writes.count
    scene.feed(
      .answered(command.id, .response(status: 401, headers: [], body: [])))
    #expect(scene.writes.count == before)
    #expect(states(of: "carol", in: scene) == [])
  }

  @Test func `an agent that is back before its goodbye was answered begins again after it`() throws
  {
    var scene = try settled()
    scene.feed(Self.changes(removed: ["alice"]))
    scene.feed(Self.changes(added: ["alice"]))
    #expect(!scene.isOpen(Scene.login))
    try scene.answerBayeux("/disconnect")
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.left == ["alice"])
    #expect(scene.isOpen(Scene.login))
    scene.requests.removeAll { $0.agent == "bob" }
    try scene.connectUp()
    try scene.answerSnapshot(Self.recording)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    // What was missed meanwhile is declared, from when it was last observed.
    let gap = try #require(scene.data(.gap).last)
    let from = try #require(gap["from"]?.string.flatMap(Timestamp.parse))
    #expect(scene.now.wall - from < .seconds(10))
  }

  @Test func `new login data are tried at once, and the session begins anew with them`() throws {
    var scene = try settled()
    let connects = requests(of: "alice", in: scene)
    scene.feed(Self.changes(changed: ["alice"]))
    // The old session goes on until the new login is good.
    #expect(requests(of: "alice", in: scene).count == connects.count + 1)
    try scene.answer(Scene.login, status: 401, "{}")
    scene.feed(.wake)
    try scene.answer(Scene.login, status: 401, "{}")
    #expect(!scene.isOpen(Scene.login))
    scene.feed(Self.changes(changed: ["alice"]))
    try scene.answerLogin()
    try scene.answerHandshake()
    #expect(scene.bridge.agents[0].session.status.generation == 2)
  }

  @Test func `nobody comes once the bridge is stopping`() throws {
    var scene = try settled()
    scene.feed(.stop)
    scene.feed(Self.changes(added: ["carol"]))
    #expect(requests(of: "carol", in: scene).isEmpty)
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.stops == 1)
  }

  @Test func `a bridge that stops while an agent leaves ends once both are done`() throws {
    var scene = try settled()
    scene.feed(Self.changes(removed: ["alice"]))
    scene.feed(.stop)
    #expect(scene.stops == 0)
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.stops == 1)
    #expect(scene.left == ["alice"])
  }
}
