import Calls
import Testing

@testable import Commands

/// What each of five people was answered who could not tell what became of their command, and what
/// would have helped them: it has to be among the causes, and where they had ruled the rest out, it
/// has to be the first.
@Suite struct AdviceTests {
  private func rejected(
    _ code: Int?, _ message: String = "", status: Int? = nil,
    seen state: RecordingState? = nil, by route: Route? = nil
  ) -> [Cause] {
    var bench = Bench()
    let verdict: Verdict = state.map { .agree($0) } ?? .notEnough
    bench.ask(.stop, known: Known(verdict: verdict, event: 1, isExact: true))
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(
      .replied("k1", .rejected(statusCode: code, httpStatus: status ?? code, message: message)))
    return bench.ledger.command("k1")?.causes(by: route) ?? []
  }

  @Test func `409 on a recording that runs is a platform that is busy, or the wrong id`() {
    let causes = rejected(409, "The recording is not in a startable state", seen: .recording)
    #expect(causes == [.platformBusy, .notYetRegistered, .alreadyFinished, .wrongID])
  }

  @Test func `403 without a word of permission may be a recording that has ended`() {
    let said = rejected(403, "You do not have permission to perform this action.")
    #expect(said == [.missingPermission, .alreadyFinished, .notYetRegistered])
    // Who has seen it record does not look for its end first.
    #expect(rejected(403, seen: .recording).suffix(2) == [.notYetRegistered, .alreadyFinished])
  }

  @Test func `404, 409 and 429 on a conversation each have a remedy of their own`() {
    #expect(rejected(404, "Conversation not found").first == .wrongID)
    #expect(rejected(409).prefix(2) == [.alreadyFinished, .platformBusy])
    #expect(rejected(429, "Rate limit exceeded") == [.throttled])
  }

  @Test func `400 is a state, a malformed body or a scope, in the order of the words`() {
    let state = rejected(400, "Session is not in a state that allows starting recording.")
    #expect(state.first == .alreadyFinished)
    #expect(state.contains(.malformedRequest))
    #expect(state.last == .missingPermission)
    #expect(rejected(400).first == .malformedRequest)
  }

  @Test(
    arguments: [
      (1, [.malformedRequest]), (2, [.alreadyFinished, .platformBusy, .notYetRegistered]),
      (5, [.missingPermission]), (6, [.wrongID, .notYetRegistered, .alreadyFinished]),
      (20, [.notLoggedIn]), (4, [.platformBusy]), (99, [.platformUnreachable]),
    ] as [(Int, [Cause])])
  func `a code of Web Services has the causes that its table names`(
    code: Int, causes: [Cause]
  ) throws {
    let route = try #require(Route.shipped("gws-v2"))
    #expect(rejected(code, status: 500, by: route) == causes)
  }

  // What another platform means by the same number is its own affair.
  @Test func `a code means nothing without its route, and who refuses has been reached`() {
    for code in 0..<100 {
      #expect(rejected(code, status: 418) == [.unexplained])
      #expect(rejected(code, status: 599) == [.platformUnreachable])
    }
  }

  @Test func `423 is a platform that is busy, with or without its route`() {
    #expect(rejected(423, seen: .recording).first == .platformBusy)
  }

