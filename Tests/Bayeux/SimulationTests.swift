import Bayeux
import Glibc
import Testing

@Suite struct SimulationTests {
  /// One thousand schedules of every fault the servers and networks we know produce.
  ///
  /// Mutations tried, each of which it finds: a connect before the journal; a repeated batch not
  /// recognised, or forgotten after a failure; no interruption for a lost answer, for damage, for
  /// a lost session; `completeUntil` when the answer came; a late connect's notifications
  /// delivered; exchanges not cancelled; no handshake rate; ready on any channel; refused channels
  /// never retried; arrays never split; `resumed` forgotten; one change told again and again; what
  /// came of a broken answer forgotten by a kill.
  @Test(arguments: 0..<SimulationTests.shards)
  func `whatever server, network and kills do, nothing is lost in silence and we come back`(
    shard: UInt64
  ) {
    let only = number("RECBRIDGE_SEED")
    if only != nil, shard > 0 { return }
    let count = number("RECBRIDGE_SEEDS") ?? SimulationTests.seeds
    let seeds = only.map { [$0] } ?? (1...count).filter { $0 % SimulationTests.shards == shard }
    var broken = 0
    var continued = 0
    var steps = 0
    var reached = Reached()
    for seed in seeds where broken < 3 {
      var simulation = Simulation(seed: seed)
      if only != nil { simulation.trace = [] }
      simulation.run()
      continued += simulation.continued
      steps += simulation.steps
      reached = reached + simulation.reached
      if let trace = simulation.trace { print(trace.joined(separator: "\n")) }
      if !simulation.violations.isEmpty {
        broken += 1
        Issue.record("seed \(seed): \(simulation.violations.prefix(5).joined(separator: "\n"))")
      }
    }
    print("part \(shard): \(steps) steps of the session machine, \(continued) resumed, \(reached)")
    guard only == nil, broken == 0, count >= SimulationTests.seeds else { return }
    #expect(continued > 0, "no kill led to a session that goes on")
    #expect(reached.opened > 100 && reached.pushed > 10_000 && reached.drained > 10)
    #expect(reached.forgotCookies > 10)
    #expect(steps >= 1_000_000 / Int(SimulationTests.shards))
  }

  /// One million steps in all, in parts that run beside each other.
  static let shards: UInt64 = 4
  static let seeds: UInt64 = 2500

  /// `RECBRIDGE_SEEDS` says how many; `RECBRIDGE_SEED` repeats one and prints what happened.
  private func number(_ name: String) -> UInt64? {
    // getenv(3): the string is copied at once, and nothing in the tests changes the environment.
    guard let text = unsafe getenv(name) else { return nil }
    return UInt64(unsafe String(cString: text))
  }
}
