import Foundation
import TestSupport
import Testing

@testable import Store

/// A disk that is full, fails or is read-only, by errors below SQLite.
struct StoreFaultTests {
  private func open(_ directory: TemporaryDirectory, _ settings: StoreSettings = StoreSettings())
    throws -> Store
  {
    FaultyDisk.set(nil, below: directory.path)
    return try openWriter(directory.store, settings)
  }

  private func changes(_ from: Int64, _ count: Int64 = 40) -> [Change] {
    (from..<(from + count)).map { .event(event($0, size: 3_000)) }
  }

  /// The disk fills up after any number of writes of the commit; what SQLite had written of it is
  /// rolled back.
  @Test func `a commit that finds no space can be made again when there is some`() throws {
    let directory = try TemporaryDirectory()
    let store = try open(directory)
    try store.commit(changes(1))
    var next: Int64 = 41
    for writes in 0..<12 {
      FaultyDisk.set(.full(afterWrites: writes), below: directory.path)
      for _ in 0..<2 {
        let error = try storeError { try store.commit(changes(next)) }
        #expect(error.kind == .full, "after \(writes) writes")
        #expect(error.nextStep.contains("free space"))
        #expect(store.failure == nil)
        #expect(store.lastSequence == next - 1)
        #expect(try store.events(after: 0, limit: 9).events.count == 9)
      }
      FaultyDisk.set(nil, below: directory.path)
      try store.commit(changes(next))
      next += 40
      #expect(store.lastSequence == next - 1)
    }
    let reader = try Store.open(at: directory.store, access: .inspecting)
    #expect(try reader.fsck().isSound)
    #expect(reader.lastSequence == next - 1)
    store.close()
    #expect(try open(directory).lastSequence == next - 1)
  }

  @Test func `after a commit that found no space a kill leaves the commits before it`() throws {
    let directory = try TemporaryDirectory()
    let store = try open(directory)
    try store.commit(changes(1))
    FaultyDisk.set(.full(afterWrites: 9), below: directory.path)
    #expect(try storeError { try store.commit(changes(41)) }.kind == .full)
    let copy = try TemporaryDirectory()
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: directory.store + suffix, toPath: copy.store + suffix)
    }
    let opened = try open(copy)
    #expect(opened.lastSequence == 40)
    #expect(try opened.fsck().isSound)
  }

  /// Mutation tried that makes it fail: any error that was rolled back counts as harmless.
  @Test func `a sync that failed is never made again by the same store`() throws {
    let directory = try TemporaryDirectory()
    let store = try open(directory)
    try store.commit(changes(1))
    FaultyDisk.set(.failingSync, below: directory.path)
    let error = try storeError { try store.commit(changes(41)) }
    #expect(error.kind == .inputOutput)
    FaultyDisk.set(nil, below: directory.path)
    #expect(store.failure == error)
    #expect(try storeError { try store.commit(changes(41)) }.kind == .unusable)
    store.close()
    let again = try open(directory)
    // The commit was never acknowledged: it may be there or not, but not in part.
    #expect([40, 80].contains(again.lastSequence))
  }

  /// Mutation tried that makes it fail: no write at open.
  @Test func `a disk that takes no write is found when the store is opened`() throws {
    let directory = try TemporaryDirectory()
    try open(directory).commit(changes(1))
    for (fault, kind) in [
      (FaultyDisk.Fault.full(afterWrites: 0), StoreError.Kind.full),
      (.failingSync, .inputOutput), (.readOnly, .notWritable),
    ] {
      FaultyDisk.set(fault, below: directory.path)
      #expect(try storeError { _ = try openWriter(directory.store) }.kind == kind)
    }
    #expect(try open(directory).lastSequence == 40)
  }

  /// Mutation tried that makes it fail: only `locked` spares the store in `checkpointed`.
  @Test func `a checkpoint that finds no space is made again later`() throws {
    let directory = try TemporaryDirectory()
    var small = StoreSettings()
    small.checkpointThresholdBytes = 20 * StoreSettings.pageSizeBytes
    let store = try open(directory, small)
    try store.commit(changes(1, 400))
    FaultyDisk.set(.full(afterWrites: 1), below: directory.path)
    let here: (() -> Void, () -> Void) -> Void = { work, done in
      work()
      done()
    }
    store.checkpointIfNeeded(runOffLoop: here)
    #expect(store.failure == nil)
    FaultyDisk.set(nil, below: directory.path)
    try store.commit(changes(401, 400))
    store.checkpointIfNeeded(runOffLoop: here)
    #expect(store.logSize.pages == 0)
    #expect(try store.fsck().isSound)
  }
}
