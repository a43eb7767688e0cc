import JSON
import Simulator
import Testing

/// A platform with WebSocket, and without the acknowledge extension unless asked for.
private func socketBench(_ adjust: (inout SimulatorSettings) -> Void = { _ in }) -> Bench {
  Bench { settings in
    settings.webSocket = .offered
    adjust(&settings)
  }
}

extension [[JSONValue]] {
  /// The channels of each message's elements.
  var channels: [[String?]] { map { $0.map { $0["channel"]?.string } } }
  var sequence: [Int64] {
    joined().compactMap { $0["data"]?["call"]?["userData"]?["Sequence"]?.integer }
  }
}

private let event: [String?] = ["/v2/me/calls"]
private let connectReply: [String?] = ["/meta/connect"]

@Suite struct WebSocketTests {
  @Test func `the handshake names websocket only where it is offered`() throws {
    for isOffered in [true, false] {
      let bench = Bench { $0.webSocket = isOffered ? .offered : .off }
      let client = AgentClient(bench)
      _ = client.login()
      let types = try client.handshake()["supportedConnectionTypes"]?.elements.map(\.string)
      #expect(types == (isOffered ? ["websocket"] : []) + ["long-polling", "callback-polling"])
    }
  }

  @Test func `an upgrade needs the offer, the path and a login`() throws {
    let bench = socketBench()
    let client = AgentClient(bench)
    #expect(client.upgrade().admission == .refused(status: 401))
    _ = client.login()
    #expect(client.upgrade().admission == .accepted)
    client.cookies = [:]
    client.extraHeaders = [client.basic]
    #expect(client.upgrade().admission == .accepted)
    #expect(bench.open(GWSRequest("GET", "/other")).admission == .refused(status: 404))

    let without = AgentClient(Bench())
    _ = without.login()
    #expect(without.upgrade().admission == .refused(status: 400))
  }

