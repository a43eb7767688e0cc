import Calls
import Testing

@testable import Commands

private let recording = Known(
  verdict: .agree(.recording), offered: [.pauseRecording, .stopRecording], event: 3, isExact: true)
private let nothing = Known(verdict: .notEnough, isExact: false)

/// Look before you leap: what is known decides, what is not known is looked up.
@Suite struct LookTests {
  // Mutation tried: `obstacle` without its case for a pause; the command is sent.
  @Test(arguments: [
    (Operation.pause, RecordingState.stopped, "nothing to pause"),
    (.resume, .stopped, "start a new one"), (.start, .paused, "resume it"),
  ])
  func `what cannot be done now is refused at once, with the reason, and nothing is sent`(
    operation: Operation, state: RecordingState, words: String
  ) throws {
    var bench = Bench()
    let known = Known(verdict: .agree(state), event: 3, isExact: true)
    let effects = bench.ask(operation, known: known, canLook: true)
    #expect(effects.sends == [] && effects.looks == [])
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .rejected && command.attempts == 0)
    #expect(command.evidence.kind == .knowledge && command.evidence.event == 3)
    #expect(command.evidence.message?.contains(words) == true)
    #expect(command.isException == operation.isSafeDirection)
    #expect(command.causes.first == .alreadyFinished || operation != .pause)
    #expect(bench.ask(operation, known: known, isForced: true).sends == ["k2"])
  }

  @Test func `what the platform does not offer is refused where the witnesses agree`() throws {
    var bench = Bench()
    let known = Known(verdict: .agree(.recording), offered: [.stopRecording], isExact: true)
    #expect(bench.ask(.pause, known: known).sends == [])
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .rejected)
    #expect(command.causes.first == .missingPermission)
    #expect(bench.ask(.stop, known: known).sends == ["k2"])
  }

  // A capability alone is enough to send, and never enough to withhold a stop.
  @Test func `without agreeing witnesses nothing is refused`() {
    var bench = Bench()
    let known = Known(verdict: .disagree, offered: [.startRecording], isExact: true)
    #expect(bench.ask(.start, known: known, canLook: true).sends == ["k1"])
    #expect(bench.ask(.stop, call: "c2", known: known, canLook: true).looks.count == 1)
  }

  // Mutation tried: a look that confirms what has not left; the stop is called confirmed.
  @Test func `a state that is not known is looked up, and a stop of a stopped call is satisfied`() {
    var bench = Bench()
    let effects = bench.ask(.stop, known: nothing, canLook: true)
    #expect(effects.sends == [])
    #expect(effects.looks == [Look(agent: "alice", call: "c1")])
    #expect(effects.moves.map(\.attempts) == [0])
    _ = bench.pass(.milliseconds(20))
    let moves = bench.look(.agree(.stopped)).moves
    #expect(moves.map(\.grade) == [.satisfied])
    #expect(moves.first?.evidence.kind == .look && moves.first?.evidence.event == 1)
    #expect(moves.first?.attempts == 0)
  }

  // A notification that was lost leaves us with a state that is over. Mutation tried: `satisfied` from
  // what is held although the platform can be asked; the stop never leaves.
  @Test func `that nothing need be done is looked up before it is believed`() {
    let stopped = Known(verdict: .agree(.stopped), isExact: true)
    var bench = Bench()
    bench.ask(.stop, known: stopped, canLook: true)
    #expect(bench.look(.agree(.recording)).sends == ["k1"])
    bench.ask(.stop, call: "c2", known: stopped, canLook: true)
    #expect(bench.look(.agree(.stopped), call: "c2").moves.map(\.grade) == [.satisfied])
    bench.ask(.stop, call: "c3", known: stopped, canLook: true)
    #expect(bench.fail(call: "c3").sends == ["k3"])
    // The platform says that there is nothing to stop, and a look agrees.
    _ = bench.feed(.replied("k3", .conflict(statusCode: 2, httpStatus: 400, message: "no")))
    bench.look(.agree(.stopped), call: "c3")
    #expect(bench.grade("k3") == .confirmedPolled)
  }

  @Test func `a look that shows a recording lets the stop go`() {
    var bench = Bench()
    bench.ask(.stop, known: nothing, canLook: true)
    let effects = bench.look(.agree(.recording))
    #expect(effects.sends == ["k1"])
    #expect(effects.moves.last?.attempts == 1)
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test func `a look that shows what stands in the way refuses, and an absent call too`() {
    var bench = Bench()
    bench.ask(.pause, known: nothing, canLook: true)
    bench.ask(.stop, call: "c2", known: nothing, canLook: true)
    #expect(bench.look(.agree(.stopped)).moves.last?.grade == .rejected)
    let sight = bench.feed(.looked(Look(agent: "alice", call: "c2"), .absent))
    #expect(sight.moves.map(\.grade) == [.rejected])
    #expect(bench.ledger.command("k2")?.causes.first == .wrongID)
  }

  // Mutation tried: no `.leap`; the stop waits until its deadline.
  @Test(arguments: Operation.allCases)
  func `a look that fails, or takes too long, keeps nothing back`(_ operation: Operation) {
    var bench = Bench()
    bench.ask(operation, known: nothing, canLook: true)
    bench.ask(operation, call: "c2", known: nothing, canLook: true)
    #expect(bench.fail().sends == ["k1"])
    #expect(bench.pass(LedgerSettings.lookPatience - .milliseconds(1)).sends == [])
    #expect(bench.pass(.milliseconds(1)).sends == ["k2"])
    // It comes after all, and decides nothing but what it shows.
    #expect(
      bench.look(.agree(operation.target), call: "c2").moves.map(\.grade) == [.confirmedPolled])
  }

  @Test func `a question that is older than the command is asked again for it`() {
    var bench = Bench()
    #expect(bench.ask(.stop, known: nothing, canLook: true).looks.count == 1)
    let askedAt = bench.now.monotonic
    _ = bench.pass(.milliseconds(5))
    #expect(bench.ask(.stop, known: nothing, canLook: true).looks.isEmpty)
    let effects = bench.look(.agree(.stopped), askedAt: askedAt)
    #expect(bench.grade("k1") == .satisfied && bench.grade("k2") == nil)
    #expect(effects.looks.count == 1)
    bench.look(.agree(.stopped))
    #expect(bench.grade("k2") == .satisfied)
  }

  @Test func `an open command that is about to change the state leaves nothing to be known`() {
    var bench = Bench()
    bench.ask(.start, known: Known(verdict: .agree(.stopped), isExact: true))
    let known = Known(verdict: .agree(.stopped), isExact: true)
    #expect(bench.ask(.pause, known: known).sends == ["k2"])
    #expect(bench.ask(.stop, known: known).sends == ["k3"])
  }
}
