import JSON
import Simulator
import Testing

@Suite struct FaultTests {
  /// A client with a recorded call whose StatusChange it has taken.
  private func prepare(
    _ adjust: (inout SimulatorSettings) -> Void = { _ in }
  ) throws -> (bench: Bench, client: AgentClient, call: String) {
    let bench = Bench(adjust)
    let call = try bench.createCall(.recording)
    return (bench, try AgentClient.ready(bench), call)
  }

  @Test func `a forgotten session is told so at its next connect`() throws {
    let (bench, client, _) = try prepare()
    let held = client.connect()
    try bench.change { $0.forgetSessions() }
    #expect(try bench.messages(held).first?["successful"]?.bool == true)
    let reply = try #require(try bench.messages(client.connect()).first)
    #expect(reply["advice"]?["reconnect"]?.string == "handshake")
  }

  @Test func `a session forgotten as CometD does it leaves its held connect in the dark`() throws {
    let (bench, client, call) = try prepare()
    let held = client.connect()
    try bench.change { $0.forgetSessions(of: "alice", .lateNone) }
    let subscribe = client.post(#""channel":"/meta/subscribe","subscription":"/v2/me/calls""#)
    #expect(try bench.messages(subscribe).first?["error"]?.string == "402::Unknown client")
    try bench.change { try $0.endCall(call) }
    #expect(bench.isHeld(held))
    bench.pass(.seconds(30))
    let last = try bench.messages(held)
    #expect(last.count == 1)
    #expect(last[0]["successful"]?.bool == true)
    #expect(last[0]["advice"]?["reconnect"]?.string == "none")
    let reply = try #require(try bench.messages(client.connect()).first)
    #expect(reply["advice"]?["reconnect"]?.string == "handshake")
  }

  @Test func `a command's notification can be swallowed, though the command takes effect`() throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(Fault(.swallowNotification))
    let held = client.connect()
    _ = client.command("PauseCallRecording", on: call)
    bench.pass(.seconds(1))
    #expect(bench.isHeld(held))
    #expect(bench.model.call(call)?.recording == .paused)
    _ = client.command("StopCallRecording", on: call)
    bench.pass(.seconds(1))
    #expect(!bench.isHeld(held))
  }

  @Test func `an accepted command can come to nothing, in silence or with a late error`() throws {
    let (bench, client, call) = try prepare()
    try client.subscribe("/v2/me/devices")
    _ = bench.model.arm(Fault(.ignoreCommand))
    let held = client.connect()
    let id = client.command("StopCallRecording", on: call)
    #expect(try bench.json(id)["statusCode"]?.integer == 0)
    bench.pass(.seconds(1))
    #expect(bench.isHeld(held))
    _ = bench.model.arm(Fault(.failCommandLate))
    _ = client.command("StopCallRecording", on: call)
    bench.pass(.seconds(1))
    #expect(try bench.events(held).first?["messageType"]?.string == "ErrorMessage")
    #expect(bench.model.call(call)?.recording == .recording)
  }

  @Test func `a notification can be late, or come before the reply to its command`() throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(Fault(.delayNotification(.seconds(3))))
    let held = client.connect()
    _ = client.command("PauseCallRecording", on: call)
    bench.pass(.milliseconds(3019))
    #expect(bench.isHeld(held))
    bench.pass(.milliseconds(1))
    #expect(try bench.events(held).count == 1)

