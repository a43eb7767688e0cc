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
    arguments: ["record = x'00'", "nodes = zeroblob(length(nodes))", "wall_us = 1"],
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
    if change.hasPrefix("wall_us") {
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
    for wrong in [checkpoint(6, 5), checkpoint(5, 4), checkpoint(7, 4)] {
      #expect(try storeError { try store.commit([.event(event(6)), wrong]) }.kind == .refused)
      store.close()
      store = try openWriter(directory.store)
    }
  }

  @Test func `SQL reads in the view what the records say, and past what is none`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    var first = entry(1)
    first.record = Array(
      (#"{"time":"2026-11-26T01:30:00.000000Z","agent":"alice","call":"c\u0031","grade":"rejected","#
        + #""latencyMs":1.5,"evidence":{"kind":"answer"}}"#).utf8)
    try store.commit([.event(event(1)), .entry(first), .event(event(2)), .entry(entry(2))])
    // As others read it: for our own writers the schema is not trusted.
    let rows = try Connection(path: directory.store, mode: .readOnly).prepare(
      "SELECT number, call, grade, witness, latency_ms FROM audit ORDER BY number", "audit"
    ).rows { (1...4).map($0.optionalText) }
    #expect(rows == [["c1", "rejected", "answer", "1.5"], [nil, nil, nil, nil]])
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
    #expect(try store.fsck().findings == [])
    try store.commit([.event(event(6)), .entry(entry(6))])
    #expect(store.lastEntryNumber == 6)
  }

  /// The columns that repeated the records are gone; the leaves, what was pruned, and what was
  /// damaged are as they were.
  @Test func `entries of a version 5 file keep their bytes, their tree and their damage`() throws {
    let directory = try TemporaryDirectory()
    let edge = try makeVersion5(directory.store)
    // How often it stands in the file. Mutation tried: what the steps take out is left there.
    func copies(_ text: String) throws -> Int {
      try Data(contentsOf: URL(filePath: directory.store)).ranges(of: Data(text.utf8)).count
    }
    #expect(try copies("alice") == 4)
    // It is migrated, and then not written to: damage among the newest rows is refused.
    #expect(try storeError { _ = try openWriter(directory.store) }.subject == "entries 4")
    #expect(try copies("alice") == 0 && copies("record 3") == 1)
    let store = try Store.open(at: directory.store, access: .inspecting)
    #expect(try store.root(size: 5, hasher) == edge.root(hasher))
    let entries = try store.entriesAsStored(after: 0, limit: 9)
    #expect(entries.map(\.record.count) == [8, 0, 8, 8, 8])
    #expect(entries.map(\.sequence) == [1, 2, 3, 4, 5])
    #expect(entries.allSatisfy { $0.type == "recbridge.command.v1" && $0.wallMicroseconds == 7 })
    let damage = try store.fsck().findings.filter { $0.subject.hasPrefix("entries") }
    #expect(damage.map(\.subject) == ["entries 4"])
    #expect(try store.use().connection.integer("SELECT sum(pruned_us) FROM entries", "x") == 9)
  }

  /// Somebody put it there; it must not keep the daemon from starting.
  @Test func `a row of number 0 in a version 5 file is moved, and told of`() throws {
    let directory = try TemporaryDirectory()
    _ = try makeVersion5(directory.store)
    try edit(
      directory.store,
      "INSERT INTO entries SELECT 0, sequence, type, agent, call, command, operation, grade, witness,"
        + " latency_us, wall_us, checksum, nodes, record, pruned_us FROM entries WHERE number = 1")
    _ = try storeError { _ = try openWriter(directory.store) }
    let store = try Store.open(at: directory.store, access: .inspecting)
    #expect(store.auditStructure() == ["entries 0: no row has a number below 1: it was added"])
    #expect(try store.use().connection.integer("PRAGMA ignore_check_constraints", "x") == 0)
  }

  /// Five entries, of which the second is pruned and the fourth has a wrong checksum.
  private func makeVersion5(_ path: String) throws -> RightEdge {
    try Data().write(to: URL(filePath: path))
    let connection = try Connection(path: path, mode: .readWrite)
    for step in Schema.steps.prefix(5) {
      try Schema.perform(step, on: connection, "create", hasher)
    }
    try connection.execute(
      "INSERT INTO store VALUES (1, 'i'); INSERT INTO retention VALUES ('entries', 2, 0);"
        + " PRAGMA user_version = 5; PRAGMA application_id = \(Schema.applicationID)", "create", "x"
    )
    let events = try connection.prepare(StoredEvent.insertion, "events")
    let rows = try connection.prepare(
      "INSERT INTO entries VALUES (?1, ?1, 'recbridge.command.v1', ?2, ?3, ?4, ?5, NULL, NULL, ?6,"
        + " 7, ?7, ?8, ?9, ?10)", "entries")
    var edge = RightEdge()
    for number in 1...5 as ClosedRange<Int64> {
      event(number, agent: "bob").bind(to: events)
      try events.run()
      let isPruned = number == 2
      let written = Array("record \(number)".utf8)
      let record = isPruned ? [] : written
      var nodes: [UInt8] = []
      edge.append(hasher.leaf(written), hasher) { $0.append(to: &nodes) }
      let agent = isPruned ? "" : "alice"
      let texts = isPruned ? [nil, nil, nil] : ["c1", "m1", "stop"]
      let latency: Int64? = isPruned ? nil : 1_500
      var sum = Checksum()
      for value in [number, number] { sum.add(value) }
      for text in ["recbridge.command.v1", agent] { sum.add(text) }
      for text in texts + [nil, nil] { sum.add(text) }
      sum.add(latency)
      sum.add(Int64(7))
      for bytes in [nodes, record] { sum.add(bytes) }
      rows.bind(1, number)
      rows.bind(2, agent)
      for (index, text) in texts.enumerated() { rows.bind(Int32(3 + index), text) }
      rows.bind(6, latency)
      rows.bind(7, sum.value + (number == 4 ? 1 : 0))
      rows.bind(8, nodes)
      rows.bind(9, record)
      rows.bind(10, isPruned ? 9 : nil as Int64?)
      try rows.run()
    }
    return edge
  }
}
