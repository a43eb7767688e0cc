import Configuration
import JSON
import Store
import Testing

@testable import Simulator

/// A daemon that is killed and started again, over real sockets.
@Suite(.serialized) struct ResumeTests {
  private func burst(_ count: Int, _ call: String, _ stage: Stage) throws {
    try stage.simulator.startBurst(call, count: count, interval: .milliseconds(2))
  }

  /// Mutation tried: the cookies not put back.
  @Test func `a daemon killed three times in a stream goes on with its session and misses nothing`()
    throws
  {
    let stage = try Stage {
      $0.acknowledgement = .offered
      $0.csrf = .standard
    }
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    try burst(600, call, stage)
    for seen in [50, 200, 350] {
      try stage.wait("\(seen) have come") { try stage.numbers().count >= seen }
      stage.kill()
      try stage.start(isReady: false)
    }
    try stage.wait("all have come") { try stage.numbers().count >= 600 }
    #expect(try stage.numbers() == Array(1...600))
    try stage.wait("every agent is in sync") { try stage.get("/readyz").status == 200 }
    #expect(try stage.events("gap").compactMap { $0["data"]?["cause"]?.string } == ["started"])
    #expect(stage.handshakes == 1)
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
  }

  @Test func `what happened while the daemon was down is told when it comes back`() throws {
    let stage = try Stage { $0.acknowledgement = .offered }
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.kill()
    try stage.simulator.setRecording(call, .stopped)
    try stage.simulator.setRecording(call, .recording)
    try stage.start()
    let states = try stage.events("recording").compactMap { $0["data"]?["to"]?.string }
    #expect(states == ["Recording", "Stopped", "Recording"])
    #expect(try stage.events("gap").count == 1)
    #expect(stage.handshakes == 1)
  }

  @Test func `a session that the platform has dropped meanwhile leads to a declared gap`() throws {
    let stage = try Stage { $0.acknowledgement = .offered }
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.kill()
    try stage.simulator.setRecording(call, .stopped)
    stage.simulator.forgetSessions()
    try stage.start()
    let gaps = try stage.events("gap").map { $0["data"] }
    #expect(gaps.compactMap { $0?["cause"]?.string } == ["started", "session-lost"])
    #expect(gaps.last??["from"] != nil)
    #expect(gaps.last??["resynced"]?.bool == true)
    #expect(stage.handshakes == 2)
    let last = try stage.events("recording").last
    #expect(last?["data"]?["to"]?.string == "Stopped")
  }

  @Test func `without the acknowledge extension a kill is a gap as ever`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    stage.kill()
    try stage.start()
    let causes = try stage.events("gap").compactMap { $0["data"]?["cause"]?.string }
    #expect(causes == ["started", "started"])
    #expect(stage.handshakes == 2)
  }

  @Test func `a clean stop says goodbye and leaves no session and no cookie in the store`() throws {
    let stage = try Stage { $0.acknowledgement = .offered }
    defer { stage.close() }
    try stage.start()
    #expect(try stage.storedSession().contains("JSESSIONID"))
    try stage.stop()
    let stored = try stage.storedSession()
    #expect(stored.contains("completeMicroseconds"))
    #expect(!stored.contains("JSESSIONID") && !stored.contains("clientId"))
    try stage.start()
    #expect(try stage.events("gap").count == 2)
  }

  @Test func `cookies and tokens are neither in events nor in the log`() throws {
    let stage = try Stage {
      $0.acknowledgement = .offered
      $0.csrf = .standard
    }
    defer { stage.close() }
    try stage.start()
    stage.kill()
    try stage.start()
    let stored = try JSONValue.parse(Array(stage.storedSession().utf8))
    let token = try #require(stored["forgeryProtection"]?.elements.compactMap(\.string).last)
    let cookie = try #require(stored["cookies"]?.elements.compactMap(\.string).last)
    let value = try #require(cookie.split(separator: "\t").last.map(String.init))
    let told =
      try stage.events().map { String(decoding: $0.raw, as: UTF8.self) }.joined()
      + stage.log.joined()
    #expect(!told.contains(token) && !told.contains(value))
  }

  @Test func `an agent that logs in as somebody else does not go on with the other's session`()
    throws
  {
    let stage = try Stage(agents: ["alice", "bob"]) { $0.acknowledgement = .offered }
    defer { stage.close() }
    stage.configuration.agents.removeLast()
    try stage.start()
    stage.kill()
    stage.configuration.agents = [
      Agent(name: "alice", login: Login(user: "bob", password: Secret("secret")))
    ]
    try stage.start()
    #expect(stage.handshakes == 2)
    #expect(try stage.events("gap").count == 2)
  }
}

extension Stage {
  /// How many sessions the platform has opened.
  var handshakes: Int { simulator.model.counters.handshakes }

  /// Numbers that the platform attaches to a call, as the daemon published them.
  func numbers() throws -> [Int64] {
    try events("call").compactMap { event in
      guard event["data"]?["source"]?.string == "notification" else { return nil }
      return event["data"]?["raw"]?["call"]?["userData"]?["seq"]?.integer
    }
  }

  /// The record of the only agent's session, while a daemon may have the store open.
  func storedSession() throws -> String {
    let store = try Store.open(at: configuration.store, access: .reading)
    defer { store.close() }
    return String(decoding: try #require(try store.sessions().first).record, as: UTF8.self)
  }
}
