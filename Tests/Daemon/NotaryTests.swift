import Bridge
import Configuration
import Evidence
import Glibc
import JSON
import Loop
import Store
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// What is signed is read back on another thread, so that the loop is free meanwhile.
@Suite(.serialized) struct NotaryTests {
  /// Work for another thread that waits until the test runs it.
  private final class Worker {
    private(set) var waiting: [(work: @Sendable () -> Void, done: () -> Void)] = []

    func run() {
      let (work, done) = waiting.removeFirst()
      work()
      done()
    }

    func add(_ work: @escaping @Sendable () -> Void, _ done: @escaping () -> Void) {
      waiting.append((work, done))
    }
  }

  private func commit(_ store: Store, _ count: Int) throws {
    for _ in 0..<count {
      let sequence = store.lastSequence + 1
      let record =
        #"{"cursor":"s.\#(sequence)","type":"recbridge.gap.v1","#
        + #""time":"2026-11-21T10:15:00.000000Z"}"#
      let entry = try #require(StoredEntry(record: Array(record.utf8)))
      try store.commit([
        .event(
          StoredEvent(
            sequence: sequence, type: entry.type, agent: "", call: nil, wallMicroseconds: 1,
            line: Array("{}".utf8))), .entry(entry),
      ])
    }
  }

  private func withNotary(_ body: (Store, Notary, Worker) throws -> Void) throws {
    let stage = try Stage()
    defer { stage.close() }
    let store = try Store.open(
      at: stage.configuration.store,
      access: .writing(identityIfNew: "s", EntryHashing.hasher))
    defer { store.close() }
    let logger = Logger(sink: { _ in })
    let keeper = CheckpointKeeper(
      KeptCheckpoint(storePath: store.path), loop: stage.loop, logger: logger)
    let notary = try Notary(store, AuditKey(name: "test"), keeper: keeper, logger: logger)
    defer { notary.close() }
    try body(store, notary, Worker())
  }

  @Test func `a checkpoint covers what was committed when it was asked for, and the next the rest`()
    throws
  {
    try withNotary { store, notary, worker in
      var sizes: [Int64] = []
      func sign() { notary.sign(runOffLoop: worker.add) { sizes.append($0.size) } }
      sign()
      #expect(worker.waiting.isEmpty, "an empty tree is not signed")
      try commit(store, 3)
      sign()
      // Committed, and asked for twice, while the first three are read.
      try commit(store, 2)
      sign()
      sign()
      #expect(worker.waiting.count == 1 && sizes.isEmpty)
      worker.run()
      #expect(sizes == [3])
      #expect(worker.waiting.count == 1, "what came meanwhile is read next")
      worker.run()
      #expect(sizes == [3, 5])
      #expect(worker.waiting.isEmpty)
      sign()
      #expect(worker.waiting.isEmpty, "there is nothing new")
      // The last word does not wait for a reading, which then comes too late to say anything.
      try commit(store, 1)
      sign()
      try commit(store, 1)
      #expect(notary.signNow()?.size == 7)
      worker.run()
      #expect(sizes == [3, 5])
    }
  }

  /// Mutation tried: the reading for a checkpoint begins behind the last entry.
  @Test(arguments: [("record = X'00'", 4), ("record = X'00'", 5), ("nodes = X'00'", 5)])
  func `what changed in the file after it was written is never signed`(
    change: String, number: Int
  ) throws {
    try withNotary { store, notary, worker in
      var sizes: [Int64] = []
      func sign() { notary.sign(runOffLoop: worker.add) { sizes.append($0.size) } }
      try commit(store, 3)
      sign()
      worker.run()
      try commit(store, 2)
      try damage(store: store.path, "entries", set: change, where: "number = \(number)")
      sign()
      worker.run()
      #expect(sizes == [3])
      #expect(notary.problem?.subject == "entries \(number)")
      // Nor later, when there is more.
      try commit(store, 1)
      sign()
      #expect(worker.waiting.isEmpty)
      #expect(notary.signNow() == nil)
    }
  }

  /// Else a store with checkpoints and none beside it would be refused after a kill. Mutation tried:
  /// the first is kept like all others, away from the loop.
  @Test func `the first checkpoint stands beside the store before anybody has it`() throws {
    try withNotary { store, notary, worker in
      try commit(store, 3)
      var isKept: [Bool] = []
      notary.sign(runOffLoop: worker.add) { signed in
        isKept.append(readText(store.path + ".checkpoint") == signed.note)
      }
      worker.run()
      #expect(isKept == [true])
    }
  }

  /// Mutations tried: nothing is written after the pause; an older one is written over a newer one.
  @Test func `of many checkpoints the newest is kept, in a while and at the end`() throws {
    try withFolder { folder in
      let loop = try EventLoop()
      defer { loop.close() }
      let file = KeptCheckpoint(storePath: "\(folder)/store.db")
      let keeper = CheckpointKeeper(file, loop: loop, logger: Logger(sink: { _ in }))
      defer { keeper.close() }
      func checkpoint(_ size: Int64) -> SignedCheckpoint {
        SignedCheckpoint(origin: "test", size: size, note: "note \(size)\n")
      }
      func text() -> String? { readText("\(folder)/store.db.checkpoint") }
      try keeper.keepNow(checkpoint(3))
      #expect(text() == "note 3\n")
      for size in 4...8 as ClosedRange<Int64> { keeper.keep(checkpoint(size)) }
      #expect(loop.run { text() == "note 8\n" })
      keeper.keep(checkpoint(9))
      keeper.finish()
      #expect(text() == "note 9\n")
      // One that was on its way to another thread meanwhile.
      try file.write("note 8\n", size: 8)
      #expect(try file.read() == "note 9\n")
    }
  }

  /// All four threads of libuv are kept busy, as a reading of millions of entries keeps one: what
  /// is confirmed meanwhile was confirmed without any of them.
  @Test func `a Stop leaves and is confirmed while the first signature is being read for`() throws {
    let stage = try Stage(deadline: .seconds(60))
    defer { stage.close() }
    let key = try AuditKey(name: "test")
    stage.configuration.audit = AuditSettings(
      key: Secret(key.reveal()), heartbeat: .seconds(60))
    let gate = try Gate()
    for _ in 0..<4 { stage.loop.runOffLoop({ gate.wait() }, completion: {}) }
    defer { gate.open() }
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    #expect(try stage.get("/v1/audit/checkpoint").status == 404)
    gate.open()
    try stage.wait("the checkpoint") { try stage.get("/v1/audit/checkpoint").status == 200 }
    try stage.stop()
    let store = try Store.open(at: stage.configuration.store, access: .reading)
    defer { store.close() }
    #expect(try store.latestCheckpoint()?.size == store.lastEntryNumber, "the last word is signed")
  }
}
