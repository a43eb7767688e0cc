import Configuration
import Daemon
import JSON
import Loop
import Simulator
import Store
import Testing

/// The main job over real sockets: what an operator and an auditor see of a command.
@Suite(.serialized) struct CommandTests {
  @Test func `a stop is sent, witnessed by a notification, and in the audit with its latency`()
    throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "confirmed.notified")
    #expect(command["evidence"]?["kind"]?.string == "notification")
    #expect(command["latencyMs"]?.double ?? 0 > 0)
    let recording = try stage.event("recording") { $0["data"]?["to"]?.string == "Stopped" }
    #expect(recording["data"]?["command"]?.string == command["command"]?.string)
    #expect(try stage.exceptions().isEmpty)
    try stage.stop()
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    let entries = try store.entries(after: 0, limit: 10).filter { $0["grade"] != nil }
    #expect(entries.map { $0["grade"]?.string } == ["confirmed.notified"])
    #expect(entries.first?["latencyMs"]?.double ?? 0 > 0)
  }

  @Test func `a stop that is not carried out is unconfirmed and on the worklist`() throws {
    let stage = try Stage(deadline: .milliseconds(500))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.ignoreCommand))
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "unconfirmed")
    #expect(try stage.exceptions().map { $0["command"] } == [command["command"]])
  }

  @Test func `a stop whose notification never comes is confirmed by a look`() throws {
    let stage = try Stage(deadline: .seconds(5))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.swallowNotification))
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "confirmed.polled")
    #expect(command["evidence"]?["kind"]?.string == "look")
    let sequence = try #require(command["evidence"]?["event"]?.integer)
    let event = try stage.event("call") { $0["data"]?["source"]?.string == "look" }
    #expect(event["id"]?.string?.hasSuffix(".\(sequence)") == true)
    #expect(try stage.exceptions().isEmpty)
  }

  /// The platform is busy for the first three requests, and has carried out none of them.
  @Test func `a stop that meets errors is sent again after a look, within its budget`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(
      Fault(.unavailable(.commands, status: 503, retryAfterSeconds: nil), count: 2))
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "confirmed.notified")
    #expect(command["attempts"]?.integer == 3)
    #expect(stage.simulator.model.call(call)?.received["StopCallRecording"] == 1)
    let looks = try stage.events("call").filter { $0["data"]?["source"]?.string == "look" }
    #expect(looks.count == 2)
  }

  @Test func `a platform that asks to be left alone is obeyed, and a start is not repeated`() throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let throttling = Fault.Kind.unavailable(.commands, status: 429, retryAfterSeconds: 1)
    stage.simulator.arm(Fault(throttling))
    let begun = stage.loop.now
    let stop = try stage.command("stop", call)
    #expect(stop["grade"]?.string == "confirmed.notified")
    #expect(stop["attempts"]?.integer == 2)
    #expect(stage.loop.now - begun >= .seconds(1))
    stage.simulator.arm(Fault(throttling))
    let start = try stage.command("start", call)
    #expect(start["grade"]?.string == "rejected")
    #expect(start["evidence"]?["statusCode"]?.integer == 429)
    #expect(start["attempts"]?.integer == 1)
  }

  @Test func `a recording that begins again after a confirmed stop is an alarm of its own`() throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let stop = try stage.command("stop", call)
    try stage.simulator.setRecording(call, .recording)
    let alarm = try stage.event("restarted")
    #expect(alarm["subject"]?.string == call)
    #expect(alarm["data"]?["command"] == stop["command"])
    #expect(alarm["data"]?["stoppedFile"] != alarm["data"]?["recordingFile"])
    #expect(
      try stage.final(try #require(stop["command"]?.string))["grade"]?.string == "contradicted")
  }

  @Test func `a witness that lies confirms nothing`() throws {
    let stage = try Stage(deadline: .seconds(1))
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.lyingWitness(.attachedData)))
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "unconfirmed")
    #expect(try stage.events("disagreement").count == 1)
  }

  @Test func `a pause where nothing is recorded is refused at once, and sent if it is forced`()
    throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    let pause = try stage.command("pause", call)
    #expect(pause["grade"]?.string == "rejected")
    #expect(pause["evidence"]?["message"]?.string?.hasPrefix("not sent") == true)
    #expect(stage.simulator.model.call(call)?.received["PauseCallRecording"] == nil)
    let forced = try stage.post(
      "/v1/commands", "{\"call\":\"\(call)\",\"operation\":\"pause\",\"forced\":true}")
    let id = try #require(forced.json?["command"]?.string)
    #expect(try stage.final(id)["evidence"]?["statusCode"]?.integer == 2)
    #expect(stage.simulator.model.call(call)?.received["PauseCallRecording"] == 1)
  }

  @Test func `a stop on a call that is stopped already is satisfied and not sent`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    let again = try stage.command("stop", call)
    #expect(again["grade"]?.string == "satisfied")
    #expect(stage.simulator.model.call(call)?.received["StopCallRecording"] == 1)
  }

  @Test func `a key that was used before names the first command, also after a restart`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let first = try stage.command("stop", call, key: "order-7")
    let second = try stage.command("stop", call, key: "order-7")
    #expect(first["command"] == second["command"])
    try stage.stop()
    try stage.start()
    let third = try stage.command("stop", call, key: "order-7")
    #expect(first["command"] == third["command"])
    let other = try stage.post(
      "/v1/commands", #"{"call":"\#(call)","operation":"start","key":"order-7"}"#)
    #expect(other.status == 409)
  }

  @Test func `a key used to observe is not taken for a stop that was sent`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    func ask(_ mode: String) throws -> Stage.Reply {
      try stage.post(
        "/v1/commands",
        #"{"call":"\#(call)","operation":"stop","key":"k","mode":"\#(mode)"}"#)
    }
    #expect(try ask("observe").status == 202)
    #expect(try ask("send").status == 409)
    #expect(try ask("observe").status == 200)
  }

  @Test func `a command of an agent that left the configuration still ends in a grade`() throws {
    let stage = try Stage(deadline: .seconds(1), agents: ["alice", "bob"])
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.ignoreCommand))
    let id = try stage.issue("stop", call)
    try stage.stop()
    stage.configuration.agents.removeFirst()
    try stage.start()
    #expect(try stage.final(id)["grade"]?.string == "unobservable")
    #expect(try stage.exceptions().count == 1)
  }

  /// The restart takes the commands up in the order of issue, so that the Start explains what the
  /// notification shows.
  @Test func `a start after a confirmed stop does not contradict it after a restart`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    let stop = try stage.command("stop", call)
    stage.simulator.arm(Fault(.swallowNotification))
    let start = try stage.post("/v1/commands", #"{"call":"\#(call)","operation":"start"}"#)
    try stage.wait("the platform has it") {
      stage.simulator.model.call(call)?.recording == .recording
    }
    try stage.stop()
    try stage.start()
    _ = try stage.final(try #require(start.json?["command"]?.string))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    _ = try stage.event("call") { $0["data"]?["notificationType"]?.string == "AttachedDataChanged" }
    let id = try #require(stop["command"]?.string)
    #expect(try stage.final(id)["grade"]?.string == "confirmed.notified")
  }

  @Test func `a refusal of the platform is a grade with its code`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.refuseCommand(statusCode: 5, httpStatus: 200)))
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string == "rejected")
    #expect(command["evidence"]?["statusCode"]?.integer == 5)
  }

  @Test func `a command for an unknown call is refused with the way to find the calls`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let reply = try stage.post("/v1/commands", #"{"call":"nobody","operation":"stop"}"#)
    #expect(reply.status == 404)
    #expect(reply.json?["detail"]?.string?.contains("/v1/calls") == true)
    #expect(try stage.events("command").isEmpty)
  }

  @Test func `a stop that was open at a restart is decided by the snapshot and not sent again`()
    throws
  {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.swallowNotification))
    let id = try stage.issue("stop", call)
    try stage.wait("the platform has it") {
      stage.simulator.model.call(call)?.recording == .stopped
    }
    try stage.stop()
    try stage.start()
    let command = try stage.final(id)
    #expect(command["grade"]?.string == "confirmed.resynced")
    #expect(stage.simulator.model.call(call)?.received["StopCallRecording"] == 1)
  }

  @Test func `a login that expires under a stop is renewed and the stop is confirmed`() throws {
    let stage = try Stage { $0.csrf = .standard }
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.expireHTTPSessions()
    let command = try stage.command("stop", call)
    #expect(command["grade"]?.string?.hasPrefix("confirmed.") == true)
    try stage.wait("in sync again") { try stage.get("/readyz").status == 200 }
  }
}
