import JSON
import Simulator
import Testing

@Suite struct SessionTests {
  @Test func `a handshake sets the browser cookie and tells how to go on`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    let reply = try client.handshake()
    #expect(reply["successful"]?.bool == true)
    #expect(reply["id"]?.string == "1")
    #expect(reply["advice"]?["reconnect"]?.string == "retry")
    #expect(reply["advice"]?["timeout"]?.integer == 30_000)
    #expect(client.cookies["BAYEUX_BROWSER"] != nil)
  }

  @Test(arguments: ["", "/handshake", "/connect"])
  func `the path may carry the message type and the body may be a single object`(
    suffix: String
  ) throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    let body =
      #"{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}"#
    let id = client.send("POST", "/api/v2/notifications" + suffix, body: body)
    #expect(try bench.messages(id).first?["successful"]?.bool == true)
  }

  @Test func `a handshake that is not alone violates the protocol`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    let id = client.post(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]"#,
      #""channel":"/meta/subscribe","subscription":"/v2/me/calls""#)
    #expect(bench.answer(id)?.status == 500)
  }

  @Test(arguments: ["{", "[1]", "", #"[{"id":"1"}]"#])
  func `a body that is no Bayeux message gets 500`(body: String) {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    let id = client.send("POST", "/api/v2/notifications", body: body)
    #expect(bench.answer(id)?.status == 500)
  }

  @Test func `the first connect returns at once with advice, later ones are held`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    try client.handshake()
    let first = try #require(try bench.messages(client.connect()).first)
    #expect(first["advice"]?["reconnect"]?.string == "retry")
    let second = client.connect()
    bench.pass(.milliseconds(29_999))
    #expect(bench.isHeld(second))
    bench.pass(.milliseconds(1))
    let reply = try #require(try bench.messages(second).first)
    #expect(reply["successful"]?.bool == true)
    #expect(reply["advice"] == nil)
    #expect(reply["id"]?.string == "3")
  }

  @Test func `a connect may ask for another hold, or for none`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    #expect(!bench.isHeld(client.connect(#","advice":{"timeout":0}"#)))
    let short = client.connect(#","advice":{"timeout":500}"#)
    bench.pass(.milliseconds(499))
    #expect(bench.isHeld(short))
    bench.pass(.milliseconds(1))
    #expect(!bench.isHeld(short))
  }

  @Test func `a connect that is not alone is not held`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let id = client.post(
      #""channel":"/meta/subscribe","subscription":["/v2/me/devices","/v2/me/channels"]"#,
      #""channel":"/meta/connect","connectionType":"long-polling""#)
    let replies = try bench.messages(id)
    #expect(replies.map { $0["successful"]?.bool } == [true, true])
    #expect(replies[0]["subscription"]?.kind == .array)
  }

  @Test func `a connect without the browser cookie is of nobody`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    client.cookies["BAYEUX_BROWSER"] = nil
    let reply = try #require(try bench.messages(client.connect()).first)
    #expect(reply["error"]?.string == "402::Unknown client")
    #expect(reply["advice"]?["reconnect"]?.string == "handshake")
    #expect(reply["advice"]?["interval"]?.integer == 0)
  }

  @Test func `an unknown session gets 402, with advice on connect only`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    client.clientID = "nobody"
    #expect(try bench.messages(client.connect()).first?["advice"] != nil)
    for channel in ["subscribe", "unsubscribe", "disconnect"] {
      let id = client.post(#""channel":"/meta/\#(channel)","subscription":"/v2/me/calls""#)
      let reply = try #require(try bench.messages(id).first)
      #expect(reply["error"]?.string == "402::Unknown client")
      #expect(reply["advice"] == nil)
    }
  }

  @Test func `of two connects of one session the older ends with 500`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let older = client.connect()
    let newer = client.connect()
    #expect(bench.answer(older)?.status == 500)
    #expect(bench.isHeld(newer))
    _ = try bench.createCall()
    #expect(try bench.events(newer).count == 1)
  }

  @Test func `the second session under one browser cookie polls`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    let firstSession = client.clientID
    try client.handshake()
    _ = client.connect()
    let crowded = try #require(try bench.messages(client.connect()).first)
    #expect(crowded["advice"]?["multiple-clients"]?.bool == true)
    #expect(crowded["advice"]?["interval"]?.integer == 2000)
    #expect(bench.isHeld(held))

    bench.leave(held)
    #expect(firstSession != client.clientID)
    let alone = client.connect()
    #expect(try bench.messages(alone).first?["advice"]?["multiple-clients"] == nil)
    #expect(bench.isHeld(client.connect()))
  }

  @Test func `a session that sends no connect for maxInterval is swept`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    bench.pass(.milliseconds(9_999))
    #expect(bench.model.sessionCount(of: "alice") == 1)
    // Other messages do not keep it alive.
    try client.subscribe("/v2/me/devices")
    bench.pass(.milliseconds(1))
    #expect(bench.model.sessionCount(of: "alice") == 0)
    #expect(
      try bench.messages(client.connect()).first?["error"]?.string == "402::Unknown client")
  }

  @Test func `a session whose held connect lost its client is swept later`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    bench.pass(.seconds(5))
    bench.leave(held)
    bench.pass(.seconds(9))
    #expect(bench.model.sessionCount(of: "alice") == 1)
    bench.pass(.seconds(1))
    #expect(bench.model.sessionCount(of: "alice") == 0)
  }

  @Test func `an event ends the held connect, and stands in front of its reply`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    let call = try bench.createCall(.recording)
    let messages = try bench.messages(held)
    #expect(messages.map { $0["channel"]?.string } == ["/v2/me/calls", "/meta/connect"])
    #expect(messages[0]["data"]?["call"]?["id"]?.string == call)
    #expect(messages[0]["successful"] == nil)
  }

  @Test func `events that wait come with the reply to anything`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    _ = try bench.createCall()
    let id = client.post(#""channel":"/meta/subscribe","subscription":"/v2/me/devices""#)
    #expect(
      try bench.messages(id).map { $0["channel"]?.string } == [
        "/v2/me/calls", "/meta/subscribe",
      ])
    #expect(bench.isHeld(client.connect()))
  }

  @Test func `nothing comes on a channel that is not subscribed`() throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    try client.handshake()
    _ = client.connect()
    let held = client.connect()
    _ = try bench.createCall()
    #expect(bench.isHeld(held))
    try client.subscribe()
    _ = try bench.createCall(agent: "bob")
    #expect(bench.isHeld(held))
    let call = try bench.createCall()
    #expect(!bench.isHeld(held))

    _ = client.post(#""channel":"/meta/unsubscribe","subscription":"/v2/me/calls""#)
    let next = client.connect()
    try bench.change { try $0.endCall(call) }
    #expect(bench.isHeld(next))
  }

  @Test(arguments: ["/v2/me/*", "/v2/**", "/**"])
  func `wildcards cover the calls channel`(pattern: String) throws {
    let bench = Bench()
    let client = AgentClient(bench)
    _ = client.login()
    try client.handshake()
    _ = client.connect()
    #expect(try client.subscribe(pattern)["successful"]?.bool == true)
    _ = try bench.createCall()
    #expect(try bench.events(client.connect()).count == 1)
  }

  @Test(arguments: ["/meta/connect", "/service/x", "/other"])
  func `a channel that is not the agent's is denied`(channel: String) throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let reply = try client.subscribe(channel)
    #expect(reply["successful"]?.bool == false)
    #expect(reply["error"]?.string == "403:denied:subscribe_denied")
    #expect(reply["subscription"]?.string == channel)
  }

  @Test func `after a disconnect the held connect ends with the advice none`() throws {
    let bench = Bench()
    let client = try AgentClient.ready(bench)
    let held = client.connect()
    let goodbye = client.post(#""channel":"/meta/disconnect""#)
    #expect(try bench.messages(goodbye).first?["successful"]?.bool == true)
    let last = try #require(try bench.messages(held).first)
    #expect(last["successful"]?.bool == true)
    #expect(last["advice"]?["reconnect"]?.string == "none")
    #expect(Array(bench.order.suffix(2)) == [goodbye, held])
    #expect(bench.model.sessionCount(of: "alice") == 0)
  }

  @Test func `every session of an agent gets each event`() throws {
    let bench = Bench()
    let desktop = try AgentClient.ready(bench)
    let daemon = try AgentClient.ready(bench)
    let held = [desktop.connect(), daemon.connect()]
    _ = try bench.createCall()
    #expect(try held.map { try bench.events($0).count } == [1, 1])
  }
}
