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
  /// never retried; arrays never split; `resumed` forgotten; one change told again and again.
  @Test
  func `whatever server and network do, nothing is lost in silence and the session comes back`() {
    let only = number("RECBRIDGE_SEED")
    var broken = 0
    for seed in only.map({ $0...$0 }) ?? 1...(number("RECBRIDGE_SEEDS") ?? 1000) where broken < 3 {
      var simulation = Simulation(seed: seed)
      if only != nil { simulation.trace = [] }
      simulation.run()
      if let trace = simulation.trace { print(trace.joined(separator: "\n")) }
      if !simulation.violations.isEmpty {
        broken += 1
        Issue.record("seed \(seed): \(simulation.violations.prefix(5).joined(separator: "\n"))")
      }
    }
  }

  /// `RECBRIDGE_SEEDS` says how many; `RECBRIDGE_SEED` repeats one and prints what happened.
  private func number(_ name: String) -> UInt64? {
    // getenv(3): the string is copied at once, and nothing in the tests changes the environment.
    guard let text = unsafe getenv(name) else { return nil }
    return UInt64(unsafe String(cString: text))
  }
}
