import Bayeux
import Calls
import Commands
import JSON
import Testing

@testable import Bridge

/// From the login to a list of calls that is exact, and back to it after trouble.
@Suite struct SyncTests {
  @Test
  func `after the start the agent logs in, subscribes, reads the calls and declares the gap`()
    throws
  {
    var scene = try Scene()
    scene.feed(.start)
    #expect(scene.requests.map(\.target) == ["/api/v2/me"])
    try scene.connectUp()
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == ["alice: connected"])
    try scene.answerSnapshot(Scene.call("Recording"))
    #expect(scene.types == [.session, .session, .call, .recording, .gap])
    let gap = try #require(scene.data(.gap).first)
    #expect(gap["from"] == nil)
    #expect(gap["cause"]?.string == "started")
    #expect(gap["resynced"]?.bool == true)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  @Test
  func `a snapshot refused for the login leads to a new login and then to a snapshot`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    try scene.answer(Scene.snapshot, status: 403, #"{"statusCode":20}"#)
    scene.pass(.zero)
    try scene.answerLogin()
    scene.pass(.seconds(60))
    try scene.connectUp()
    try scene.answerSnapshot(Scene.call("Recording"))
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    #expect(scene.data(.gap).compactMap { $0["resynced"]?.bool } == [true])
  }

  @Test
  func `the header against forged requests is the one that the server names`() throws {
    var scene = try Scene()
    scene.feed(.start)
    let headers = [Header("x-csrf-header", "X-Its-Own"), Header("X-CSRF-TOKEN", "t1")]
    try scene.answer(Scene.login, headers: headers, #"{"statusCode":0}"#)
    let handshake = try #require(scene.requests.first)
    #expect(handshake.method == .post)
    #expect(handshake.headers.first("X-Its-Own") == "t1")
  }

  @Test
  func `three failed snapshots declare an open gap, and a later one closes it`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    for _ in 0..<3 {
      #expect(scene.data(.gap).isEmpty)
      try scene.answer(Scene.snapshot, status: 500, "")
      scene.pass(.seconds(31))
    }
    #expect(scene.data(.gap).compactMap { $0["resynced"]?.bool } == [false])
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).count == 1)
    try scene.answerSnapshot()
    try scene.answerBayeux(Scene.connect)
    #expect(scene.data(.gap).compactMap { $0["resynced"]?.bool } == [false, true])
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  @Test
  func `a call that ended while the snapshot was under way stays ended`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    try scene.hear(Scene.call("Recording"), type: "StatusChange")
    try scene.hear(Scene.released(), type: "StatusChange")
    try scene.answerSnapshot(Scene.call("Recording"), Scene.call("Paused", "C2"))
    #expect(scene.bridge.agents[0].calls.keys.sorted() == ["C2"])
  }

  @Test
  func `a notification that came after the snapshot was asked for wins over it`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    try scene.hear(Scene.call("Paused"))
    try scene.answerSnapshot(Scene.call("Recording"))
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .paused)
  }

  @Test
  func `a gap after a kill begins when the last answered connect was sent, not when it came back`()
    throws
  {
    var first = try Scene()
    try first.settle()
    let sent = first.now.wall
    first.pass(.seconds(20))
    try first.answerBayeux(Scene.connect)
    var second = try Scene(after: first)
    try second.settle()
    let from = try #require(second.data(.gap).first?["from"]?.string.flatMap(Timestamp.parse))
    #expect(from <= sent)
    #expect(from > sent - .seconds(1))
  }

  @Test
  func `stop ends every session and says so once`() throws {
    var scene = try Scene(agents: ["alice", "bob"])
    scene.feed(.stop)
    #expect(scene.stops == 1)
    scene = try Scene()
    try scene.settle()
    scene.feed(.stop)
    #expect(scene.stops == 0)
    scene.pass(.seconds(2))
    #expect(scene.stops == 1)
    scene.ask(.stop)
    guard case .refused(let refusal) = scene.replies.last else {
      Issue.record("a command was taken while stopping")
      return
    }
    #expect(refusal.reason == .stopping)
  }
}
