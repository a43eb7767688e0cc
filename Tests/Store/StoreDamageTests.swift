import Foundation
import Testing

@testable import Store

/// Damage leads to refusal with a place, never to a silent repair.
struct StoreDamageTests {
  /// A store of some events with one of everything, closed, all in one file.
  private func filled(_ directory: TemporaryDirectory, events: Int64 = 20) throws {
    let store = try openWriter(directory.store)
    try store.commit((1...events).map { .event(event($0)) })
    try store.commit([
      .event(event(events + 1)), .entry(entry(events + 1)), .command(command("m1", sequence: 1)),
      .call(StoredCall(agent: "alice", call: "c1", record: Array("call-record".utf8))),
      .session(StoredSession(agent: "alice", record: Array("session-record".utf8))),
      .group(StoredGroup(name: "g", sequence: 3, wallMicroseconds: 5)),
      .quarantine(
        StoredQuarantine(
          sequence: events + 1, agent: "alice", channel: "/x", reason: "not JSON",
          bytes: Array("<html>".utf8), sizeBytes: 6)),
      .checkpoint(
        StoredCheckpoint(sequence: events + 1, size: 1, wallMicroseconds: 5, note: "signed-note")),
    ])
    store.close()
  }

  /// Flips a bit in every copy of the pattern: pages keep stale copies of rows that moved on.
  private func flip(_ path: String, inside pattern: [UInt8]) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    var count = 0
    while let range = data.range(of: Data(pattern)) {
      data[range.lowerBound + pattern.count / 2] ^= 0x10
      count += 1
    }
    try #require(count > 0)
    try data.write(to: URL(filePath: path))
  }

  private func findings(_ path: String) throws -> [String] {
    try Store.open(at: path, access: .inspecting).fsck().findings.map(\.subject)
  }

  @Test func `one flipped bit in a recent event is named at open, by fsck and when read`() throws {
    let directory = try TemporaryDirectory()
    try filled(directory)
    try flip(directory.store, inside: event(7).line)
    let error = try storeError { _ = try openWriter(directory.store) }
    #expect(error.kind == .damaged)
    #expect(error.subject == "events 7")
    #expect(error.cause.contains("checksum"))
    #expect(error.nextStep.contains("fsck"))
    #expect(try findings(directory.store) == ["events 7"])
    let store = try Store.open(at: directory.store, access: .inspecting)
    // What is before it is given first.
    #expect(try store.events(after: 0, limit: 9).nextAfter == 6)
    #expect(try storeError { _ = try store.events(after: 6, limit: 9) }.subject == "events 7")
  }

  @Test func `a flipped bit in an old event is left to fsck and to whoever reads it`() throws {
    let directory = try TemporaryDirectory()
    try filled(directory, events: 1_500)
    try flip(directory.store, inside: event(7).line)
    let store = try openWriter(directory.store)
    // What is before it is given first.
    #expect(try store.events(after: 0, limit: 9).nextAfter == 6)
    #expect(try storeError { _ = try store.events(after: 6, limit: 9) }.subject == "events 7")
    #expect(try store.events(after: 7, limit: 9).events.count == 9)
    #expect(try store.fsck().findings.map(\.subject) == ["events 7"])
  }

  @Test(arguments: [
    ("session-record", "sessions alice"), ("call-record", "calls alice/c1"),
    ("{\"id\":\"m1\"}", "commands m1"), ("entry 21", "entries 1"),
    ("<html>", "quarantine 21"), ("signed-note", "checkpoints 21"),
  ])
  func `a flipped bit in any other row is named`(text: String, subject: String) throws {
    let directory = try TemporaryDirectory()
    try filled(directory)
    try flip(directory.store, inside: Array(text.utf8))
    #expect(try findings(directory.store) == [subject])
    if subject.hasPrefix("quarantine") {
      let store = try openWriter(directory.store)
      #expect(try storeError { _ = try store.quarantine(after: 0, limit: 1) }.subject == subject)
    } else if subject.hasPrefix("checkpoints") {
      let store = try openWriter(directory.store)
      #expect(try storeError { _ = try store.latestCheckpoint() }.subject == subject)
    } else {
      #expect(try storeError { _ = try openWriter(directory.store) }.subject == subject)
    }
  }

  @Test func `a missing event and a missing entry are named`() throws {
    for (table, row, subject) in [
      ("events", "sequence = 9", "events 9"), ("entries", "number = 1", ""),
    ] {
      let directory = try TemporaryDirectory()
      try filled(directory)
      let second = try openWriter(directory.store)
      try second.commit([.event(event(22)), .entry(entry(22))])
      second.close()
      let trigger = "\(table)_refuse_delete"
      let sql = try #require(
        try Connection(path: directory.store, mode: .readWrite)
          .text("SELECT sql FROM sqlite_schema WHERE name = '\(trigger)'", "x"))
      try edit(
        directory.store, "DROP TRIGGER \(trigger); DELETE FROM \(table) WHERE \(row); \(sql)")
      let expected = subject.isEmpty ? "entries 1" : subject
      #expect(try storeError { _ = try openWriter(directory.store) }.subject == expected)
      #expect(try findings(directory.store).contains(expected))
    }
  }

  @Test func `an entry without its event is found`() throws {
    let directory = try TemporaryDirectory()
    try filled(directory)
    let connection = try Connection(path: directory.store, mode: .readWrite)
    var lone = entry(77)
    lone.number = 2
    let insertion = try connection.prepare(StoredEntry.insertion, "entries")
    lone.bind(to: insertion)
    try insertion.run()
    #expect(try findings(directory.store) == ["entries with event 77"])
  }

  @Test func `a page of zeros is reported and never trusted`() throws {
    let directory = try TemporaryDirectory()
    try filled(directory, events: 900)
    var data = try Data(contentsOf: URL(filePath: directory.store))
    let range = try #require(data.range(of: Data(event(450).line)))
    let page = range.lowerBound / 16_384 * 16_384
    data.replaceSubrange(page..<page + 16_384, with: Data(count: 16_384))
    try data.write(to: URL(filePath: directory.store))
    #expect(try storeError { _ = try openWriter(directory.store) }.kind == .damaged)
    #expect(try !findings(directory.store).isEmpty)
  }

  @Test func `fsck of a sound store counts what it read`() throws {
    let directory = try TemporaryDirectory()
    try filled(directory)
    let report = try Store.open(at: directory.store, access: .inspecting).fsck()
    #expect(report.isSound)
    #expect(
      report.rows == [
        "events": 21, "entries": 1, "checkpoints": 1, "quarantine": 1, "commands": 1, "calls": 1,
        "sessions": 1, "groups": 1, "clear_values": 0, "retention": 0, "erasures": 0,
      ])
    #expect(report.firstSequence == 1)
    #expect(report.lastSequence == 21)
  }
}

