import Bayeux
import Commands
import Foundation
import Testing

@Suite struct WorldTests {
  @Test
  func `whatever platform, network and kills do, nothing is lost in silence or done twice`() {
    let only = number("RECBRIDGE_SEED")
    let count = max(1, number("RECBRIDGE_SEEDS") ?? 1000)
    var statistics = Statistics()
    var broken = 0
    for seed in only.map({ $0...$0 }) ?? 1...count where broken < 3 {
      let world = World(seed: seed)
      world.live()
      statistics.add(world.statistics)
      guard let first = world.violations.first else { continue }
      broken += 1
      let again = World(seed: seed, isTraced: true)
      again.live()
      let lines = again.trace ?? []
      print(lines.suffix(only == nil ? 80 : lines.count).joined(separator: "\n"))
      Issue.record("seed \(seed): \(first)")
    }
    if only != nil || ProcessInfo.processInfo.environment["RECBRIDGE_TELL"] != nil {
      print(statistics)
    }
  }

  private func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
}
