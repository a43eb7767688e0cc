import Crypto
import Evidence
import Calls
import Commands
import Configuration
import Daemon
import Glibc
import JSON
import Loop
import Simulator
import Store
import Testing

/// The worklist over real sockets: what an operator finds on it, and how it gets shorter.
@Suite(.serialized) struct ExceptionTests {
  private func acknowledge(
    _ stage: Stage, _ id: String, _ why: String = "heard silence, ticket 7"
  ) throws -> Stage.Reply {
    try stage.post("/v1/exceptions/\(id)/acknowledge", "{\"why\":\"\(why)\"}")
  }

  private func all(_ stage: Stage) throws -> [JSONValue] {
    let list = try stage.get("/v1/exceptions?acknowledged=1").json?["exceptions"]
    return try Array(#require(list).elements)
  }

  /// An exception of a Stop whose notification never came, while nobody could look.
  private func exception(_ stage: Stage) throws -> JSONValue {
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.swallowNotification))
    let issued = try stage.post("/v1/commands", "{\"call\":\"\(call)\",\"operation\":\"stop\"}")
    try stage.wait("the platform has it") {
      stage.simulator.model.call(call)?.recording == .stopped
    }
    stage.simulator.arm(
      Fault(.unavailable(.rest, status: 503, retryAfterSeconds: nil), count: nil))
    defer { stage.simulator.clearFaults() }
    return try stage.final(try #require(issued.json?["command"]?.string))
  }

  @Test
  func `an exception says since when it may be recorded, how far the evidence goes, what helps`()
    throws
  {
    let stage = try Stage(deadline: .seconds(2))
    defer { stage.close() }
    try stage.start()
    let command = try exception(stage)
    let exception = try #require(try stage.exceptions().first)
    #expect(exception["command"] == command["command"])
    #expect(exception["agent"]?.string == "alice")
    #expect(exception["evidence"]?["recordingFile"]?.string?.isEmpty == false)
    #expect(exception["evidence"]?["state"]?.string == "Recording")
    #expect(exception["lastSeenAt"]?.string ?? "~" < exception["issuedAt"]?.string ?? "")
    #expect(exception["exposure"]?["from"] == exception["issuedAt"])
    #expect(exception["exposure"]?["to"] == exception["finalAt"])
    #expect(exception["exposure"]?["still"]?.bool == true)
    #expect(exception["now"]?["call"]?.string == "live")
    #expect(exception["now"]?["recordingState"] == nil, "what was seen before proves nothing")
    let causes = exception["causes"]?.elements.map { $0["cause"]?.string }
    #expect(causes == ["notification-lost", "look-failed", "platform-busy", "wrong-id"])
    #expect(command["causes"] == exception["causes"])
    // Any notification of the call shows the state again.
    let call = try #require(command["call"]?.string)
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    try stage.wait("it is known again") {
      try stage.exceptions().first?["exposure"]?["still"]?.bool == false
    }
    let known = try stage.exceptions().first?["now"]
    #expect(known?["recordingState"]?.string == "Stopped")
    try stage.simulator.endCall(call)
    try stage.wait("the call is gone") {
      try stage.exceptions().first?["now"]?["call"]?.string == "gone"
    }
  }

  /// Measured on two cores: under 1 ms to grade and 10 ms to list after the deadline.
  @Test func `an exception is on the list within a second of its deadline`() throws {
    let deadline = Duration.milliseconds(300)
    let stage = try Stage(deadline: deadline)
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.arm(Fault(.ignoreCommand))
    let asked = stage.loop.now
    let issued = try stage.post("/v1/commands", "{\"call\":\"\(call)\",\"operation\":\"stop\"}")
    let id = try #require(issued.json?["command"]?.string)
    // Held until the commit of the grade, so that nothing here waits for a clock of its own.
    let command = try #require(try stage.get("/v1/commands/\(id)?wait=60").json)
    let listed = try stage.exceptions()
    let late = stage.loop.now - asked - deadline
    #expect(listed.map { $0["command"]?.string } == [id])
    let from = try #require(Timestamp.parse(command["issuedAt"]?.string ?? ""))
    let to = try #require(Timestamp.parse(command["finalAt"]?.string ?? ""))
    print("graded \(to - from - deadline) and listed \(late) after the deadline at most")
    #expect(to - from - deadline < .seconds(1))
    #expect(late < .seconds(1))
  }

