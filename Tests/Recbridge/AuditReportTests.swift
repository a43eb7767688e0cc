import Daemon
import Evidence
import JSON
import Store
import TestSupport
import Testing

/// `recbridge audit report` on a store that is signed.
@Suite struct AuditReportTests {
  /// A store with the end of one Stop at noon of each of three days, and a checkpoint.
  private func withSignedStore(_ body: (_ folder: String, _ key: AuditKey) throws -> Void) throws {
    try withFolder { folder in
      let key = try AuditKey(name: "audit.example/hq")
      let store = try Store.open(
        at: "\(folder)/store.db", access: .writing(identityIfNew: "s", EntryHashing.hasher))
      for day in 1...3 { try store.commit(Self.stop(on: day)) }
      let root = try store.verifiedRoot(since: 0)
      let note = key.sign(Checkpoint(origin: key.verifier.name, size: 3, root: root).text)
      try store.commit([
        Self.event(4, "recbridge.checkpoint.v1"),
        .checkpoint(
          StoredCheckpoint(sequence: 4, size: 3, wallMicroseconds: 1, note: note.description)),
      ])
      store.close()
      try body(folder, key)
    }
  }

  private static func event(_ sequence: Int64, _ type: String) -> Change {
    .event(
      StoredEvent(
        sequence: sequence, type: type, agent: "alice", call: nil, wallMicroseconds: 1,
        line: Array("{}".utf8)))
  }

  private static func stop(on day: Int) throws -> [Change] {
    let record =
      #"{"cursor":"s.\#(day)","type":"recbridge.command.v1","#
      + #""time":"2026-11-0\#(day)T12:00:00.000000Z","command":"c\#(day)","agent":"alice","#
      + #""call":"call-\#(day)","operation":"stop","mode":"send","status":"final","#
      + #""grade":"unconfirmed","evidence":{"kind":"deadline"},"attempts":1,"#
      + #""issuedAt":"2026-11-0\#(day)T11:59:50.000000Z","origin":{"uid":0}}"#
    let entry = try #require(StoredEntry(record: Array(record.utf8)))
    return [event(Int64(day), "recbridge.command.v1"), .entry(entry)]
  }

  private func report(_ folder: String, _ arguments: String...) throws -> Ended {
    try recbridge(["audit", "report", "--store", "\(folder)/store.db"] + arguments)
  }

  @Test func `a period is written in all three forms, and the verification is told`() throws {
    try withSignedStore { folder, key in
      let ended = try report(
        folder, "--from", "2026-11-02", "--to", "2026-11-03", "--key",
        key.verifier.description, "--html", "\(folder)/r.html", "--csv", "\(folder)/r.csv",
        "--json", "\(folder)/r.json")
      #expect(ended.code == 0, "\(ended)")
      #expect(ended.out.contains("r.html: 1 command on 1 call, 1 not confirmed"))
      #expect(ended.lines.last == "\(folder)/store.db: audit verified")
      let page = try #require(readText("\(folder)/r.html"))
      #expect(page.contains("✓ Verified."))
      #expect(page.contains("signed with the key that was given"))
      #expect(page.contains("call-2") && !page.contains("call-1") && !page.contains("call-3"))
      let rows = try #require(readText("\(folder)/r.csv")).split(separator: "\r\n")
      #expect(rows.count == 2)
      let object = try JSONValue.parse(Array((readText("\(folder)/r.json") ?? "").utf8))
      #expect(object["verification"]?["checkpoint"]?["size"]?.integer == 3)
      #expect(object["verification"]?["keyGiven"]?.bool == true)
      #expect(object["entries"]?["first"]?.integer == 2)
    }
  }

  @Test func `a store that was changed gives a report that says so, and status 65`() throws {
    try withSignedStore { folder, _ in
      let changed =
        "UPDATE entries SET record = CAST(replace(CAST(record AS TEXT), 'unconfirmed', 'satisfied')"
        + " AS BLOB) WHERE number = 2"
      let child = try ChildProcess(
        "/usr/bin/sqlite3",
        ["\(folder)/store.db", "DROP TRIGGER entries_refuse_update", changed],
        output: .file("\(folder)/out"), errors: .file("\(folder)/errors"))
      #expect(child.wait() == 0, "\(readText("\(folder)/errors") ?? "")")
      let ended = try report(folder, "--html", "\(folder)/r.html")
      #expect(ended.code == 65, "\(ended)")
      #expect(ended.lines.last == "\(folder)/store.db: audit NOT verified")
      let page = try #require(readText("\(folder)/r.html"))
      #expect(page.contains("NOT VERIFIED. Do not rely on this report."))
      #expect(page.contains("entry 2: its record is not the one that was written"))
    }
  }

  @Test func `a call that no entry names has no report, and a time without a daemon no clean one`()
    throws
  {
    try withSignedStore { folder, key in
      let pub = key.verifier.description
      let unknown = try report(folder, "--call", "nobody's", "--html", "\(folder)/r.html")
      #expect(unknown.code == 65, "\(unknown)")
      #expect(unknown.err.contains("no entry is about call nobody's"))
      #expect(readText("\(folder)/r.html") == nil)
      let early = try report(
        folder, "--from", "2020-01-01", "--to", "2020-01-02", "--html", "\(folder)/r.html", "--key",
        pub)
      #expect(early.code == 65, "\(early)")
      #expect(early.lines.dropFirst().first?.hasPrefix("no daemon ran in this period") == true)
      #expect(early.lines.last == "\(folder)/store.db: audit verified")
      let page = try #require(readText("\(folder)/r.html"))
      #expect(page.contains("No daemon ran in this period"))
      // The call is known, and nothing of it lies in the period.
      let other = try report(
        folder, "--from", "2026-11-02", "--to", "2026-11-03", "--call", "call-1", "--html",
        "\(folder)/other.html", "--key", pub)
      #expect(other.code == 0, "\(other)")
      #expect(readText("\(folder)/other.html")?.contains("Nothing is known of this call.") == true)
    }
  }

  @Test func `nothing is overwritten`() throws {
    try withSignedStore { folder, _ in
      try writeText("mine", to: "\(folder)/r.csv")
      let ended = try report(folder, "--csv", "\(folder)/r.csv")
      #expect(ended.code == 1)
      #expect(ended.err.contains("cannot make \(folder)/r.csv: File exists"))
      #expect(readText("\(folder)/r.csv") == "mine")
    }
  }

  @Test(arguments: [
    (["--html", "x", "--from", "yesterday"], "--from expects a date or a time"),
    (["--html", "x", "--from", "2026-11-02", "--to", "2026-11-02"], "--to is not after --from"),
    ([], "none of --html FILE, --csv FILE and --json FILE is given"),
  ])
  func `what cannot be meant is refused`(arguments: [String], said: String) throws {
    let ended = try recbridge(["audit", "report", "--store", "/nowhere"] + arguments)
    #expect(ended.code == 64)
    #expect(ended.err.contains(said), "\(ended.err)")
  }
}
