import JSON
import Loop
import Simulator
import Testing
import WebSocket

/// A simulator that listens, and clients of its WebSockets on the same loop.
private final class SocketFixture {
  let loop: EventLoop
  let simulator: Simulator
  let port: UInt16
  private let client: WebSocketClient
  private(set) var cookies = ""
  private(set) var clientID = ""

  static func run(
    ping: Duration = .seconds(15), _ adjust: (inout SimulatorSettings) -> Void = { _ in },
    _ body: (SocketFixture) throws -> Void
  ) throws {
    let loop = try EventLoop()
    defer { loop.close() }
    var settings = SimulatorSettings(agentCount: 1)
    settings.webSocket = .offered
    adjust(&settings)
    let simulator = Simulator(settings: settings, loop: loop)
    let port = try simulator.start()
    defer { simulator.stop() }
    var options = WebSocketOptions()
    options.pingInterval = ping
    options.pongTime = ping
    let client = try unsafe WebSocketClient(
      reactor: loop, nativeLoop: loop.nativeLoop, options: options)
    defer { client.close() }
    try body(SocketFixture(loop: loop, simulator: simulator, port: port, client: client))
  }

  private init(loop: EventLoop, simulator: Simulator, port: UInt16, client: WebSocketClient) {
    self.loop = loop
    self.simulator = simulator
    self.port = port
    self.client = client
  }

  /// One message over HTTP; cookies are kept.
  func post(_ message: String) throws -> [JSONValue] {
    let basic = "Authorization: Basic " + encodeBase64("agent1:agent1")
    let jar = cookies.isEmpty ? [] : ["Cookie: " + cookies]
    let exchange = SocketClient(
      port: port, "POST", "/api/v2/notifications", headers: [basic] + jar, body: "[{\(message)}]")
    try #require(loop.run(until: { exchange.isFinished() }), "no answer came")
    for line in exchange.head where line.lowercased().hasPrefix("set-cookie:") {
      let pair = line.dropFirst("set-cookie:".count).drop { $0 == " " }.prefix { $0 != ";" }
      cookies += (cookies.isEmpty ? "" : "; ") + pair
    }
    return Array(try JSONValue.parse(exchange.body).elements)
  }

