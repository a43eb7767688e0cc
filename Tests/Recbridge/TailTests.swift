import Testing

/// An event of alice's, of the call 5f2c unless it is about none.
private func event(_ number: Int, _ type: String, _ data: String, call: String? = "5f2c") -> String
{
  let subject = call.map { #","subject":"\#($0)""# } ?? ""
  let head = #"{"specversion":"1.0","id":"s.\#(number)","source":"/hq/alice""#
  let time = "2026-11-21T10:15:0\(number % 10).1182Z"
  return head + #","type":"recbridge.\#(type).v1"\#(subject),"time":"\#(time)""#
    + #","data":{"agent":"alice",\#(data)}}"#
}

private let names = String(repeating: "0123456789", count: 9)

private let story = [
  event(1, "session", #""state":"connected","reason":"handshake""#, call: nil),
  event(
    2, "call",
    #""source":"notification","ended":false,"call":{"id":"5f2c","state":"Established","#
      + #""recordingState":"Recording"},"witnesses":{"recordingState":"Recording","#
      + #""gsipRecord":"ON","capabilities":["PauseRecording","StopRecording"],"verdict":"agree"}"#),
  event(
    3, "recording",
    #""call":"5f2c","to":"Recording","cause":"unsolicited","recordingFile":"r\#(names)""#),
  event(4, "command", #""command":"s.4","call":"5f2c","operation":"stop","status":"issued""#),
  event(5, "command", #""command":"s.4","call":"5f2c","operation":"stop","status":"accepted""#),
  event(
    6, "recording",
    #""call":"5f2c","from":"Recording","to":"Stopped","cause":"command","command":"s.4""#),
  event(
    7, "command",
    #""command":"s.4","call":"5f2c","operation":"stop","status":"final","#
      + #""grade":"confirmed.notified","latencyMs":7.31,"evidence":{"kind":"notification","#
      + #""event":6,"state":"Stopped"}"#),
  event(
    8, "gap",
    #""from":"2026-11-21T10:15:01Z","to":"2026-11-21T10:15:08.5Z","cause":"session-lost","#
      + #""reason":"the server forgot us","resynced":false"#, call: nil),
  event(9, "quarantine", #""reason":"not JSON","sizeBytes":312,"bytes":"aGk=""#, call: nil),
  event(10, "later", #""x":["a\u001b[2Jb",1,null]"#),
  event(
    11, "call",
    #""source":"absence","ended":true,"call":{"id":"5f2c"},"#
      + #""witnesses":{"capabilities":[],"verdict":"not-enough"}"#),
  event(
    12, "disagreement",
    #""call":"5f2c","witnesses":{"recordingState":"Stopped","gsipRecord":"ON","#
      + #""capabilities":[],"verdict":"disagree"}"#),
  event(
    13, "notification", #""channel":"/v2/me/devices","messageType":"DeviceStateChanged","raw":{}"#,
    call: nil),
]

@Test func `tail tells the story of a recording that is stopped`() throws {
  let daemon = try FakeDaemon { asked in
    switch asked.line {
    case "GET /v1/calls": (200, #"{"cursor":"s.0","calls":[]}"#)
    case "GET /v1/events?after=s.0&wait=30": (200, story.joined(separator: "\n") + "\n")
    default: (410, #"{"title":"Gone","detail":"the oldest cursor is s.20"}"#)
    }
  }
  let ended = try recbridge(["tail", "--socket", daemon.path], daemon: daemon)
  #expect(
    ended.out == """
      10:15:01.118  alice    · session connected: handshake
      10:15:02.118  alice  5f2c  ● Established, recording Recording; witnesses agree: \
      recordingState Recording, GSIP_RECORD ON, may PauseRecording, StopRecording
      10:15:03.118  alice  5f2c  ● recording → Recording, unsolicited, file r012345678901234…567890123456789
      10:15:04.118  alice  5f2c  … stop, command s.4: issued, on disk
      10:15:05.118  alice  5f2c  … stop, command s.4: accepted by the platform, not yet confirmed
      10:15:06.118  alice  5f2c  ○ recording Recording → Stopped, by command s.4
      10:15:07.118  alice  5f2c  ✓ stop, command s.4: confirmed by a notification, after 7.3 ms; \
      recording Stopped, event 6
      10:15:08.118  alice        ! gap from 10:15:01.000 to 10:15:08.500, the server forgot us; \
      nothing closed it
      10:15:09.118  alice        ! 312 bytes could not be read and are kept: not JSON
      10:15:00.118  alice  5f2c  · recbridge.later.v1: agent alice, x a\\u{1b}[2Jb, 1, -
      10:15:01.118  alice  5f2c  ○ call (no longer in the snapshot)
      10:15:02.118  alice  5f2c  ! what shows the recording state is contradictory; \
      witnesses disagree: recordingState Stopped, GSIP_RECORD ON
      10:15:03.118  alice        · DeviceStateChanged on /v2/me/devices

      """)
  #expect(ended.code == 1)
  #expect(ended.err == "recbridge: Gone: the oldest cursor is s.20\n")
  #expect(daemon.asked.last?.line == "GET /v1/events?after=s.13&wait=30")
}

@Test func `tail as JSON passes on the exact lines, and its filters to the daemon`() throws {
  let daemon = try FakeDaemon { asked in
    asked.line.contains("after=earliest") ? (200, story[2] + "\n") : (404, "")
  }
  let ended = try recbridge(
    [
      "tail", "--json", "--after", "earliest", "--type=recording", "--call", "5f/2c", "--socket",
      daemon.path,
    ], daemon: daemon)
  #expect(ended.lines == [story[2]])
  #expect(
    daemon.asked.map(\.line) == [
      "GET /v1/events?after=earliest&wait=30&type=recbridge.recording.v1&call=5f%2F2c",
      "GET /v1/events?after=s.3&wait=30&type=recbridge.recording.v1&call=5f%2F2c",
    ])
}

@Test func `tail resumes after the last event it printed when the daemon was away`() throws {
  var answers = [
    (200, story[0] + "\n"), (0, ""), (503, ""), (200, story[1] + "\n"), (410, "{}"),
  ]
  let daemon = try FakeDaemon { _ in answers.isEmpty ? (404, "") : answers.removeFirst() }
  let ended = try recbridge(
    ["tail", "--json", "--after", "s.0", "--socket", daemon.path], daemon: daemon)
  #expect(ended.lines == [story[0], story[1]])
  #expect(
    ended.err == "recbridge tail: the daemon is away; resuming after s.1 when it is back\n"
      + "recbridge: the daemon answered 410\n")
  // How often it asks while the daemon is away is the HTTP client's business as well as its own.
  let places = daemon.asked.map(\.line).reduce(into: [String]()) { places, line in
    if places.last != line { places.append(line) }
  }
  #expect(places == ["s.0", "s.1", "s.2"].map { "GET /v1/events?after=\($0)&wait=30" })
}

@Test(arguments: ["s.0", "latest"])
func `tail resumes when the daemon goes away before the first event`(place: String) throws {
  var answers = [(0, ""), (200, story[0] + "\n"), (410, "{}")]
  let daemon = try FakeDaemon { asked in
    if asked.line == "GET /v1/calls" { return (200, #"{"cursor":"s.0","calls":[]}"#) }
    return answers.isEmpty ? (404, "") : answers.removeFirst()
  }
  let ended = try recbridge(
    ["tail", "--json", "--after", place, "--socket", daemon.path], daemon: daemon)
  #expect(ended.lines == [story[0]], "\(ended)")
  #expect(ended.err.contains("the daemon is away; resuming after s.0"))
}

@Test func `tail that was too slow goes on where the daemon gave up on it`() throws {
  let lagged = #"{"type":"recbridge.lagged.v1","data":{"cursor":"s.5"}}"#
  var answers = [(200, "\(story[0])\n\(lagged)\n"), (410, "{}")]
  let daemon = try FakeDaemon { _ in answers.isEmpty ? (404, "") : answers.removeFirst() }
  let ended = try recbridge(
    ["tail", "--json", "--after", "s.0", "--socket", daemon.path], daemon: daemon)
  #expect(ended.lines == [story[0]])
  #expect(daemon.asked.last?.line == "GET /v1/events?after=s.5&wait=30")
}

@Test func `tail as a member of a group makes it, and acknowledges what it has printed`() throws {
  var answers = [(200, "\(story[0])\n\n\(story[1])\n"), (0, ""), (200, "\(story[2])\n"), (410, "")]
  let daemon = try FakeDaemon { asked in
    if asked.line.hasPrefix("PUT") { return (412, "{}") }
    if asked.line.hasPrefix("POST") { return (200, "{}") }
    return answers.isEmpty ? (404, "") : answers.removeFirst()
  }
  let ended = try recbridge(
    [
      "tail", "--json", "--group", "a/b", "--after", "earliest", "--type", "call", "--socket",
      daemon.path,
    ], daemon: daemon)
  #expect(ended.lines == Array(story[0...2]))
  #expect(
    ended.err == "recbridge tail: the daemon is away; the group a/b goes on when it is back\n"
      + "recbridge: the daemon answered 410\n")
  let read = Asked(
    line: "GET /v1/groups/a%2Fb/events?stream=1&type=recbridge.call.v1", body: "")
  func acknowledged(_ cursor: String) -> Asked {
    Asked(line: "POST /v1/groups/a%2Fb/ack", body: #"{"cursor":"\#(cursor)"}"#)
  }
  let asked = daemon.asked.reduce(into: [Asked]()) { if $0.last != $1 { $0.append($1) } }
  #expect(
    asked == [
      Asked(line: "PUT /v1/groups/a%2Fb", body: #"{"at":"earliest"}"#), read, acknowledged("s.2"),
      read, acknowledged("s.3"), read,
    ])
}

@Test func `what a group is told while it acknowledges is no sign that the daemon is away`() throws
{
  var daemon: FakeDaemon?
  var reads = 0
  daemon = try FakeDaemon { asked in
    if asked.line.hasPrefix("PUT") { return (200, "{}") }
    if asked.line.hasPrefix("GET") {
      reads += 1
      daemon?.keepsOpen = reads == 1
      return reads == 1 ? (200, "\(story[0])\n") : (410, "")
    }
    // The next line is there, and has been read, before the answer to this acknowledgement.
    if asked.body.contains("s.1") { daemon?.goOn("\(story[1])\n") } else { daemon?.breakOff() }
    return (200, "{}")
  }
  let serving = try #require(daemon)
  let ended = try recbridge(
    ["tail", "--json", "--group", "g", "--socket", serving.path], daemon: serving)
  daemon = nil
  #expect(ended.lines == Array(story[0...1]))
  #expect(ended.err == "recbridge: the daemon answered 410\n")
  #expect(serving.asked.map(\.body).filter { $0.contains("cursor") }.count == 2)
}

/// A wakes up and acknowledges 250 while B, which has taken over, is at 150.
@Test func `tail as a member reads on where another one has acknowledged more`() throws {
  var answers = [(200, "\(story[0])\n"), (200, "\(story[1])\n"), (410, "")]
  let daemon = try FakeDaemon { asked in
    if asked.line.hasPrefix("PUT") { return (412, "{}") }
    if asked.line.hasPrefix("POST") { return (409, #"{"title":"Group is ahead"}"#) }
    return answers.isEmpty ? (404, "") : answers.removeFirst()
  }
  let ended = try recbridge(
    ["tail", "--json", "--group", "g", "--after", "earliest", "--socket", daemon.path],
    daemon: daemon)
  #expect(ended.lines == Array(story[0...1]))
  #expect(daemon.asked.filter { $0.line.hasPrefix("POST") }.count == 2)
}

@Test func `groups stand in a table with their lag`() throws {
  let groups = #"{"groups":[{"name":"siem","cursor":"s.4","lag":6,"active":true,"waiting":1}]}"#
  let daemon = try FakeDaemon { _ in (200, groups) }
  let ended = try recbridge(["groups", "--socket", daemon.path], daemon: daemon)
  #expect(ended.lines.last == "siem   s.4     6    yes     1        -      -")
}

/// A command that is looked into before it leaves moves three times while its status is issued. Each
/// is an event of its own, and each line says another thing: they read as one line printed twice.
@Test func `tail says of each move of an open command what is new`() throws {
  func command(_ number: Int, _ status: String, _ attempts: Int, _ evidence: String) -> String {
    event(
      number, "command",
      #""command":"s.4","operation":"stop","mode":"send","status":"\#(status)","#
        + #""attempts":\#(attempts),"evidence":{"kind":"knowledge"\#(evidence)}"#)
  }
  let seen = #","event":5,"state":"Recording""#
  let answered = seen + #","statusCode":423,"httpStatus":423,"message":"HTTP status 423: E77""#
  let moves = [
    command(4, "issued", 0, ""), command(6, "issued", 0, seen), command(7, "issued", 1, seen),
    command(8, "sent", 1, seen), command(9, "sent", 1, answered),
    command(10, "issued", 2, answered),
  ]
  let daemon = try FakeDaemon { asked in
    asked.line.contains("after=earliest") ? (200, moves.joined(separator: "\n") + "\n") : (404, "")
  }
  let ended = try recbridge(
    ["tail", "--after", "earliest", "--socket", daemon.path], daemon: daemon)
  let said = ended.lines.map { $0.split(separator: "s.4: ").last.map(String.init) }
  #expect(
    said == [
      "issued, on disk; a look at the call comes first",
      "issued, on disk; so far: recording Recording, event 5",
      "about to be sent, on disk; so far: recording Recording, event 5",
      "sent to the platform; so far: recording Recording, event 5",
      "sent to the platform; so far: recording Recording, event 5, HTTP status 423: E77",
      "about to be sent, on disk, attempt 2; so far: recording Recording, event 5,"
        + " HTTP status 423: E77",
    ])
}
