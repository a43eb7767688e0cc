import Testing

@testable import Bayeux

@Suite struct BackoffTests {
  /// Mutation tried: `failed` that starts at the first delay.
  @Test func `the first retry is at once, the next ones wait up to a quarter, half and one second`()
  {
    var random = SplitMix64(seed: 4)
    var longest = [Duration](repeating: .zero, count: 24)
    for _ in 0..<300 {
      var backoff = Backoff()
      for index in longest.indices { longest[index] = max(longest[index], backoff.failed(&random)) }
      #expect(backoff.failures == 24)
    }
    #expect(longest[0] == .zero)
    for (index, ceiling) in [0.25, 0.5, 1, 1].enumerated() {
      #expect(
        longest[index + 1] <= .seconds(ceiling) && longest[index + 1] > .seconds(ceiling * 0.9))
    }
    #expect(longest.allSatisfy { $0 <= .seconds(1) })
  }

  @Test func `a long outage is met less than once a second, and every half minute in the end`() {
    for seed in 0..<20 {
      var random = SplitMix64(seed: UInt64(seed))
      var backoff = Backoff()
      var now = Duration.zero
      var times: [Duration] = []
      while now < .seconds(3600) {
        now += backoff.failed(&random)
        times.append(now)
      }
      func count(until end: Int) -> Int { times.count { $0 < .seconds(end) } }
      #expect(count(until: 60) <= 120)
      #expect(count(until: 120) <= 120)
      #expect(count(until: 3600) - count(until: 3000) < 45)
      #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 <= .seconds(30) })
      // It grows only after minutes.
      #expect(count(until: 300) - count(until: 240) > 4)
    }
  }

  /// Mutation tried: the eagerness forgotten by a success.
  @Test func `two dozen refusals in a row cost few sessions about a second`() {
    for seed in 0..<50 {
      var random = SplitMix64(seed: UInt64(seed))
      var backoff = Backoff(isEager: true)
      _ = backoff.failed(&random)
      backoff.succeeded()
      let waited = (0..<24).reduce(Duration.zero) { sum, _ in sum + backoff.failed(&random) }
      #expect(waited < .milliseconds(1_200))
      // After that it is as patient as with many.
      let later = (0..<100).reduce(Duration.zero) { sum, _ in sum + backoff.failed(&random) }
      #expect(later > .seconds(45))
    }
  }

  @Test func `a success forgets all of it`() {
    var random = SplitMix64(seed: 1)
    var backoff = Backoff()
    for _ in 0..<500 { _ = backoff.failed(&random) }
    backoff.succeeded()
    #expect(backoff.failed(&random) == .zero)
    #expect(backoff.failed(&random) <= .milliseconds(250))
  }
}
