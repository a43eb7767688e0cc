import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// The WebSockets of agents, under the bridge's own names.
@Suite struct AgentSocketsTests {
  private static let transports: [Transport] = [.webSocket, .longPolling]

  /// Alice's handshake is granted, and her first socket asked for.
  private func handshaken(ack: Bool = false) throws -> Scene {
    var scene = try Scene(transports: Self.transports)
    scene.feed(.start)
    let headers = [Header("X-CSRF-HEADER", "X-Its-Own"), Header("X-CSRF-TOKEN", "t1")]
    try scene.answer(Scene.login, headers: headers, #"{"statusCode":0}"#)
    try grantHandshake(&scene, ack: ack)
    return scene
  }

  private func grantHandshake(_ scene: inout Scene, ack: Bool = false) throws {
    try scene.answerBayeux(
      Scene.handshake,
      members: #","clientId":"c1","version":"1.0"\#(ack ? #","ext":{"ack":true}"# : ""),"#
        + #""supportedConnectionTypes":["websocket","long-polling"],"advice":{"timeout":30000}"#)
  }

  /// In sync over that socket.
  private func settled(ack: Bool = false) throws -> Scene {
    var scene = try handshaken(ack: ack)
    let id = try #require(scene.openings.first?.id)
    scene.feed(.socket(id, .opened))
    try reply(on: "subscribe", #","subscription":["/v2/me/calls","/v2/me/devices"]"#, &scene)
    try reply(on: "connect", ack ? #","ext":{"ack":1}"# : "", &scene)
    try scene.answerSnapshot(Scene.call("Recording"))
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    return scene
  }

  /// Answers the newest message of that kind well, on its socket.
  private func reply(on kind: String, _ members: String = "", _ scene: inout Scene) throws {
    let (id, text) = try #require(scene.transmitted.last { $0.text.contains("/meta/\(kind)\"") })
    let message = try #require(Array(try JSONValue.parse(Array(text.utf8)).elements).first)
    let number = try #require(message["id"]?.string)
    scene.feed(
      .socket(
        id,
        .message(
          Array(
            #"[{"id":"\#(number)","channel":"/meta/\#(kind)","successful":true\#(members)}]"#.utf8))
      ))
  }

  private func notification(_ state: String) -> SocketEvent {
    let data = Scene.notification(Scene.call(state))
    return .message(Array(#"[{"channel":"/v2/me/calls","data":\#(data)}]"#.utf8))
  }

  @Test func `the upgrade carries the origin and the token of the login`() throws {
    let request = try #require(try handshaken().openings.first)
    #expect(request.agent == "alice" && request.target == "/api/v2/notifications")
    #expect(request.headers.first("Origin") == "http://platform.example")
    #expect(request.headers.first("X-Its-Own") == "t1")
  }

  /// Mutation tried: the bridge's names are those of the sessions.
  @Test func `the name of a socket is never used again, whoever opens the next one`() throws {
    var scene = try Scene(agents: ["alice", "bob"], transports: Self.transports)
    scene.feed(.start)
    for _ in 0..<2 {
      try scene.answerLogin()
      try grantHandshake(&scene)
    }
    for _ in 0..<4 {
      let id = try #require(scene.openings.last?.id)
      scene.feed(.socket(id, .closed(SocketClose(.unreachable, reason: "timeout"))))
      scene.pass(SessionBounds.socketRetry)
    }
    let names = scene.openings.map(\.id)
    #expect(names.count >= 6 && Set(names).count == names.count)
    #expect(Set(scene.openings.map(\.agent)) == ["alice", "bob"])
  }

  @Test func `what a closed socket still says is silent`() throws {
    var scene = try settled(ack: true)
    let id = try #require(scene.openings.first?.id)
    scene.feed(.socket(id, .stalled(reason: "no pong")))
    #expect(scene.closings == [id])
    let before = scene.writes.count
    let sent = scene.order.count
    for event in [
      notification("Stopped"), .opened, .stalled(reason: "no pong"),
      .closed(SocketClose(.broken, reason: "reset")),
    ] {
      scene.feed(.socket(id, event))
    }
    #expect(scene.writes.count == before && scene.order.count == sent)
    #expect(scene.closings == [id])
  }

  /// Mutation tried: the owner kept.
  @Test func `the end of a socket is heard once`() throws {
    var scene = try settled()
    let id = try #require(scene.openings.first?.id)
    scene.feed(.socket(id, .closed(SocketClose(.code(1001), reason: "going away"))))
    #expect(scene.openings.count == 2 && scene.closings.isEmpty)
    #expect(scene.bridge.socketOwners.count == 1)
    let before = scene.writes.count
    scene.feed(.socket(id, .closed(SocketClose(.broken, reason: "reset"))))
    #expect(scene.writes.count == before && scene.openings.count == 2)
  }

  /// Mutation tried: the owner kept when a socket is closed.
  @Test func `an agent that leaves closes its socket, and a newcomer hears nothing of it`() throws {
    var scene = try settled()
    let id = try #require(scene.openings.first?.id)
    scene.feed(.agents(AgentChanges(added: [], removed: ["alice"], changed: [])))
    #expect(scene.transmitted.last?.text.contains("/meta/disconnect") == true)
    #expect(scene.closings.isEmpty)
    // What it still says until then counts.
    scene.feed(.socket(id, notification("Stopped")))
    #expect(scene.data(.recording).last?["to"]?.string == "Stopped")
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.left == ["alice"] && scene.closings == [id])
    #expect(scene.bridge.socketOwners.isEmpty)
    scene.feed(
      .agents(AgentChanges(added: [SessionRecord(agent: "carol")], removed: [], changed: [])))
    let before = scene.writes.count
    scene.feed(.socket(id, notification("Recording")))
    scene.feed(.socket(id, .closed(SocketClose(.broken, reason: "reset"))))
    #expect(scene.writes.count == before)
  }

  @Test func `at the stop every socket is closed before the bridge says so`() throws {
    var scene = try settled()
    let id = try #require(scene.openings.first?.id)
    scene.feed(.stop)
    scene.pass(SessionBounds.stopGrace)
    #expect(scene.stops == 1 && scene.closings == [id])
  }

  @Test func `in a loop the cookies are forgotten before the next handshake leaves`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.answerLogin()
    for _ in 0..<6 where !scene.order.contains("forget alice") {
      try scene.answerHandshake()
      scene.requests.removeAll { $0.target.hasSuffix("/notifications") }
      let connect = try #require(scene.requests.first { $0.target.hasSuffix(Scene.connect) })
      let number = try #require(
        Array(try JSONValue.parse(connect.body ?? []).elements).first?["id"]?.string)
      try scene.answer(
        Scene.connect,
        #"[{"id":"\#(number)","channel":"/meta/connect","successful":false,"#
          + #""error":"402::Unknown client","advice":{"reconnect":"handshake"}}]"#)
      while !scene.isOpen(Scene.handshake) { scene.pass(.seconds(1)) }
    }
    #expect(scene.order.suffix(2) == ["forget alice", "/api/v2/notifications/handshake"])
  }
}
