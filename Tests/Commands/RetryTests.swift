import Calls
import Testing

@testable import Commands

private let recording = Known(
  verdict: .agree(.recording), offered: [.pauseRecording, .stopRecording], isExact: true)

/// After a doubt or a refusal: first a look, then once more, within the budget.
@Suite struct RetryTests {
  private func known(_ operation: Operation) -> Known {
    switch operation {
    case .stop, .pause: recording
    case .start: Known(verdict: .agree(.stopped), isExact: true)
    case .resume: Known(verdict: .agree(.paused), isExact: true)
    }
  }

  private func doubtful(_ operation: Operation) -> Bench {
    var bench = Bench()
    bench.ask(operation, known: known(operation))
    _ = bench.feed(.sent("k1"))
    #expect(bench.feed(.replied("k1", .ambiguous(reason: "timed out"))).looks.count == 1)
    return bench
  }

  // Mutation tried: `isSafeDirection` left out of `maySendAgain`; starts are sent again.
  @Test(arguments: Operation.allCases)
  func `after a doubt the state is read, and only a stop or a pause is sent again`(
    _ operation: Operation
  ) throws {
    var bench = doubtful(operation)
    let before = try #require(known(operation).verdict.state)
    #expect(bench.look(.agree(before)).sends == [])
    let effects = bench.pass(LedgerSettings.sendPause)
    #expect(effects.sends == (operation.isSafeDirection ? ["k1"] : []))
    #expect(bench.ledger.command("k1")?.attempts == (operation.isSafeDirection ? 2 : 1))
    bench.see(.agree(operation.target))
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test(arguments: Operation.allCases)
  func `a look that shows the target after a doubt confirms, and says that it was a look`(
    _ operation: Operation
  ) throws {
    var bench = doubtful(operation)
    let moves = bench.look(.agree(operation.target)).moves
    #expect(moves.map(\.grade) == [.confirmedPolled])
    #expect(moves.first?.evidence.kind == .look && moves.first?.evidence.event == 1)
    #expect(moves.first?.evidence.message == "timed out")
    #expect(try roundTrip(try #require(moves.first)) == moves.first)
  }

  // Mutation tried: the words of the answer before kept beside the numbers of the next.
  @Test func `numbers and words of the evidence are those of one answer`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    let doubt = PlatformReply.ambiguous(
      statusCode: 503, httpStatus: 503, reason: "HTTP status 503")
    _ = bench.feed(.replied("k1", doubt))
    bench.look(.agree(.recording))
    #expect(bench.pass(LedgerSettings.sendPause).sends == ["k1"])
    #expect(bench.ledger.command("k1")?.evidence.message == "HTTP status 503", "it is the newest")
    _ = bench.feed(.replied("k1", .accepted(statusCode: nil, httpStatus: 202)))
    let evidence = bench.ledger.command("k1")?.evidence
    #expect(evidence?.statusCode == 202 && evidence?.httpStatus == 202)
    #expect(evidence?.message == nil)
  }

  @Test func `an answer that says nothing at all leaves what was said before`() {
    var bench = doubtful(.stop)
    bench.look(.agree(.recording))
    _ = bench.pass(LedgerSettings.sendPause)
    _ = bench.feed(.replied("k1", .accepted(statusCode: nil)))
    #expect(bench.ledger.command("k1")?.status == .accepted)
    #expect(bench.ledger.command("k1")?.evidence.message == "timed out")
  }