  /// Opens a session over HTTP, subscribed and past its first connect.
  func openSession(withAck: Bool = false) throws {
    let shaken = try post(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["websocket"]"#
        + (withAck ? #","ext":{"ack":true}"# : ""))
    clientID = try #require(shaken.first?["clientId"]?.string)
    _ = try post(
      #""channel":"/meta/subscribe","clientId":"\#(clientID)","subscription":"/v2/me/calls""#)
    _ = try post(#""channel":"/meta/connect","clientId":"\#(clientID)""#)
  }

  func open() -> Line {
    let line = Line()
    line.connection = client.open(
      WebSocketRequest(
        url: "ws://127.0.0.1:\(port)/api/v2/notifications", headers: [("Cookie", cookies)])
    ) { [weak line] event in line?.events.append(event) }
    return line
  }

  func opened() throws -> Line {
    let line = open()
    try wait { line.isOpen }
    return line
  }

  func wait(_ condition: () -> Bool) throws {
    let isMet = loop.run(until: condition)
    try #require(isMet, "it never came to that")
  }

  func connect(on line: Line, ack: Int = 0) {
    line.connection?.send(
      Array(
        #"[{"id":"1","channel":"/meta/connect","clientId":"\#(clientID)","ext":{"ack":\#(ack)}}]"#
          .utf8))
  }

  func waitUntilHeld() throws {
    let simulator = simulator
    try wait { simulator.model.heldConnectCount(of: "agent1") == 1 }
  }
}

/// One socket of the client, and what came on it.
private final class Line {
  var connection: WebSocketConnection?
  var events: [WebSocketEvent] = []

  var isOpen: Bool { events.contains { if case .opened = $0 { true } else { false } } }
  var messages: [[UInt8]] {
    events.compactMap { if case .message(let bytes) = $0 { bytes } else { nil } }
  }
  var end: WebSocketClose? {
    events.lazy.compactMap { if case .closed(let close) = $0 { close } else { nil } }.first
  }
  var isStalled: Bool { events.contains { if case .stalled = $0 { true } else { false } } }

  func sequence() throws -> [Int64] {
    try messages.flatMap { Array(try JSONValue.parse($0).elements) }
      .compactMap { $0["data"]?["call"]?["userData"]?["Sequence"]?.integer }
  }
}

@Suite(.serialized) struct SocketServerTests {
  @Test func `a session moves to a socket on the same port, and back`() throws {
    try SocketFixture.run { fixture in
      try fixture.openSession()
      let line = try fixture.opened()
      fixture.connect(on: line)
      try fixture.waitUntilHeld()
      try fixture.simulator.startLoad(LoadPlan(agent: "agent1", count: 1000))
      try fixture.wait { line.messages.count == 1000 }
      #expect(try line.sequence() == Array(1...1000))

      line.connection?.close()
      let simulator = fixture.simulator
      try fixture.wait { simulator.model.socketCount == 0 }
      try simulator.startLoad(LoadPlan(agent: "agent1", count: 1))
      let messages = try fixture.post(
        #""channel":"/meta/connect","clientId":"\#(fixture.clientID)""#)
      #expect(messages.count == 2)
    }
  }

  @Test func `a backlog of tens of megabytes goes over a socket, acknowledged`() throws {
    try SocketFixture.run({ $0.acknowledgement = .offered }) { fixture in
      try fixture.openSession(withAck: true)
      var plan = LoadPlan(agent: "agent1", count: 4000)
      plan.sizeBytes = 10_000
      try fixture.simulator.startLoad(plan)
      let line = try fixture.opened()
      fixture.connect(on: line)
      try fixture.wait { line.messages.count == 4001 }
      #expect(try line.sequence() == Array(1...4000))
    }
  }

  @Test func `an upgrade is refused with the status that was asked for`() throws {
    try SocketFixture.run { fixture in
      fixture.simulator.arm(Fault(.refuseUpgrade(status: 426)))
      for status in [426, 401] {
        let line = fixture.open()
        try fixture.wait { line.end != nil }
        #expect(line.end?.kind == .refused(status: status))
      }
    }
  }

  @Test func `where WebSocket is not offered an upgrade gets 400`() throws {
    try SocketFixture.run({ $0.webSocket = .off }) { fixture in
      let line = fixture.open()
      try fixture.wait { line.end != nil }
      #expect(line.end?.kind == .refused(status: 400))
    }
  }

  @Test func `a socket can be closed with a code, and reset`() throws {
    try SocketFixture.run { fixture in
      try fixture.openSession()
      let first = try fixture.opened()
      fixture.connect(on: first)
      try fixture.waitUntilHeld()
      fixture.simulator.closeSockets(code: 1008)
      try fixture.wait { first.end != nil }
      #expect(first.end?.kind == .code(1008))
      let second = try fixture.opened()
      fixture.connect(on: second)
      try fixture.waitUntilHeld()
      fixture.simulator.resetSockets()
      try fixture.wait { second.end != nil }
      #expect(second.end?.kind == .broken)
      #expect(fixture.simulator.model.sessionCount(of: "agent1") == 1)
    }
  }

  @Test func `a silent socket answers no ping and brings no event`() throws {
    try SocketFixture.run(ping: .milliseconds(50)) { fixture in
      try fixture.openSession()
      let line = try fixture.opened()
      fixture.connect(on: line)
      try fixture.waitUntilHeld()
      #expect(!line.isStalled)
      fixture.simulator.silenceSockets()
      try fixture.simulator.startLoad(LoadPlan(agent: "agent1", count: 3))
      try fixture.wait { line.isStalled }
      #expect(line.messages.isEmpty)
      #expect(line.end == nil)
      line.connection?.close()

      fixture.simulator.arm(Fault(.silentSocket))
      let next = try fixture.opened()
      fixture.connect(on: next)
      try fixture.wait { next.isStalled }
      next.connection?.close()
    }
  }

  @Test func `a simulator that stops closes its sockets, and starts again`() throws {
    try SocketFixture.run { fixture in
      try fixture.openSession()
      let line = try fixture.opened()
      fixture.connect(on: line)
      try fixture.waitUntilHeld()
      fixture.simulator.stop()
      #expect(fixture.simulator.model.socketCount == 0)
      try fixture.wait { line.end != nil }
      _ = try fixture.simulator.start(host: "127.0.0.1", port: fixture.port)
      let next = try fixture.opened()
      fixture.connect(on: next)
      try fixture.waitUntilHeld()
    }
  }
}
