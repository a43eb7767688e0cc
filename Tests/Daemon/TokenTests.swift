import Configuration
import Daemon
import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

@testable import Simulator

/// OAuth2 from the token endpoint to the platform, over real sockets.
@Suite(.serialized) struct TokenTests {
  private func stage(
    agents: [String] = ["alice"], owner: Bool = false, secret: Secret = Secret("s3cr3t"),
    _ body: (Stage, TokenEndpoint) throws -> Void
  ) throws {
    let stage = try Stage(agents: agents) { $0.csrf = .standard }
    defer { stage.close() }
    let endpoint = try TokenEndpoint(stage.loop)
    defer { endpoint.stop() }
    stage.configuration.agents = agents.map { name in
      Agent(
        name: name,
        authentication: .oauth2(
          OAuth2Settings(
            tokenURL: endpoint.url, clientID: "bridge:1", clientSecret: secret, scope: "a b",
            owner: owner ? Login(user: name, password: Secret("p&w")) : nil)))
    }
    try body(stage, endpoint)
  }

  private func accept(_ stage: Stage, _ numbers: ClosedRange<Int>, agent: String = "alice") {
    stage.simulator.acceptBearer(
      Dictionary(uniqueKeysWithValues: numbers.map { ("tok-\($0)", agent) }))
  }

  @Test func `client credentials: one token serves login, session, snapshot and commands`() throws {
    try stage { stage, endpoint in
      accept(stage, 1...1)
      try stage.start()
      let call = try stage.recordedCall()
      let command = try stage.command("stop", call)
      #expect(command["grade"]?.string == "confirmed.notified")
      #expect(endpoint.forms == ["grant_type=client_credentials&scope=a+b"])
      // bridge%3A1:s3cr3t
      #expect(endpoint.requests[0].header("Authorization") == "Basic YnJpZGdlJTNBMTpzM2NyM3Q=")
    }
  }

