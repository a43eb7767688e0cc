import Daemon
import Evidence
import Glibc
import Store

/// What evidence costs: `bridge` runs the same calls through the bridge with and without it, and
/// `append` the rows of such calls through the store alone; `fill` makes a store for
/// `recbridge audit verify` and `proofs` reads proofs from it, `tree` makes five million leaves up.
@main
struct EvidenceBench {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    switch (words.first, words.count) {
    case ("append", 3): try AppendBench(folder: words[1], calls: Int(words[2]) ?? 0).run()
    case ("bridge", 3): try BridgeBench(folder: words[1], calls: Int(words[2]) ?? 0).run()
    case ("fill", 3): try fill(words[1], entries: Int64(words[2]) ?? 0)
    case ("proofs", 2): try proofs(words[1])
    case ("tree", 1): try ProofBench().run()
    default:
      print("usage: evidence bridge FOLDER CALLS | append FOLDER CALLS | fill STORE ENTRIES | proofs STORE | tree")
      exit(64)
    }
  }

  private static func fill(_ path: String, entries: Int64) throws {
    let store = try Store.open(
      at: path, access: .writing(identityIfNew: Workload.identity, EntryHashing.hasher))
    defer { store.close() }
    let key = try AuditKey(name: "bench")
    var work = Workload(.stops, after: store.lastSequence, hasEntries: true)
    try store.commit(work.start(key.verifier.description))
    var recordBytes = 0
    while store.lastEntryNumber < entries {
      let changes = work.entriesAlone(2_000)
      for case .entry(let entry) in changes { recordBytes += entry.record.count }
      try store.commit(changes)
      let size = store.lastEntryNumber
      let root = try store.root(size: size, EntryHashing.hasher)
      let note = key.sign(Checkpoint(origin: "bench", size: size, root: root).text)
      try store.commit(work.checkpoint(note.description, size: size))
      store.checkpointIfNeeded { work, done in
        work()
        done()
      }
    }
    let count = store.lastEntryNumber
    print("\(count) entries of \(recordBytes / Int(count)) bytes on the average")
  }

  private static func proofs(_ path: String) throws {
    let store = try Store.open(at: path, access: .inspecting)
    defer { store.close() }
    let size = store.lastEntryNumber
    var number: Int64 = 1
    let count = 1_000
    let start = ContinuousClock.now
    for _ in 0..<count {
      number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      _ = try store.inclusionProof(
        of: Int64(number.magnitude % UInt64(size)) + 1, size: size, EntryHashing.hasher)
    }
    let each = (ContinuousClock.now - start) / .microseconds(count)
    print("\(size) entries: a proof takes \(Int(each)) us")
  }
}
