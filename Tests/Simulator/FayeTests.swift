import JSON
import Simulator
import Testing

private func fayeBench(_ adjust: (inout SimulatorSettings) -> Void = { _ in }) -> Bench {
  Bench { settings in
    settings.personality = .faye
    settings.webSocket = .offered
    settings.acknowledgement = .offered
    adjust(&settings)
  }
}

/// A client that brings its credentials with every request and no cookie with any.
private func fayeClient(_ bench: Bench, _ name: String = "alice") throws -> AgentClient {
  let client = AgentClient(bench, name)
  client.extraHeaders = [client.basic]
  try client.handshake(withAck: true)
  try client.subscribe()
  return client
}

/// The personality of Faye; that of CometD is the subject of the other suites.
@Suite struct FayeTests {
  @Test func `a handshake needs no cookie and offers no acknowledgements`() throws {
    let bench = fayeBench()
    let client = AgentClient(bench)
    client.extraHeaders = [client.basic]
    let id = client.post(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]"#
        + #","ext":{"ack":true}"#)
    let reply = try #require(try bench.messages(id).first)
    #expect(reply["ext"] == nil)
    #expect(reply["advice"]?["interval"]?.integer == 0)
    #expect(reply["advice"]?["timeout"]?.integer == 30_000)
    #expect(
      reply["supportedConnectionTypes"]?.elements.map(\.string) == [
        "long-polling", "cross-origin-long-polling", "callback-polling", "websocket",
        "eventsource", "in-process",
      ])
    #expect(bench.answer(id)?.headers.contains { $0.name == "Set-Cookie" } == false)
  }

  @Test func `even the first connect is held, and its reply stands in front of the events`() throws
  {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let held = client.connect()
    #expect(bench.isHeld(held))
    _ = try bench.createCall()
    let messages = try bench.messages(held)
    #expect(messages.map { $0["channel"]?.string } == ["/meta/connect", "/v2/me/calls"])
    #expect(messages[0]["clientId"]?.string == client.clientID)
    #expect(messages[0]["advice"]?["reconnect"]?.string == "retry")
    #expect(!bench.isHeld(client.connect(#","advice":{"timeout":0}"#)))
  }

  @Test func `a connect that is not alone is held, and the other replies wait for it`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let id = client.post(
      #""channel":"/meta/subscribe","subscription":"/v2/me/devices""#,
      #""channel":"/meta/connect","connectionType":"long-polling""#)
    #expect(bench.isHeld(id))
    bench.pass(.seconds(30))
    #expect(
      try bench.messages(id).map { $0["channel"]?.string } == ["/meta/subscribe", "/meta/connect"])
  }

  @Test func `events come with connect replies only, equal ones once`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    for _ in 0..<2 {
      try bench.change {
        try $0.publishRaw(agent: "alice", channel: "/v2/me/calls", data: Array("1".utf8))
      }
    }
    #expect(try client.subscribe("/v2/me/devices")["successful"]?.bool == true)
    let id = client.connect()
    #expect(try bench.events(id).count == 1)
    try bench.change {
      try $0.publishRaw(agent: "alice", channel: "/v2/me/calls", data: Array("1".utf8))
    }
    #expect(try bench.events(client.connect()).count == 1)
  }

  @Test func `two connects of one session are both held, and both get the events`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let both = [client.connect(), client.connect()]
    #expect(both.allSatisfy { bench.isHeld($0) })
    _ = try bench.createCall()
    #expect(try both.map { try bench.events($0).count } == [1, 1])

    let left = client.connect()
    let last = client.connect()
    bench.leave(left)
    bench.pass(.seconds(30))
    #expect(bench.isHeld(left))
    #expect(try bench.messages(last).first?["successful"]?.bool == true)
  }

  @Test func `of too many connects the oldest is answered`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let ids = (0..<18).map { _ in client.connect() }
    #expect(ids.map { bench.isHeld($0) } == [false] + Array(repeating: true, count: 17))
  }

  @Test func `an unknown session gets 401 and advice without an interval`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    client.clientID = "nobody"
    let reply = try #require(try bench.messages(client.connect()).first)
    #expect(reply["error"]?.string == "401:nobody:Unknown client")
    #expect(reply["advice"]?.members.map(\.name) == ["reconnect"])
    #expect(reply["advice"]?["reconnect"]?.string == "handshake")
    #expect(reply["clientId"] == nil)
    #expect(try client.subscribe()["advice"] == nil)
  }

  @Test func `a session lives twice the hold after its last connect`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let held = client.connect()
    bench.pass(.seconds(30))
    #expect(!bench.isHeld(held))
    bench.pass(.milliseconds(29_999))
    #expect(bench.model.sessionCount(of: "alice") == 1)
    bench.pass(.milliseconds(1))
    #expect(bench.model.sessionCount(of: "alice") == 0)
  }

  @Test func `a session that is forgotten is found out by the connect after the next`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let held = client.connect()
    try bench.change { $0.forgetSessions(.lateNone) }
    bench.pass(.seconds(30))
    #expect(try bench.messages(held).first?["advice"]?["reconnect"]?.string == "retry")
    #expect(
      try bench.messages(client.connect()).first?["advice"]?["reconnect"]?.string == "handshake")
  }

  @Test func `after a goodbye the held connect ends with retry`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    let held = client.connect()
    _ = client.post(#""channel":"/meta/disconnect""#)
    #expect(try bench.messages(held).first?["advice"]?["reconnect"]?.string == "retry")
    #expect(bench.model.sessionCount(of: "alice") == 0)
  }

  @Test func `what cannot be read gets 400, and a handshake need not be alone`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    #expect(bench.answer(client.send("POST", "/api/v2/notifications", body: "{"))?.status == 400)
    let id = client.post(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]"#,
      #""channel":"/meta/subscribe","subscription":"/v2/me/devices""#)
    #expect(try bench.messages(id).map { $0["successful"]?.bool } == [true, true])
    let alone = client.post(#""channel":"/meta/handshake""#)
    #expect(
      try bench.messages(alone).first?["error"]?.string
        == "402:version:Missing required parameter")
  }

  @Test func `over a socket events flow from its first message on`() throws {
    let bench = fayeBench()
    let client = try fayeClient(bench)
    _ = try bench.createCall()  // waits for the connect
    let socket = try client.openSocket()
    let subscribed = try client.say(
      #""channel":"/meta/subscribe","subscription":"/v2/me/devices""#, on: socket)
    #expect(subscribed.channels == [["/meta/subscribe"]])
    #expect(try client.connect(on: socket).channels == [["/meta/connect", "/v2/me/calls"]])
    #expect(try client.connect(on: socket).isEmpty)
    _ = try bench.createCall()
    #expect(try bench.takeFrames(socket).channels == [["/v2/me/calls"]])
    bench.pass(.seconds(30))
    #expect(try bench.takeFrames(socket).channels == [["/meta/connect"]])

    // Another socket takes over, and the first stays open.
    let next = try client.openSocket()
    try client.connect(on: next)
    _ = try bench.createCall()
    #expect(bench.takeRawFrames(socket).isEmpty)
    #expect(try bench.takeFrames(next).channels == [["/v2/me/calls"]])
    bench.say("{", on: next)
    #expect(bench.ends.isEmpty)
  }
}
