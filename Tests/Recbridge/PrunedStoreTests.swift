import Daemon
import Evidence
import JSON
import TestSupport
import Testing

/// What the commands say of a store of which retention has taken records: nobody knows any more
/// what these told, so nobody may say that they told of nothing.
///
/// Mutations tried, each found: pruned entries not counted into the account; the verified sentence
/// counting them among the hashed; an empty record behind the bound taken for a pruned one.
@Suite struct PrunedStoreTests {
  @Test func `a report says how many entries have no record, and claims nothing of them`() throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder)
      let ended = try recbridge([
        "audit", "report", "--store", store.path, "--from", "2026-11-01", "--to", "2026-11-02",
        "--key", store.key.verifier.description, "--html", "\(folder)/r.html", "--csv",
        "\(folder)/r.csv", "--json", "\(folder)/r.json",
      ])
      #expect(ended.code == 0, "\(ended)")
      let lack = "2 of the 2 entries of the period have no record"
      #expect(
        ended.out.contains(
          "r.html: 0 commands on 0 calls, 0 not confirmed; \(lack): what they told is not in it"),
        "\(ended)")
      let page = try #require(readText("\(folder)/r.html"))
      let said = try #require(page.firstRange(of: "<strong>\(lack).</strong>"))
      let summary = try #require(page.firstRange(of: "1. Summary"))
      #expect(said.upperBound < summary.lowerBound)
      #expect(page.contains("4 entries 2 could be hashed again; the records of 2 are pruned"))
      #expect(page.contains("Among the records that are left none tells of any: no gap"))
      for claim in [
        "there is nothing to list", "All that this report tells is signed",
        "No entry of the period",
        "No command was confirmed", "4 entries were hashed", "would have said so at the top",
      ] {
        #expect(!page.contains(claim), "\(claim)")
      }
      let object = try JSONValue.parse(Array((readText("\(folder)/r.json") ?? "").utf8))
      #expect(object["entries"]?["countOfAll"]?.integer == 2)
      #expect(object["entries"]?["pruned"]?.integer == 2)
      #expect(object["verification"]?["pruned"]?.integer == 2)
      let table = try #require(readText("\(folder)/r.csv"))
      #expect(table.contains("\r\npruned,2026-11-01T12:00:00.000000Z,") && table.contains("1 to 2"))
    }
  }

  @Test func `a report of one call says that pruned entries may have been about it`() throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder)
      let ended = try recbridge([
        "audit", "report", "--store", store.path, "--call", "call-2", "--html", "\(folder)/r.html",
        "--csv", "\(folder)/r.csv", "--key", store.key.verifier.description,
      ])
      #expect(ended.code == 0, "\(ended)")
      #expect(ended.out.contains("1 command on 1 call, 1 not confirmed; 2 of the 4 entries"))
      let page = try #require(readText("\(folder)/r.html"))
      #expect(page.contains("whether it was about this call nobody knows"))
      #expect(readText("\(folder)/r.csv")?.contains("\r\npruned,") == true)
    }
  }

  @Test func `of a call whose records are pruned nobody says that no entry was about it`() throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder)
      let said =
        "no entry that is left is about call call-1; 2 records were pruned by retention, and nobody"
        + " can tell any more what about"
      for arguments in [
        ["report", "--html", "\(folder)/r.html"], ["export", "--to", "\(folder)/export"],
      ] {
        let ended = try recbridge(
          ["audit"] + arguments + ["--call", "call-1", "--store", store.path])
        #expect(ended.code == 65, "\(ended)")
        #expect(ended.err.contains(said), "\(ended)")
      }
    }
  }

  @Test func `the list says that what pruned records told is gone`() throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder, through: 3)
      let listed = try recbridge(["audit", "list", "--store", store.path])
      #expect(listed.code == 0)
      let gone = "3 records were pruned by retention: what they told is gone"
      #expect(
        listed.lines == [
          "among the records that are left none tells of a Stop or Pause that has ended", gone,
        ])
      let json = try recbridge(["audit", "list", "--json", "--store", store.path])
      #expect(json.code == 0 && json.out == "" && json.err.contains(gone), "\(json)")
      let all = try recbridge(["audit", "list", "--all", "--store", store.path])
      #expect(all.lines.contains { $0.contains("recbridge.retention.v1") }, "\(all)")
      #expect(all.lines.contains(gone) && all.code == 0)
    }
  }

  @Test(arguments: [
    ("x'ff7b00'", "its record is not JSON at byte 0"),
    ("x''", "its record is missing, and retention did not take it"),
    ("CAST('[1]' AS BLOB)", "its record is no JSON object"),
    ("CAST('{\"grade\":\"satisfied\"}' AS BLOB)", "its record is not what was hashed"),
  ])
  func `the list names an entry that cannot be read, and lists the others`(
    record: String, why: String
  ) throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder)
      // Without and with --all.
      for (arguments, number, left) in [([], 4, "c2"), (["--all"], 3, "recbridge.retention.v1")] {
        let copy = "\(folder)/copy\(number).db"
        try sqlite("VACUUM INTO '\(copy)'", store.path, in: folder)
        try sqlite(
          "UPDATE entries SET record = \(record)"
            + " WHERE number = \(number)", copy, in: folder)
        let listed = try recbridge(["audit", "list", "--store", copy] + arguments)
        #expect(listed.code == 65, "\(listed)")
        #expect(listed.err.contains("entry \(number) cannot be read: \(why)"), "\(listed)")
        #expect(listed.out.contains(left), "\(listed)")
        #expect(listed.lines.contains("2 records were pruned by retention: what they told is gone"))
      }
    }
  }

  @Test(arguments: ["9223372036854775807", "9000000000000000000", "-9223372036854775808"])
  func `no time that an entry may say ends the program`(time: String) throws {
    try withFolder { folder in
      let store = try PrunedStore(in: folder)
      for number in [1, 3] {
        let copy = "\(folder)/copy\(number).db"
        try sqlite("VACUUM INTO '\(copy)'", store.path, in: folder)
        try sqlite(
          "UPDATE entries SET wall_us = \(time)"
            + " WHERE number = \(number)", copy, in: folder)
        let files = ["html", "csv", "json"].map { "\(copy).\($0)" }
        let ended = try recbridge([
          "audit", "report", "--store", copy, "--html", files[0], "--csv", files[1], "--json",
          files[2], "--key", store.key.verifier.description,
        ])
        // The time of a record that is there is held against its column; of the others nothing is,
        // and then it may be that no daemon seems to have run.
        #expect(ended.code == 65 || number == 1 && ended.code == 0, "\(ended)")
        #expect(ended.out.contains("entry 3: column wall_us says \(time)") == (number == 3))
        #expect(files.allSatisfy { readText($0) != nil })
        let listed = try recbridge(["audit", "list", "--store", copy])
        #expect(listed.code == 0 && listed.out.contains("c2"), "\(listed)")
      }
    }
  }

  /// Changes what the file's own triggers refuse, as whoever means harm would.
  private func sqlite(_ statements: String, _ path: String, in folder: String) throws {
    let child = try ChildProcess(
      "/usr/bin/sqlite3", ["-cmd", ".dbconfig enable_trigger off", path, statements],
      output: .file("\(folder)/out"),
      errors: .file("\(folder)/errors"))
    #expect(child.wait() == 0, "\(readText("\(folder)/errors") ?? "")")
  }
}
