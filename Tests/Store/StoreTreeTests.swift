import Evidence
import Foundation
import Testing

@testable import Store

/// The tree over the entries, and what is signed of it.
///
/// Mutations tried, each found: the edge kept although the commit failed; the nodes of an entry
/// without its leaf; entries read back not compared; entries of version 2 taken in from the last to
/// the first.
@Suite struct StoreTreeTests {
  /// A store with this many entries, and a tree made without it.
  private func filled(_ directory: TemporaryDirectory, _ count: Int64) throws -> (
    Store, [Digest]
  ) {
    let store = try openWriter(directory.store)
    var edge = RightEdge()
    var roots = [edge.root(hasher)]
    for sequence in 1...count {
      try store.commit([.event(event(sequence)), .entry(entry(sequence))])
      edge.append(hasher.leaf(entry(sequence).record), hasher) { _ in }
      roots.append(edge.root(hasher))
    }
    return (store, roots)
  }

  @Test func `the root is that of the entries' exact bytes, at every size and after a restart`()
    throws
  {
    let directory = try TemporaryDirectory()
    var (store, roots) = try filled(directory, 21)
    for _ in 0..<2 {
      for size in 0...21 { #expect(try store.root(size: Int64(size), hasher) == roots[size]) }
      #expect(try store.verifiedRoot(since: 0) == roots[21])
      #expect(try store.verifiedRoot(since: 13) == roots[21])
      store.close()
      store = try openWriter(directory.store)
    }
    try store.commit([.event(event(22)), .entry(entry(22))])
    #expect(try store.verifiedRoot(since: 21) == store.root(size: 22, hasher))
  }

  @Test func `proofs from the store lead to the roots`() throws {
    let directory = try TemporaryDirectory()
    let (store, roots) = try filled(directory, 21)
    let reader = try Store.open(at: directory.store, access: .reading)
    for size in 1...21 as ClosedRange<Int64> {
      for number in 1...size {
        let proof = try reader.inclusionProof(of: number, size: size, hasher)
        let leaf = hasher.leaf(entry(number).record)
        #expect(proof.root(leaf: leaf, size: size, hasher) == roots[Int(size)])
        let growth = try reader.consistencyProof(from: number, to: size, hasher)
        #expect(
          growth.isValid(from: number, roots[Int(number)], to: size, roots[Int(size)], hasher))
      }
    }
    for wrong in [0, 22] as [Int64] {
      #expect(
        try storeError { _ = try reader.inclusionProof(of: wrong, size: 21, hasher) }.kind
          == .refused)
    }
    #expect(
      try storeError { _ = try reader.inclusionProof(of: 3, size: 40, hasher) }.kind == .damaged)
    store.close()
  }

  @Test func `a commit that fails leaves the tree as it was`() throws {
    let directory = try TemporaryDirectory()
    var (store, roots) = try filled(directory, 5)
    _ = try storeError {
      try store.commit([.event(event(6)), .entry(entry(6)), .entry(entry(99))])
    }
    store.close()
    store = try openWriter(directory.store)
    #expect(try store.verifiedRoot(since: 0) == roots[5])
  }

  /// A disk that is full: the same changes, or others, are committed later on the same connection.
  @Test func `a commit that found no space leaves the tree as it was`() throws {
    let directory = try TemporaryDirectory()
    var settings = StoreSettings()
    settings.sizeMaxBytes = 64 * StoreSettings.pageSizeBytes
    let store = try openWriter(directory.store, settings)
    try store.commit([.event(event(1)), .entry(entry(1))])
    let large = event(3, size: 2 << 20)
    let error = try storeError {
      try store.commit([.event(event(2)), .entry(entry(2)), .event(large)])
    }
    #expect(error.kind == .full)
    try store.commit([.event(event(2)), .entry(entry(2))])
    #expect(store.lastEntryNumber == 2)
    var edge = RightEdge()
    for number in 1...2 as ClosedRange<Int64> {
      edge.append(hasher.leaf(entry(number).record), hasher) { _ in }
    }
    #expect(try store.verifiedRoot(since: 0) == edge.root(hasher))
  }

  /// Bytes that change in the file after they were written are seen before they are signed, on this
  /// thread and on another, in the last entry too.
  @Test(
    arguments: ["record = x'00'", "nodes = zeroblob(length(nodes))", "grade = 'satisfied'"],
    [7, 9])
  func `an entry that is not what was written is not signed`(change: String, number: Int) throws {
    let directory = try TemporaryDirectory()
    let (store, roots) = try filled(directory, 9)
    let trigger = try #require(
      try Connection(path: directory.store, mode: .readOnly)
        .text("SELECT sql FROM sqlite_schema WHERE name = 'entries_refuse_update'", "x"))
    try edit(
      directory.store,
      "DROP TRIGGER entries_refuse_update; UPDATE entries SET \(change) WHERE number = \(number);"
        + trigger)
    var told: [Result<Digest, StoreError>] = []
    try store.verifyRoot(
      since: 4,
      runOffLoop: { work, done in
        work()
        done()
      },
      done: { size, root in
        #expect(size == 9)
        told.append(root)
      })
    if change.hasPrefix("grade") {
      // A column is no part of the leaf: `audit verify` compares it with the record.
      #expect(try store.verifiedRoot(since: 4) == roots[9])
      #expect(try told.map { try $0.get() } == [roots[9]])
      return
    }
    for attempt in [{ _ = try store.verifiedRoot(since: 4) }, { _ = try told[0].get() }] {
      let error = try storeError(attempt)
      #expect(error.kind == .damaged)
      #expect(error.subject == "entries \(number)")
    }
  }

  /// What was signed before is not read again, and its root is part of the next one. Mutation tried:
  /// the tree that was found is not held against the one in memory.
  @Test func `a subtree that is not what was written is not signed again`() throws {
    let directory = try TemporaryDirectory()
    let (store, _) = try filled(directory, 7)
    try edit(
      directory.store,
      "DROP TRIGGER entries_refuse_update;"
        + " UPDATE entries SET nodes = zeroblob(length(nodes)) WHERE number = 4")
    let error = try storeError { _ = try store.verifiedRoot(since: 4) }
    #expect(error.kind == .damaged)
    #expect(error.subject == "entries 1 to 7")
  }

  @Test func `checkpoints belong to an event and cover no more than there is`() throws {
    let directory = try TemporaryDirectory()
    var (store, _) = try filled(directory, 3)
    func checkpoint(_ sequence: Int64, _ size: Int64) -> Change {
      .checkpoint(
        StoredCheckpoint(sequence: sequence, size: size, wallMicroseconds: 1, note: "n\(size)\n"))
    }
    try store.commit([.event(event(4)), checkpoint(4, 2)])
    try store.commit([.event(event(5)), .entry(entry(5)), checkpoint(5, 4)])
    #expect(try store.latestCheckpoint()?.size == 4)
    #expect(try store.checkpoint(covering: 2)?.size == 2)
    #expect(try store.checkpoint(covering: 3)?.size == 4)
    #expect(try store.checkpoint(covering: 5) == nil)
    #expect(try store.entryNumbers(ofCall: "c1") == [1, 2, 3, 4])
    #expect(try store.entryNumbers(ofCall: "c2") == [])
    for wrong in [checkpoint(6, 5), checkpoint(5, 4), checkpoint(7, 4)] {
      #expect(try storeError { try store.commit([.event(event(6)), wrong]) }.kind == .refused)
      store.close()
      store = try openWriter(directory.store)
    }
  }

  @Test func `the entries of a version 2 file become the first leaves, byte for byte`() throws {
    let directory = try TemporaryDirectory()
    try Data().write(to: URL(filePath: directory.store))
    let connection = try Connection(path: directory.store, mode: .readWrite)
    for step in Schema.steps.prefix(2) { try connection.execute(step, "create", "x") }
    try connection.execute(
      "INSERT INTO store VALUES (1, 'i'); PRAGMA user_version = 2;"
        + " PRAGMA application_id = \(Schema.applicationID)", "create", "x")
    for number in 1...5 {
      let record = Array("record \(number)".utf8)
      let row = try connection.prepare(
        "INSERT INTO entries VALUES (\(number), \(number), 'm\(number)', 'alice', 'c1', 'stop',"
          + " 'unconfirmed', \(number == 5 ? "'operator'" : "'deadline'"), NULL, 7, 0, ?)",
        "entries")
      row.bind(1, record)
      try row.run()
      let new = event(Int64(number))
      let insertion = try connection.prepare(StoredEvent.insertion, "events")
      new.bind(to: insertion)
      try insertion.run()
    }
    let store = try openWriter(directory.store)
    var edge = RightEdge()
    for number in 1...5 {
      edge.append(hasher.leaf(Array("record \(number)".utf8)), hasher) { _ in }
    }
    #expect(try store.verifiedRoot(since: 0) == edge.root(hasher))
    let entries = try store.entries(after: 0, limit: 9)
    #expect(entries.map(\.record) == (1...5).map { Array("record \($0)".utf8) })
    #expect(entries.last?.type == "recbridge.acknowledgement.v1")
    #expect(entries.first?.type == "recbridge.command.v1")
    #expect(entries.first?.command == "m1")
    #expect(try store.fsck().findings == [])
    try store.commit([.event(event(6)), .entry(entry(6))])
    #expect(store.lastEntryNumber == 6)
  }
}
