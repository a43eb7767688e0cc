import Calls
import JSON
import Testing

@testable import Commands

@Suite struct RecordTests {
  @Test func `a command's record has the documented members and is restored exactly`() throws {
    var bench = Bench()
    let known = Known(
      verdict: .agree(.recording), recordingFile: "f \"0\"", event: 41, isExact: true)
    bench.ask(.stop, key: "order-1", known: known)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    _ = bench.pass(.microseconds(12_345))
    bench.see(.agree(.stopped))
    let command = try #require(bench.ledger.command("k1"))
    #expect(
      String(decoding: record(command), as: UTF8.self)
        == #"{"command":"k1","key":"order-1","agent":"alice","call":"c1","operation":"stop","#
        + #""mode":"send","status":"final","grade":"confirmed.notified","#
        + #""evidence":{"kind":"notification","event":1,"state":"Stopped","#
        + #""recordingFile":"file-1","statusCode":0},"issuedAt":"2027-01-15T08:00:00.000000Z","#
        + #""finalAt":"2027-01-15T08:00:00.012345Z","latencyMs":12.345,"attempts":1,"#
        + #""origin":{"uid":1000,"gid":1000,"name":"eve"}}"#)
    #expect(try roundTrip(command) == command)
  }

  @Test(arguments: [
    ("", "command.command is missing; expected a string"),
    (#""operation":"erase""#, "command.operation is 'erase'; expected one of"),
    (#""operation":"stop","status":"final""#, "command.grade is 'absent'; expected one when final"),
    (
      #""operation":"stop","issuedAt":"today""#, "command.issuedAt is 'today'; expected an RFC 3339"
    ),
    (#""operation":"stop","evidence":7"#, "command.evidence is of type number; expected an object"),
  ])
  func `a damaged record says which member is wrong`(_ change: String, _ complaint: String) throws {
    let base =
      #"{"command":"1","agent":"a","call":"c","mode":"send","status":"issued","#
      + #""evidence":{"kind":"knowledge"},"issuedAt":"2027-01-15T08:00:00.000000Z","#
    let text = change.isEmpty ? "{}" : base + change + "}"
    let error = #expect(throws: MemberError.self) {
      try Command(record: JSONValue.parse(Array(text.utf8)))
    }
    #expect(error?.description.hasPrefix(complaint) ?? false, "\(String(describing: error))")
  }
}

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (1_709_164_800_000_250, "2024-02-29T00:00:00.000250Z"),
      (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
    ] as [(Int64, String)])
  func `an instant has one text`(_ micros: Int64, _ text: String) {
    #expect(Timestamp.text(.microseconds(micros)) == text)
    #expect(Timestamp.parse(text) == .microseconds(micros))
  }

  @Test func `an instant outside the years of RFC 3339 is written as the nearest inside`() {
    #expect(Timestamp.text(.seconds(1 << 40)) == "9999-12-31T23:59:59.999999Z")
    #expect(Timestamp.text(.seconds(-1 << 40)) == "0000-01-01T00:00:00.000000Z")
  }

  @Test(arguments: [
    "", "2027-01-15", "2027-01-15T08:00:00Z", "2027-13-15T08:00:00.000000Z",
    "2027-02-29T08:00:00.000000Z", "2027-01-15T24:00:00.000000Z", "2027-01-15T08:60:00.000000Z",
    "2027-01-15 08:00:00.000000Z", "2027-01-15T08:00:00.00000aZ", "2027-00-15T08:00:00.000000Z",
  ])
  func `a text that we did not write is no instant`(_ text: String) {
    #expect(Timestamp.parse(text) == nil)
  }

  @Test func `a hundred thousand random instants are read back as they were`() {
    var random = SplitMix(seed: 7)
    for _ in 0..<100_000 {
      let micros = Int64.random(
        in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random)
      let instant = Duration.microseconds(micros)
      guard Timestamp.parse(Timestamp.text(instant)) == instant else {
        Issue.record("\(micros) became \(Timestamp.text(instant))")
        return
      }
    }
  }
}
