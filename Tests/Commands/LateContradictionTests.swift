import Calls
import Testing

@testable import Commands

private let recording = Known(verdict: .agree(.recording), isExact: true)

@Suite struct LateContradictionTests {
  private func confirmedStop() -> Bench {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped))
    return bench
  }

  @Test func `a stop that does not last is taken back, and says what it was`() throws {
    var bench = confirmedStop()
    _ = bench.pass(.milliseconds(9_999))
    let moved = try #require(bench.see(.agree(.recording)).moves.first)
    #expect(moved.grade == .contradicted)
    #expect(moved.previously == .confirmedNotified)
    #expect(moved.evidence.event == 2)
    #expect(bench.ledger.exceptions == [moved])
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .contradicted)
    #expect(try roundTrip(moved) == moved)
  }

  @Test func `a recording that starts after a deadline's time is a change of its own`() {
    var bench = confirmedStop()
    _ = bench.pass(.seconds(10))
    #expect(bench.see(.agree(.recording)) == [])
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test(arguments: [Operation.start, .resume])
  func `our own later start or resume contradicts no stop`(_ operation: Operation) {
    var bench = confirmedStop()
    bench.ask(operation, known: Known(verdict: .agree(.stopped), isExact: false))
    bench.see(.agree(.recording))
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k2") == .confirmedNotified)
  }

  @Test(arguments: [Verdict.disagree, .notEnough, .agree(.stopped)])
  func `doubtful witnesses take nothing back`(_ verdict: Verdict) {
    var bench = confirmedStop()
    #expect(bench.see(verdict) == [])
  }

  @Test func `a stop that does not last over a restart is taken back too`() throws {
    var bench = confirmedStop()
    _ = try bench.restart(after: .seconds(9))
    bench.see(.agree(.recording))
    #expect(bench.grade("k1") == .contradicted)
    bench = confirmedStop()
    _ = try bench.restart(after: .seconds(10))
    bench.see(.agree(.recording))
    #expect(bench.grade("k1") == .confirmedNotified)
  }
}
