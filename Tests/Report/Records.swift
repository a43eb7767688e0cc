import Commands
import JSON
import Report

/// Entries as the bridge writes them, made by hand where a scene would have to be long.
struct Records {
  private(set) var entries: [ReportEntry] = []

  /// 2026-11-25T10:00:00Z.
  static let start = Duration.seconds(1_795_600_800)

  /// Adds one, `seconds` after the start; `members` is JSON and ends without a comma.
  mutating func add(_ type: String, at seconds: Double, _ members: String = #""x":1"#) {
    let number = Int64(entries.count) + 1
    let time = Self.time(seconds)
    let text =
      #"{"cursor":"s1.\#(number)","type":"recbridge.\#(type).v1","time":"\#(Timestamp.text(time))","#
      + #""clock":{"monotonicUs":1,"synchronised":true},\#(members)}"#
    add(type: "recbridge.\(type).v1", at: time, Array(text.utf8))
  }

  mutating func add(type: String, at time: Duration, _ record: [UInt8]) {
    entries.append(
      ReportEntry(number: Int64(entries.count) + 1, type: type, time: time, record: record))
  }

  static func time(_ seconds: Double) -> Duration {
    start + .milliseconds(Int64((seconds * 1_000).rounded()))
  }

  static func text(_ seconds: Double) -> String { Timestamp.text(time(seconds)) }

  /// What a command is to be.
  struct Story {
    var id = "c1"
    var call = "5f2c"
    var operation = "stop"
    var grade = "confirmed.notified"
    /// How long it took to its end, in seconds.
    var lasts = 0.1
    /// More members of the last move, each with a comma behind it.
    var more = ""
    /// The members of the evidence.
    var evidence = #""kind":"notification","event":7,"state":"Stopped""#
  }

  /// Adds the moves of a command that is asked for `seconds` after the start.
  mutating func command(at seconds: Double, _ story: Story = Story()) {
    for (status, later) in [("issued", 0), ("accepted", story.lasts / 2), ("final", story.lasts)] {
      add("command", at: seconds + later, Self.move(story, status, asked: seconds))
    }
  }

  /// The members of one move.
  static func move(_ story: Story, _ status: String, asked seconds: Double) -> String {
    let isFinal = status == "final"
    let isSure = story.grade.hasPrefix("confirmed.")
    let end =
      isFinal
      ? #""grade":"\#(story.grade)","finalAt":"\#(text(seconds + story.lasts))",\#(story.more)"#
        + (isSure ? #""latencyMs":\#(story.lasts * 1_000),"# : "") : ""
    let evidence = isFinal ? story.evidence : #""kind":"reply","statusCode":0"#
    return #""command":"\#(story.id)","agent":"alice","call":"\#(story.call)","#
      + #""operation":"\#(story.operation)","mode":"send","status":"\#(status)",\#(end)"#
      + #""evidence":{\#(evidence)},"issuedAt":"\#(text(seconds))","attempts":1,"#
      + #""origin":{"uid":1000,"gid":100,"name":"eve"}"#
  }

  /// Adds a change of a recording; the command is the one that it confirmed.
  mutating func recording(
    at seconds: Double, _ from: String, _ to: String, call: String = "5f2c", command: String? = nil
  ) {
    let cause = command.map { #""command","command":"\#($0)""# } ?? #""unsolicited""#
    add(
      "recording", at: seconds,
      #""agent":"alice","call":"\#(call)","from":"\#(from)","to":"\#(to)","cause":\#(cause)"#)
  }

  /// Adds a look, which shows a state.
  mutating func look(at seconds: Double, _ state: String, call: String = "5f2c") {
    add(
      "look", at: seconds,
      #""agent":"alice","call":"\#(call)","route":"acme","operation":"stop","#
        + #""recordingState":"\#(state)""#)
  }

  /// A Stop that the platform accepts and ignores, where only looks tell.
  static func ignored(at start: Double = 0) -> Records {
    var records = Records()
    let story = Story(
      grade: "unconfirmed", lasts: 10, evidence: #""kind":"deadline","event":3,"state":"Recording""#
    )
    for (status, seconds) in [("issued", 0), ("accepted", 0.06), ("final", 10)] {
      if status == "accepted" { records.look(at: start + 0.03, "Recording") }
      if status == "final" {
        for time in [1, 3, 9.97] { records.look(at: start + time, "Recording") }
      }
      let nothing = move(story, status, asked: start).replacing(
        #""kind":"reply","statusCode":0"#, with: #""kind":"knowledge""#)
      records.add("command", at: start + seconds, nothing)
    }
    return records
  }

  mutating func gap(from: Double, to: Double, isClosed: Bool) {
    add(
      "gap", at: to,
      #""agent":"alice","from":"\#(Self.text(from))","to":"\#(Self.text(to))","#
        + #""cause":"session-lost","reason":"the server forgot it","resynced":\#(isClosed)"#)
  }

  func account(_ scope: Scope = Scope()) -> Account {
    var builder = AccountBuilder(scope)
    for entry in entries { builder.take(entry) }
    return builder.finished()
  }

  func page(_ scope: Scope = Scope(), _ found: Verification = Verification()) -> String {
    String(decoding: Page(account(scope), from: .made(found)).bytes, as: UTF8.self)
  }
}

extension Provenance {
  static func made(_ found: Verification = Verification()) -> Provenance {
    Provenance(
      program: "recbridge 9.9", madeAt: Records.time(90_000), storePath: "/tmp/store.db",
      storeIdentity: "s1", verification: found)
  }
}
