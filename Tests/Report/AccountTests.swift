import Commands
import Report
import Testing

/// What goes into the account of a period, and how it is counted.
///
/// Mutations tried, each found: the period's end counted in; a grade that is not known taken for a
/// confirmation; a sight passed over; commitments left in the record that causes are read from; an
/// exposure that ends with the next sight, whatever it shows.
@Suite struct AccountTests {
  @Test func `a command that ends in the period is told although it was asked for before`() throws {
    var records = Records()
    records.command(at: -2, .init(lasts: 4))
    let account = records.account(Scope(from: Records.time(0), to: Records.time(60)))
    let command = try #require(account.commands.first)
    #expect(command.standing == .confirmed)
    #expect(command.issuedAt == Records.time(-2))
    // Two of its three moves lie in the period.
    #expect(command.entries == [2, 3])
    #expect(account.entryCount == 2)
  }

  @Test func `what became of a command after the period, and who saw to it, is told with it`()
    throws
  {
    var records = Records()
    records.command(at: 58, .init(id: "late", grade: "unconfirmed", lasts: 10))
    records.command(at: 70, .init(id: "next"))
    records.add(
      "acknowledgement", at: 3_600,
      #""command":"late","call":"5f2c","by":{"uid":7,"name":"eve"},"at":"\#(Records.text(3_600))","#
        + #""why":"heard it""#)
    let scope = Scope(from: Records.time(0), to: Records.time(60))
    let account = records.account(scope)
    #expect(account.commands.map(\.id) == ["late"])
    let command = try #require(account.notConfirmed.first)
    #expect(command.isGradedLater)
    #expect(command.acknowledgement?.why == .text("heard it"))
    #expect(command.acknowledgement?.by == "eve (uid 7)")
    #expect(records.page(scope).contains("(after the period)"))
  }

  @Test func `periods that follow one another share no entry and leave none out`() {
    var records = Records()
    for second in 0..<120 { records.command(at: Double(second), .init(id: "c\(second)")) }
    let bounds = stride(from: 0.0, through: 150, by: 30).map { $0 }
    let counts = zip(bounds, bounds.dropFirst()).map { from, to in
      records.account(Scope(from: Records.time(from), to: Records.time(to))).entryCount
    }
    #expect(counts == [90, 90, 90, 90, 0])
  }

  @Test(arguments: [
    ("confirmed.notified", Standing.confirmed), ("confirmed.polled", .confirmed),
    ("confirmed.resynced", .confirmed), ("implied.released", .over), ("satisfied", .over),
    ("contradicted", .notConfirmed), ("rejected", .notConfirmed), ("unconfirmed", .notConfirmed),
    ("unobservable", .notConfirmed), ("superseded", .notConfirmed),
    ("a.grade.of.tomorrow", .notConfirmed),
  ])
  func `each grade has its standing, and one that is not known confirms nothing`(
    grade: String, standing: Standing
  ) {
    var records = Records()
    records.command(at: 0, .init(grade: grade))
    #expect(records.account().commands.map(\.standing) == [standing])
  }

  // As on the worklist: a pause leaves the recording open.
  @Test func `a Pause that a Stop replaced is no exception, a Stop that gave way is`() {
    var records = Records()
    for (id, operation, next) in [
      ("a", "pause", "stop"), ("b", "stop", "pause"), ("c", "stop", "start"),
      ("d", "resume", "pause"),
    ] {
      records.command(
        at: 0,
        .init(
          id: id, operation: operation, grade: "superseded",
          more: #""supersededBy":{"command":"z","operation":"\#(next)"},"#))
    }
    #expect(
      records.account().commands.map(\.standing)
        == [.replaced, .notConfirmed, .notConfirmed, .replaced])
  }

  @Test func `a Resume does not end the exposure of a Stop, a Start does`() throws {
    var records = Records()
    records.command(at: 0, .init(grade: "rejected", evidence: #""kind":"reply""#))
    records.command(at: 5, .init(id: "c2", operation: "resume", evidence: #""kind":"reply""#))
    #expect(try exposure(records).isStill)
    records.command(at: 9, .init(id: "c3", operation: "start", evidence: #""kind":"reply""#))
    #expect(try exposure(records).end == .askedOtherwise("start"))
  }

  @Test func `an exposure ends with the next sight, or with the call, or not at all`() throws {
    var records = Records()
    let unseen = Records.Story(
      grade: "unconfirmed", lasts: 10, evidence: #""kind":"deadline","state":"Recording""#)
    records.command(at: 0, unseen)
    #expect(try exposure(records).isStill)
    #expect(try exposure(records).to == Records.time(10), "so far these entries tell of it")
    records.recording(at: 42, "Recording", "Stopped")
    #expect(try exposure(records).to == Records.time(42))
    #expect(try exposure(records).end == .seen(.text("Stopped")))

    var released = Records()
    released.command(at: 0, unseen)
    released.command(
      at: 20, .init(id: "c2", grade: "implied.released", evidence: #""kind":"release""#))
    #expect(try exposure(released).to == Records.time(20.1))
    #expect(try exposure(released).end == .callEnded)
  }

  /// The platform accepts the Stop and ignores it; looks show that for ten seconds.
  @Test func `what looks have seen of an exposure counts, and what is behind the last one too`()
    throws
  {
    let records = Records.ignored()
    let exposed = try exposure(records)
    #expect(exposed.isStill)
    #expect(exposed.length == .seconds(10))
    #expect(exposed.seen == .milliseconds(9_940))
    #expect(exposed.unknownLength == .milliseconds(60))
    #expect(exposed.lastSeen?.time == Records.time(9.97))
    let page = records.page()
    #expect(page.contains("<b>10.00 s at least, and no entry shows its end</b>"))
    #expect(page.contains("In all: 10.00 s at least; of one no entry shows the end."))
    // What is seen after the period counts as well.
    var later = records
    later.look(at: 70, "Stopped")
    let scope = Scope(from: Records.time(0), to: Records.time(60))
    let account = later.account(scope)
    let found = account.exposure(of: try #require(account.notConfirmed.first))
    #expect(found?.end == .seen(.text("Stopped")) && found?.to == Records.time(70))
  }

  @Test func `what takes a confirmation back begins an exposure, a later Resume ends one`() throws {
    var undone = Records()
    undone.command(at: 0)
    undone.add(
      "command", at: 6,
      Records.move(
        .init(
          grade: "contradicted", lasts: 6, more: #""previously":"confirmed.notified","#,
          evidence: #""kind":"notification","event":9,"state":"Recording""#), "final", asked: 0))
    undone.recording(at: 21, "Recording", "Stopped")
    let exposed = try exposure(undone, from: 6)
    #expect(exposed.length == .seconds(15) && exposed.seen == .seconds(15))

    var resumed = Records()
    resumed.command(
      at: 0, .init(operation: "pause", grade: "rejected", evidence: #""kind":"reply""#))
    resumed.command(
      at: 5, .init(id: "c2", operation: "resume", grade: "rejected", evidence: #""kind":"reply""#))
    #expect(try exposure(resumed).isStill, "nobody took it up")
    resumed.command(at: 8, .init(id: "c3", operation: "resume", evidence: #""kind":"reply""#))
    #expect(try exposure(resumed).end == .askedOtherwise("resume"))
    #expect(try exposure(resumed).to == Records.time(8))
  }

  private func exposure(_ records: Records, from seconds: Double = 0) throws -> Exposure {
    let account = records.account()
    let command = try #require(account.notConfirmed.first)
    let exposure = try #require(account.exposure(of: command))
    #expect(exposure.from == Records.time(seconds))
    return exposure
  }

  @Test func `causes and advice are those that the entry says, whatever they are`() throws {
    var records = Records()
    records.command(
      at: 0,
      .init(
        grade: "rejected",
        more:
          #""advice":"E77: wait","causes":[{"cause":"of-tomorrow","meaning":"m","remedy":"r"}],"#,
        evidence: #""kind":"reply","statusCode":403,"message":"x","lookFailure":"no answer""#))
    let command = try #require(records.account().notConfirmed.first)
    #expect(records.page().contains("<dt>Looked</dt><dd>in vain: <bdi>no answer</bdi></dd>"))
    #expect(command.causes.map(\.meaning) == ["m"] && command.causes.map(\.remedy) == ["r"])
    let page = records.page()
    #expect(page.contains("<dt>The route says</dt><dd><bdi>E77: wait</bdi></dd>"))
    #expect(page.contains("<li>m. <b>To do:</b> r.</li>"))
  }

  @Test func `the likely causes come from the record, with commitments in it or without`() throws {
    var records = Records()
    records.command(
      at: 0,
      .init(
        grade: "rejected",
        evidence: #""kind":"reply","statusCode":403,"message":"x","#
          + #""recordingFile":{"commitment":"00ff00ff00ff00ff"}"#))
    let command = try #require(records.account().notConfirmed.first)
    #expect(command.causes.first?.meaning == Cause.missingPermission.meaning)
    #expect(command.file?.shown == "kept as a commitment (00ff00ff00ff…)")
  }

  @Test func `with one call only what concerns it is told`() {
    var records = Records()
    records.command(at: 0)
    records.command(at: 1, .init(id: "c2", call: "other"))
    records.gap(from: 0.05, to: 2, isClosed: true)
    records.gap(from: 500, to: 600, isClosed: true)
    let account = records.account(Scope(call: "5f2c"))
    #expect(account.commands.map(\.id) == ["c1"])
    #expect(account.calls.count == 1)
    #expect(account.entryCount == 3)
    #expect(account.happenings(.gap).map(\.entry) == [7])
  }

  @Test func `latencies are told by nearest rank`() {
    var records = Records()
    for index in 1...200 {
      records.command(at: Double(index), .init(id: "c\(index)", lasts: Double(index) / 1_000))
    }
    let latencies = records.account().latencies
    #expect(latencies.percentile(50) == 100_000)
    #expect(latencies.percentile(95) == 190_000)
    #expect(latencies.percentile(99) == 198_000)
    #expect(latencies.slowest == 200_000)
    #expect(Records().account().latencies.percentile(50) == nil)
  }

  @Test func `numbers that the store does not have are named`() {
    var records = Records()
    for second in 0..<6 { records.command(at: Double(second), .init(id: "c\(second)")) }
    var builder = AccountBuilder(Scope())
    for entry in records.entries where ![1, 2, 7, 10, 11].contains(entry.number) {
      builder.take(entry)
    }
    #expect(builder.finished().missing == [1...2, 7...7, 10...11])
  }
}
