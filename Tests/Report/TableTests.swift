import JSON
import TestSupport
import Testing

@testable import Report

/// The account as CSV and as JSON.
///
/// Mutation tried, and found: `@` lets a formula begin.
@Suite struct TableTests {
  /// The rows as Python's reader finds them, which takes RFC 4180 strictly.
  private func rows(_ records: Records) throws -> [[String]] {
    try withFolder { folder in
      let text = String(decoding: CSVReport(records.account()).bytes, as: UTF8.self)
      try writeText(text, to: "\(folder)/table.csv")
      let script =
        "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline=''),"
        + " strict=True))))"
      let process = try ChildProcess(
        "/usr/bin/env", ["python3", "-c", script, "\(folder)/table.csv"],
        output: .file("\(folder)/out"), errors: .file("\(folder)/errors"))
      let code = process.wait()
      try #require(code == 0, "\(readText("\(folder)/errors") ?? "")")
      let value = try JSONValue.parse(Array((readText("\(folder)/out") ?? "").utf8))
      return value.elements.map { $0.elements.map { $0.string ?? "" } }
    }
  }

  @Test func `each command and each happening is a row, in the order of their times`() throws {
    let account = Records.troubled.account()
    let rows = try rows(.troubled)
    #expect(rows.first == CSVReport.columns)
    #expect(rows.count == 1 + account.commands.count + account.happenings.count)
    #expect(rows.allSatisfy { $0.count == CSVReport.columns.count })
    let times = rows.dropFirst().map { $0[1] }
    #expect(times == times.sorted())
    let refused = try #require(rows.first { $0[5] == "r1" })
    #expect(refused[7] == "not-confirmed")
    let why = try #require(CSVReport.columns.firstIndex(of: "why"))
    #expect(refused[why] == "supervisor told; customer called back")
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\u{FF1D}1", "'\u{FF1D}1"), ("\t=1", #"\u{9}=1"#), ("\r\n=1", #"\u{d}\u{a}=1"#),
    ("a=1", "a=1"), ("5551234", "5551234"), (#"a "b", c"#, #""a ""b"", c""#),
    (#"=cmd|'/c calc'!A1,""#, #""'=cmd|'/c calc'!A1,""""#), ("\u{202E}x", #"\u{202e}x"#), ("", ""),
  ])
  func `a cell is never a formula`(text: String, cell: String) {
    #expect(CSVReport.cell(text) == cell)
  }

  @Test func `the object is as its schema says, empty or full`() throws {
    let schema = try Schema(file: "schemas/report.schema.json")
    var found = Verification()
    found.findings = ["x"]
    let key = Verification.Key(name: "k", text: "k+0+A", fingerprint: "00")
    found.keys = [key]
    found.checkpoint = .init(size: 1, root: "r", signedAt: .zero, note: "n", key: key)
    for records in [Records(), .troubled] {
      for scope in [Scope(), Scope(from: Records.time(0), to: Records.time(2_000), call: "c3")] {
        let bytes = JSONReport(records.account(scope), from: .made(found)).bytes
        let object = try JSONValue.parse(bytes)
        #expect(schema.violations(object) == [])
        #expect(bytes.count { $0 == 0x0A } == 1)
      }
    }
    let object = try JSONValue.parse(JSONReport(Records.troubled.account(), from: .made()).bytes)
    #expect(object["summary"]?["stopsAndPauses"]?["not-confirmed"]?.integer == 3)
    #expect(object["commands"].map { Array($0.elements).count } == 21)
  }

  @Test func `an object that is not as the schema says is found`() throws {
    let schema = try Schema(file: "schemas/report.schema.json")
    let bad = try JSONValue.parse(Array(#"{"format":"x","commands":[{"standing":"sure"}]}"#.utf8))
    let violations = schema.violations(bad)
    #expect(violations.contains { $0.contains("format") })
    #expect(violations.contains { $0.contains("standing is none of the words") })
    #expect(violations.contains { $0.contains("verification is missing") })
  }
}