    _ = bench.model.arm(Fault(.notificationFirst(replyDelay: .milliseconds(50))))
    let next = client.connect()
    let id = client.command("ResumeCallRecording", on: call)
    #expect(!bench.isHeld(next))
    #expect(bench.isHeld(id))
    bench.pass(.milliseconds(50))
    #expect(try bench.json(id)["statusCode"]?.integer == 0)
  }

  @Test func `a command can be refused with any statusCode and HTTP status`() throws {
    let (bench, client, call) = try prepare()
    for code in 1...20 {
      _ = bench.model.arm(Fault(.refuseCommand(statusCode: code, httpStatus: 200 + code)))
      let id = client.command("StopCallRecording", on: call)
      #expect(bench.answer(id)?.status == 200 + code)
      #expect(try bench.json(id)["statusCode"]?.integer == Int64(code))
    }
    #expect(bench.model.call(call)?.recording == .recording)
  }

  @Test(arguments: PathClass.allCases)
  func `503 and web pages hit the paths they are meant for`(paths: PathClass) throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(
      Fault(.unavailable(paths, status: 503, retryAfterSeconds: 7), count: nil))
    let requests = [
      (client.connect(), [PathClass.bayeux, .all]),
      (client.send("GET", "/api/v2/me/calls"), [.rest, .all]),
      (client.command("StopCallRecording", on: call), [.rest, .commands, .all]),
    ]
    for (id, hitBy) in requests {
      #expect((bench.answer(id)?.status == 503) == hitBy.contains(paths))
      let isTold = bench.answer(id)?.headers.contains(HTTPField("Retry-After", "7"))
      #expect((isTold == true) == hitBy.contains(paths))
    }
    bench.model.clearFaults()
    _ = bench.model.arm(Fault(.html(paths, status: 200)))
    let id = paths == .bayeux ? client.connect() : client.command("Hangup", on: call)
    #expect(bench.answer(id)?.status == 200)
    #expect(bench.answer(id)?.body.starts(with: Array("<html>".utf8)) == true)
  }

  @Test func `a cut reply loses its events, unless the session acknowledges`() throws {
    for isAcknowledged in [false, true] {
      let (bench, client, call) = try prepare { $0.acknowledgement = .offered }
      try client.handshake(withAck: isAcknowledged)
      try client.subscribe()
      _ = client.connect()
      _ = bench.model.arm(Fault(.cut(.bayeux)))
      let held = client.connect()
      try bench.change { try $0.startBurst(call, count: 3) }
      #expect(bench.cuts[held] != nil)
      bench.leave(held)
      let next = client.connect()
      #expect(bench.isHeld(next) != isAcknowledged)
      if isAcknowledged { #expect(try bench.sequence(next) == [1, 2, 3]) }
    }
  }

  @Test func `JSON can be cut short in a complete reply`() throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(Fault(.truncate(.bayeux)))
    let held = client.connect()
    try bench.change { try $0.endCall(call) }
    let body = try #require(bench.answer(held)).body
    #expect(throws: JSONError.self) { try JSONValue.parse(body) }
  }

  @Test func `the reply to a command can be cut though the command has been accepted`() throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(Fault(.cut(.commands)))
    let id = client.command("StopCallRecording", on: call)
    #expect(bench.cuts[id] != nil)
    bench.pass(.seconds(1))
    #expect(bench.model.call(call)?.recording == .stopped)
  }

  @Test func `notifications can be broken in every way that was seen`() throws {
    let (bench, client, call) = try prepare()
    func next(_ fault: Fault.Kind) throws -> GWSResponse {
      _ = bench.model.arm(Fault(fault))
      let held = client.connect()
      try bench.change { try $0.startBurst(call, count: 1) }
      return try #require(bench.answer(held))
    }
    let broken = try next(.invalidUTF8).body
    #expect(throws: JSONError.self) { try JSONValue.parse(broken) }
    let bare = try JSONValue.parse(try next(.withoutCall).body)
    #expect(bare.elements.first { _ in true }?["data"]?["call"] == nil)
    #expect(try next(.bigUserData(sizeBytes: 300 * 1024)).body.count > 300 * 1024)
    let twice = try JSONValue.parse(try next(.duplicateEvent).body)
    #expect(twice.elements.compactMap { $0["data"]?.raw.count }.count == 2)
  }

  @Test func `notifications can be lost or change places`() throws {
    let (bench, client, call) = try prepare()
    _ = bench.model.arm(Fault(.dropEvent, count: 2))
    try bench.change { try $0.startBurst(call, count: 4) }
    #expect(try bench.sequence(client.connect()) == [3, 4])
    _ = bench.model.arm(Fault(.swapEvents))
    try bench.change { try $0.startBurst(call, count: 3) }
    #expect(try bench.sequence(client.connect()) == [6, 5, 7])
    _ = bench.model.arm(Fault(.swapEvents))
    try bench.change { try $0.startBurst(call, count: 1) }
    let held = client.connect()
    #expect(bench.isHeld(held))
    try bench.change { $0.clearFaults() }
    #expect(try bench.sequence(held) == [8])
  }

  @Test func `a burst can be spread in time, and ends with its call`() throws {
    let (bench, client, call) = try prepare()
    try bench.change { try $0.startBurst(call, count: 5, interval: .milliseconds(10)) }
    bench.pass(.milliseconds(20))
    #expect(try bench.sequence(client.connect()) == [1, 2, 3])
    try bench.change { try $0.endCall(call) }
    bench.pass(.seconds(1))
    #expect(try bench.sequence(client.connect()) == [])
  }

  @Test func `a subscription or a login can be refused, for one agent only`() throws {
    let bench = Bench()
    _ = bench.model.arm(Fault(.refuseSubscription(channel: nil), agent: "bob", count: nil))
    _ = bench.model.arm(Fault(.refuseLogin, agent: "bob"))
    _ = try AgentClient.ready(bench)
    let bob = AgentClient(bench, "bob")
    #expect(bob.login()?.status == 403)
    #expect(bob.login()?.status == 200)
    try bob.handshake()
    #expect(try bob.subscribe()["error"]?.string == "403:denied:subscribe_denied")
  }

  @Test func `held connects can be broken without an answer`() throws {
    let (bench, client, call) = try prepare()
    let held = client.connect()
    try bench.change { $0.cutHeldConnects() }
    #expect(bench.cuts[held] == 0)
    bench.leave(held)
    try bench.change { try $0.startBurst(call, count: 1) }
    #expect(try bench.sequence(client.connect()) == [1])
  }
}
