import Bridge
import Evidence
import JSON
import Store
import TestSupport
import Testing

@testable import Daemon

/// Which entries an export holds, an erasure reaches and a report of one call tells of.
///
/// Mutations tried, each found: the whole record is searched for the call's id; a record that is
/// not what was hashed is passed over; the first page alone.
struct EntriesOfCallTests {
  private func record(
    _ number: Int64, type: String = "recbridge.look.v1", _ members: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("cursor", "s.\(number)")
        writer.member("type", type)
        writer.member("time", "2026-11-26T01:30:00.000000Z")
        members(&writer)
      }
    }
  }

  /// Each record with its event, in one commit.
  private func withStore(
    _ records: [[UInt8]], withValues: Set<Int> = [], _ body: (Store) throws -> Void
  ) throws {
    try withFolder { folder in
      let store = try Store.open(
        at: "\(folder)/store.db", access: .writing(identityIfNew: "s", EntryHashing.hasher))
      defer { store.close() }
      try store.commit(
        try records.enumerated().flatMap { index, record in
          var entry = try #require(StoredEntry(record: record))
          if withValues.contains(index + 1) {
            entry.clearValues = [
              StoredClearValue(offset: 1, field: "phoneNumbers", salt: [1], value: [34, 34])
            ]
          }
          return [Change.event(event(Int64(index) + 1)), .entry(entry)]
        })
      try body(store)
    }
  }

  private func event(_ sequence: Int64) -> StoredEvent {
    StoredEvent(
      sequence: sequence, type: "recbridge.look.v1", agent: "alice", call: nil,
      wallMicroseconds: 1, line: Array("{}".utf8))
  }

  private func garble(_ store: Store, entry number: Int64) throws {
    try damage(
      store: store.path, "entries",
      set: "record = CAST(replace(CAST(record AS TEXT), 'c1', 'c2') AS BLOB)",
      where: "number = \(number)")
  }

  @Test(arguments: ["5f2c", "a \"quoted\" \\ call", "line\nbreak", "\u{E9}\u{1F4DE}", ""])
  func `an id is found whatever stands in it, and nobody else's`(call: String) throws {
    let records = [
      record(1) { $0.member("call", call) },
      record(2) { $0.member("call", call + "x") },
      // The platform's bytes may name it.
      record(3) { writer in
        writer.member("call", "another")
        writer.member("raw", object: { $0.member("call", call) })
      },
      record(4) { $0.member("x", call) },
      record(5) { writer in
        writer.member("clock", object: { $0.member("call", "no") })
        writer.member("call", call)
      },
    ]
    try withStore(records) { store in
      let found = try EntriesOfCall(call).everything(in: store)
      #expect(found.numbers == [1, 5])
      #expect(found.entries.map(\.record) == [records[0], records[4]])
      #expect(found.unreadable == [])
    }
  }

  @Test func `pages follow each other without a gap, and large records make them short`() throws {
    let large = String(repeating: "x", count: 600_000)
    let records = (1...400 as ClosedRange<Int64>).map { number in
      record(number) { writer in
        writer.member("call", number % 3 == 0 ? "c1" : "c2")
        if number <= 4 { writer.member("raw", large) }
      }
    }
    try withStore(records) { store in
      var pages: [Int64] = []
      var found: [Int64] = []
      while let page = try EntriesOfCall("c1").page(after: pages.last ?? 0, in: store) {
        pages.append(page.through)
        found += page.numbers
      }
      #expect(found == (1...400).filter { $0 % 3 == 0 })
      #expect(pages.prefix(2) == [2, 4] && pages.last == 400 && pages.count > 4)
    }
  }

  @Test func `a record that is not what was hashed is named: it may be about any call`() throws {
    let records = (1...3 as ClosedRange<Int64>).map { number in
      record(number) { $0.member("call", "c1") }
    }
    try withStore(records) { store in
      try garble(store, entry: 2)
      let found = try EntriesOfCall("c1").everything(in: store)
      #expect(found.numbers == [1, 3])
      #expect(found.unreadable == [2])
    }
  }

  /// What an erasure does to the entries of a call, until it is through.
  private func erase(_ call: String, unreadable: Int = 0, _ store: Store) throws -> [Removal] {
    let sequence = store.lastSequence + 1
    let asked = record(sequence, type: "recbridge.erasure.v1") { $0.member("call", call) }
    try store.commit([.event(event(sequence)), .entry(try #require(StoredEntry(record: asked)))])
    var work = try ErasureWork(StoredErasure(sequence: sequence, call: call), store)
    var removals: [Removal] = []
    while true {
      switch try work.next(store) {
      case .step(let more)?: removals += more
      case .erased(_, _, let tally)?:
        #expect(tally.unreadable == unreadable)
        return removals
      default: continue
      }
    }
  }

  /// Mutation tried, found: values of a record that cannot be read are passed over.
  @Test func `an erasure does not end while nobody can tell whose values are left`() throws {
    let records = (1...300 as ClosedRange<Int64>).map { number in
      record(number) { $0.member("call", number % 2 == 0 ? "c1" : "c2") }
    }
    try withStore(records, withValues: [7, 280]) { store in
      #expect(try erase("c1", store) == [.values(ofEntries: 280...280, nil)])
      #expect(try erase("c2", store) == [.values(ofEntries: 7...7, nil)])
      // Without values there is nothing to be taken out, whatever it is about; it is told.
      try garble(store, entry: 6)
      #expect(try erase("c1", unreadable: 1, store) == [.values(ofEntries: 280...280, nil)])
      try garble(store, entry: 280)
      let error = try #require(throws: StoreError.self) { try erase("c2", store) }
      #expect(error.subject == "entries 280" && error.kind == .damaged)
    }
  }

  /// Somebody took the record and left what opens it, or put the erasure there himself.
  @Test func `values without a record, and an erasure that nobody asked for, are told of`() throws {
    let records = (1...3 as ClosedRange<Int64>).map { number in
      record(number) { $0.member("call", "c1") }
    }
    try withStore(records, withValues: [2]) { store in
      try damage(store: store.path, "entries", set: "record = x''", where: "number = 2")
      #expect(try EntriesOfCall("c1").everything(in: store).unreadable == [2])
      let error = try #require(throws: StoreError.self) { try erase("c1", store) }
      #expect(error.subject == "entries 2")
      for asked in [StoredErasure(sequence: 1, call: "c1"), .init(sequence: 4, call: "c9")] {
        let error = try #require(throws: StoreError.self) { try ErasureWork(asked, store) }
        #expect(error.subject == "erasures \(asked.sequence)")
      }
    }
  }
}
