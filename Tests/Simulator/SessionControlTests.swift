import JSON
import Simulator
import Testing

/// What the server does to sessions by itself, as the switchboard asks for it.
@Suite struct SessionControlTests {
  private func tell(_ bench: Bench, _ path: String, _ body: String = "{}") {
    let id = bench.send(GWSRequest("POST", "/sim/" + path, body: Array(body.utf8)))
    #expect(bench.answer(id)?.status == 200, "\(path)")
  }

  @Test func `the server ends a session with a goodbye and the advice none`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    tell(bench, "sessions/disconnect", #"{"agent":"alice"}"#)
    let messages = try bench.messages(held)
    #expect(messages.map { $0["channel"]?.string } == ["/meta/disconnect", "/meta/connect"])
    #expect(messages[0]["id"] == nil)
    #expect(messages[1]["successful"]?.bool == true)
    #expect(messages[1]["advice"]?["reconnect"]?.string == "none")
    #expect(
      try bench.messages(client.connect()).first?["advice"]?["reconnect"]?.string == "handshake")
  }

  @Test(arguments: [false, true])
  func `the server ends a session on a socket, which stays open`(isAcknowledged: Bool) throws {
    let bench = Bench { settings in
      settings.webSocket = .offered
      settings.acknowledgement = .offered
    }
    let client = try AgentClient.ready(bench, withAck: isAcknowledged)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    tell(bench, "sessions/disconnect")
    let frames = try bench.takeFrames(socket)
    #expect(frames.channels == [["/meta/disconnect"], ["/meta/connect"]])
    #expect(frames.last?.first?["advice"]?["reconnect"]?.string == "none")
    #expect(bench.ends.isEmpty)
    #expect(
      try client.connect(on: socket).first?.first?["error"]?.string == "402::Unknown client")
  }

  @Test func `connects can be refused while handshakes succeed`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let fault = bench.model.arm(Fault(.refuseConnect, count: nil))
    for _ in 0..<3 {
      #expect(try client.handshake()["successful"]?.bool == true)
      #expect(
        try bench.messages(client.connect()).first?["error"]?.string == "402::Unknown client")
    }
    bench.model.clearFaults(fault)
    #expect(try bench.messages(client.connect()).first?["successful"]?.bool == true)
  }

  @Test func `behind a stale route no session is found until the cookie is dropped`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    _ = bench.model.arm(Fault(.staleRoute))
    for _ in 0..<2 {
      #expect(try client.handshake()["successful"]?.bool == true)
      #expect(try client.subscribe()["error"]?.string == "402::Unknown client")
      #expect(try bench.messages(client.connect()).first?["successful"]?.bool == false)
    }
    client.cookies = [:]
    _ = client.login()
    try client.handshake()
    #expect(try bench.messages(client.connect()).first?["successful"]?.bool == true)
  }

  @Test func `sockets are closed, reset and silenced from outside`() throws {
    let bench = Bench { $0.webSocket = .offered }
    let client = try AgentClient.ready(bench)
    var sockets: [GWSSocketID] = []
    for (path, body) in [
      ("close", "{}"), ("close", #"{"code":1008,"agent":"alice"}"#), ("reset", "{}"),
      ("silence", "{}"),
    ] {
      sockets.append(try client.openSocket())
      tell(bench, "sockets/" + path, body)
    }
    #expect(
      sockets.map { bench.ends[$0] } == [
        .closed(code: 1001), .closed(code: 1008), .reset, .silent,
      ])
    let status = try bench.json(bench.send(GWSRequest("GET", "/sim/status")))
    #expect(status["sockets"]?.integer == 1)
    #expect(status["upgrades"]?.integer == 4)
    let unknown = bench.send(
      GWSRequest("POST", "/sim/sockets/reset", body: Array(#"{"agent":"eve"}"#.utf8)))
    #expect(bench.answer(unknown)?.status == 404)
  }

  @Test func `thousands of agents log in, subscribe and wait in moments`() throws {
    let start = ContinuousClock.now
    var settings = SimulatorSettings(agentCount: 3000)
    settings.webSocket = .offered
    var model = GWSModel(settings: settings, unixTimeAtZero: .seconds(1_445_004_000))
    let agents = (1...3000).map { "agent\($0)" }
    var ids: UInt64 = 0
    func ask(
      _ body: String, _ path: String, _ headers: [HTTPField]
    ) -> GWSResponse? {
      ids += 1
      model.receive(
        GWSRequest(body.isEmpty ? "GET" : "POST", path, headers: headers, body: Array(body.utf8)),
        as: RequestID(ids), at: .zero)
      guard case .respond(_, let response)? = model.takeEffects().last else { return nil }
      return response
    }
    func cookie(_ response: GWSResponse?) -> String {
      let field = response?.headers.first { $0.name == "Set-Cookie" }?.value ?? ""
      return String(field.prefix { $0 != ";" })
    }
    for agent in agents {
      let basic = HTTPField("Authorization", "Basic " + encodeBase64("\(agent):\(agent)"))
      let login = cookie(ask("", "/api/v2/me", [basic]))
      let path = "/api/v2/notifications"
      let shaken = ask(
        #"{"channel":"/meta/handshake","version":"1.0","#
          + #""supportedConnectionTypes":["long-polling"]}"#,
        path, [HTTPField("Cookie", login)])
      let jar = [HTTPField("Cookie", login + "; " + cookie(shaken))]
      let reply = try JSONValue.parse(try #require(shaken).body).elements.first { _ in true }
      let client = try #require(reply?["clientId"]?.string)
      let connect = #"{"channel":"/meta/connect","clientId":"\#(client)"}"#
      _ = ask(
        #"{"channel":"/meta/subscribe","clientId":"\#(client)","subscription":"/v2/me/calls"}"#,
        path, jar)
      #expect(ask(connect, path, jar) != nil)
      #expect(ask(connect, path, jar) == nil)
    }
    _ = try model.startLoad(LoadPlan(count: 1))
    #expect(model.takeEffects().count == 3000)
    #expect(ContinuousClock.now - start < .seconds(60))
  }
}
