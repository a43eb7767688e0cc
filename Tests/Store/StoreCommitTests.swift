import Foundation
import Testing

@testable import Store

/// What is committed is there; what is not, is not.
struct StoreCommitTests {
  /// Random commits against arrays, reopened now and then. Mutations tried that make it fail:
  /// `entryNumber += 1` removed; `grade = excluded.grade` left out of the upsert; `nextAfter` of a
  /// full page set to `upTo`; `sequence > ?1` made `>=`.
  @Test func `every commit is read back as it was written, by this process and the next`() throws {
    for seed in 0..<UInt64(seedCount) {
      let directory = try TemporaryDirectory()
      var random = SeededGenerator(seed: seed)
      var model = StoreModel()
      var store = try openWriter(directory.store)
      for _ in 0..<12 {
        let changes = model.randomChanges(&random)
        try store.commit(changes)
        model.apply(changes)
        if Int.random(in: 0..<5, using: &random) == 0 {
          store.close()
          store = try openWriter(directory.store)
        }
      }
      // Compared outside of #expect, which would describe both at length.
      let isSame = try StoreModel.read(store) == model
      #expect(isSame, "seed \(seed)")
      #expect(store.lastSequence == model.events.last?.sequence ?? 0, "seed \(seed)")
      #expect(store.firstSequence == model.events.first?.sequence ?? 1, "seed \(seed)")
      #expect(store.lastEntryNumber == Int64(model.entries.count), "seed \(seed)")
      let isOpenSame = try store.openCommands() == model.commands.filter(\.isOpen)
      #expect(isOpenSame, "seed \(seed)")
      let exceptions = Array(model.commands.filter(\.isException).reversed())
      let isWorklistSame =
        try store.exceptions(limit: 1_000) == exceptions.filter { !$0.isAcknowledged }
        && store.exceptions(limit: 1_000, withAcknowledged: true) == exceptions
      #expect(isWorklistSame, "seed \(seed)")
      #expect(try store.fsck().findings == [], "seed \(seed)")
    }
  }

  @Test(arguments: [0, 1, 3, 99] as [Int64])
  func `a sequence that is not the next one leaves nothing behind`(wrong: Int64) throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit([.event(event(1))])
    let error = try storeError {
      try store.commit([
        .session(StoredSession(agent: "alice", record: [1])), .event(event(wrong)),
      ])
    }
    #expect(error.kind == .refused)
    #expect(error.description.contains("sequence \(wrong) came where 2 is next"))
    let after = try storeError { try store.commit([.event(event(2))]) }
    #expect(after.kind == .unusable)
    #expect(try store.sessions() == [])
    store.close()
    let again = try openWriter(directory.store)
    #expect(again.lastSequence == 1)
    try again.commit([.event(event(2))])
  }

  @Test func `an entry whose event is not in the same commit is refused`() throws {
    let directory = try TemporaryDirectory()
    var store = try openWriter(directory.store)
    try store.commit([.event(event(1))])
    for change in [
      Change.entry(entry(1)), .entry(entry(3)),
      .quarantine(
        StoredQuarantine(
          sequence: 1, agent: "a", channel: nil, reason: "r", bytes: [], sizeBytes: 0)),
      .command(command("m1", sequence: 3)),
    ] {
      #expect(try storeError { try store.commit([.event(event(2)), change]) }.kind == .refused)
      #expect(try store.events(after: 1, limit: 9).events == [])
      store.close()
      store = try openWriter(directory.store)
    }
    // In any order within the commit.
    try store.commit([.entry(entry(2)), .event(event(2))])
    #expect(store.lastEntryNumber == 1)
  }

  @Test func `two commands with one key are refused and neither is lost nor changed`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit([.event(event(1)), .command(command("m1", key: "k", sequence: 1))])
    let error = try storeError {
      try store.commit([.command(command("m2", key: "k", sequence: 1))])
    }
    #expect(error.kind == .refused)
    #expect(error.subject == "commands")
    #expect(try store.command(key: "k")?.id == "m1")
    #expect(try store.command("m2") == nil)
  }

  @Test(arguments: ["events", "entries", "quarantine"])
  func `what is evidence can neither be changed nor deleted`(table: String) throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit([
      .event(event(1)), .entry(entry(1)),
      .quarantine(
        StoredQuarantine(
          sequence: 1, agent: "a", channel: nil, reason: "r", bytes: [], sizeBytes: 0)),
    ])
    for sql in ["UPDATE \(table) SET sequence = 9", "DELETE FROM \(table)"] {
      let error = try storeError { try edit(directory.store, sql) }
      #expect(error.cause.contains("immutable"))
    }
    #expect(try store.fsck().isSound)
  }

  @Test func `a store at its limit fails the commit whole, and a new process goes on`() throws {
    let directory = try TemporaryDirectory()
    var settings = StoreSettings()
    settings.sizeMaxBytes = 60 * StoreSettings.pageSizeBytes
    let store = try openWriter(directory.store, settings)
    var stored: Int64 = 0
    let error = try storeError {
      while true {
        let next = (1...5).map { Change.event(event(stored + $0, size: 9_000)) }
        try store.commit(next)
        stored += 5
      }
    }
    #expect(error.kind == .full)
    #expect(error.nextStep.contains("free space"))
    #expect(store.failure == nil)
    // Reading goes on: the worklist and the audit can still be shown.
    #expect(store.lastSequence == stored)
    store.close()
    let again = try openWriter(directory.store)
    #expect(again.lastSequence == stored)
    try again.commit([.event(event(stored + 1))])
    #expect(try again.fsck().isSound)
  }

  @Test func `a store open for reading never writes`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit([.event(event(1))])
    let reader = try Store.open(at: directory.store, access: .reading)
    #expect(try storeError { try reader.commit([.event(event(2))]) }.kind == .refused)
    try store.commit([.event(event(2))])
    #expect(try reader.events(after: 0, limit: 9).events.map(\.sequence) == [1, 2])
  }

  @Test func `bytes and texts of every kind survive unchanged`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    var odd = event(1, type: "", agent: "a\0b ✓", call: "")
    odd.line = (0...255).map { UInt8($0) }
    odd.wallMicroseconds = .min
    var empty = event(2)
    empty.line = []
    try store.commit([.event(odd), .event(empty)])
    #expect(try store.events(after: 0, limit: 9).events == [odd, empty])
  }
}
