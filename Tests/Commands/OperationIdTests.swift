import Calls
import Testing

@testable import Commands

private let recording = Known(verdict: .agree(.recording), recordingFile: "f0", isExact: true)

/// Platforms that say of a notification which operation it answers.
@Suite struct OperationIdTests {
  private func bench(_ operations: Operation...) -> Bench {
    var bench = Bench()
    for operation in operations {
      bench.ask(operation, known: recording)
      let id = "k\(bench.ledger.open.count)"
      _ = bench.feed(.sent(id))
      _ = bench.feed(.replied(id, .accepted(statusCode: 1)))
    }
    return bench
  }

  // Mutation: taking the id away from the observation confirms both at the first notification.
  @Test func `of two stops in flight each is confirmed by the notification that names it`() {
    var bench = bench(.stop, .stop)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "k2")
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.grade("k1") == nil)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "k1")
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.ledger.command("k1")?.evidence.event == 2)
  }

  @Test func `a pause and a stop in flight are told apart`() {
    var bench = bench(.pause, .stop)
    bench.see(.agree(.paused), isRecordingChange: true, operationId: "k1")
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k2") == nil)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "k2")
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  // Mutation: `fail` that ends every open command of the agent, or asks for no agent.
  @Test func `an error ends the command that it names, and no other`() throws {
    var bench = bench(.stop, .stop)
    let failure = Failure(
      agent: "alice", operationId: "k1", code: 185, message: "No such call", event: 7)
    #expect(bench.feed(.failed(failure)).moves.map(\.id) == ["k1"])
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .rejected)
    #expect(command.evidence.kind == .reply)
    #expect(command.evidence.event == 7)
    #expect(command.evidence.statusCode == 185)
    #expect(command.evidence.message == "No such call")
    #expect(command.isException)
    #expect(try roundTrip(command) == command)
    #expect(bench.grade("k2") == nil)
    bench.see(.agree(.stopped), operationId: "k2")
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.feed(.failed(failure)) == [])
  }

  @Test func `an error of an operation that is not ours, or of another agent, changes nothing`() {
    var bench = bench(.stop)
    for (agent, id) in [("alice", "opt-9"), ("bob", "k1")] {
      let failure = Failure(agent: agent, operationId: id, code: nil, message: "no", event: 1)
      #expect(bench.feed(.failed(failure)) == [])
    }
    bench.ask(.stop, mode: .observe, known: recording)
    let observed = Failure(agent: "alice", operationId: "k2", code: nil, message: "no", event: 1)
    #expect(bench.feed(.failed(observed)) == [])
    #expect(bench.ledger.open.count == 2)
  }

  // Mutation: noting only other states than the target leaves this unconfirmed at the deadline.
  @Test func `what others did confirms a command only at its deadline, if nothing answers it`()
    throws
  {
    var bench = bench(.stop)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "opt-9")
    #expect(bench.grade("k1") == nil)
    _ = bench.pass(.seconds(10))
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.grade == .confirmedNotified)
    #expect(command.evidence.event == 1)
    #expect(command.evidence.state == .stopped)
  }

  @Test func `what others did is no confirmation once the recording was seen running again`() {
    var bench = bench(.stop)
    bench.see(.agree(.stopped), operationId: "opt-9")
    bench.see(.agree(.recording))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .contradicted)
  }

  @Test func `what others did before a gap is no confirmation while nobody looks`() {
    var bench = bench(.stop)
    bench.see(.agree(.stopped), operationId: "opt-9")
    _ = bench.feed(.observationLost(agent: "alice"))
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .unobservable)
  }

  @Test func `what others did before the command left is no answer to it`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped), operationId: "opt-9")
    _ = bench.pass(.seconds(10))
    #expect(bench.grade("k1") == .unconfirmed)
  }

  // Whoever sends it names it as they like, but not as one of ours.
  @Test
  func `what is only observed is answered by what somebody else names, and by nothing of ours`() {
    var bench = Bench()
    bench.ask(.stop, mode: .observe, known: recording)
    bench.ask(.stop, known: recording)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "k2")
    #expect(bench.grade("k1") == nil && bench.grade("k2") == .confirmedNotified)
    bench.see(.agree(.stopped), isRecordingChange: true, operationId: "opt-9")
    #expect(bench.grade("k1") == .confirmedNotified)
  }

  @Test func `an error still ends a command whose state others have brought about`() {
    var bench = bench(.stop)
    bench.see(.agree(.stopped), operationId: "opt-9")
    let failure = Failure(
      agent: "alice", operationId: "k1", code: 1, message: "not recording", event: 2)
    _ = bench.feed(.failed(failure))
    #expect(bench.grade("k1") == .rejected)
  }

  // The platform gives a call another id when it is transferred.
  @Test func `a command goes with its call when the call gets another id`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.pause, call: "c2", known: recording)
    _ = bench.feed(.renamed(agent: "bob", from: "c1", to: "c2"))
    bench.see(.agree(.stopped), call: "c2")
    #expect(bench.grade("k1") == nil)
    _ = bench.feed(.renamed(agent: "alice", from: "c1", to: "c2"))
    #expect(bench.ledger.open(agent: "alice", besides: ["c2"]).isEmpty)
    #expect(bench.ledger.open(agent: "alice", besides: ["c1"]).map(\.call) == ["c2", "c2"])
    // The pause was asked for after the stop, so its confirmation takes the stop's place.
    bench.see(.agree(.paused), call: "c2")
    #expect(bench.grade("k2") == .confirmedNotified)
    #expect(bench.grade("k1") == .superseded)
    #expect(bench.ledger.command("k1")?.call == "c1")
  }

  // Mutation tried: the commands of the old id behind those of the new one, whoever was first.
  @Test func `commands of both ids are judged in the order in which they were issued`() {
    var bench = Bench()
    bench.ask(.stop, known: recording)
    bench.ask(.pause, known: recording)
    bench.ask(.stop, call: "c2", known: recording)
    _ = bench.feed(.renamed(agent: "alice", from: "c1", to: "c2"))
    bench.see(.agree(.stopped), call: "c2")
    #expect(bench.grade("k1") == .confirmedNotified)
    #expect(bench.grade("k3") == .confirmedNotified)
    #expect(bench.ledger.command("k2")?.supersededBy?.id == "k3")
  }

  @Test func `a call that ends under its new id ends the commands on it`() {
    var bench = bench(.stop)
    _ = bench.feed(.renamed(agent: "alice", from: "c1", to: "c2"))
    bench.see(.notEnough, isEnded: true)
    #expect(bench.grade("k1") == nil)
    bench.see(.notEnough, call: "c2", isEnded: true)
    #expect(bench.grade("k1") == .impliedReleased)
  }

  @Test(arguments: [Verdict.disagree, .notEnough, .agree(.recording)])
  func `an id without agreeing witnesses of the target confirms nothing`(_ verdict: Verdict) {
    var bench = bench(.stop)
    bench.see(verdict, isRecordingChange: true, operationId: "k1")
    #expect(bench.ledger.command("k1")?.isOpen == true)
  }

  @Test func `a notification without an id, and a snapshot, count as they do elsewhere`() {
    var first = bench(.stop, .stop)
    first.see(.agree(.stopped))
    #expect(first.ledger.open.isEmpty)
    var second = bench(.stop)
    second.see(.agree(.stopped), operationId: "opt-9")
    second.see(.agree(.stopped), source: .snapshot)
    #expect(second.grade("k1") == .confirmedResynced)
    var third = bench(.stop)
    third.see(.agree(.stopped), operationId: "opt-9")
    third.see(.agree(.stopped))
    #expect(third.grade("k1") == .confirmedNotified)
  }
}