  @Test func `what an operator has seen to leaves the list, on the record, for good`() throws {
    let stage = try Stage(deadline: .seconds(2))
    defer { stage.close() }
    try stage.start()
    let id = try #require(try exception(stage)["command"]?.string)
    let reply = try acknowledge(stage, id)
    #expect(reply.status == 200)
    let acknowledgement = try #require(reply.json?["acknowledgement"])
    #expect(acknowledgement["by"]?["uid"]?.integer == Int64(getuid()))
    #expect(acknowledgement["by"]?["gid"]?.integer == Int64(getgid()))
    // Safe: the entry is read at once.
    let name = unsafe getpwuid(getuid()).flatMap { unsafe $0.pointee.pw_name }
    #expect(
      unsafe acknowledgement["by"]?["name"]?.string == name.map { unsafe String(cString: $0) })
    #expect(acknowledgement["why"]?.string == "heard silence, ticket 7")
    #expect(reply.json?["grade"]?.string == "unconfirmed")
    #expect(try stage.exceptions().isEmpty)
    #expect(try all(stage).map { $0["acknowledgement"] } == [acknowledgement])
    let event = try stage.event("acknowledgement")
    #expect(event["data"]?["command"]?.string == id)
    #expect(event["data"]?["at"] == acknowledgement["at"])

    let again = try acknowledge(stage, id, "me too")
    #expect(again.status == 200)
    #expect(again.json?["acknowledgement"] == acknowledgement)
    try stage.stop()
    try stage.start()
    #expect(try acknowledge(stage, id, "and me").json?["acknowledgement"] == acknowledgement)
    #expect(try stage.exceptions().isEmpty)
    #expect(try all(stage).count == 1)
    #expect(try stage.events("acknowledgement").count == 1)
    #expect(try stage.get("/v1/commands/\(id)").json?["acknowledgement"] == acknowledgement)
    try stage.stop()
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    let ends = try store.entries(after: 0, limit: 10).filter { $0["grade"] != nil }
    #expect(
      ends.map { ($0["evidence"]?["kind"] ?? $0["witness"])?.string } == ["deadline", "operator"])
    #expect(try store.fsck().isSound)
  }

  @Test func `only an exception can be acknowledged`() throws {
    let stage = try Stage()
    defer { stage.close() }
    try stage.start()
    let unknown = try acknowledge(stage, "cmd-0")
    #expect(unknown.status == 404)
    #expect(unknown.json?["detail"]?.string?.contains("/v1/exceptions") == true)
    let call = try stage.recordedCall()
    let confirmed = try stage.command("stop", call)
    let refused = try acknowledge(stage, try #require(confirmed["command"]?.string))
    #expect(refused.status == 409)
    let other = try stage.recordedCall()
    stage.simulator.arm(Fault(.ignoreCommand))
    let issued = try stage.post("/v1/commands", "{\"call\":\"\(other)\",\"operation\":\"stop\"}")
    let open = try acknowledge(stage, try #require(issued.json?["command"]?.string))
    #expect(open.status == 409, "it may still be confirmed")
    #expect(try stage.events("acknowledgement").isEmpty)
  }

  /// The bridge knows nothing of this command but what the request brings: two at once are one.
  @Test func `an exception from long ago can be acknowledged, once`() throws {
    let stage = try Stage()
    defer { stage.close() }
    // A restart takes up the newest 1,024 commands.
    let many = 1_100
    let store = try Store.open(
      at: stage.configuration.store,
      access: .writing(
        identityIfNew: String(repeating: "a", count: 32), TreeHasher { SHA256.hash($0, $1) }))
    let event = StoredEvent(
      sequence: 1, type: "recbridge.command.v1", agent: "alice", call: "c", wallMicroseconds: 1,
      line: Array("{}".utf8))
    try store.commit([.event(event)] + (1...many).map { .command(Self.stored($0)) })
    store.close()
    try stage.start()
    #expect(try stage.exceptions().count == 1_000)
    #expect(try stage.exceptions().first?["command"]?.string == "old-\(many)")
    var replies: [Stage.Reply] = []
    try stage.postTogether(
      "/v1/exceptions/old-1/acknowledge", [#"{"why":"a"}"#, #"{"why":"b"}"#]
    ) { replies.append($0) }
    #expect(replies.map(\.status) == [200, 200])
    #expect(replies.first?.json?["acknowledgement"] == replies.last?.json?["acknowledgement"])
    #expect(replies.first?.json?["acknowledgement"] != nil)
    #expect(try stage.events("acknowledgement").count == 1)
    #expect(try acknowledge(stage, "old-1").json == replies.first?.json)
  }

  private static func stored(_ number: Int) -> StoredCommand {
    let record =
      #"{"command":"old-\#(number)","agent":"alice","call":"c","operation":"stop","mode":"send","#
      + #""status":"final","grade":"unconfirmed","evidence":{"kind":"deadline"},"#
      + #""issuedAt":"2026-01-15T08:00:00.000000Z","finalAt":"2026-01-15T08:00:10.000000Z","#
      + #""attempts":1,"origin":{}}"#
    return StoredCommand(
      id: "old-\(number)", key: nil, agent: "alice", call: "c", operation: "stop", status: "final",
      grade: "unconfirmed", isOpen: false, isException: true, issuedWallMicroseconds: 1,
      sequence: 1, record: Array(record.utf8))
  }
}
