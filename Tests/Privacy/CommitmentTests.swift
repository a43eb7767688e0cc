import Evidence
import JSON
import Privacy
import Testing

/// What leaves the audit's records, and comes back.
struct CommitmentTests {
  /// Every wire variant that is known, as the witness of an entry.
  @Test func `nothing personal is left in a record, whatever the variant`() throws {
    let files = try fixtures()
    try #require(files.count > 10)
    for (file, data) in files {
      var commitments = commitments()
      let committed = commitments.commit(record(data))
      let left = text(committed.record)
      for number in ["15000", "15001", "15002", "5000", "5001", "1002", "1003", "+1"] {
        #expect(!left.contains("\"\(number)\""), "\(file) \(left)")
        #expect(!left.contains("_\(number)"), "\(file) \(left)")
      }
      #expect(!left.contains("GSIP_REC_FN") && !left.contains("IW_CaseUid"), "\(file) \(left)")
      #expect(Restoration.commitmentCount(committed.record) == committed.values.count)
      #expect(Erasure.clearCount(committed.record) == 0, "\(file) \(left)")
      let parsed = try JSONValue.parse(committed.record)
      let before = try JSONValue.parse(record(data))
      #expect(parsed["raw"]?["call"]?["id"] == before["raw"]?["call"]?["id"])
      #expect(
        parsed["raw"]?["call"]?["recordingState"] == before["raw"]?["call"]?["recordingState"])
    }
  }

  @Test func `what was committed is put back byte for byte, and nothing else is`() throws {
    for (file, data) in try fixtures() {
      var commitments = commitments()
      let committed = commitments.commit(record(data))
      let restored = Restoration.restore(committed.record, committed.values, sha256: hash)
      #expect(restored == record(data), "\(file)")
    }
    for seed in 0..<seedCount {
      var random = RandomRecord(seed: UInt64(seed))
      let original = Array(random.text().utf8)
      var commitments = commitments(seed: UInt8(truncatingIfNeeded: seed))
      let committed = commitments.commit(original)
      let restored = Restoration.restore(committed.record, committed.values, sha256: hash)
      #expect(restored == original, "seed \(seed): \(text(original))")
      // Some erased, the others still fit.
      let some = committed.values.filter { $0.place % 2 == 0 }
      #expect(Restoration.restore(committed.record, some, sha256: hash) != nil, "seed \(seed)")
    }
  }

  @Test func `the word of the second witness stays to be seen`() {
    for (userData, word) in [
      (#"{"GSIP_RECORD":"PAUSED","name":"Eve"}"#, #""PAUSED""#),
      (
        #"[{"key":"GSIP_RECORD","type":"str","value":"OFF"},"#
          + #"{"key":"n","type":"str","value":"Eve"}]"#,
        #""OFF""#
      ),
    ] {
      var commitments = commitments()
      let record = Array(#"{"raw":{"call":{"userData":\#(userData)}}}"#.utf8)
      let committed = commitments.commit(record)
      #expect(text(committed.record).hasSuffix(#"","GSIP_RECORD":\#(word)}}}}"#))
      #expect(!text(committed.record).contains("Eve"))
      #expect(Restoration.restore(committed.record, committed.values, sha256: hash) == record)
    }
  }

  /// Somebody may put anything there. Mutations tried: a word of any length, and one of any kind.
  @Test func `what stands in the second witness's place and is no word of it is kept out`() {
    for word in [#""Eve lives at 1 Long Street""#, #"{"n":"Eve"}"#, "15001", "null"] {
      for userData in [
        #"{"GSIP_RECORD":\#(word)}"#,
        #"[{"key":"GSIP_RECORD","type":"str","value":\#(word)}]"#,
      ] {
        var commitments = commitments()
        let record = Array(#"{"raw":{"call":{"userData":\#(userData)}}}"#.utf8)
        let committed = commitments.commit(record)
        #expect(!text(committed.record).contains("GSIP_RECORD"), "\(userData)")
        #expect(!text(committed.record).contains(word), "\(userData)")
        #expect(Restoration.restore(committed.record, committed.values, sha256: hash) == record)
      }
    }
  }

  /// Mutation tried: pairs are not known by their keys.
  @Test func `a pair of Workspace v3 counts as what its key names`() {
    var files = commitments(PrivacySettings(fields: [.fileNames: .seconds(1)]))
    let committed = files.commit(
      Array(
        (#"{"userData":[{"key":"GSIP_REC_FN","type":"str","value":"f_15001"},"#
          + #"{"key":"other","type":"str","value":"g"}],"key":"GSIP_REC_FN","value":"h"}"#).utf8))
    #expect(committed.values.map { text($0.value) } == [#""f_15001""#])
  }

  /// As some switches write them. Mutation tried: a number is nobody's.
  @Test func `a phone number may be a number, too`() {
    var commitments = commitments()
    let record = Array(#"{"ani":15001,"participants":[15002,{"digits":1.5e4}]}"#.utf8)
    let committed = commitments.commit(record)
    #expect(committed.values.map { text($0.value) } == ["15001", "15002", "1.5e4"])
    #expect(Restoration.restore(committed.record, committed.values, sha256: hash) == record)
  }

  @Test func `only the fields that are set are kept out`() {
    let record = Array(
      #"{"recordingFile":"f","raw":{"dnis":"15001","userData":{"GSIP_REC_FN":"f","a":"b"}}}"#.utf8)
    var files = commitments(PrivacySettings(fields: [.fileNames: .seconds(1)]))
    let withoutFiles = files.commit(record)
    #expect(withoutFiles.values.map { text($0.value) } == [#""f""#, #""f""#])
    #expect(text(withoutFiles.record).contains(#""dnis":"15001""#))
    var none = commitments(PrivacySettings())
    #expect(none.commit(record) == Commitments.Committed(record: record, values: []))
  }

  /// The bytes may hold any field, so they go with the one that goes first.
  @Test func `bytes that nobody could read are kept out, and their hash`() {
    var commitments = commitments()
    let record = Array(
      #"{"type":"recbridge.quarantine.v1","reason":"r","sha256":"ab","bytes":"MTUwMDE="}"#.utf8)
    let committed = commitments.commit(record)
    #expect(committed.values.map(\.field) == [.userData, .userData])
    #expect(!text(committed.record).contains("MTUwMDE="))
  }

  @Test func `the commitment is SHA-256 of the salt and the exact value, and no two are alike`()
    throws
  {
    var commitments = commitments()
    let committed = commitments.commit(Array(#"{"ani":"1","dnis":"1"}"#.utf8))
    let parsed = try JSONValue.parse(committed.record)
    for (name, value) in zip(["ani", "dnis"], committed.values) {
      #expect(value.salt.count == Salts.sizeBytes)
      let expected = Base64.text(hash(value.salt + value.value))
      #expect(parsed[name]?["commitment"]?.string == expected)
    }
    #expect(committed.values[0].salt != committed.values[1].salt)
    #expect(parsed["ani"] != parsed["dnis"])
  }

  @Test func `a value that is not what was committed does not open it`() {
    var commitments = commitments()
    let committed = commitments.commit(Array(#"{"ani":"15001"}"#.utf8))
    let value = committed.values[0]
    let forged = ClearValue(
      place: value.place, field: value.field, salt: value.salt, value: Array(#""15002""#.utf8))
    let moved = ClearValue(
      place: value.place + 1, field: value.field, salt: value.salt, value: value.value)
    let beyond = ClearValue(
      place: 1_000, field: value.field, salt: value.salt, value: value.value)
    #expect(Restoration.opens(value, in: committed.record, sha256: hash))
    for other in [forged, moved, beyond] {
      #expect(!Restoration.opens(other, in: committed.record, sha256: hash))
      #expect(Restoration.restore(committed.record, [other], sha256: hash) == nil)
    }
    // Once there is enough.
    #expect(Restoration.restore(committed.record, [value, value], sha256: hash) == nil)
  }
}

struct ErasureTests {
  private static let line = Array(
    (#"{"specversion":"1.0","id":"s.1","subject":"c1","data":{"agent":"alice","call":"#
      + #"{"id":"c1","ani":"15000","participants":["15001",{"phoneNumber":"15002"}],"#
      + #""recordingFile":"c1_15000"},"#
      + #""raw":{"userData":{"GSIP_RECORD":"ON","name":"Eve"}}}}"#).utf8)

  @Test func `a line keeps its envelope and loses what is personal`() throws {
    let erased = Erasure.erase(Self.line, Set(PersonalField.allCases), unread: .userData)
    let left = text(erased)
    for personal in ["15000", "15001", "15002", "Eve"] { #expect(!left.contains(personal)) }
    let value = try JSONValue.parse(erased)
    #expect(value["id"]?.string == "s.1")
    #expect(value["data"]?["call"]?["ani"]?.string == "(erased)")
    #expect(value["data"]?["raw"]?["userData"]?["GSIP_RECORD"]?.string == "ON")
    #expect(Erasure.erase(erased, Set(PersonalField.allCases), unread: .userData) == erased)
  }

  /// Mutation tried: it stays as it is.
  @Test func `of a line that nobody can read nothing stays`() {
    let half = Array(#"{"id":"s.1","data":{"ani":"15000""#.utf8)
    let erased = Erasure.erase(half, [.userData], unread: nil)
    #expect(text(erased) == #"{"erased":true}"#)
  }

  @Test func `fields go one after the other, in any order, to the same end`() {
    let whole = Erasure.erase(Self.line, Set(PersonalField.allCases), unread: nil)
    for order in [PersonalField.allCases, PersonalField.allCases.reversed()] {
      var line = Self.line
      for field in order { line = Erasure.erase(line, [field], unread: nil) }
      #expect(line == whole)
    }
  }

  @Test func `any text stays JSON, and no personal value is found in it again`() throws {
    for seed in 0..<seedCount {
      var random = RandomRecord(seed: UInt64(seed))
      let erased = Erasure.erase(
        Array(random.text().utf8), Set(PersonalField.allCases), unread: .userData)
      _ = try JSONValue.parse(erased)
      #expect(Erasure.clearCount(erased) == 0, "seed \(seed): \(text(erased))")
    }
  }
}