struct ChecksumTests {
  private func crc(_ bytes: [UInt8]) -> Int64 {
    var sum = Checksum()
    sum.addBytes(bytes.span)
    return sum.value
  }

  /// The vectors of RFC 3720 appendix B.4, and the usual "123456789".
  @Test func `the checksum is CRC-32C`() {
    #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
    #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(crc((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(crc([]) == 0)
  }

  /// Bit by bit, as RFC 3720 defines it, for each length that a fast loop may treat in its own way.
  @Test func `the checksum of any length is that of its definition`() {
    for count in 0...600 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
      var state: UInt32 = 0xFFFF_FFFF
      for byte in bytes {
        state ^= UInt32(byte)
        for _ in 0..<8 { state = state & 1 == 1 ? 0x82F6_3B78 ^ (state >> 1) : state >> 1 }
      }
      #expect(crc(bytes) == Int64(state ^ 0xFFFF_FFFF), "\(count)")
    }
  }

  @Test func `bytes that move to a neighbouring value change the checksum`() {
    var one = Checksum()
    one.add("ab")
    one.add("c")
    var other = Checksum()
    other.add("a")
    other.add("bc")
    #expect(one.value != other.value)
    var absent = Checksum()
    absent.add(String?.none)
    var empty = Checksum()
    empty.add("")
    #expect(absent.value != empty.value)
  }
}
