import Foundation
import Testing

@testable import Commands

/// One world holds the ledger to all of its promises (`LedgerPromises.swift`). Each line names a
/// change of the code that was tried, and the complaint with which a seed below 25 answered it.
///
/// One send for each command, a second only for a stop or pause that the platform did not know:
/// - no bound on `attempts`: "is sent 3 times"; a start sent again too: "is sent 2 times"
/// - a stop sent again behind a later start: "is sent again behind what was asked for later"
/// - a look that failed taken for leave to send again: "is sent 3 times"
/// - a restored command sent again: "is sent again after a restart"
/// - `.send` in front of `.moved`: "is sent before it is durable"
/// - a first send that does not look for a later command: "is sent behind what was asked for later"
/// - a key that is forgotten when its command ends: "led to two commands"
///
/// No confirmation without agreeing witnesses of the target, after issue, on that agent's call:
/// - a disagreement taken for Stopped: "is confirmed by"; another agent's leg taken for ours: the
///   same; a target that held all along taken for an effect: "is confirmed too early"
/// - a snapshot graded as a notification: "is confirmed too early"
/// - what is held during a gap taken for knowledge: "is satisfied by"
///
/// Every command ends by its deadline, with the grade that fits:
/// - deadlines looked at only on `wake`: "missed its deadline"
/// - no further wake-up asked for after one came: "is open behind its deadline"
/// - the gap not looked at: "is unconfirmed by"; the opposite forgotten: the same
/// - a failed resync of one agent ending the commands of all: "is unobservable by"
/// - commands issued after the confirmed one superseded as well: "is superseded by"
///
/// A grade is given once, and only a confirmation is ever taken back:
/// - a late reply applied to an ended command: "has half a grade"; `sent` after `accepted`: "moves
///   to where it is"
/// - our own later start not looked at, or the time since the confirmation: "was ... and becomes";
///   nothing ever taken back: "should be contradicted after"
///
/// A restart loses nothing:
/// - `evidence.state` left out of the record: "is not restored exactly"
/// - ended commands not restored: "lost an exception"
/// - a witnessed state remembered without `.moved`: "knows what it never made durable"
@Suite struct LedgerSimulationTests {
  @Test func `whatever happens in whatever order, the ledger keeps its promises`() {
    let given = ProcessInfo.processInfo.environment["RECBRIDGE_SEEDS"].flatMap { UInt64($0) }
    let count = given ?? 1000
    var grades: [Grade: Int] = [:]
    for seed in 1...max(1, count) {
      var world = LedgerWorld(seed: seed)
      world.run(steps: 100)
      if let complaint = world.complaint {
        Issue.record("seed \(seed): \(complaint)")
        return
      }
      for command in world.durable.values {
        if let grade = command.grade { grades[grade, default: 0] += 1 }
      }
    }
    // A simulation that never gets somewhere proves nothing about it.
    for grade in Grade.allCases where count >= 100 {
      #expect(grades[grade, default: 0] > 0, "no seed led to \(grade.rawValue)")
    }
  }
}
