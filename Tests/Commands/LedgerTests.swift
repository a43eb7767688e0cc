import Calls
import Testing

@testable import Commands

private let recording = Known(verdict: .agree(.recording), recordingFile: "f0", isExact: true)
private let stopped = Known(verdict: .agree(.stopped), recordingFile: "f0", isExact: true)

@Suite struct LedgerTests {
  @Test func `a stop goes out after it is written down and is confirmed by a notification`() throws
  {
    var bench = Bench()
    let effects = bench.ask(.stop, known: recording)
    let issued = try #require(bench.ledger.command("k1"))
    #expect(
      effects == [
        .moved(issued), .answered(request: "k1", issued), .send(issued), .wake(at: .seconds(109)),
      ])
    #expect(issued.status == .issued)
    #expect(bench.feed(.sent("k1")).moves.map(\.status) == [.sent])
    #expect(bench.feed(.replied("k1", .accepted(statusCode: 0))).moves.map(\.status) == [.accepted])
    _ = bench.pass(.milliseconds(40))
    bench.see(.agree(.stopped))
    let final = try #require(bench.ledger.command("k1"))
    #expect(final.grade == .confirmedNotified)
    #expect(final.latency == .milliseconds(40))
    #expect(
      final.evidence
        == Evidence(
          .notification, event: 1, state: .stopped, recordingFile: "file-1", statusCode: 0))
    #expect(!final.isException)
    #expect(bench.ledger.open.isEmpty)
  }

  @Test func `a notification that is quicker than the reply, or than the send, counts`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    #expect(bench.see(.agree(.stopped)).moves.map(\.grade) == [.confirmedNotified])
    #expect(bench.feed(.sent("k1")) == [])
    #expect(bench.feed(.replied("k1", .accepted(statusCode: 0))) == [])
    #expect(
      bench.feed(.replied("k1", .rejected(statusCode: 2, httpStatus: 200, message: ""))) == [])
  }

  @Test(arguments: [Verdict.disagree, .notEnough, .agree(.recording)])
  func `nothing but agreeing witnesses of the target confirms`(_ verdict: Verdict) {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.see(verdict)
    bench.see(verdict, isRecordingChange: true)
    bench.see(verdict, source: .snapshot)
    #expect(bench.ledger.command("k1")?.isOpen == true)
  }

  @Test func `another call, or another agent's leg of it, confirms nothing`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped), call: "c2")
    bench.see(.agree(.stopped), agent: "bob")
    #expect(bench.ledger.command("k1")?.isOpen == true)
  }

  @Test func `a stop of a stopped call is satisfied and nothing is sent`() {
    var bench = Bench()
    let effects = bench.ask(.stop, known: stopped)
    #expect(effects.sends == [])
    #expect(effects.moves.map(\.grade) == [.satisfied])
    #expect(effects.moves.first?.evidence.state == .stopped)
  }

  @Test func `what we hold during a gap satisfies nobody`() {
    var bench = Bench()
    let known = Known(verdict: .agree(.stopped), isExact: false)
    #expect(bench.ask(.stop, known: known).sends == ["k1"])
    #expect(bench.see(.agree(.stopped)).moves.map(\.grade) == [.confirmedNotified])
  }

  // The call still records because the stop has not taken effect yet. To call the start satisfied,
  // or confirmed by attached data that still says Recording, would leave the call stopped.
  @Test func `a start behind an open stop waits until the stop has taken effect`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    #expect(bench.ask(.start, known: recording).sends == ["k2"])
    bench.see(.agree(.recording))
    #expect(bench.ledger.open.map(\.id) == ["k1", "k2"])
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k2") == nil)
    bench.see(.agree(.recording))
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test func `several commands of one target are confirmed by one notification`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k2") == .confirmedNotified)
  }

  @Test func `a pause overtaken by a confirmed stop is superseded and no exception`() {
    var bench = Bench()
    bench.ask(.pause, known: recording)
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .superseded)
    #expect(bench.ledger.command("k1")?.supersededBy == .init(id: "k2", operation: .stop))
    #expect(bench.ledger.exceptions == [])
  }

  @Test func `a stop overtaken by a confirmed start is an exception`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.start, known: recording)
    bench.see(.agree(.recording), isRecordingChange: true)
    #expect(bench.grade("k1") == .superseded)
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.ledger.exceptions.map(\.id) == ["k1"])
  }

  @Test func `a refusal ends a command at once and keeps the platform's words`() throws {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.replied("k1", .rejected(statusCode: 6, httpStatus: 404, message: "gone")))
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .rejected)
    #expect(command.evidence.statusCode == 6)
    #expect(command.evidence.message == "gone")
    #expect(bench.ledger.exceptions.map(\.id) == ["k1"])
  }

  @Test func `a doubtful answer leaves the command open for what is observed`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.stop, call: "c2", known: recording)
    for id in ["k1", "k2"] { _ = bench.feed(.replied(id, .ambiguous(reason: "timed out"))) }
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.ledger.command("k1")?.evidence.message == "timed out")
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k2") == .unconfirmed)
    #expect(bench.ledger.command("k2")?.evidence.message == "timed out")
  }

  @Test(arguments: Operation.allCases)
  func `only a stop or a pause is sent again to a platform that forgot us, once`(
    _ operation: Operation
  ) {
    var bench = Bench()
    bench.ask(operation, known: Known(verdict: .notEnough, isExact: true))
    let effects = bench.feed(.replied("k1", .notAuthenticated(reason: "403")))
    if operation.isSafeDirection {
      #expect(effects.sends == ["k1"])
      #expect(bench.ledger.command("k1")?.attempts == LedgerSettings.loginAttemptsMax)
      #expect(bench.feed(.replied("k1", .notAuthenticated(reason: "403"))).sends == [])
    } else {
      #expect(effects.sends == [])
    }
    #expect(bench.grade("k1") == .rejected)
  }

  @Test func `the deadline ends a command that nothing was seen of`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    #expect(bench.pass(.milliseconds(9_999)).moves.isEmpty)
    #expect(bench.pass(.milliseconds(1)).moves.map(\.grade) == [.unconfirmed])
    #expect(bench.ledger.command("k1")?.evidence.recordingFile == "f0")
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .unconfirmed)
    #expect(bench.ledger.exceptions.map(\.id) == ["k1"])
  }

  @Test func `a stop after which the call is seen recording is contradicted at the deadline`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.see(.agree(.recording))
    #expect(bench.ledger.command("k1")?.evidence.kind == .knowledge)
    _ = bench.feed(.sent("k1"))
    #expect(bench.see(.agree(.recording)).moves.map(\.evidence.kind) == [.notification])
    #expect(bench.see(.agree(.recording)).moves == [])
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .contradicted)
  }

  @Test func `what was seen before the command left does not contradict it`() {
    var bench = Bench()
    bench.ask(.stop, known: Known(verdict: .notEnough, isExact: true))
    bench.see(.agree(.recording))
    _ = bench.feed(.sent("k1"))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .unconfirmed)
  }

  @Test func `a deadline inside a gap is unobservable, not unconfirmed`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.observationLost(agent: "alice"))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .unobservable)
  }

  @Test func `a gap that a snapshot closes confirms, one that none closes gives up`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.stop, agent: "bob", known: recording)
    for agent in ["alice", "bob"] { _ = bench.feed(.observationLost(agent: agent)) }
    bench.see(.agree(.stopped), source: .snapshot)
    _ = bench.feed(.observationRestored(agent: "alice", resynced: true))
    _ = bench.feed(.observationRestored(agent: "bob", resynced: false))
    #expect(bench.grade("k1") == .confirmedResynced)
    #expect(bench.grade("k2") == .unobservable)
    bench.ask(.stop, known: recording)
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k3") == .unconfirmed)
  }

  @Test func `a snapshot asked for before a command says nothing about it`() {
    var bench = Bench()
    let askedAt = bench.now.monotonic
    _ = bench.pass(.milliseconds(1))
    bench.ask(.stop, known: Known(verdict: .notEnough, isExact: false))
    bench.see(.agree(.stopped), isEnded: true, source: .snapshot, askedAt: askedAt)
    #expect(bench.grade("k1") == nil)
    bench.see(.agree(.stopped), source: .snapshot, askedAt: bench.now.monotonic)
    #expect(bench.grade("k1") == .confirmedResynced)
  }

  @Test func `the end of a call ends its commands, with a confirmation where it shows one`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.pause, call: "c2", known: recording)
    bench.see(.agree(.stopped), isEnded: true)
    bench.see(.notEnough, call: "c2", isEnded: true)
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k2") == .impliedReleased)
    #expect(bench.ledger.exceptions == [])
  }

  @Test func `a command carried out by somebody else is watched and not sent`() {
    var bench = Bench()
    #expect(bench.ask(.stop, mode: .observe, known: recording).sends == [])
    #expect(bench.feed(.sent("k1")) == [])
    #expect(bench.feed(.replied("k1", .notAuthenticated(reason: "403"))) == [])
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
    bench.ask(.stop, call: "c2", mode: .observe, known: recording)
    bench.see(.agree(.recording), call: "c2")
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k2") == .contradicted)
    #expect(bench.ledger.exceptions.map(\.id) == ["k2"])
  }

  @Test func `a snapshot, a pause by somebody or a rejected start explain what they explain`() {
    var bench = Bench()
    bench.ask(.pause, known: recording)
    bench.see(.agree(.paused))
    bench.see(.agree(.recording), source: .snapshot)
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
    bench.ask(.start, known: stopped)
    _ = bench.feed(.replied("k2", .rejected(statusCode: 3, httpStatus: nil, message: "no")))
    bench.see(.agree(.recording))
    #expect(bench.grade("k1") == .contradicted)
  }
}
