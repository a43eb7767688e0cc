import Foundation
import Testing

@testable import Store

/// The log is emptied away from the loop, and never grows without end.
///
/// Mutations tried that make them fail: the loop's own copying of the remainder left out; the
/// state not set to `running`.
struct StoreCheckpointTests {
  private var small: StoreSettings {
    var settings = StoreSettings()
    settings.checkpointThresholdBytes = 40 * StoreSettings.pageSizeBytes
    return settings
  }

  @Test func `a log beyond the threshold is emptied once, then begun anew`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store, small)
    var runs = 0
    var largest: Int64 = 0
    for sequence in 1...500 as ClosedRange<Int64> {
      try store.commit([.event(event(sequence, size: 3_000))])
      largest = max(largest, store.logSizeBytes)
      store.checkpointIfNeeded { work, done in
        runs += 1
        work()
        done()
      }
    }
    #expect(runs > 5)
    #expect(runs < 100)
    #expect(largest < 2 * small.checkpointThresholdBytes)
    #expect(store.failure == nil)
    #expect(try store.fsck().isSound)
  }

  @Test func `commits go on while a worker copies, and one checkpoint runs at a time`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store, small)
    var pending: (() -> Void)?
    var overlapping = 0
    var begun = 0
    let finished = DispatchSemaphore(value: 0)
    for sequence in 1...1_500 as ClosedRange<Int64> {
      try store.commit([.event(event(sequence, size: 3_000))])
      let wasPending = pending != nil
      store.checkpointIfNeeded { work, done in
        if wasPending { overlapping += 1 }
        begun += 1
        pending = done
        Thread.detachNewThread {
          work()
          finished.signal()
        }
      }
      // As a loop would: the worker's end is noticed between two turns.
      if let done = pending, finished.wait(timeout: .now()) == .success {
        pending = nil
        done()
      }
    }
    if let done = pending {
      finished.wait()
      done()
    }
    #expect(begun > 2)
    #expect(overlapping == 0)
    #expect(store.failure == nil)
    #expect(store.logSizeBytes < 8 * small.checkpointThresholdBytes)
    #expect(try store.fsck().isSound)
  }

  @Test func `a reader that holds a read open delays the log's end, and loses nothing`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store, small)
    try store.commit([.event(event(1))])
    var reader: Connection? = try Connection(path: directory.store, mode: .readOnly)
    try reader?.execute("BEGIN; SELECT count(*) FROM events", "read", "events")
    var runs = 0
    func append(_ range: ClosedRange<Int64>) throws {
      for sequence in range {
        try store.commit([.event(event(sequence, size: 3_000))])
        store.checkpointIfNeeded { work, done in
          runs += 1
          work()
          done()
        }
      }
    }
    try append(2...300)
    #expect(store.logSizeBytes > small.checkpointThresholdBytes)
    // Tried again after each quarter of the threshold, not after each commit.
    #expect(runs < 200)
    #expect(try reader?.integer("SELECT count(*) FROM events", "events") == 1)
    reader = nil
    try append(301...400)
    #expect(store.logSizeBytes < 2 * small.checkpointThresholdBytes)
    #expect(try store.fsck().isSound)
  }

  @Test func `a checkpoint that ends after the store was closed harms nobody`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store, small)
    try store.commit((1...400).map { .event(event($0, size: 3_000)) })
    var late: [() -> Void] = []
    store.checkpointIfNeeded { work, done in
      late = [{ work() }, done]
    }
    #expect(late.count == 2)
    store.close()
    for step in late { step() }
    #expect(try openWriter(directory.store).lastSequence == 400)
  }

  @Test func `a checkpoint that fails stops the writing`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store, small)
    try store.commit((1...400).map { .event(event($0, size: 3_000)) })
    let moved = directory.store + ".moved"
    store.checkpointIfNeeded { work, done in
      // The worker opens the file by its name, and finds none.
      #expect(throws: Never.self) {
        try FileManager.default.moveItem(atPath: directory.store, toPath: moved)
      }
      work()
      #expect(throws: Never.self) {
        try FileManager.default.moveItem(atPath: moved, toPath: directory.store)
      }
      done()
    }
    #expect(store.failure?.kind == .notWritable)
    #expect(try storeError { try store.commit([.event(event(401))]) }.kind == .unusable)
  }
}
