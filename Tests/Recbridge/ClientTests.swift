import Testing

@Test func `a socket that nobody listens at is named, with the way out`() throws {
  for arguments in [["calls"], ["tail"], ["sessions"], ["stop", "c1"]] {
    let ended = try recbridge(arguments + ["--socket=/nonexistent/s"])
    #expect(ended.code == 69)
    #expect(
      ended.err == "recbridge: no daemon at /nonexistent/s: No such file or directory;"
        + " start it, or name its socket with --socket\n")
  }
  let ended = try recbridge(["calls"], environment: ["RECBRIDGE_SOCKET": "/nonexistent/env"])
  #expect(ended.err.contains("/nonexistent/env"))
}

private let calls = #"""
  {"cursor":"s.9","calls":[
  {"agent":"alice","exact":true,"recordingState":"Recording","cursor":"s.9",
   "call":{"id":"5f2c","state":"Established"},"witnesses":{"verdict":"agree"}},
  {"agent":"bob","exact":false,"call":{"id":"77","state":"Ringing"},
   "witnesses":{"verdict":"not-enough"}}]}
  """#

@Test func `calls stand in aligned columns`() throws {
  let daemon = try FakeDaemon { _ in (200, calls) }
  let ended = try recbridge(["calls", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0)
  #expect(
    ended.out == """
      CALL  AGENT  STATE        RECORDING  WITNESSES   FILE  EXACT
      5f2c  alice  Established  Recording  agree       -     yes
      77    bob    Ringing      -          not-enough  -     no

      """)
  #expect(daemon.asked.map(\.line) == ["GET /v1/calls"])
}

@Test func `a list as JSON is one object a line, byte for byte`() throws {
  let commands = #"{"commands":[{"command":"c1", "grade":"rejected","x":1.0},{"command":"c2"}]}"#
  let daemon = try FakeDaemon { _ in (200, commands) }
  let ended = try recbridge(["commands", "--json", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0)
  #expect(ended.lines == [#"{"command":"c1", "grade":"rejected","x":1.0}"#, #"{"command":"c2"}"#])
}

@Test func `an empty list says so in words`() throws {
  let daemon = try FakeDaemon { _ in (200, #"{"exceptions":[],"sessions":[],"calls":[]}"#) }
  let exceptions = try recbridge(["exceptions", "--socket", daemon.path], daemon: daemon)
  #expect(exceptions.out == "no pause or stop is unconfirmed\n")
  let calls = try recbridge(["calls", "--socket", daemon.path], daemon: daemon)
  #expect(
    calls.out
      == "no live calls are known (with profile commands-only none ever is: nobody notifies)\n")
  let json = try recbridge(["sessions", "--json", "--socket", daemon.path], daemon: daemon)
  #expect(json.out == "")
  #expect(json.code == 0)
}

@Test(
  arguments: [
    (
      400, #"{"title":"Bad request","detail":"operation must be stop"}"#, 65,
      "Bad request: operation must be stop"
    ),
    (404, #"{"title":"No such call","detail":"c1 \u001b[2J"}"#, 1, "No such call: c1 \\u{1b}[2J"),
    (503, #"{"title":"The store is full"}"#, 69, "The store is full"),
    (500, "<html>", 1, "the daemon answered 500"),
    (
      200, "<html>", 1,
      "the daemon's answer was not understood: /v1/commands is not JSON at byte 0:"
    ),
    (202, "{}", 1, "the daemon's answer was not understood: /v1/commands has no command"),
  ] as [(Int, String, Int32, String)])
func `a refusal is told with its reason and its exit code`(
  status: Int, body: String, code: Int32, said: String
) throws {
  let daemon = try FakeDaemon { _ in (status, body) }
  let ended = try recbridge(["stop", "c1", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == code)
  #expect(ended.out == "")
  #expect(ended.err.hasPrefix("recbridge: \(said)"), "\(ended.err)")
}

private let issued =
  #"{"command":"s.7","call":"c 1","agent":"alice","operation":"stop","status":"issued"}"#

private func final(_ grade: String) -> String {
  issued.replacing(
    #""issued""#,
    with: #""final","grade":"\#(grade)","latencyMs":91.482,"evidence":"#
      + #"{"kind":"notification","event":8,"state":"Stopped"}"#)
}

@Test func `stop without a wait ends once the command is on disk`() throws {
  let daemon = try FakeDaemon { _ in (202, issued) }
  let ended = try recbridge(
    ["stop", "c 1", "--agent", "alice", "--key", "k\"1", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0)
  #expect(
    ended.lines == [
      "… stop, command s.7: issued, on disk",
      "how it went: recbridge commands --socket \(daemon.path)",
    ])
  #expect(
    daemon.asked == [
      Asked(
        line: "POST /v1/commands",
        body: #"{"call":"c 1","operation":"stop","agent":"alice","key":"k\"1"}"#)
    ])
}

@Test func `a printed hint leaves out the socket that would be found anyway`() throws {
  let daemon = try FakeDaemon { _ in (202, issued) }
  let ended = try recbridge(
    ["stop", "c1"], environment: ["RECBRIDGE_SOCKET": daemon.path], daemon: daemon)
  #expect(ended.lines.last == "how it went: recbridge commands")
}

@Test(
  arguments: [
    (
      "confirmed.notified", 0,
      "✓ stop, command s.7: confirmed by a notification"
    ),
    (
      "confirmed.resynced", 0,
      "✓ stop, command s.7: confirmed by a snapshot after a gap, after 91 ms"
    ),
    ("confirmed.polled", 0, "✓ stop, command s.7: confirmed by asking the platform"),
    ("implied.released", 0, "✓ stop, command s.7: the call ended, and its recording with it"),
    ("satisfied", 0, "✓ stop, command s.7: nothing to do, it was so already"),
    ("contradicted", 3, "✗ stop, command s.7: contradicted, a later notification shows"),
    ("rejected", 3, "✗ stop, command s.7: rejected, by the platform or before anything was sent"),
    ("superseded", 3, "- stop, command s.7: superseded by a later command"),
    ("unconfirmed", 3, "? stop, command s.7: unconfirmed, nothing showed its effect"),
    ("unobservable", 3, "? stop, command s.7: unobservable, it fell into a gap"),
  ] as [(String, Int32, String)])
func `stop with a wait tells by its exit code whether it was confirmed`(
  grade: String, code: Int32, said: String
) throws {
  let daemon = try FakeDaemon { asked in
    asked.line.hasPrefix("POST") ? (202, issued) : (200, final(grade))
  }
  let arguments = ["stop", "c 1", "--wait=5", "--socket", daemon.path]
  let ended = try recbridge(arguments, daemon: daemon)
  #expect(ended.code == code)
  #expect(ended.out.hasPrefix(said), "\(ended.out)")
  let ending = code == 3 && grade.hasPrefix("un") ? "last seen: recording" : "recording"
  #expect(
    ended.out.hasSuffix(" after 91 ms; \(ending) Stopped, event 8 [\(grade)]\n"), "\(ended.out)")
  #expect(daemon.asked.map(\.line) == ["POST /v1/commands", "GET /v1/commands/s.7?wait=5"])
  #expect(ended.err.isEmpty == (code == 0), "\(ended.err)")
  let json = try recbridge(arguments + ["--json"], daemon: daemon)
  #expect(json.code == code)
  #expect(json.lines == [final(grade)])
}

@Test func `a stop that is not confirmed ends with the likely causes and what to do`() throws {
  let causes =
    #","causes":[{"cause":"throttled","meaning":"a limit was reached","remedy":"wait \u001b[2J"},"#
    + #"{"cause":"x","meaning":"b","remedy":"c"}]}"#
  let daemon = try FakeDaemon { asked in
    asked.line.hasPrefix("POST")
      ? (202, issued) : (200, final("rejected").dropLast() + causes)
  }
  for form in [[], ["--json"]] {
    let ended = try recbridge(
      ["stop", "c1", "--wait=5", "--socket", daemon.path] + form, daemon: daemon)
    #expect(ended.code == 3)
    #expect(
      ended.err == """
        recbridge: not confirmed
          likely causes, the likeliest first
          1. a limit was reached
             -> wait \\u{1b}[2J
          2. b
             -> c

        """)
  }
}

@Test func `a wait that passes without an outcome is not a confirmation`() throws {
  let daemon = try FakeDaemon { asked in (asked.line.hasPrefix("POST") ? 202 : 200, issued) }
  let ended = try recbridge(
    ["pause", "c1", "--wait=1", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 3)
  #expect(ended.out.contains("issued, on disk"))
  #expect(
    ended.err == "recbridge: not confirmed yet, and still open: recbridge commands"
      + " --socket \(daemon.path)\n")
  #expect(daemon.asked[0].body == #"{"call":"c1","operation":"pause"}"#)
  #expect(daemon.asked.count > 1)
}

@Test func `a wait goes on when the daemon is restarted meanwhile`() throws {
  var waits = 0
  let daemon = try FakeDaemon { asked in
    if asked.line.hasPrefix("POST") { return (202, issued) }
    waits += 1
    return waits < 3 ? (0, "") : (200, final("confirmed.notified"))
  }
  let ended = try recbridge(
    ["stop", "c1", "--wait=20", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0 && ended.err.isEmpty, "\(ended.err)")
  #expect(ended.out.contains("[confirmed.notified]"))
}

@Test func `a daemon that does not come back is told with the command that it took`() throws {
  let daemon = try FakeDaemon { asked in asked.line.hasPrefix("POST") ? (202, issued) : (0, "") }
  let ended = try recbridge(
    ["stop", "c1", "--wait=1", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 1)
  #expect(
    ended.err.hasPrefix(
      "recbridge: s.7 was taken, and nobody could be asked what became of it: it may have been"),
    "\(ended.err)")
}

@Test func `a command that was not sent says why, and what was asked in vain`() throws {
  let refused = final("rejected").replacing(
    #""kind":"notification""#,
    with: #""kind":"knowledge","message":"not sent: it is over","lookFailure":"HTTP status 500""#)
  let daemon = try FakeDaemon { asked in
    asked.line.hasPrefix("POST") ? (202, issued) : (200, refused)
  }
  let ended = try recbridge(
    ["stop", "c1", "--wait=5", "--socket", daemon.path], daemon: daemon)
  #expect(ended.out.contains("not sent: it is over"), "\(ended.out)")
  #expect(ended.err.contains("the platform was asked in vain: HTTP status 500"), "\(ended.err)")
}

@Test func `what somebody else sends is only observed`() throws {
  let observed = issued.replacing(
    #""status""#, with: #""mode":"observe","attempts":0,"status""#)
  let daemon = try FakeDaemon { _ in (202, observed) }
  let ended = try recbridge(["stop", "c1", "--observe", "--socket", daemon.path], daemon: daemon)
  #expect(ended.lines[0] == "… stop, command s.7: issued, on disk, only to be watched")
  #expect(daemon.asked.map(\.body) == [#"{"call":"c1","operation":"stop","mode":"observe"}"#])
}

@Test(arguments: ["start", "stop", "pause", "resume"])
func `each operation is asked for by its own name`(operation: String) throws {
  let daemon = try FakeDaemon { _ in (202, issued) }
  _ = try recbridge([operation, "--socket", daemon.path, "--", "-c1"], daemon: daemon)
  #expect(daemon.asked.map(\.body) == [#"{"call":"-c1","operation":"\#(operation)"}"#])
}
