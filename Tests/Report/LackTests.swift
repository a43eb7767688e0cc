import Commands
import JSON
import Testing

@testable import Report

/// What a page says of entries that have no record, and of numbers that no daemon writes.
///
/// Mutations tried, each found: times taken as they are; a negative latency spoken as it is.
@Suite struct LackTests {
  private static let sections: [(PageSection, String)] = [
    (.notConfirmed, "tells of a Stop or a Pause that ended in the period."),
    (.confirmed, "tells that a command was confirmed."), (.calls, "is about a call."),
    (.happenings, "tells of any: no gap, no outage"),
  ]

  @Test func `no section of a pruned period says that there was nothing`() throws {
    var records = Records()
    records.add("daemon", at: 0, #""action":"started","site":"hq""#)
    for second in 1...13 {
      records.add(type: "recbridge.command.v1", at: Records.time(Double(second)), [])
    }
    var found = Verification()
    found.keys = [.init(name: "k", text: "k+00000000+AAAA", fingerprint: "f00f")]
    (found.size, found.signedSize, found.prunedCount) = (56, 56, 13)
    let text = try ReadPage(records.page(Scope(), found)).text
    let lack = try #require(
      text.firstRange(of: "13 of the 14 entries of the period have no record"))
    let summary = try #require(text.firstRange(of: "1. Summary"))
    #expect(lack.upperBound < summary.lowerBound)
    #expect(text.contains("Of the store's 56 entries 43 could be hashed again; the records of 13"))
    #expect(text.contains("All that is told of records that are left is signed."))
    for (section, claim) in Self.sections {
      #expect(text.contains("Among the records that are left none \(claim)"), "\(section)")
      #expect(!text.contains("No entry of the period \(claim)"), "\(section)")
    }
    #expect(!text.contains("there is nothing to list"))
    // Of a call that is named elsewhere only, they may tell as well.
    let other = try ReadPage(records.page(Scope(call: "5f2c"), found)).text
    #expect(other.contains("13 of the 14 entries of the period have no record"))
    #expect(other.contains("Among the records that are left none is about this call."))
  }

  @Test func `a Stop that is left is told of as one of those that are left`() {
    var records = Records()
    records.add(type: "recbridge.gap.v1", at: Records.time(0), [])
    records.command(at: 1)
    let page = records.page()
    #expect(page.contains("1 of the 4 entries of the period has no record"))
    #expect(page.contains("ended in the period, as the records that are left tell, none is left"))
    #expect(page.contains("The records that are left tell of 1 call and 1 command."))
  }

  @Test(arguments: [Int64.max, 9_000_000_000_000_000_000, .min])
  func `a time that no calendar has is drawn at the end of the calendar`(micros: Int64) throws {
    var records = Records()
    records.recording(at: 0, "Stopped", "Recording")
    records.command(at: 1)
    let far = ReportEntry(
      number: 5, type: "recbridge.recording.v1", time: .microseconds(micros),
      record: Array(
        #"{"agent":"alice","call":"5f2c","from":"Recording","to":"Stopped"}"#.utf8))
    records.add(type: far.type, at: .microseconds(micros), far.record)
    let page = try ReadPage(records.page())
    #expect(page.text.contains(micros > 0 ? "9999-12-31 23:59:59" : "0000-01-01 00:00:00"))
    for bytes in [
      CSVReport(records.account()).bytes, JSONReport(records.account(), from: .made()).bytes,
    ] {
      #expect(!bytes.isEmpty)
    }
  }

  @Test(arguments: ["-9.2e15", "9.2e15", "1e300", "-1", "0.0001"])
  func `numbers that no daemon writes end nothing`(number: String) throws {
    var records = Records()
    let start = #""action":"started","heartbeatMs":9223372036854775807,"agents":["a"]"#
    records.add("daemon", at: 0, start)
    for index in 1...60 {
      let story = Records.Story(
        id: "c\(index)", grade: index % 2 == 0 ? "confirmed.notified" : "unconfirmed")
      let move = Records.move(story, "final", asked: Double(index))
        .replacing(#""latencyMs":100.0"#, with: #""latencyMs":\#(number)"#)
        .replacing(#""attempts":1"#, with: #""attempts":-9223372036854775808"#)
        .replacing(Records.text(Double(index)), with: "0000-01-01T00:00:00.000000Z")
      #expect(index % 2 == 1 || move.contains(number))
      records.add("command", at: Double(index), move)
    }
    records.add(
      "outage", at: 70, #""reason":"full","lostRecords":9223372036854775807,"commands":[1]"#)
    records.add("retention", at: 71, #""action":"ended","removedEvents":9223372036854775807"#)
    // Thirty exposures of two thousand years each.
    let page = try ReadPage(records.page())
    #expect(page.text.contains("1 command moved meanwhile and was entered afterwards"))
    #expect(!JSONReport(records.account(), from: .made()).bytes.isEmpty)
    #expect(!CSVReport(records.account()).bytes.isEmpty)
  }

  @Test func `microseconds end at the longest`() {
    #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
    #expect(Duration.microseconds(Int64.max).wholeMicroseconds == .max)
    #expect(Duration.microseconds(Int64.min).wholeMicroseconds == .min)
    #expect((Duration.microseconds(Int64.max) + .seconds(1)).wholeMicroseconds == .max)
    #expect(Duration.nanoseconds(-1_999).wholeMicroseconds == -1)
    #expect(Spoken.duration(Int64.min) == "-\(Spoken.duration(Int64.max))")
  }
}
