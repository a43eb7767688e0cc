import Bridge
import Configuration
import Daemon
import Evidence
import Glibc
import JSON
import Loop
import Store
import Synchronization
import Testing

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

  @Test func `a checkpoint covers what was committed when it was asked for, and the next the rest`()
    throws
  {
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
    let worker = Worker()
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

/// Holds threads up until it is opened.
private final class Gate: Sendable {
  private let ends: (read: Int32, write: Int32)
  private let isOpen = Atomic(false)

  init() throws {
    var ends: [Int32] = [-1, -1]
    // The call writes two descriptors, which the array has room for.
    try #require(unsafe pipe(&ends) == 0)
    self.ends = (ends[0], ends[1])
  }

  /// Returns once the gate is open: an end of the file.
  func wait() {
    var byte: UInt8 = 0
    // At most one byte is written, into a variable of that size.
    _ = unsafe read(ends.read, &byte, 1)
  }

  /// Idempotent.
  func open() {
    if !isOpen.exchange(true, ordering: .relaxed) { _ = close(ends.write) }
  }
}