  // Whoever reads the record may not have the route, or another one. Mutation tried: causes left
  // out of the record.
  @Test func `an end says why, and what the route of that time says, and so does its record`()
    throws
  {
    var route = try #require(Route.shipped("gws-v2"))
    var rule = Route.Refusal(.permanent, statuses: 423...423)
    rule.causes = [.platformBusy]
    rule.advice = "E77: wait"
    route.refusals = [rule]
    var ledger = Ledger(route: route)
    let now = Moment(monotonic: .seconds(1), wall: .seconds(1_800_000_000))
    let known = Known(verdict: .agree(.recording), event: 1, isExact: true)
    _ = ledger.handle(
      .asked(
        Request(
          id: "k1", key: nil, agent: "a", call: "c", operation: .stop, mode: .send,
          origin: Origin(uid: 1), known: known)), at: now)
    #expect(ledger.command("k1")?.causes == [])
    _ = ledger.handle(
      .replied("k1", .rejected(statusCode: 423, httpStatus: 423, message: "E77")), at: now)
    let command = try roundTrip(try #require(ledger.command("k1")))
    #expect(command.causes == [.platformBusy])
    #expect(command.advice == "E77: wait")
    #expect(command.explained(by: nil) == command, "what was told stands")
  }

  // Two rules for one code: without the status on record, the first would be taken.
  @Test func `of two rules for a code the one that is about the status counts`() throws {
    func rule(_ statuses: ClosedRange<Int>, _ advice: String) -> Route.Refusal {
      var rule = Route.Refusal(.permanent, codes: .these([17]), statuses: statuses)
      rule.advice = advice
      return rule
    }
    var route = try #require(Route.shipped("gws-v2"))
    route.refusals = [rule(400...499, "ask for it"), rule(500...599, "wait for it")]
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.replied("k1", .rejected(statusCode: 17, httpStatus: 503, message: "no")))
    let command = try roundTrip(try #require(bench.ledger.command("k1")))
    #expect(command.evidence.statusCode == 17 && command.evidence.httpStatus == 503)
    #expect(command.advice(by: route) == "wait for it")
  }

  @Test func `a refusal in doubt has the advice of its rule as well`() throws {
    var route = try #require(Route.shipped("gws-v2"))
    var rule = Route.Refusal(.transient, statuses: 503...503)
    rule.advice = "wait"
    route.refusals = [rule]
    var bench = Bench()
    bench.ask(.stop)
    let reply = PlatformReply.ambiguous(httpStatus: 503, reason: "HTTP status 503")
    _ = bench.feed(.replied("k1", reply))
    _ = bench.pass(.seconds(10))
    #expect(bench.ledger.command("k1")?.advice(by: route) == "wait")
    // What came next had no answer at all.
    bench.ask(.stop, call: "c2")
    _ = bench.feed(.replied("k2", reply))
    _ = bench.feed(.replied("k2", .ambiguous(reason: "timed out")))
    _ = bench.pass(.seconds(10))
    #expect(bench.ledger.command("k2")?.evidence.httpStatus == nil)
    #expect(bench.ledger.command("k2")?.advice(by: route) == nil)
  }

  @Test(
    arguments: [(17, "of the code"), (6, "of the words"), (5, nil), (403, "of the status")]
      as [(Int, String?)])
  func `a platform's own code has the advice of a rule that is about it`(
    code: Int, advice: String?
  ) throws {
    func rule(
      _ advice: String, _ codes: Route.Codes = .whatever,
      _ statuses: ClosedRange<Int> = Route.Refusal.anyStatus, words: String? = nil
    ) -> Route.Refusal {
      var rule = Route.Refusal(.permanent, codes: codes, statuses: statuses, words: words)
      rule.advice = advice
      return rule
    }
    var route = try #require(Route.shipped("gws-v2"))
    route.refusals = [
      rule("of the status", .whatever, 403...403), rule("of the code", .these([17]), 500...500),
      rule("of the words", words: "gone"),
    ]
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.sent("k1"))
    let words = code == 6 ? "it is gone" : "no"
    _ = bench.feed(
      .replied(
        "k1",
        .rejected(
          statusCode: code == 403 ? nil : code, httpStatus: code == 403 ? 403 : 500, message: words)
      ))
    #expect(bench.ledger.command("k1")?.advice(by: route) == advice)
  }

  @Test func `accepted and never seen is a notification that was lost, or not carried out`() {
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    #expect(bench.ledger.command("k1")?.causes == [], "it is open")
    _ = bench.pass(.seconds(60))
    let causes = bench.ledger.command("k1")?.causes
    #expect(causes == [.notificationLost, .platformBusy, .wrongID])
  }

