import Commands
import JSON
import Testing

@testable import Bridge

/// Several recordings of one call: whom a question concerns, and who is held back by whom.
@Suite struct RouteQuestionTests {
  private let posted = "/actions/stop"

  private func scene(_ route: String = "genesys-cloud-actions") throws -> Scene {
    var scene = try Scene(profile: .commandsOnly, route: Route.shipped(route))
    scene.feed(.start)
    return scene
  }

  private func targets(_ scene: Scene) -> [String] {
    scene.requests.map { "\($0.method.rawValue) \($0.target)" }
  }

  private func get(_ recording: String) -> String {
    "GET /api/v2/recording/recordings/\(recording)"
  }

  // MARK: - Whom a look concerns

  @Test(arguments: [404, 500])
  func `a look that fails says nothing of another recording`(_ status: Int) throws {
    var scene = try scene()
    scene.ask(.stop, parameters: ["recording": "R1"])
    scene.ask(.stop, parameters: ["recording": "R2"])
    #expect(targets(scene) == [get("R1")])
    try scene.answer("/recordings/R1", status: status, "")
    // The one leaves without its look, the other is looked at.
    let sent = "POST /api/v2/recording/recordings/R1" + posted
    #expect(targets(scene).sorted() == [get("R2"), sent])
    try scene.answer("/recordings/R2", #"{"status":"stopped"}"#)
    #expect(scene.commands.map(\.grade) == [nil, .satisfied])
  }

  @Test func `a look that fails counts for all who asked the same`() throws {
    var scene = try scene()
    for _ in 0..<2 { scene.ask(.stop, parameters: ["recording": "R1"]) }
    try scene.answer("/recordings/R1", status: 404, "")
    let stop = "POST /api/v2/recording/recordings/R1" + posted
    #expect(targets(scene) == [stop, stop])
  }

  @Test func `a look-up that fails counts for all who asked the same, and nobody else`() throws {
    var scene = try scene("genesys-cloud-recordings")
    for _ in 0..<2 { scene.ask(.stop) }
    scene.ask(.stop, parameters: ["recording": "R9"])
    #expect(targets(scene) == ["GET /api/v2/conversations/C1"])
    try scene.answer("/conversations/C1", #"{"recordings":[]}"#)
    // Each of the two asks for itself before it is sent; the third has its own look.
    let looks = targets(scene)
    #expect(looks.count { $0.hasSuffix("/conversations/C1") } == 2)
    #expect(looks.contains("GET /api/v2/recordings/R9"))
  }

  @Test func `while nobody can ask, nobody waits for an answer`() throws {
    var scene = try scene()
    scene.ask(.stop, parameters: ["recording": "R1"])
    scene.ask(.stop, parameters: ["recording": "R2"])
    let turn = scene.bridge.storeLost(at: scene.now)
    let sent = turn.effects.compactMap { effect -> String? in
      guard case .request(let request) = effect, request.method == .post else { return nil }
      return request.target
    }
    #expect(sent.map { $0.contains("/R1/") } == [true, false])
  }

  // MARK: - Nobody is held back

  @Test func `commands about two recordings of a call go their own ways`() throws {
    var scene = try scene()
    scene.ask(.stop, mode: .observe, parameters: ["recording": "R3"])
    for name in ["R1", "R2"] { scene.ask(.stop, parameters: ["recording": name]) }
    scene.ask(.stop, mode: .observe, parameters: ["recording": "R4"])
    #expect(scene.commands.count == 4)
    for name in ["R1", "R2"] {
      try scene.answer("/recordings/\(name)", #"{"status":"in-progress"}"#)
      try scene.answer("/\(name)\(posted)", "{}")
    }
    for _ in 0..<20 where scene.commands.contains(where: \.isOpen) {
      scene.pass(.milliseconds(250))
      while let question = scene.requests.first {
        // What is only observed never happens.
        let isOurs = ["R1", "R2"].contains { question.target.hasSuffix($0) }
        let state = isOurs ? "stopped" : "in-progress"
        try scene.answer(question.target, #"{"status":"\#(state)"}"#)
      }
    }
    #expect(scene.commands.map(\.grade) == [nil, .confirmedPolled, .confirmedPolled, nil])
  }

  // The end of a snippet, and the conversation's own recording: two things.
  @Test func `a stop does not give way to a later resume of another recording`() throws {
    var scene = try scene("genesys-cloud")
    scene.ask(.stop, parameters: ["participant": "P1"])
    scene.ask(.resume)
    let body =
      #"{"participants":[{"id":"P1","purpose":"agent","state":"connected","#
      + #""recordersState":{"snippetState":"ACTIVE"}}]}"#
    try scene.answer("/calls/C1", body)
    #expect(targets(scene).contains { $0.hasSuffix("P1/snippet/record") })
    #expect(scene.commands.map(\.grade) == [nil, nil])
  }

  // What is not to be recorded now counts for all that might record.
  @Test func `a start gives way to a later pause, whatever recording that is about`() throws {
    var scene = try scene("genesys-cloud")
    scene.ask(.start, parameters: ["participant": "P1"])
    scene.ask(.pause)
    try scene.answer("/calls/C1", #"{"participants":[]}"#)
    #expect(!targets(scene).contains { $0.hasSuffix("P1/snippet/record") })
    #expect(scene.commands.first?.grade == .superseded)
  }

  // MARK: - What is only observed

  @Test func `what is observed has to name what its looks have to name`() throws {
    var scene = try scene()
    scene.ask(.stop, mode: .observe)
    guard case .refused(let refusal)? = scene.replies.last else {
      Issue.record("taken")
      return
    }
    #expect(refusal.reason == .parameters)
    #expect(refusal.detail.contains("needs the parameter recording: the id of the recording"))
    scene.ask(.stop, mode: .observe, parameters: ["recording": ".."])
    #expect(scene.commands.isEmpty)
    // A way to send it is not needed.
    scene.ask(.pause, mode: .observe, parameters: ["recording": "R1"])
    #expect(scene.commands.count == 1)
  }
}
