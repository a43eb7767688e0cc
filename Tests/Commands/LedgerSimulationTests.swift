import Foundation
import Testing

@testable import Commands

@Suite struct LedgerSimulationTests {
  @Test func `whatever happens in whatever order, the ledger keeps its promises`() {
    let given = ProcessInfo.processInfo.environment["RECBRIDGE_SEEDS"].flatMap { UInt64($0) }
    let count = given ?? 1000
    var grades: [Grade: Int] = [:]
    for seed in 1...max(1, count) {
      var world = LedgerWorld(seed: seed)
      world.run(steps: 120)
      if let complaint = world.complaint {
        Issue.record("seed \(seed): \(complaint)")
        return
      }
      for command in world.durable.values {
        if let grade = command.grade { grades[grade, default: 0] += 1 }
      }
    }
    // A simulation that never gets somewhere proves nothing about it.
    for grade in Grade.allCases where grade != .confirmedPolled && count >= 100 {
      #expect(grades[grade, default: 0] > 0, "no seed led to \(grade.rawValue)")
    }
  }
}
