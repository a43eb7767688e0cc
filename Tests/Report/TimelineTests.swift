import Commands
import Testing

@testable import Report

/// How a call's recording is drawn over its time.
///
/// Mutations tried, each found: a gap that was closed leaves its call unknown; what the first change
/// changed is drawn before a look.
@Suite struct TimelineTests {
  private func timeline(_ records: Records, _ scope: Scope = Scope()) throws -> Timeline {
    let account = records.account(scope)
    let call = try #require(account.calls.first)
    return Timeline(of: call, in: account)
  }

  private func words(_ bands: [Timeline.Band]) -> [String] {
    bands.map { "\($0.meaning.name) \(seconds($0.from))-\(seconds($0.to))" }
  }

  private func seconds(_ time: Duration) -> String {
    let tenths = (time - Records.start).wholeMicroseconds / 100_000
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  @Test func `states follow the changes, and begin with what the first one changed`() throws {
    var records = Records()
    records.recording(at: 10, "Stopped", "Recording")
    records.command(at: 20, .init(operation: "pause", evidence: #""kind":"notification""#))
    records.recording(at: 20.1, "Recording", "Paused", command: "c1")
    records.recording(at: 30, "Paused", "Stopped")
    let timeline = try timeline(records)
    #expect(
      words(timeline.bands)
        == ["Stopped 9-10", "Recording 10-20.1", "Paused 20.1-30", "Stopped 30-31"])
    #expect(timeline.covers == [])
  }

  @Test func `a Stop that nothing shows makes the rest unknown, until the next sight`() throws {
    var records = Records()
    records.recording(at: 0, "Stopped", "Recording")
    records.command(
      at: 10,
      .init(grade: "unconfirmed", lasts: 10, evidence: #""kind":"deadline","state":"Recording""#))
    records.recording(at: 40, "Recording", "Stopped")
    #expect(words(try timeline(records).covers) == ["unknown 10-40"])
  }

  @Test func `before the first look nothing is drawn, and between looks what they show`() throws {
    let ignored = try timeline(.ignored(at: 10))
    #expect(words(ignored.bands) == ["not told 9.5-10", "Recording 10-20.5"])
    #expect(words(ignored.covers) == ["unknown 10-10", "unknown 19.9-20.5"])
    // What a command came to is no sign of what was before.
    var records = Records()
    records.add(
      "command", at: 10,
      Records.move(.init(), "issued", asked: 10).replacing(
        #""kind":"reply","statusCode":0"#, with: #""kind":"knowledge""#))
    records.look(at: 10.1, "Recording")
    records.look(at: 14, "Stopped")
    records.recording(at: 14, "Recording", "Stopped", command: "c1")
    records.add(
      "command", at: 14,
      Records.move(
        .init(
          grade: "confirmed.polled", lasts: 4,
          evidence: #""kind":"look","event":4,"state":"Stopped""#
        ), "final", asked: 10))
    #expect(
      words(try timeline(records).bands)
        == ["not told 9.6-10.1", "Recording 10.1-14", "Stopped 14-14.4"])
  }

  @Test func `what was known when a command was asked for is drawn from then on`() throws {
    var records = Records()
    records.add(
      "command", at: 10,
      Records.move(.init(grade: "unconfirmed"), "issued", asked: 10).replacing(
        #""kind":"reply","statusCode":0"#,
        with: #""kind":"knowledge","event":2,"state":"Recording""#
      ))
    records.recording(at: 13, "Recording", "Stopped")
    #expect(
      words(try timeline(records).bands)
        == ["not told 9.6-10", "Recording 10-13", "Stopped 13-13.4"])
  }

  @Test func `a gap covers what it may have hidden, and what follows if nothing closed it`() throws
  {
    for (isClosed, covers) in [
      (true, ["gap 10-20"]), (false, ["unknown 20-40", "gap 10-20"]),
    ] {
      var records = Records()
      records.recording(at: 0, "Stopped", "Recording")
      records.gap(from: 10, to: 20, isClosed: isClosed)
      records.recording(at: 40, "Recording", "Stopped")
      #expect(words(try timeline(records).covers) == covers)
    }
  }

  @Test func `a call that crosses the period's edges is drawn within them`() throws {
    var records = Records()
    records.recording(at: -50, "Stopped", "Recording")
    records.command(
      at: -1, .init(operation: "pause", lasts: 3, evidence: #""kind":"notification""#))
    records.recording(at: 2, "Recording", "Paused", command: "c1")
    records.command(at: 58, .init(id: "c2", grade: "unconfirmed", lasts: 10))
    let scope = Scope(from: Records.time(0), to: Records.time(60))
    let timeline = try timeline(records, scope)
    #expect(timeline.beginsBefore)
    #expect(words(timeline.bands).map { $0.prefix { $0 != " " } } == ["Recording", "Paused"])
    #expect(timeline.start > Records.time(-5) && timeline.end < Records.time(65))
  }

  @Test func `the band ends where the call ended`() throws {
    var records = Records()
    records.recording(at: 0, "Stopped", "Recording")
    records.command(
      at: 10, .init(grade: "implied.released", lasts: 2, evidence: #""kind":"release""#))
    records.add("disagreement", at: 20, #""agent":"alice","call":"5f2c","witnesses":{}"#)
    #expect(words(try timeline(records).bands).last == "Recording 0-12")
  }

  @Test func `ticks are round and few, however long the call`() {
    for span in [0.8, 3, 45, 600, 7_000, 90_000, 3_000_000] {
      let axis = TimeAxis(from: Records.time(0.3), to: Records.time(0.3 + span))
      #expect((1...5).contains(axis.ticks.count), "\(span)")
      #expect(axis.ticks.allSatisfy { !$0.text.isEmpty })
    }
  }
}