  /// Mutation tried: `endsForEvents` true for every session (the connect is answered).
  @Test func `events flow on the socket, one a message, and the connect goes on being held`() throws
  {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    _ = try bench.createCall()  // waits while the session moves over
    let socket = try client.openSocket()
    #expect(try client.connect(on: socket).channels == [event])
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 3)) }
    let frames = try bench.takeFrames(socket)
    #expect(frames.channels == [event, event, event])
    #expect(frames.sequence == [1, 2, 3])
    bench.pass(.seconds(30))
    #expect(try bench.takeFrames(socket).channels == [connectReply])
    // Between two connects they flow as well.
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 1)) }
    #expect(try bench.takeFrames(socket).sequence == [4])
  }

  @Test func `with acknowledgements events come in front of connect replies only`() throws {
    let bench = socketBench { $0.acknowledgement = .offered }
    let client = try AgentClient.ready(bench, withAck: true)
    let socket = try client.openSocket()
    #expect(try client.connect(on: socket).isEmpty)
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 2)) }
    let frames = try bench.takeFrames(socket)
    #expect(frames.channels == [event, event, connectReply])
    let batch = try #require(frames.last?.first?["ext"]?["ack"]?.integer)
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 1)) }
    #expect(try bench.takeFrames(socket).isEmpty)

    // Not acknowledged: the same again over another transport, in order with what is new.
    #expect(try bench.events(client.connect()).count == 3)
    client.acknowledged = batch
    #expect(try client.connect(on: socket).sequence == [3])
  }

  /// Mutations tried: `forget` leaving `session.socket`; `takeEvents` without its guard (the events
  /// come too early).
  @Test func `a session whose socket broke lives on for maxInterval, on any transport`() throws {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    bench.breakOff(socket)
    #expect(bench.model.heldConnectCount(of: "alice") == 0)
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 2)) }
    bench.pass(.milliseconds(9_999))
    #expect(bench.model.sessionCount(of: "alice") == 1)
    let next = try client.openSocket()
    // Asked for an answer at once, CometD answers without what waits; the next connect brings it.
    let atOnce = try client.connect(on: next, #","advice":{"timeout":0}"#)
    #expect(atOnce.channels == [connectReply])
    #expect(try client.connect(on: next).sequence == [1, 2])

    bench.breakOff(next)
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 1)) }
    let held = client.connect()
    #expect(try bench.events(held).count == 1)
    bench.pass(.seconds(10))
    #expect(bench.model.sessionCount(of: "alice") == 0)
    let third = try client.openSocket()
    let reply = try #require(try client.connect(on: third).first?.first)
    #expect(reply["error"]?.string == "402::Unknown client")
    #expect(reply["advice"]?["reconnect"]?.string == "handshake")
  }

  /// Mutation tried: `transmit` without its guard for silent sockets.
  @Test func `what was written into a silent socket is lost without acknowledgements`() throws {
    for isAcknowledged in [false, true] {
      let bench = socketBench { $0.acknowledgement = .offered }
      let client = try AgentClient.ready(bench, withAck: isAcknowledged)
      let socket = try client.openSocket()
      try client.connect(on: socket)
      try bench.change { $0.silenceSockets(of: "alice") }
      #expect(bench.ends[socket] == .silent)
      try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 5)) }
      #expect(bench.takeRawFrames(socket).isEmpty)
      let next = try client.openSocket()
      let frames = try client.connect(on: next)
      #expect(frames.sequence == (isAcknowledged ? [1, 2, 3, 4, 5] : []))
      // Without, the connect on the silent socket was still held and ends with its socket.
      #expect(bench.ends[socket] == (isAcknowledged ? .silent : .closed(code: 1000)))
      #expect(
        try client.say(#""channel":"/meta/subscribe","subscription":"/v2/me/x""#, on: next)
          .joined().first?["successful"]?.bool == true)
    }
  }

  /// Mutation tried: CometD's `park` without `endOlderConnect` (both go on being held).
  @Test func `a newer connect ends the older one, whatever it is on`() throws {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let overHTTP = client.connect()
    let first = try client.openSocket()
    // Answered at once, a connect ends nothing.
    #expect(
      try client.connect(on: first, #","advice":{"timeout":0}"#).channels == [connectReply])
    #expect(bench.isHeld(overHTTP))
    try client.connect(on: first)
    #expect(bench.answer(overHTTP)?.status == 500)

    let second = try client.openSocket()
    try client.connect(on: second)
    #expect(bench.ends[first] == .closed(code: 1000))
    let again = client.connect()
    #expect(bench.ends[second] == .closed(code: 1000))
    #expect(bench.isHeld(again))

    let third = try client.openSocket()
    try client.connect(on: third)
    try client.connect(on: third)
    #expect(bench.ends[third] == .closed(code: 1000))
    #expect(bench.model.socketCount == 0)
    #expect(bench.model.sessionCount(of: "alice") == 1)
  }

  @Test func `a session that goes back to HTTP leaves its open socket`() throws {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    bench.pass(.seconds(30))
    #expect(try bench.takeFrames(socket).channels == [connectReply])
    let held = client.connect()
    _ = try bench.createCall()
    #expect(try bench.events(held).count == 1)
    #expect(bench.takeRawFrames(socket).isEmpty)
    bench.breakOff(socket)
    #expect(bench.isHeld(client.connect()))
  }

  @Test func `a whole session may live on a socket`() throws {
    let bench = socketBench()
    let client = AgentClient(bench)
    client.extraHeaders = [client.basic]
    let socket = try client.openSocket()
    let shake = try client.say(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["websocket"]"#,
      on: socket)
    client.clientID = try #require(shake.first?.first?["clientId"]?.string)
    let both = try client.say(
      #""channel":"/meta/subscribe","subscription":"/v2/me/calls""#,
      #""channel":"/meta/connect","connectionType":"websocket""#, on: socket)
    #expect(both.channels == [["/meta/subscribe", "/meta/connect"]])
    #expect(both.first?.last?["advice"]?["reconnect"]?.string == "retry")
    #expect(try client.connect(on: socket).isEmpty)
    _ = try bench.createCall()
    #expect(try bench.takeFrames(socket).channels == [event])
    // It has no browser cookie, so that CometD does not find it over HTTP.
    #expect(
      try bench.messages(client.connect()).first?["error"]?.string == "402::Unknown client")

    let goodbye = try client.say(#""channel":"/meta/disconnect""#, on: socket)
    #expect(goodbye.channels == [["/meta/disconnect"], connectReply])
    #expect(goodbye.last?.first?["advice"]?["reconnect"]?.string == "none")
    #expect(bench.model.sessionCount(of: "alice") == 0)
    #expect(bench.ends.isEmpty)
  }

  @Test func `a socket speaks for its own login only`() throws {
    let bench = socketBench()
    let alice = try AgentClient.ready(bench)
    let bob = try AgentClient.ready(bench, "bob")
    let socket = try bob.openSocket()
    bob.clientID = alice.clientID
    #expect(
      try bob.connect(on: socket).first?.first?["error"]?.string == "402::Unknown client")
  }

  @Test(arguments: ["{", "[]", #"[{"id":"1"}]"#])
  func `what cannot be read closes the socket with 1011`(text: String) throws {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    bench.say(text, on: socket)
    #expect(bench.ends[socket] == .closed(code: 1011))
  }

  @Test func `a forgotten session ends its connect late with none, as over HTTP`() throws {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let socket = try client.openSocket()
    try client.connect(on: socket)
    try bench.change { $0.forgetSessions(.lateNone) }
    _ = try bench.createCall()
    #expect(bench.takeRawFrames(socket).isEmpty)
    bench.pass(.seconds(30))
    let last = try bench.takeFrames(socket)
    #expect(last.channels == [connectReply])
    #expect(last.first?.first?["advice"]?["reconnect"]?.string == "none")
    #expect(
      try client.connect(on: socket).first?.first?["advice"]?["reconnect"]?.string == "handshake")
  }

  @Test func `sockets can be closed, reset, refused and cut in the middle of their events`() throws
  {
    let bench = socketBench()
    let client = try AgentClient.ready(bench)
    let bob = try AgentClient.ready(bench, "bob")
    let ofBob = try bob.openSocket()
    var sockets = [try client.openSocket()]
    try bench.change { $0.closeSockets(of: "alice", code: 1008) }
    sockets.append(try client.openSocket())
    try bench.change { $0.resetSockets(of: "alice") }
    #expect(sockets.map { bench.ends[$0] } == [.closed(code: 1008), .reset])
    #expect(bench.ends[ofBob] == nil)

    _ = bench.model.arm(Fault(.refuseUpgrade(status: 426), agent: "alice"))
    _ = bench.model.arm(Fault(.unavailable(.bayeux, status: 503, retryAfterSeconds: nil)))
    #expect(client.upgrade().admission == .refused(status: 503))
    #expect(client.upgrade().admission == .refused(status: 426))
    _ = bench.model.arm(Fault(.silentSocket))
    let silent = try client.openSocket()
    #expect(bench.ends[silent] == .silent)
    #expect(try client.connect(on: silent).isEmpty)

    let last = try client.openSocket()
    try client.connect(on: last)
    _ = bench.model.arm(Fault(.cut(.bayeux)))
    try bench.change { _ = try $0.startLoad(LoadPlan(agent: "alice", count: 4)) }
    #expect(try bench.takeFrames(last).sequence == [1, 2])
    #expect(bench.ends[last] == .reset)
  }
}