  // Mutation tried, and found: the same state once more forgotten.
  @Test func `the grade names the newest look that showed the state, without a move for each`() {
    var bench = Bench()
    bench.ask(.stop, known: recording, isNotified: false)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: nil, httpStatus: 202)))
    var moves = 0
    for _ in 0..<3 {
      _ = bench.pass(.seconds(2))
      moves += bench.look(.agree(.recording)).moves.count
    }
    #expect(moves == 1)
    let end = bench.pass(.seconds(10)).moves.last
    #expect(end?.grade == .unconfirmed && end?.evidence.kind == .deadline)
    #expect(end?.evidence.event == 3)
  }

  // Mutation tried: sending again although the look failed.
  @Test func `as long as the state cannot be read nothing is sent again`() {
    var bench = doubtful(.stop)
    var looks = 1
    #expect(bench.fail(after: .seconds(1)).sends == [])
    #expect(bench.pass(.milliseconds(999)).looks.isEmpty)
    #expect(bench.pass(.milliseconds(1)).looks.count == 1)
    while bench.grade("k1") == nil {
      _ = bench.fail()
      let effects = bench.pass(.milliseconds(250))
      looks += effects.looks.count
      #expect(effects.sends == [])
    }
    #expect(looks <= LedgerSettings.looksMax)
    #expect(bench.grade("k1") == .unconfirmed)
  }

  // Mutation tried: no bound on `attempts`.
  @Test func `a platform that never answers well is asked no more often than the budget says`() {
    var bench = doubtful(.stop)
    var sends = 1
    while bench.grade("k1") == nil {
      _ = bench.look(.agree(.recording))
      let effects = bench.pass(.milliseconds(100))
      if !effects.sends.isEmpty {
        sends += 1
        _ = bench.feed(.replied("k1", .ambiguous(reason: "HTTP status 503")))
      }
    }
    #expect(sends == LedgerSettings.attemptsMax)
    #expect(bench.grade("k1") == .unconfirmed)
    #expect(bench.ledger.command("k1")?.evidence.state == .recording)
  }

  @Test func `a platform that is asked to wait for is waited for`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    let reply = PlatformReply.throttled(
      statusCode: 429, message: "HTTP status 429", retryAfter: .seconds(3))
    #expect(bench.feed(.replied("k1", reply)).sends == [])
    #expect(bench.pass(.milliseconds(2_999)).sends == [])
    #expect(bench.pass(.milliseconds(1)).sends == ["k1"])
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test(arguments: [(Operation.stop, Duration.seconds(10)), (.start, .seconds(1))])
  func `a wait behind the deadline, and any for a start, is a refusal`(
    operation: Operation, wish: Duration
  ) throws {
    var bench = Bench()
    bench.ask(operation, known: known(operation))
    let reply = PlatformReply.throttled(statusCode: 429, message: "later", retryAfter: wish)
    #expect(bench.feed(.replied("k1", reply)).sends == [])
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .rejected && command.evidence.statusCode == 429)
    #expect(command.causes.first == .throttled)
  }

  // Integrators waited 2 to 3 s after a start before a stop was taken.
  @Test func `a recording that has just begun may refuse for three seconds`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    let refusal = PlatformReply.conflict(statusCode: nil, httpStatus: 403, message: "no")
    let begun = bench.now.monotonic
    _ = bench.feed(.replied("k1", refusal))
    while bench.now.monotonic - begun < .seconds(3) {
      _ = bench.look(.agree(.recording))
      if !bench.pass(.milliseconds(100)).sends.isEmpty {
        _ = bench.feed(.replied("k1", refusal))
      }
    }
    #expect(bench.grade("k1") == nil)
    while bench.ledger.command("k1")?.attempts == 3 {
      _ = bench.look(.agree(.recording))
      _ = bench.pass(.milliseconds(100))
    }
    bench.see(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test func `a refusal for the state is told apart by a look`() {
    let refusal = PlatformReply.conflict(statusCode: 2, httpStatus: 400, message: "wrong state")
    var bench = Bench()
    for call in ["c1", "c2", "c3", "c4"] {
      bench.ask(.stop, call: call, known: recording)
    }
    bench.ask(.start, call: "c5", known: known(.start))
    for number in 1...5 { _ = bench.feed(.replied("k\(number)", refusal)) }
    bench.look(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedPolled)
    bench.look(.notEnough, call: "c2", isEnded: true)
    #expect(bench.grade("k2") == .impliedReleased)
    bench.look(.notEnough, call: "c3")
    #expect(bench.grade("k3") == .rejected)
    bench.look(.agree(.recording), call: "c4")
    #expect(bench.grade("k4") == nil)
    bench.look(.agree(.stopped), call: "c5")
    #expect(bench.grade("k5") == .rejected)
    #expect(bench.ledger.command("k5")?.evidence.message == "wrong state")
  }

  // A mistyped call, or one of another agent: the real one goes on being recorded.
  @Test func `a call that was never seen has not ended because the platform does not list it`() {
    let nothing = Known(verdict: .notEnough, isExact: false)
    let absence = { (call: String) in Input.looked(Look(agent: "alice", call: call), .absent) }
    var bench = Bench()
    bench.ask(.stop, known: nothing, isForced: true)
    _ = bench.feed(.replied("k1", .conflict(statusCode: 6, httpStatus: 500, message: "no call")))
    _ = bench.feed(absence("c1"))
    #expect(bench.grade("k1") == .rejected)
    #expect(bench.ledger.command("k1")?.evidence.statusCode == 6)
    bench.ask(.stop, call: "c2", known: nothing, isForced: true)
    _ = bench.feed(.replied("k2", .ambiguous(reason: "timed out")))
    _ = bench.feed(absence("c2"))
    #expect(bench.grade("k2") == nil)
    bench.ask(.stop, call: "c3", known: recording)
    _ = bench.feed(.replied("k3", .ambiguous(reason: "timed out")))
    _ = bench.feed(absence("c3"))
    #expect(bench.grade("k3") == .impliedReleased)
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k2") == .unconfirmed)
    #expect(bench.ledger.exceptions.map(\.id) == ["k1", "k2"])
  }

  // A stop that is repeated behind a later start would undo it.
  @Test func `what was asked for later is not undone by another attempt`() {
    var bench = doubtful(.stop)
    bench.ask(.start, known: recording)
    bench.look(.agree(.recording))
    #expect(bench.pass(.seconds(5)).sends == [])
  }

  @Test func `a refusal that no look explains stands at the deadline`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.replied("k1", .conflict(statusCode: nil, httpStatus: 409, message: "busy")))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .rejected)
  }

  // Mutation tried: the second opinion without its look; both are unconfirmed.
  @Test func `a deadline that passes in silence gets a second opinion just before it`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.stop, call: "c2", known: recording)
    #expect(bench.pass(.milliseconds(8_999)).looks.isEmpty)
    #expect(bench.pass(.milliseconds(1)).looks.count == 2)
    bench.look(.agree(.stopped))
    #expect(bench.grade("k1") == .confirmedPolled)
    bench.look(.agree(.recording), call: "c2")
    #expect(bench.pass(.seconds(1)).sends == [])
    #expect(bench.grade("k2") == .unconfirmed)
    #expect(bench.ledger.command("k2")?.evidence.state == .recording)
  }

  @Test func `where something was witnessed no second opinion is asked for`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.sent("k1"))
    bench.see(.agree(.recording))
    #expect(bench.pass(.seconds(9)).looks.isEmpty)
    _ = bench.pass(.seconds(1))
    #expect(bench.grade("k1") == .contradicted)
  }

  // Mutation tried: `isPolled` not looked at; the first look comes at nine seconds.
  @Test(arguments: Operation.allCases)
  func `where no notification tells, looks do, with growing pauses`(_ operation: Operation) throws {
    var bench = Bench()
    bench.ask(operation, known: known(operation), isNotified: false)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 202)))
    let before = try #require(known(operation).verdict.state)
    var looks: [Duration] = []
    let begun = bench.now.monotonic
    while looks.count < 4 {
      if !bench.pass(.milliseconds(50)).looks.isEmpty {
        looks.append(bench.now.monotonic - begun)
        bench.look(.agree(before))
      }
    }
    #expect(looks == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
    _ = bench.pass(.seconds(2))
    bench.look(.agree(operation.target))
    #expect(bench.grade("k1") == .confirmedPolled)
  }

  @Test func `while an agent is not observed its accepted commands are looked after`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    _ = bench.feed(.observationLost(agent: "alice"))
    #expect(bench.pass(LedgerSettings.lookPause).looks.count == 1)
    bench.look(.agree(.recording))
    _ = bench.pass(.seconds(10))
    // Somebody did look.
    #expect(bench.grade("k1") == .unconfirmed)
  }
}
