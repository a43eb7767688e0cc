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
  @Test
  func `whatever server, network and kills do, nothing is lost in silence and we come back`() {
    let only = number("RECBRIDGE_SEED")
    var broken = 0
    var continued = 0
    var steps = 0
    var reached = Reached()
    let count = number("RECBRIDGE_SEEDS") ?? 1000
    for seed in only.map({ $0...$0 }) ?? 1...count where broken < 3 {
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
    print("simulated \(steps) steps of the session machine: \(reached)")
    if only == nil, broken == 0, count >= 1000 {
      #expect(continued > 0, "no kill led to a session that goes on")
    }
  }

  /// `RECBRIDGE_SEEDS` says how many; `RECBRIDGE_SEED` repeats one and prints what happened.
  private func number(_ name: String) -> UInt64? {
    // getenv(3): the string is copied at once, and nothing in the tests changes the environment.
    guard let text = unsafe getenv(name) else { return nil }
    return UInt64(unsafe String(cString: text))
  }
}
