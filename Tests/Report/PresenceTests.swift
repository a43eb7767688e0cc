import Commands
import Testing

@testable import Report

/// Whether a daemon was there, which is asked before anything that the report does not tell.
///
/// Mutation tried, and found: the time between two runs passed over.
@Suite struct PresenceTests {
  private func started(_ records: inout Records, at seconds: Double) {
    records.add("daemon", at: seconds, #""action":"started","heartbeatMs":60000"#)
  }

  private func seconds(_ stretches: [(from: Duration, to: Duration)]) -> [ClosedRange<Double>] {
    stretches.map {
      (($0.from - Records.start) / .seconds(1))...(($0.to - Records.start) / .seconds(1))
    }
  }

  private func found(
    _ records: Records, _ from: Double?, _ to: Double?, now: Double = 90_000
  ) -> Presence.Attendance {
    records.account(Scope(from: from.map(Records.time), to: to.map(Records.time))).presence
      .attendance(
        in: Scope(from: from.map(Records.time), to: to.map(Records.time)), now: Records.time(now))
  }

  /// Two runs: one from 100 to 200 that is killed, one from 300 to 400 that stops.
  private var twoRuns: Records {
    var records = Records()
    started(&records, at: 100)
    records.add("heartbeat", at: 200)
    started(&records, at: 300)
    records.add("daemon", at: 400, #""action":"stopped""#)
    return records
  }

  @Test func `what is before, between and behind runs is absence, and a kill is told`() {
    let all = found(twoRuns, 0, 1_000)
    #expect(seconds(all.absences) == [0...100, 200...300, 400...1_000])
    #expect(all.deaths.map(\.next) == [Records.time(300)])
    #expect(
      all.line == "the daemon: it ran for 3 min 20 s of 16 min 40 s, and nothing is known of the"
        + " rest; it ended without a word, 1 time")
    #expect(found(twoRuns, 120, 180).isWhole)
    #expect(seconds(found(twoRuns, 150, 250).absences) == [200...250])
    #expect(found(twoRuns, 320, 380).isWhole)
  }

  @Test func `a daemon that still runs need not have said so this minute`() {
    var records = Records()
    started(&records, at: 0)
    records.add("heartbeat", at: 60)
    #expect(found(records, 0, nil, now: 150).isWhole)
    #expect(seconds(found(records, 0, nil, now: 200).absences) == [60...200])
    #expect(found(records, 0, 500, now: 150).isCutOff)
  }

  @Test func `a period without a daemon says so first, and lists nothing as good news`() throws {
    let scope = Scope(from: Records.time(500), to: Records.time(800))
    let page = try ReadPage(twoRuns.page(scope))
    let first = try #require(page.text.firstRange(of: "No daemon ran in this period"))
    let verdict = try #require(page.text.firstRange(of: "Consistent, but not signed"))
    #expect(first.lowerBound < verdict.lowerBound)
    #expect(page.text.contains("No Stop and no Pause ended in the period"))
    #expect(page.text.contains("While no daemon ran nobody could have told."))
    #expect(!page.text.contains("There was none"))
    let partly = try ReadPage(twoRuns.page(Scope(from: Records.time(0), to: Records.time(350))))
      .text
    #expect(partly.contains("It ran for 2 min 30 s of 5 min 50 s."))
    #expect(partly.contains("It ended without a word, as one that is killed does:after entry 2"))
  }

  @Test func `a period in which one ran all the time has nothing of it at its top`() {
    let page = twoRuns.page(Scope(from: Records.time(110), to: Records.time(190)))
    #expect(!page.contains("The daemon did not") && !page.contains("No daemon"))
  }
}
