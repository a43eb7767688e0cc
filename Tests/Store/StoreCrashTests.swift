import Foundation
import Glibc
import Testing

@testable import Store

/// A process that ends at any moment leaves a prefix of its commits, and no acknowledged one is lost.
struct StoreCrashTests {
  /// Copies the file and its log as they are at this moment: what a kill would leave.
  private func copy(_ path: String, to target: String, logBytes: Int? = nil) throws {
    try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: target))
    var log = try Data(contentsOf: URL(filePath: path + "-wal"))
    if let logBytes { log = log.prefix(logBytes) }
    try log.write(to: URL(filePath: target + "-wal"))
  }

  /// Mutation tried that makes it fail: BEGIN and COMMIT left out, so that each change is its own
  /// transaction.
  @Test func `a kill after any commit, and a log cut anywhere, leave a prefix of the commits`()
    throws
  {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    var random = SeededGenerator(seed: 4711)
    var models = [StoreModel()]
    // The size of the log once each commit was acknowledged.
    var logEnds = [try logEnd(store)]
    for _ in 0..<8 {
      var model = models[models.count - 1]
      let changes = model.randomChanges(&random)
      try store.commit(changes)
      model.apply(changes)
      models.append(model)
      logEnds.append(try logEnd(store))
      let copied = directory.path + "/copy-\(models.count).db"
      try copy(directory.store, to: copied)
      let opened = try openWriter(copied)
      #expect(opened.identity == "identity-1")
      let isWhole = try StoreModel.read(opened) == model
      #expect(isWhole)
    }
    for cut in stride(from: 0, through: logEnds[logEnds.count - 1], by: 1_000) {
      let copied = directory.path + "/cut.db"
      try copy(directory.store, to: copied, logBytes: cut)
      let opened = try openWriter(copied)
      let found = try StoreModel.read(opened)
      let index = try #require(models.lastIndex(of: found), "cut at \(cut) is no prefix")
      let acknowledged = logEnds.lastIndex { $0 <= cut } ?? 0
      #expect(index >= acknowledged, "cut at \(cut)")
      let report = try opened.fsck()
      #expect(report.isSound, "cut at \(cut)")
      opened.close()
    }
  }

  /// Bytes of the log that count: its header and the frames of the last commit and before.
  private func logEnd(_ store: Store) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: store.path + "-wal")
    return try #require(attributes[.size] as? Int)
  }

  /// A child commits and notes each acknowledged sequence until a timer ends it without warning.
  @Test func `what was acknowledged before a sudden end is there afterwards`() async throws {
    let directory = try TemporaryDirectory()
    var acknowledged: Int64 = 0
    for round in 1...8 {
      let path = directory.store
      if round == 1 {
        try Data().write(to: URL(filePath: path + ".acknowledged"))
      }
      let delayMicroseconds = 20_000 + round * 7_919
      await #expect(processExitsWith: .signal(SIGALRM)) {
        [path = path as String, delayMicroseconds = delayMicroseconds as Int] in
        let store = try openWriter(path)
        let notes = try FileHandle(forWritingTo: URL(filePath: path + ".acknowledged"))
        var timer = itimerval()
        timer.it_value.tv_usec = delayMicroseconds
        // Safe: the timer's value is read during the call.
        _ = unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
        while true {
          let next = store.lastSequence + 1
          try store.commit([.event(event(next)), .event(event(next + 1)), .entry(entry(next))])
          try notes.seek(toOffset: 0)
          try notes.write(contentsOf: Data("\(next + 1) \n".utf8))
          store.checkpointIfNeeded { work, done in
            work()
            done()
          }
        }
      }
      let notes = try String(contentsOfFile: path + ".acknowledged", encoding: .utf8)
      let noted = Int64(notes.split(separator: " ").first ?? "") ?? 0
      let store = try openWriter(path)
      #expect(store.lastSequence >= max(noted, acknowledged))
      #expect(store.lastSequence.isMultiple(of: 2))
      #expect(store.lastEntryNumber * 2 == store.lastSequence)
      #expect(try store.fsck().isSound)
      acknowledged = store.lastSequence
    }
    #expect(acknowledged > 0)
  }
}
