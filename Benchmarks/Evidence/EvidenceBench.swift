import Daemon
import Evidence
import Glibc
import Store

/// What evidence costs: `evidence append FOLDER [CALLS]` runs the same calls with and without it,
/// in turns; `evidence fill STORE ENTRIES` makes a store for `recbridge audit verify`.
@main
struct EvidenceBench {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    switch (words.first, words.count) {
    case ("append", 2...):
      try append(words[1], calls: words.count > 2 ? Int(words[2]) ?? 0 : 20_000)
    case ("fill", 3): try fill(words[1], entries: Int64(words[2]) ?? 0)
    case ("proofs", 2): try proofs(words[1])
    default:
      print("usage: evidence append FOLDER [CALLS] | fill STORE ENTRIES | proofs STORE")
      exit(64)
    }
  }

  /// Calls whose steps share a transaction: what a few hundred agents do in one turn of the loop.
  private static let callsInBatch = 16

  private enum Mode: String, CaseIterable {
    /// Events and commands, without any entry.
    case without = "without evidence"
    /// Entries as rows, whose tree is made of zeros.
    case rows = "entries without a tree"
    /// Entries and their tree.
    case tree = "entries and their tree"
    /// The same, read back, hashed again and signed after every transaction.
    case signed = "read back, hashed again and signed after each transaction"
  }

  private static func append(_ folder: String, calls: Int) throws {
    var best: [Mode: Double] = [:]
    // In turns, so that a disk that gets slower is no argument for either.
    for round in 1...3 {
      for mode in Mode.allCases {
        let path = "\(folder)/\(mode)-\(round).db"
        let seconds = try run(mode, path, calls: calls)
        let rate = Double(calls * 16) / seconds
        best[mode] = max(best[mode] ?? 0, rate)
        print("round \(round): \(mode.rawValue): \(Int(rate)) events/s")
        // The path is a C string for the call.
        for suffix in ["", "-wal", "-shm", ".lock"] { unsafe unlink(path + suffix) }
      }
    }
    guard let base = best[.without] else { return }
    for mode in Mode.allCases {
      let rate = best[mode] ?? 0
      print(
        "best: \(mode.rawValue): \(Int(rate)) events/s,"
          + " \(Int((rate / base * 1_000).rounded()) / 10) % of that without")
    }
  }

  private static func run(_ mode: Mode, _ path: String, calls: Int) throws -> Double {
    let hasher =
      mode == .rows ? TreeHasher { _, _ in InlineArray(repeating: 0) } : EntryHashing.hasher
    let store = try Store.open(at: path, access: .writing(identityIfNew: "bench", hasher))
    defer { store.close() }
    let key = try AuditKey(name: "bench")
    var work = Workload(after: 0, hasEntries: mode != .without)
    var signed: Int64 = 0
    // What is signed goes to disk with the next transaction, as in the daemon's loop.
    var waiting: [Change] = []
    let start = ContinuousClock.now
    for _ in 0..<(calls / callsInBatch) {
      try store.commit(waiting + work.batch(callsInBatch))
      waiting = []
      if mode == .signed {
        let root = try store.verifiedRoot(since: signed)
        signed = store.lastEntryNumber
        let note = key.sign(Checkpoint(origin: "bench", size: signed, root: root).text)
        waiting = work.checkpoint(note.description, size: signed)
      }
      store.checkpointIfNeeded { work, done in
        work()
        done()
      }
    }
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private static func fill(_ path: String, entries: Int64) throws {
    let store = try Store.open(
      at: path, access: .writing(identityIfNew: "bench", EntryHashing.hasher))
    defer { store.close() }
    var work = Workload(after: store.lastSequence, hasEntries: true)
    while store.lastEntryNumber < entries {
      try store.commit(work.entriesAlone(10_000))
      store.checkpointIfNeeded { work, done in
        work()
        done()
      }
    }
    print("\(store.lastEntryNumber) entries")
  }

  private static func proofs(_ path: String) throws {
    let store = try Store.open(at: path, access: .inspecting)
    defer { store.close() }
    let size = store.lastEntryNumber
    var number: Int64 = 1
    var count = 0
    var hashesMax = 0
    let start = ContinuousClock.now
    for _ in 0..<1_000 {
      number = (number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407)
      let proof = try store.inclusionProof(
        of: Int64(number.magnitude % UInt64(size)) + 1, size: size, EntryHashing.hasher)
      hashesMax = max(hashesMax, proof.hashes.count)
      count += 1
    }
    let each = (ContinuousClock.now - start) / .microseconds(count)
    print(
      "\(size) entries: a proof takes \(Int(each)) us and has at most \(hashesMax) hashes,"
        + " \(hashesMax * Digest.sizeBytes) bytes")
  }
}
