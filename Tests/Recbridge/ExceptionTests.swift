import Testing

private let exception = #"""
  {"command":"cmd-1","agent":"alice","call":"01RCC3N118B1V0SL807GK2LAES00000V",
  "operation":"stop","mode":"send","status":"final","grade":"unconfirmed",
  "evidence":{"kind":"deadline","event":41,"state":"Recording","statusCode":0,
  "recordingFile":"01RCC3N118B1V0SL807GK2LAES00000V_15000_15001_2015-10-16_14-26-23"},
  "issuedAt":"2026-11-21T03:02:11.118000Z","finalAt":"2026-11-21T03:02:21.119000Z","attempts":1,
  "origin":{"uid":1000,"gid":1000},
  "causes":[{"cause":"notification-lost",
  "meaning":"the platform accepted it, but the notification that shows the effect did not come",
  "remedy":"look at the recording on the platform; if it still records, give the command again"}],
  "exposure":{"from":"2026-11-21T03:02:11.118000Z","to":"2026-11-21T03:02:21.119000Z","still":true},
  "lastSeenAt":"2026-11-21T02:58:00.000001Z","now":{"call":"live"}}
  """#

@Test func `an exception is told so that somebody woken at night can act on it`() throws {
  let daemon = try FakeDaemon { _ in (200, #"{"exceptions":[\#(exception)]}"#) }
  let ended = try recbridge(
    ["exceptions"], environment: ["RECBRIDGE_SOCKET": daemon.path], daemon: daemon)
  #expect(ended.code == 0)
  #expect(
    ended.out == """
      1 exception; times are UTC

      ? STOP of call 01RCC3N118B1V0SL807GK2LAES00000V, agent alice: unconfirmed
        command    cmd-1, asked by uid 1000
        exposed    from 2026-11-21 03:02:11.118 to 03:02:21.119, and still
        now        the call is live, its recording has not been shown since
        last seen  recording Recording at 2026-11-21 02:58:00.000, event 41
        file       01RCC3N118B1V0SL807GK2LAES00000V_15000_15001_2015-10-16_14-26-23
        tried      given out to be sent once
        answer     status 0
        grade      unconfirmed, nothing showed its effect within the deadline
        likely cause
        1. the platform accepted it, but the notification that shows the effect did
           not come
           -> look at the recording on the platform; if it still records, give the
              command again
        then: recbridge acknowledge cmd-1 --why TEXT

      """)
  #expect(daemon.asked.map(\.line) == ["GET /v1/exceptions"])
}

@Test func `all exceptions are those that somebody has seen to as well`() throws {
  let seen = exception.replacing(
    #""now":"#,
    with: #""acknowledgement":{"by":{"uid":7,"name":"eve"},"at":"2026-11-21T03:10:00.000000Z","#
      + #""why":"heard silence"},"now":"#)
  let daemon = try FakeDaemon { _ in (200, #"{"exceptions":[\#(seen),\#(exception)]}"#) }
  let arguments = ["exceptions", "--all", "--socket", daemon.path]
  let ended = try recbridge(arguments, daemon: daemon)
  #expect(ended.lines.first == "2 exceptions, the newest first; times are UTC")
  #expect(
    ended.lines.contains(
      "  seen to    by eve (uid 7) at 2026-11-21 03:10:00.000: heard silence"))
  #expect(ended.lines.filter { $0.contains("then: recbridge acknowledge") }.count == 1)
  #expect(daemon.asked.map(\.line) == ["GET /v1/exceptions?acknowledged=1"])
  let json = try recbridge(arguments + ["--json"], daemon: daemon)
  #expect(json.out.contains(#""acknowledgement":"#))
}

@Test func `an exception of a program that knows less is told without what is missing`() throws {
  let daemon = try FakeDaemon { _ in (200, #"{"exceptions":[{"command":"c"},{}]}"#) }
  let ended = try recbridge(["exceptions", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0)
  #expect(ended.out.contains("then: recbridge acknowledge c --why TEXT"))
}

@Test func `acknowledge says who has seen to it, or why it could not be done`() throws {
  let reply =
    #"{"command":"cmd 1","acknowledgement":{"by":{"uid":7,"name":"eve"},"#
    + #""at":"2026-11-21T03:10:00.000000Z","why":"a \"quote\""}}"#
  let daemon = try FakeDaemon { _ in (200, reply) }
  let arguments = ["acknowledge", "cmd 1", "--why", "a \"quote\"", "--socket", daemon.path]
  let ended = try recbridge(arguments, daemon: daemon)
  #expect(ended.code == 0)
  #expect(
    ended.out == "cmd 1: acknowledged by eve (uid 7) at 2026-11-21T03:10:00.000000Z: a \"quote\"\n")
  #expect(
    daemon.asked == [
      Asked(line: "POST /v1/exceptions/cmd%201/acknowledge", body: #"{"why":"a \"quote\""}"#)
    ])
  let refusing = try FakeDaemon { _ in
    (409, #"{"title":"Not an exception","detail":"It is confirmed."}"#)
  }
  let refused = try recbridge(
    ["acknowledge", "c", "--why=x", "--socket", refusing.path], daemon: refusing)
  #expect(refused.code == 1)
  #expect(refused.err == "recbridge: Not an exception: It is confirmed.\n")
  let silent = try recbridge(["acknowledge", "c", "--socket", daemon.path])
  #expect(silent.code == 64)
  #expect(silent.err.contains("--why TEXT is missing"))
}

@Test func `what the platform answered is told once`() throws {
  func answer(_ evidence: String) throws -> String? {
    let list = #"{"exceptions":[{"command":"c","evidence":{\#(evidence)}}]}"#
    let daemon = try FakeDaemon { _ in (200, list) }
    let ended = try recbridge(["exceptions", "--socket", daemon.path], daemon: daemon)
    return ended.lines.first { $0.hasPrefix("  answer") }
  }
  #expect(
    try answer(#""statusCode":401,"httpStatus":401,"message":"HTTP status 401: E01""#)
      == "  answer     HTTP status 401: E01")
  #expect(try answer(#""statusCode":7,"message":"late""#) == "  answer     status 7: late")
  #expect(try answer(#""statusCode":0"#) == "  answer     status 0")
  #expect(try answer(#""kind":"deadline""#) == "  answer     none from the platform")
}

@Test func `a second acknowledgement with another reason says that it was not recorded`() throws {
  let reply =
    #"{"command":"c","acknowledgement":{"by":{"uid":7},"at":"2026-11-21T03:10:00Z","why":"one"}}"#
  let daemon = try FakeDaemon { _ in (200, reply) }
  let arguments = ["acknowledge", "c", "--socket", daemon.path, "--why"]
  let again = try recbridge(arguments + ["two"], daemon: daemon)
  #expect(again.code == 1)
  #expect(again.out == "c: acknowledged by uid 7 at 2026-11-21T03:10:00Z: one\n")
  #expect(
    again.err == "recbridge: it was acknowledged before, and the first acknowledgement stays:"
      + " \"two\" was not recorded\n")
  #expect(try recbridge(arguments + ["one"], daemon: daemon).code == 0)
}
