import JSON
import Loop
import Simulator
import Testing

/// A simulator that listens, the loop it runs on, and a client of agent1 over sockets.
private final class Fixture {
  let loop: EventLoop
  let simulator: Simulator
  let port: UInt16
  private var cookies: [String] = []
  private var clientID = ""

  init(_ adjust: (inout SimulatorSettings) -> Void = { _ in }) throws {
    var settings = SimulatorSettings(agentCount: 1)
    settings.notificationDelay = .milliseconds(5)
    adjust(&settings)
    loop = try EventLoop()
    simulator = Simulator(settings: settings, loop: loop)
    port = try simulator.start()
  }

  func close() {
    simulator.stop()
    loop.close()
  }

  func start(_ method: String, _ path: String, body: String = "") -> SocketClient {
    let jar = cookies.isEmpty ? [] : ["Cookie: " + cookies.joined(separator: "; ")]
    let basic = "Authorization: Basic " + encodeBase64("agent1:agent1")
    let fields = path.hasPrefix("/sim/") ? [] : [basic] + jar
    return SocketClient(port: port, method, path, headers: fields, body: body)
  }

  func finish(_ client: SocketClient) throws -> SocketClient {
    try #require(loop.run(until: { client.isFinished() }), "no answer came")
    return client
  }

  func ask(_ method: String, _ path: String, body: String = "") throws -> JSONValue {
    try JSONValue.parse(try finish(start(method, path, body: body)).body)
  }

  func connect() -> SocketClient {
    start(
      "POST", "/api/v2/notifications/connect",
      body:
        #"[{"channel":"/meta/connect","clientId":"\#(clientID)","connectionType":"long-polling"}]"#)
  }

  /// Logs in, opens a session, subscribes and makes the first connect.
  func open() throws {
    let login = try finish(start("GET", "/api/v2/me"))
    keepCookies(login)
    let handshake = try finish(
      start(
        "POST", "/api/v2/notifications",
        body: """
          {"channel":"/meta/handshake","version":"1.0",\
          "supportedConnectionTypes":["long-polling"]}
          """))
    keepCookies(handshake)
    let reply = try JSONValue.parse(handshake.body).elements.first { _ in true }
    clientID = try #require(reply?["clientId"]?.string)
    _ = try ask(
      "POST", "/api/v2/notifications",
      body: """
        [{"channel":"/meta/subscribe","clientId":"\(clientID)","subscription":"/v2/me/calls"}]
        """)
    _ = try finish(connect())
  }

  /// Waits until the platform holds a connect of the agent.
  func waitUntilHeld() throws {
    let simulator = simulator
    try #require(loop.run(until: { simulator.model.heldConnectCount(of: "agent1") == 1 }))
  }

  private func keepCookies(_ client: SocketClient) {
    for line in client.head where line.lowercased().hasPrefix("set-cookie:") {
      let value = line.dropFirst("set-cookie:".count).drop { $0 == " " }
      cookies.append(String(value.prefix { $0 != ";" }))
    }
  }
}

@Suite(.serialized) struct ServerTests {
  @Test func `a call, a Stop and its notification go over sockets`() throws {
    let fixture = try Fixture()
    defer { fixture.close() }
    try fixture.open()
    let created = try fixture.ask(
      "POST", "/sim/calls", body: #"{"agent":"agent1","recording":"Recording"}"#)
    let call = try #require(created["id"]?.string)
    _ = try fixture.finish(fixture.connect())

    let held = fixture.connect()
    try fixture.waitUntilHeld()
    let reply = try fixture.ask(
      "POST", "/api/v2/me/calls/\(call)", body: #"{"operationName":"StopCallRecording"}"#)
    #expect(reply["statusCode"]?.integer == 0)
    let messages = Array(try JSONValue.parse(try fixture.finish(held).body).elements)
    #expect(messages[0]["data"]?["call"]?["recordingState"]?.string == "Stopped")
    #expect(messages[1]["channel"]?.string == "/meta/connect")
    let known = try fixture.ask("GET", "/sim/calls/\(call)")
    #expect(known["accepted"]?["StopCallRecording"]?.integer == 1)
  }

  @Test func `a held connect ends at its time and a silent session is swept`() throws {
    let fixture = try Fixture { settings in
      settings.holdTimeout = .milliseconds(50)
      settings.maxInterval = .milliseconds(50)
    }
    defer { fixture.close() }
    try fixture.open()
    let begin = fixture.loop.now
    let held = try fixture.finish(fixture.connect())
    #expect(fixture.loop.now - begin >= .milliseconds(50))
    #expect(held.status == 200)
    let simulator = fixture.simulator
    #expect(fixture.loop.run(until: { simulator.model.sessionCount(of: "agent1") == 0 }))
  }

  @Test func `a cut reply announces its whole length and breaks in the middle`() throws {
    let fixture = try Fixture()
    defer { fixture.close() }
    try fixture.open()
    let call = try fixture.simulator.createCall(CallPlan(agent: "agent1"))
    _ = try fixture.finish(fixture.connect())
    fixture.simulator.arm(Fault(.cut(.bayeux)))
    let held = fixture.connect()
    try fixture.waitUntilHeld()
    try fixture.simulator.startBurst(call, count: 10)
    _ = try fixture.finish(held)
    let length = try #require(held.statedLength)
    #expect(held.isClosed)
    #expect(held.body.count == length / 2)
  }

  @Test func `a client that leaves its held connect is noticed`() throws {
    let fixture = try Fixture { $0.maxInterval = .milliseconds(50) }
    defer { fixture.close() }
    try fixture.open()
    let held = fixture.connect()
    try fixture.waitUntilHeld()
    held.close()
    let simulator = fixture.simulator
    #expect(fixture.loop.run(until: { simulator.model.sessionCount(of: "agent1") == 0 }))
  }

  @Test func `held connects are cut without a byte`() throws {
    let fixture = try Fixture()
    defer { fixture.close() }
    try fixture.open()
    let held = fixture.connect()
    try fixture.waitUntilHeld()
    _ = try fixture.ask("POST", "/sim/sessions/cut", body: "{}")
    _ = try fixture.finish(held)
    #expect(held.isClosed)
    #expect(held.received.isEmpty)
  }

  @Test func `bytes that are not UTF-8 arrive as they are`() throws {
    let fixture = try Fixture()
    defer { fixture.close() }
    try fixture.open()
    _ = try fixture.ask("POST", "/sim/faults", body: #"{"kind":"invalid-utf8"}"#)
    let held = fixture.connect()
    try fixture.waitUntilHeld()
    _ = try fixture.simulator.createCall(CallPlan(agent: "agent1"))
    let body = try fixture.finish(held).body
    #expect(body.indices.contains { body[$0...].starts(with: [0xC3, 0x28]) })
  }

  @Test func `after stop and start it is the platform it was, on the same port`() throws {
    let fixture = try Fixture()
    defer { fixture.close() }
    try fixture.open()
    let held = fixture.connect()
    try fixture.waitUntilHeld()
    fixture.simulator.stop()
    _ = try fixture.finish(held)
    #expect(try fixture.simulator.start(host: "127.0.0.1", port: fixture.port) == fixture.port)
    let call = try fixture.simulator.createCall(CallPlan(agent: "agent1"))
    let messages = try JSONValue.parse(try fixture.finish(fixture.connect()).body).elements
    #expect(messages.map { $0["data"]?["call"]?["id"]?.string } == [call, nil])
  }
}
