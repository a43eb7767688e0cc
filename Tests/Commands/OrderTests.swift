import Calls
import Testing

@testable import Commands

private let nothing = Known(verdict: .notEnough, isExact: false)

/// Nothing leaves behind a later command of ours that wants something else.
@Suite struct OrderTests {
  /// The call is paused; a resume waits for its look, and 200 ms later a pause leaves at once.
  private func overtaken(by agent: String = "alice") -> Bench {
    var bench = Bench()
    #expect(bench.ask(.resume, known: nothing, canLook: true).sends == [])
    _ = bench.pass(.milliseconds(200))
    #expect(bench.ask(.pause, agent: agent, known: nothing, canLook: true).sends == ["k2"])
    return bench
  }

  // Mutation tried: `send` without `isOvertaken`; the resume leaves and the card number is recorded.
  @Test(arguments: ["alice", "bob"])
  func `a resume whose look is slow does not undo the pause that came after it`(
    agent: String
  ) throws {
    var bench = overtaken(by: agent)
    let askedAt = bench.now.monotonic - .milliseconds(200)
    #expect(bench.look(.agree(.paused), askedAt: askedAt).sends == [])
    let resume = try #require(bench.ledger.command("k1"))
    #expect(resume.grade == .superseded && resume.attempts == 0)
    #expect(resume.supersededBy == .init(id: "k2", operation: .pause))
    #expect(resume.evidence.message == "not sent: pause k2 was asked for later")
    #expect(try roundTrip(resume) == resume)
    #expect(bench.pass(.seconds(3)).sends == [])
  }

  @Test func `nor does one whose look fails, or never comes`() {
    var bench = overtaken()
    #expect(bench.fail().sends == [])
    #expect(bench.grade("k1") == .superseded)
    bench = overtaken()
    #expect(bench.pass(LedgerSettings.lookPatience).sends == [])
    #expect(bench.grade("k1") == .superseded)
  }

  @Test func `a stop that was overtaken by a start is an exception`() throws {
    var bench = Bench()
    bench.ask(.stop, known: nothing, canLook: true)
    #expect(bench.ask(.start, known: nothing, canLook: true).sends == ["k2"])
    bench.look(.agree(.recording))
    #expect(bench.ledger.exceptions.map(\.id) == ["k1"])
  }

  // A pause leaves the recording open, and whoever resumes it does not know of the stop.
  @Test(arguments: [(Operation.stop, Operation.pause, true), (.pause, .stop, false)])
  func `a stop that gave way to a pause is an exception, and not the other way round`(
    _ earlier: Operation, _ later: Operation, _ isException: Bool
  ) throws {
    var bench = Bench()
    bench.ask(earlier, known: nothing, canLook: true)
    #expect(bench.ask(later, known: nothing, canLook: true).sends == ["k2"])
    bench.look(.agree(.recording))
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .superseded)
    #expect(command.isException == isException)
  }

  @Test func `so is a stop of which a later pause shows that it did not take effect`() throws {
    let recording = Known(
      verdict: .agree(.recording), offered: [.pauseRecording, .stopRecording], isExact: true)
    var bench = Bench()
    for operation in [Operation.stop, .pause] { bench.ask(operation, known: recording) }
    bench.see(.agree(.paused))
    #expect(bench.grade("k1") == .superseded && bench.grade("k2") == .confirmedNotified)
    #expect(bench.ledger.exceptions.map(\.id) == ["k1"])
  }

  @Test func `a later command that was refused, or wants the same, overtakes nobody`() {
    var bench = overtaken()
    _ = bench.feed(
      .replied("k2", .rejected(statusCode: 2, httpStatus: 400, message: "wrong state")))
    #expect(bench.look(.agree(.paused)).sends == ["k1"])
    bench.ask(.stop, call: "c2", known: nothing, canLook: true)
    bench.ask(.stop, call: "c2", known: nothing, isForced: true)
    #expect(bench.look(.agree(.recording), call: "c2").sends == ["k3"])
  }

  @Test func `what somebody else says to send holds back a resume, and no stop`() {
    let observed = CommandMode.observe
    var bench = Bench()
    bench.ask(.stop, known: nothing, canLook: true)
    bench.ask(.start, mode: observed, known: nothing)
    #expect(bench.look(.agree(.recording)).sends == ["k1"])
    bench = Bench()
    bench.ask(.resume, known: nothing, canLook: true)
    bench.ask(.pause, mode: observed, known: nothing)
    #expect(bench.look(.agree(.paused)).sends == [])
    #expect(bench.grade("k1") == .superseded)
  }

  // Mutation tried: `successor` among the agent's own commands only; the stop is sent again.
  @Test func `another agent's later start is not undone by another attempt`() {
    let recording = Known(
      verdict: .agree(.recording), offered: [.pauseRecording, .stopRecording], isExact: true)
    var bench = Bench()
    bench.ask(.stop, known: recording)
    _ = bench.feed(.replied("k1", .ambiguous(reason: "timed out")))
    bench.ask(.start, agent: "bob", known: recording)
    bench.look(.agree(.recording))
    #expect(bench.pass(.seconds(5)).sends == [])
  }

  // Mutation tried: `judge` among the agent's own commands only; the stop is called satisfied.
  @Test func `another agent's open start leaves nothing to be known`() {
    let stopped = Known(verdict: .agree(.stopped), isExact: true)
    var bench = Bench()
    bench.ask(.start, known: stopped)
    #expect(bench.ask(.stop, agent: "bob", known: stopped).sends == ["k2"])
  }
}