  @Test func `the grant password asks for each agent with its own credentials`() throws {
    try stage(agents: ["alice", "bob"], owner: true) { stage, endpoint in
      stage.simulator.acceptBearer([:])
      try stage.start(isReady: false)
      try stage.wait("both have asked") { endpoint.requests.count >= 2 }
      #expect(
        Set(endpoint.forms.prefix(2)) == [
          "grant_type=password&username=alice&password=p%26w&scope=a+b",
          "grant_type=password&username=bob&password=p%26w&scope=a+b",
        ])
    }
  }

  @Test func `a stop meets a revoked token: a new one, a new login, and it is sent again`() throws {
    try stage { stage, endpoint in
      accept(stage, 1...1)
      try stage.start()
      let call = try stage.recordedCall()
      accept(stage, 2...20)
      let command = try stage.command("stop", call)
      #expect(command["grade"]?.string?.hasPrefix("confirmed") == true, "\(command)")
      #expect(command["attempts"]?.integer == 2)
      #expect(endpoint.requests.count == 2)
    }
  }

  @Test func `agents with the same client share a token also when it is refused to all`() throws {
    try stage(agents: ["alice", "bob", "carol"]) { stage, endpoint in
      // The simulator binds a token to one agent; who they are does not matter here.
      stage.simulator.acceptBearer(["tok-1": "alice"])
      try stage.start()
      #expect(endpoint.requests.count == 1)
      stage.simulator.acceptBearer(["tok-2": "alice"])
      // Whatever is asked next is refused.
      stage.simulator.cutHeldConnects()
      try stage.wait("all are back") {
        let connected = try stage.events("session").count {
          $0["data"]?["state"]?.string == "connected"
        }
        return try connected >= 6 && stage.get("/readyz").status == 200
      }
      #expect(endpoint.requests.count == 2)
    }
  }

  @Test(arguments: [
    (
      ServerResponse.json(
        #"{"error":"invalid_client","error_description":"no s3cr3t here"}"#, status: 401),
      "the token endpoint answered invalid_client: no (secret) here (HTTP status 401)"
    ),
    (
      ServerResponse(
        status: 200, headers: [ServerHeader("Content-Type", "text/html")],
        body: Array("<html>sign in</html>".utf8)),
      "the token endpoint answered HTTP status 200, and the body is not JSON"
    ),
    (
      ServerResponse(status: 429, headers: [ServerHeader("Retry-After", "3600")], body: []),
      "the token endpoint answered HTTP status 429, and the body is not JSON"
    ),
  ])
  func `without a token the login fails, says why, and does not storm`(
    answer: ServerResponse, reason: String
  ) throws {
    try stage { stage, endpoint in
      endpoint.answer = { _ in answer }
      try stage.start(isReady: false)
      let event = try stage.event("session") { $0["data"]?["state"]?.string == "login-failed" }
      #expect(
        event["data"]?["reason"]?.string
          == "the login could not be made (no access token: \(reason))")
      // A second attempt after five seconds may still come in time for the login.
      #expect(endpoint.requests.count <= 2)
      #expect(stage.log.contains { $0.contains("event=token-failed client=bridge:1") })
    }
  }

  @Test func `agents come back by themselves when tokens are given again`() throws {
    try stage { stage, endpoint in
      endpoint.answer = { _ in .json(#"{"error":"temporarily_unavailable"}"#, status: 503) }
      accept(stage, 1...20)
      try stage.start(isReady: false)
      _ = try stage.event("session") { $0["data"]?["state"]?.string == "login-failed" }
      endpoint.answer = { $0.token() }
      try stage.wait("it is in sync", within: .seconds(30)) {
        try stage.get("/readyz").status == 200
      }
    }
  }

  @Test func `a token endpoint that is silent fails the login within its bound`() throws {
    try stage { stage, endpoint in
      endpoint.answer = nil
      try stage.start(isReady: false)
      let event = try stage.event("session") { $0["data"]?["state"]?.string == "login-failed" }
      #expect(event["data"]?["reason"]?.string?.contains("no access token") == true)
    }
  }

  // Mutation tried: nothing is withdrawn; both leave with the token, in any order.
  @Test func `a resume that waits for a token does not leave together with a later pause`() throws {
    try stage { stage, endpoint in
      endpoint.answer = { $0.token(lifeSeconds: 2) }
      accept(stage, 1...50)
      try stage.start()
      let call = try stage.recordedCall()
      #expect(try stage.command("pause", call)["grade"]?.string == "confirmed.notified")
      endpoint.answer = nil
      let asked = endpoint.requests.count
      try stage.wait("a token is asked for") { endpoint.requests.count > asked }
      let expires = stage.loop.now + .seconds(2)
      try stage.wait("the token before it has expired") { stage.loop.now > expires }
      let commands = try ["resume", "pause"].map { operation in
        let body = #"{"call":"\#(call)","operation":"\#(operation)","forced":true}"#
        return try #require(try stage.post("/v1/commands", body).json?["command"]?.string)
      }
      endpoint.answer = { $0.token() }
      endpoint.release(endpoint.token())
      let ended = try commands.map { try stage.final($0) }
      #expect(ended[0]["evidence"]?["message"]?.string?.hasPrefix("not sent: ") == true)
      #expect(ended[0]["grade"]?.string != "confirmed.notified", "\(ended)")
      #expect(stage.simulator.model.call(call)?.received["ResumeCallRecording"] == nil)
      #expect(stage.simulator.model.call(call)?.recording == .paused)
    }
  }

  /// Carol, who is always there, and these with a token.
  private func reload(_ stage: Stage, _ names: [String], _ endpoint: TokenEndpoint) throws {
    let client = "grant: client-credentials, clientID: \"bridge:1\", clientSecret: s3cr3t"
    let agents = names.map {
      "  - { name: \($0), oauth2: { tokenURL: \"\(endpoint.url)\", \(client), scope: a b } }\n"
    }
    let configuration = stage.configuration
    let text = """
      site: \(configuration.site)
      platform: { url: "\(configuration.platform.url)" }
      store: \(configuration.store)
      socket: \(configuration.socket)
      agents:
        - { name: carol, user: alice, password: secret }

      """
    let path = stage.folder + "/file"
    try writeText(text + agents.joined(), to: path)
    stage.daemon?.reload(path)
    try stage.wait("the agents are \(names) and Carol, and in sync") {
      let sessions = try stage.get("/v1/sessions").json?["sessions"]
      let there = sessions?.elements.compactMap { $0["agent"]?.string }.sorted()
      return try there == (names + ["carol"]).sorted() && stage.get("/readyz").status == 200
    }
  }

  /// Mutation tried: the token is kept.
  @Test func `a token goes with its last agent, and not before`() throws {
    try stage(agents: ["alice", "bob"]) { stage, endpoint in
      accept(stage, 1...20)
      try stage.start()
      #expect(endpoint.requests.count == 1)
      // Bob stays and the token with it, so that Alice comes back without another.
      for (names, asked) in [(["bob"], 1), (["alice", "bob"], 1), ([], 1), (["alice"], 2)] {
        try reload(stage, names, endpoint)
        #expect(endpoint.requests.count == asked)
      }
    }
  }

  @Test func `a rotated client secret is used without a restart`() throws {
    try withFile("old-secret\n") { path in
      try stage(secret: Secret("old-secret", file: path)) { stage, endpoint in
        let wrong = ServerResponse.json(#"{"error":"invalid_client"}"#, status: 401)
        endpoint.answer = { endpoint in
          // bridge%3A1:new-secret
          endpoint.requests.last?.header("Authorization") == "Basic YnJpZGdlJTNBMTpuZXctc2VjcmV0"
            ? endpoint.token() : wrong
        }
        accept(stage, 1...20)
        try stage.start(isReady: false)
        _ = try stage.event("session") { $0["data"]?["state"]?.string == "login-failed" }
        try writeText("new-secret\n", to: path)
        try stage.wait("it is in sync") { try stage.get("/readyz").status == 200 }
        #expect(stage.log.contains { $0.contains("event=secret-changed file=\(path)") })
      }
    }
  }

  @Test func `a rotated password is used without a restart and without waiting for the pause`()
    throws
  {
    try withFile("wrong-one\n") { path in
      let stage = try Stage()
      defer { stage.close() }
      stage.configuration.agents = [
        Agent(name: "alice", login: Login(user: "alice", password: Secret("wrong-one", file: path)))
      ]
      try stage.start(isReady: false)
      _ = try stage.event("session") { $0["data"]?["state"]?.string == "login-failed" }
      try writeText("secret\n", to: path)
      try stage.wait("it is in sync") { try stage.get("/readyz").status == 200 }
    }
  }

  @Test func `a static token and headers of its own make an agent too`() throws {
    let stage = try Stage()
    defer { stage.close() }
    stage.simulator.acceptBearer(["given": "alice"])
    stage.configuration.agents = [
      Agent(
        name: "alice", authentication: .bearer(Secret("given")),
        headers: [Header(name: "x-api-key", value: Secret("k"))])
    ]
    try stage.start()
  }

  @Test func `a site that verifies nothing says so at its start and in readyz`() throws {
    let stage = try Stage()
    defer { stage.close() }
    stage.configuration.platform.tls.isInsecure = true
    try stage.start()
    #expect(stage.log.contains { $0.hasPrefix("level=warning event=insecure-tls") })
    #expect(try stage.get("/readyz").json?["insecureTLS"]?.bool == true)
  }
}
