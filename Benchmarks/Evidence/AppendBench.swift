import Bridge
import Daemon
import Evidence
import Glibc
import Store

/// What evidence costs where events are appended: the same calls with and without it, in turns.
struct AppendBench {
  /// Calls whose steps share a transaction: what a few hundred agents do in one turn of the loop.
  private static let callsInBatch = 16

  private enum Mode: CaseIterable {
    case without, rows, tree, signed

    var name: String {
      switch self {
      case .without: "events and commands"
      case .rows: "with entries, without a tree"
      case .tree: "with entries and their tree"
      case .signed: "read back, hashed again and signed as well"
      }
    }
  }

  /// Of one run.
  private struct Cost {
    var eventsPerSecond: Double
    var cpuMicroseconds: Double
  }

  let folder: String
  let calls: Int

  func run() throws {
    for load in Workload.Load.allCases {
      var costs: [Mode: [Cost]] = [:]
      // In turns, so that a disk that gets slower is no argument for either.
      for round in 0..<5 {
        for mode in Mode.allCases {
          let path = "\(folder)/append-\(round).db"
          costs[mode, default: []].append(try measure(load, mode, path))
          BenchStore.remove(path)
        }
      }
      print("\(load.rawValue):")
      guard let without = costs[.without] else { return }
      for mode in Mode.allCases {
        guard let with = costs[mode] else { return }
        // The median of what neighbours in time have to each other.
        let ratios = zip(with, without).map { $0.eventsPerSecond / $1.eventsPerSecond }.sorted()
        let cpu = with.map(\.cpuMicroseconds).sorted()[with.count / 2]
        let rate = with.map(\.eventsPerSecond).sorted()[with.count / 2]
        print(
          "  \(mode.name): \(Int(rate)) events/s, \(tenths(cpu)) us of CPU each,"
            + " \(tenths(ratios[ratios.count / 2] * 100)) % of the throughput without")
      }
    }
  }

  private func measure(_ load: Workload.Load, _ mode: Mode, _ path: String) throws -> Cost {
    let hasher =
      mode == .rows ? TreeHasher { _, _ in InlineArray(repeating: 0) } : EntryHashing.hasher
    let ground = try BenchStore(path, hasher)
    defer { ground.close() }
    let store = ground.store
    var work = Workload(load, after: 0, hasEntries: mode != .without)
    // What is signed goes to disk with the next transaction, as in the daemon's loop.
    var waiting: [Change] = []
    var events: Int64 = 0
    let cpu = cpuTime()
    let start = ContinuousClock.now
    for _ in 0..<(calls / Self.callsInBatch) {
      let (changes, count) = work.batch(Self.callsInBatch)
      events += count
      try store.commit(waiting + changes)
      waiting = []
      if mode == .signed {
        ground.sign { checkpoint in
          waiting += work.checkpoint(checkpoint.note, size: checkpoint.size)
        }
      }
      ground.finishTurn()
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return Cost(
      eventsPerSecond: Double(events) / seconds,
      cpuMicroseconds: (cpuTime() - cpu) / .microseconds(1) / Double(events))
  }
}
