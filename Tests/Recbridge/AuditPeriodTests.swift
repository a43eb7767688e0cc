import Daemon
import Evidence
import Store
import TestSupport
import Testing

/// Periods in which nobody was there, in stores that are made by hand: a real silence takes long.
@Suite struct AuditPeriodTests {
  private enum Step {
    case started(Int64)
    case beat(Int64)
    case outage(Int64)
    case stopped(Int64)
  }

  /// A store with one entry a step, at that second of the monotonic clock, without checkpoints.
  private func verify(_ steps: [Step]) throws -> Ended {
    try withFolder { folder in
      let path = "\(folder)/store.db"
      let store = try Store.open(
        at: path, access: .writing(identityIfNew: "s", EntryHashing.hasher))
      for (index, step) in steps.enumerated() {
        let sequence = Int64(index) + 1
        let (type, seconds, more) =
          switch step {
          case .started(let time):
            ("daemon", time, #","action":"started","heartbeatMs":60000"#)
          case .beat(let time): ("heartbeat", time, "")
          case .outage(let time): ("outage", time, "")
          case .stopped(let time): ("daemon", time, #","action":"stopped""#)
          }
        let record =
          #"{"cursor":"s.\#(sequence)","type":"recbridge.\#(type).v1","#
          + #""time":"2026-11-21T10:15:00.000000Z","#
          + #""clock":{"monotonicUs":\#(seconds * 1_000_000),"synchronised":true}\#(more)}"#
        let entry = try #require(StoredEntry(record: Array(record.utf8)))
        try store.commit([
          .event(
            StoredEvent(
              sequence: sequence, type: entry.type, agent: "", call: nil, wallMicroseconds: 1,
              line: Array("{}".utf8))), .entry(entry),
        ])
      }
      store.close()
      return try recbridge(["audit", "verify", path])
    }
  }

  @Test func `heartbeats in time are no finding, late ones within reason neither`() throws {
    let ended = try verify([.started(5), .beat(65), .beat(125), .beat(218), .stopped(220)])
    #expect(ended.code == 0, "\(ended)")
  }

  @Test func `a period without heartbeats is named with its bounds`() throws {
    for steps in [
      [.started(5), .beat(65), .beat(300)], [.started(5), .stopped(300)],
      [.started(5), .beat(200)],
    ] as [[Step]] {
      let ended = try verify(steps)
      #expect(ended.code == 65, "\(ended)")
      #expect(ended.out.contains("nobody was there: a heartbeat is due each 60.0 seconds"))
    }
  }

  @Test func `an outage that is on record excuses, and a kill is only remarked on`() throws {
    let outage = try verify([.started(5), .beat(65), .outage(400), .beat(410)])
    #expect(outage.code == 0, "\(outage)")
    let killed = try verify([.started(5), .beat(65), .started(7), .beat(67)])
    #expect(killed.code == 0, "\(killed)")
    #expect(killed.out.contains("ended without a word after entry 2"))
    #expect(killed.out.contains("the newest sign of life is entry 4"))
  }
}
