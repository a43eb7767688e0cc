import Bridge
import Daemon
import Evidence
import Glibc
import Loop
import Store

/// A store of its own with what signs it, as the daemon has them.
struct BenchStore {
  let store: Store
  private let loop: EventLoop
  private let notary: Notary

  init(_ path: String, _ hasher: TreeHasher = EntryHashing.hasher) throws {
    store = try Store.open(at: path, access: .writing(identityIfNew: Workload.identity, hasher))
    loop = try EventLoop()
    let logger = Logger(sink: { _ in })
    let keeper = CheckpointKeeper(KeptCheckpoint(storePath: path), loop: loop, logger: logger)
    notary = try Notary(store, AuditKey(name: "bench"), keeper: keeper, logger: logger)
  }

  /// Has what is committed read back and signed, on another thread.
  func sign(_ signed: @escaping (SignedCheckpoint) -> Void) {
    notary.sign(runOffLoop: { [loop] in loop.runOffLoop($0, completion: $1) }, signed: signed)
  }

  /// What the daemon does after each transaction.
  func finishTurn() {
    store.checkpointIfNeeded { [loop] in loop.runOffLoop($0, completion: $1) }
    _ = loop.run(until: { true }, within: .zero)
  }

  func close() {
    notary.close()
    loop.close()
    store.close()
  }

  static func remove(_ path: String) {
    // The path is a C string for the call.
    for suffix in ["", "-wal", "-shm", ".lock", ".checkpoint"] { unsafe unlink(path + suffix) }
  }
}

func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
