import Evidence
import Foundation
import Testing

@testable import Store

/// What may be taken out of the file, and what is left of it there.
struct StoreRemovalTests {
  private static let secret = "4987654321"

  private func filled(_ path: String, _ settings: StoreSettings = StoreSettings()) throws -> Store {
    let store = try openWriter(path, settings)
    for sequence in 1...40 as ClosedRange<Int64> {
      var event = event(sequence)
      event.line = Array("{\"ani\":\"\(Self.secret)\",\"n\":\(sequence)}".utf8)
      var entry = entry(sequence)
      entry.clearValues = [
        StoredClearValue(
          offset: 0, field: "phoneNumbers", salt: [1], value: Array(Self.secret.utf8))
      ]
      try store.commit([.event(event), .entry(entry)])
    }
    return store
  }

  private func bound(_ what: String, _ through: Int64) -> Change {
    .removal(.bound(StoredBound(what: what, through: through)))
  }

  /// As a program would that has the file open and does not know.
  @Test(arguments: [
    ("DELETE FROM events WHERE sequence = 11", "events are immutable"),
    ("UPDATE events SET line = x'00' WHERE sequence = 11", "events are immutable"),
    ("UPDATE events SET erased_us = 1, call = 'x' WHERE sequence = 11", "events are immutable"),
    ("DELETE FROM entries WHERE number = 3", "entries are immutable"),
    ("UPDATE entries SET record = x'' WHERE number = 3", "entries are immutable"),
    ("UPDATE entries SET record = x'', pruned_us = 1 WHERE number = 21", "entries are immutable"),
    ("UPDATE entries SET record = x'31', pruned_us = 1 WHERE number = 3", "entries are immutable"),
    (
      "UPDATE entries SET record = x'', pruned_us = 1, nodes = x'' WHERE number = 3",
      "entries are immutable"
    ),
    ("UPDATE entries SET record = x'31' WHERE number = 1", "entries are immutable"),
    ("UPDATE clear_values SET value = x'31'", "clear values are immutable"),
    ("UPDATE retention SET through = 1 WHERE what = 'events'", "retention does not go back"),
    ("DELETE FROM retention", "retention does not go back"),
  ])
  func `the file refuses every change that retention has not announced`(sql: String, why: String)
    throws
  {
    let directory = try TemporaryDirectory()
    let store = try filled(directory.store)
    try store.commit([
      bound("events", 10), bound("entries", 20),
      .removal(.records([1], wallMicroseconds: 5)),
    ])
    let error = try storeError { try edit(directory.store, sql) }
    #expect(error.cause.contains(why), "\(error)")
  }

  @Test func `a bound that is lower than before changes nothing, and the newest event stays`()
    throws
  {
    let directory = try TemporaryDirectory()
    let store = try filled(directory.store)
    try store.commit([bound("events", 40), bound("events", 7)])
    #expect(try store.bound("events") == 40)
    let error = try storeError { try store.commit([.removal(.events(through: 40))]) }
    #expect(error.kind == .refused)
    store.close()
    let again = try openWriter(directory.store)
    try again.commit([.removal(.events(through: 39))])
    #expect(again.firstSequence == 40)
    #expect(again.lastSequence == 40)
    #expect(try again.fsck().isSound)
  }

  /// Mutation tried: only the event goes.
  @Test func `with an event goes what was quarantined with it`() throws {
    let directory = try TemporaryDirectory()
    let store = try filled(directory.store)
    for sequence in 41...42 as ClosedRange<Int64> {
      try store.commit([
        .event(event(sequence)),
        .quarantine(
          StoredQuarantine(
            sequence: sequence, agent: "alice", channel: "/c", reason: "r",
            bytes: Array("call".utf8), sizeBytes: 4)),
      ])
    }
    try store.commit([bound("events", 41), .removal(.events(through: 41))])
    #expect(try store.quarantined(naming: "call", after: 0, limit: 9)?.sequences == [42])
    #expect(try store.fsck().isSound)
  }

