import Configuration
import Daemon
import JSON
import TestSupport
import Testing

/// The configuration read again while the daemon runs.
@Suite struct ReloadTests {
  private func write(
    _ agents: [(name: String, password: String)], of stage: Stage, more: String = ""
  ) throws -> String {
    let path = stage.folder + "/file"
    let configuration = stage.configuration
    var text = """
      site: \(configuration.site)
      platform: { url: "\(configuration.platform.url)" }
      store: \(configuration.store)
      socket: \(configuration.socket)
      \(more)
      agents:

      """
    for agent in agents {
      text += "  - { name: \(agent.name), user: \(agent.name), password: \(agent.password) }\n"
    }
    try writeText(text, to: path)
    return path
  }

  /// Whose logins were good, in order.
  private func logins(_ stage: Stage) -> [String] {
    stage.log.filter { $0.contains("event=logged-in") }.compactMap { line in
      line.firstRange(of: "agent=").map { String(line[$0.upperBound...].dropLast()) }
    }
  }

  private func agents(_ stage: Stage) throws -> [String] {
    let document = try JSONValue.parse(try stage.get("/v1/sessions").body)
    return (document["sessions"].map { Array($0.elements) } ?? [])
      .compactMap { $0["agent"]?.string }
  }

  /// Mutation tried: every agent logs in anew.
  @Test func `agents come, go and change while the others do not move`() throws {
    let stage = try Stage(agents: ["alice", "bob", "carol"])
    defer { stage.close() }
    stage.configuration.agents.removeLast()
    try stage.start()
    let logins = self.logins(stage)
    let path = try write([("bob", "secret"), ("carol", "secret")], of: stage)
    stage.daemon?.reload(path)
    try stage.wait("carol is in sync and alice is gone") {
      let isReady = try stage.get("/readyz").status == 200
      return try isReady && self.agents(stage).sorted() == ["bob", "carol"]
    }
    #expect(self.logins(stage) == logins + ["carol"])
    let change = try stage.event("daemon") { $0["data"]?["action"]?.string == "configured" }
    #expect(change["data"]?["differs"]?.elements.compactMap(\.string) == ["agents"])
    #expect(try Schema.violations(change) == [])
    #expect(stage.log.contains { $0.contains("event=reloaded") && $0.contains("removed=1") })
    let wrong = try write([("bob", "wrong"), ("carol", "secret")], of: stage)
    stage.daemon?.reload(wrong)
    try stage.wait("the new password is refused") {
      stage.log.contains { $0.contains("login-failed") && $0.contains("agent=bob") }
    }
    _ = try write([("bob", "secret"), ("carol", "secret")], of: stage)
    stage.daemon?.reload(path)
    try stage.wait("bob is back") {
      let isReady = try stage.get("/readyz").status == 200
      return isReady && stage.log.contains { $0.contains("cause=authentication-needed") }
    }
  }

  /// Mutation tried: a configuration taken up that differs in more than agents and secrets.
  @Test func `what is broken, or needs a restart, changes nothing and is said`() throws {
    let stage = try Stage(agents: ["alice", "bob"])
    defer { stage.close() }
    stage.configuration.agents.removeLast()
    try stage.start()
    let logins = self.logins(stage)
    let path = try write([("alice", "secret"), ("alice", "secret")], of: stage)
    stage.daemon?.reload(path)
    try stage.wait("the mistake is told") {
      stage.log.contains {
        $0.contains("level=error event=reload-refused") && $0.contains("/file:8: agents[1].name")
      }
    }
    _ = try write([("bob", "secret")], of: stage, more: "commands: { deadline: 3s }")
    stage.daemon?.reload(path)
    try stage.wait("the restart is asked for") {
      stage.log.contains {
        $0.contains("reload-refused") && $0.contains("commands: only a restart")
      }
    }
    #expect(try agents(stage) == ["alice"])
    #expect(self.logins(stage) == logins)
    #expect(!stage.log.contains { $0.contains("event=reloaded") })
    #expect(try stage.get("/readyz").status == 200)
  }

  @Test func `descriptors are counted, and too few are said with the remedy`() {
    #expect(Descriptors.needed(agents: 9_000, clients: 64) == 18_490)
    let descriptors = Descriptors(limit: 20_000)
    #expect(descriptors.clients(besides: 9_000, wanted: 4_096) == 1_574)
    #expect(descriptors.clients(besides: 10, wanted: 4_096) == 4_096)
    #expect(descriptors.clients(besides: 9_968, wanted: 4_096) == nil)
    let refusal = descriptors.refusal(agents: 9_968)
    #expect(refusal.contains("20464") && refusal.contains("20000"))
    #expect(refusal.contains("LimitNOFILE="))
  }
}
