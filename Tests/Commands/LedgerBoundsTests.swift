import Calls
import Testing

@testable import Commands

private let recording = Known(verdict: .agree(.recording), isExact: true)

@Suite struct LedgerBoundsTests {
  @Test func `asking again under the same key answers with the same command`() throws {
    var bench = Bench()
    bench.ask(.stop, key: "order-1", known: recording)
    let open = try #require(bench.ledger.command("k1"))
    #expect(
      bench.ask(.stop, key: "order-1", known: recording) == [.answered(request: "k2", open)])
    bench.see(.agree(.stopped))
    let final = try #require(bench.ledger.command("k1"))
    #expect(
      bench.ask(.stop, key: "order-1", known: recording) == [.answered(request: "k3", final)])
  }

  @Test func `a key that names a different command is refused with the reason`() {
    var bench = Bench()
    bench.ask(.stop, key: "order-1", known: recording)
    let different = [
      bench.ask(.pause, key: "order-1"), bench.ask(.stop, key: "order-1", call: "c2"),
      bench.ask(.stop, key: "order-1", agent: "bob"),
      bench.ask(.stop, key: "order-1", mode: .observe),
    ]
    for effects in different {
      #expect(effects.count == 1)
      #expect(effects.refusals.first?.description.contains("k1") ?? false)
    }
  }

  @Test func `a flood of starts cannot keep a stop from going out`() {
    var bench = Bench(
      LedgerSettings(deadline: .seconds(10), openLimit: 2, openReserve: 1, recentLimit: 4))
    for call in ["c1", "c2"] { bench.ask(.start, call: call) }
    #expect(bench.ask(.start, call: "c3").refusals == [.tooManyOpen(limit: 2)])
    #expect(bench.ask(.stop, call: "c3").sends == ["k4"])
    #expect(bench.ask(.pause, call: "c4").refusals == [.tooManyOpen(limit: 3)])
    _ = bench.pass(.seconds(10))
    #expect(bench.ask(.start, call: "c3").sends == ["k6"])
  }

  @Test func `ended commands are forgotten oldest first, open ones never`() {
    var bench = Bench(LedgerSettings(deadline: .seconds(10), recentLimit: 2))
    bench.ask(.stop, key: "open", call: "c0", known: recording)
    for call in ["c1", "c2", "c3"] {
      bench.ask(.stop, key: call, call: call, known: recording)
      bench.see(.agree(.stopped), call: call)
    }
    #expect(bench.ledger.command("k2") == nil)
    #expect(bench.ledger.command("k4")?.grade == .confirmedNotified)
    #expect(bench.ledger.open.map(\.id) == ["k1"])
    #expect(bench.ledger.book.ids(agent: "alice", call: "c1") == [])
    #expect(bench.ledger.book.id(key: "c1") == nil)
    #expect(bench.ledger.book.id(key: "c3") == "k4")
  }

  @Test func `an identifier is never used twice`() {
    var bench = Bench()
    bench.ask(.stop)
    let known = Known(verdict: .notEnough, isExact: true)
    let twin = Request(id: "k1", agent: "alice", call: "c1", operation: .start, known: known)
    #expect(bench.feed(.asked(twin)).refusals == [.identifierInUse("k1")])
  }

  @Test func `after a restart nothing is sent again and every open command gets its time`() throws {
    var bench = Bench()
    bench.ask(.stop, key: "order-1", known: recording)
    bench.ask(.stop, call: "c2", known: recording)
    bench.see(.agree(.stopped), call: "c2")
    _ = bench.pass(.seconds(9))
    let before = bench.ledger.open
    #expect(try bench.restart() == [.wake(at: .seconds(14))])
    #expect(bench.ledger.open == before)
    #expect(bench.ask(.stop, key: "order-1", known: recording).sends == [])
    #expect(bench.feed(.replied("k1", .notAuthenticated(reason: "403"))).sends == [])
    #expect(bench.grade("k1") == .rejected)
    bench.ask(.stop, call: "c4", known: recording)
    _ = try bench.restart()
    _ = bench.pass(.milliseconds(9_999))
    #expect(bench.ledger.open.count == 1)
    _ = bench.pass(.milliseconds(1))
    #expect(bench.ledger.open.isEmpty)
  }

  @Test func `a stop confirmed after a restart tells its latency by the wall clock`() throws {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = try bench.restart(after: .seconds(3))
    bench.see(.agree(.stopped), source: .snapshot)
    #expect(bench.ledger.command("k1")?.grade == .confirmedResynced)
    #expect(bench.ledger.command("k1")?.latency == .seconds(3))
  }
}