  @Test func `what was taken out is nowhere in the file or its log`() throws {
    let directory = try TemporaryDirectory()
    var settings = StoreSettings()
    settings.overwritesRemoved = true
    let store = try filled(directory.store, settings)
    try store.commit([
      .event(event(41)),
      .quarantine(
        StoredQuarantine(
          sequence: 41, agent: "alice", channel: "/c", reason: "r",
          bytes: Array(Self.secret.utf8), sizeBytes: 10)),
    ])
    var changes: [Change] = [
      .removal(.values(ofEntries: 1...40, field: nil)),
      .removal(.quarantined(sequence: 41, wallMicroseconds: 1)),
    ]
    for sequence in 1...40 as ClosedRange<Int64> {
      changes.append(.removal(.line(sequence: sequence, [123, 125], wallMicroseconds: 1)))
    }
    try store.commit(changes)
    store.emptyLogSoon()
    // A reader keeps the log as it is, and delays nobody.
    let reader = try Connection(path: directory.store, mode: .readOnly)
    try reader.execute("BEGIN; SELECT count(*) FROM events", "read", "events")
    store.checkpointIfNeeded { work, done in
      work()
      done()
    }
    #expect(!store.isLogEmptied)
    try reader.execute("COMMIT", "read", "events")
    // After so much more it is tried again.
    for sequence in 42...141 as ClosedRange<Int64> {
      try store.commit([.event(event(sequence))])
      store.checkpointIfNeeded { work, done in
        work()
        done()
      }
    }
    #expect(store.isLogEmptied)
    #expect(try store.fsck().findings == [])
    for ending in ["", "-wal"] {
      let data = try Data(contentsOf: URL(filePath: directory.store + ending))
      #expect(data.range(of: Data(Self.secret.utf8)) == nil, "\(ending)")
    }
  }

  @Test func `proofs of entries without records are what they were`() throws {
    let directory = try TemporaryDirectory()
    let store = try filled(directory.store)
    let before = try (1...40 as ClosedRange<Int64>).map {
      try store.inclusionProof(of: $0, size: 40, hasher)
    }
    try store.commit([
      bound("entries", 30), .removal(.records(Array(1...30), wallMicroseconds: 5)),
    ])
    let after = try (1...40 as ClosedRange<Int64>).map {
      try store.inclusionProof(of: $0, size: 40, hasher)
    }
    #expect(before == after)
    #expect(try store.consistencyProof(from: 20, to: 40, hasher).hashes.count > 0)
    #expect(try store.clearValues(ofEntry: 30) == [])
    #expect(try store.clearValues(ofEntry: 31).count == 1)
    let kept = try store.prunable(after: 0, through: 40, keeping: [])
    #expect(kept.numbers == Array(31...40))
    store.close()
    let again = try openWriter(directory.store)
    try again.commit([.event(event(41)), .entry(entry(41))])
    #expect(try again.root(size: 41, hasher) == again.verifiedRoot(since: 30))
  }

  @Test func `the last before a time is found by halving, and what names a call page by page`()
    throws
  {
    let directory = try TemporaryDirectory()
    let store = try filled(directory.store)
    let wall = 1_700_000_000_000_000 as Int64
    let times: [(Int64, Int64)] = [(wall, 0), (wall + 1, 0), (wall + 2, 1), (wall + 99, 40)]
    for (time, expected) in times {
      #expect(try store.lastEvent(beforeWall: time) == expected)
    }
    #expect(try store.lastEntry(beforeWall: 99) == 0)
    #expect(try store.lastEntry(beforeWall: 100) == 40)
    #expect(try store.entryNumber(ofEvent: 17) == 17)
    #expect(try store.entryNumber(ofEvent: 41) == nil)
    #expect(try store.quarantined(naming: "x", after: 0, limit: 9)?.through == nil)
    for sequence in 41...43 as ClosedRange<Int64> {
      let bytes = Array("call \(sequence)".utf8)
      try store.commit([
        .event(event(sequence)),
        .quarantine(
          StoredQuarantine(
            sequence: sequence, agent: "alice", channel: "/c", reason: "r", bytes: bytes,
            sizeBytes: 7)),
      ])
    }
    let first = try store.quarantined(naming: "call 42", after: 0, limit: 2)
    #expect(first?.sequences == [42] && first?.through == 42)
    let rest = try store.quarantined(naming: "call 42", after: 42, limit: 2)
    #expect(rest?.sequences == [] && rest?.through == 43)
    #expect(try store.quarantined(naming: "call 42", after: 43, limit: 2) == nil)
  }

  /// A file of version 4, which nothing could be taken out of.
  @Test func `an older store is migrated with its rows, and then gives them up`() throws {
    let directory = try TemporaryDirectory()
    try Data().write(to: URL(filePath: directory.store))
    let old = try Connection(path: directory.store, mode: .readWrite)
    for step in Schema.steps.prefix(4) { try Schema.perform(step, on: old, "create", hasher) }
    try old.execute(
      "INSERT INTO store VALUES (1, 'i'); PRAGMA user_version = 4;"
        + " PRAGMA application_id = \(Schema.applicationID)", "create", "the old file")
    let insertion = try old.prepare(StoredEvent.insertion, StoredEvent.table)
    for sequence in 1...20 as ClosedRange<Int64> {
      event(sequence).bind(to: insertion)
      try insertion.run()
    }
    let store = try openWriter(directory.store)
    #expect(store.lastSequence == 20)
    #expect(try store.fsck().findings == [])
    try store.commit([bound("events", 5), .removal(.events(through: 5))])
    #expect(store.firstSequence == 6)
  }
}