  @Test func `a limit that was reached is said although the outcome is open`() {
    var bench = Bench()
    bench.ask(.pause)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .ambiguous(reason: "HTTP status 429: Rate limit exceeded")))
    _ = bench.pass(.seconds(60))
    #expect(bench.ledger.command("k1")?.causes == [.throttled, .platformUnreachable])
  }

  @Test func `nobody was looking is said before anything else`() {
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    _ = bench.feed(.observationLost(agent: "alice"))
    _ = bench.pass(.seconds(60))
    #expect(bench.grade("k1") == .unobservable)
    #expect(bench.ledger.command("k1")?.causes.first == .nobodyLooking)
  }

  /// Without the note of the disagreement, the cause is a notification that was lost.
  @Test func `witnesses that disagree are the first cause`() {
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.sent("k1"))
    _ = bench.feed(.replied("k1", .accepted(statusCode: 0)))
    let witnesses = Witnesses(recordingState: .stopped, gsipRecord: "ON", capabilities: [])
    let seen = Observation(
      agent: "alice", call: "c1", verdict: .disagree, witnesses: witnesses, source: .notification,
      event: 7)
    #expect(bench.feed(.observed(seen)).count == 1)
    #expect(bench.feed(.observed(seen)).isEmpty, "once is enough")
    _ = bench.pass(.seconds(60))
    #expect(bench.grade("k1") == .unconfirmed)
    #expect(bench.ledger.command("k1")?.evidence.witnesses == witnesses)
    #expect(bench.ledger.command("k1")?.causes.first == .witnessesDisagree)
  }

  @Test func `what was confirmed and then recorded again says so, and what is well says nothing`() {
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.feed(.sent("k1"))
    bench.see(.agree(.stopped))
    #expect(bench.ledger.command("k1")?.causes == [])
    bench.see(.agree(.recording))
    #expect(bench.grade("k1") == .contradicted)
    #expect(bench.ledger.command("k1")?.causes == [.recordedAgain])
  }

  @Test func `what was only to be observed may have been sent by nobody`() {
    var bench = Bench()
    bench.ask(.stop, mode: .observe)
    _ = bench.pass(.seconds(60))
    #expect(bench.ledger.command("k1")?.causes.first == .sentByNobody)
  }

  /// Without the word of every grade, an exception would be shown without advice.
  @Test func `every exception has a cause with words and a remedy`() {
    for code in [nil, 0, 3, 7, 9, 55, 200, 302, 400, 401, 403, 404, 409, 410, 418, 429, 500, 603] {
      #expect(!rejected(code).isEmpty, "\(String(describing: code))")
    }
    for cause in Cause.allCases {
      #expect(!cause.meaning.isEmpty && !cause.remedy.isEmpty)
      #expect(cause.meaning.first?.isLowercase == true && cause.remedy.last != ".")
    }
  }
}

@Suite struct AcknowledgementTests {
  private let acknowledgement = Acknowledgement(
    by: Origin(uid: 7, gid: 8, name: "eve"), at: .microseconds(1_800_000_000_000_123), why: "\"ok\""
  )

  @Test func `an acknowledgement is restored with its command, and the first one stays`() throws {
    var bench = Bench()
    bench.ask(.stop)
    _ = bench.pass(.seconds(60))
    bench.ledger.acknowledge("k1", acknowledgement)
    let other = Acknowledgement(by: Origin(uid: 9), at: .zero, why: "no")
    bench.ledger.acknowledge("k1", other)
    bench.ledger.acknowledge("nobody", other)
    let command = try #require(bench.ledger.command("k1"))
    #expect(command.acknowledgement == acknowledgement)
    #expect(command.isException, "the grade stays what it is")
    #expect(try roundTrip(command) == command)
    _ = try bench.restart()
    #expect(bench.ledger.command("k1") == command)
  }
}
