import Daemon
import Evidence
import Store
import TestSupport
import Testing

/// Periods in which nobody was there or nobody signed, in stores that are made by hand: a real
/// silence takes long.
///
/// Mutations tried, each found: a run's last sign of life has to be signed; outages excuse nothing;
/// a tail is judged at the end of the store alone; the clock of entries beyond the last heartbeat
/// is not looked at; the time that unsigned runs took is not added up.
@Suite struct AuditPeriodTests {
  private enum Step {
    /// At that second of the monotonic clock, as in all of them.
    case started(Int64)
    /// A start that names no key.
    case keyless(Int64)
    case beat(Int64)
    case outage(Int64)
    case stopped(Int64)
    case move(Int64)
    /// A checkpoint of all of before.
    case signed

    var type: String {
      switch self {
      case .started, .keyless, .stopped: "recbridge.daemon.v1"
      case .beat: "recbridge.heartbeat.v1"
      case .outage: "recbridge.outage.v1"
      case .move: "recbridge.command.v1"
      case .signed: "recbridge.checkpoint.v1"
      }
    }

    func record(_ sequence: Int64, _ key: AuditKey) -> String {
      let (seconds, more) =
        switch self {
        case .started(let time):
          (time, #","action":"started","heartbeatMs":60000,"key":"\#(key.verifier)""#)
        case .keyless(let time): (time, #","action":"started","heartbeatMs":60000"#)
        case .stopped(let time): (time, #","action":"stopped""#)
        case .beat(let time), .outage(let time), .move(let time): (time, "")
        case .signed: (0, "")
        }
      return #"{"cursor":"s.\#(sequence)","type":"\#(type)","time":"2026-11-21T10:15:00.000000Z","#
        + #""clock":{"monotonicUs":\#(seconds * 1_000_000),"synchronised":true}\#(more)}"#
    }
  }

  /// A store with one event a step, and its entry or its checkpoint.
  private func verify(_ steps: [Step]) throws -> Ended {
    let key = try AuditKey(name: "s")
    return try withFolder { folder in
      let path = "\(folder)/store.db"
      let store = try Store.open(
        at: path, access: .writing(identityIfNew: "s", EntryHashing.hasher))
      for (index, step) in steps.enumerated() {
        let sequence = Int64(index) + 1
        var changes: [Change] = [
          .event(
            StoredEvent(
              sequence: sequence, type: step.type, agent: "", call: nil, wallMicroseconds: 1,
              line: Array("{}".utf8)))
        ]
        if case .signed = step {
          let size = store.lastEntryNumber
          let root = try store.root(size: size, EntryHashing.hasher)
          let note = key.sign(Checkpoint(origin: "s", size: size, root: root).text)
          changes.append(
            .checkpoint(
              StoredCheckpoint(
                sequence: sequence, size: size, wallMicroseconds: 1, note: "\(note)")))
        } else {
          let record = Array(step.record(sequence, key).utf8)
          changes.append(.entry(try #require(StoredEntry(record: record))))
        }
        try store.commit(changes)
      }
      store.close()
      return try recbridge(["audit", "verify", path])
    }
  }

  private func expect(
    _ steps: [Step], _ code: Int32, _ said: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let ended = try verify(steps)
    #expect(ended.code == code, "\(steps) \(ended)", sourceLocation: sourceLocation)
    for text in said {
      #expect(ended.out.contains(text), "\(steps) \(ended.out)", sourceLocation: sourceLocation)
    }
  }

  @Test func `heartbeats in time are no finding, late ones within reason neither`() throws {
    try expect([.keyless(5), .beat(65), .beat(125), .beat(218), .stopped(220)], 0)
    try expect(
      [.started(5), .signed, .beat(65), .signed, .beat(158), .signed, .stopped(160), .signed], 0)
  }

  @Test func `a period without heartbeats is named with its bounds`() throws {
    for steps in [
      [.keyless(5), .beat(65), .beat(300)], [.keyless(5), .stopped(300)],
      [.keyless(5), .beat(200)],
    ] as [[Step]] {
      try expect(steps, 65, "nobody was there: a heartbeat is due each 60.0 seconds")
    }
  }

  @Test func `an outage that is on record excuses, and a kill is only remarked on`() throws {
    try expect([.keyless(5), .beat(65), .outage(400), .beat(410)], 0)
    try expect(
      [.keyless(5), .beat(65), .keyless(7), .beat(67)], 0, "ended without a word after entry 2",
      "the newest sign of life is entry 4")
  }

  /// They wait for the store, are entered before its outage, and are signed after it.
  @Test func `heartbeats of an outage may be unsigned, also when the process is killed behind it`()
    throws
  {
    let outage: [Step] = [.started(5), .signed, .beat(65), .beat(125), .beat(185), .outage(190)]
    try expect(outage + [.signed, .beat(245), .signed], 0)
    try expect(outage + [.started(7), .signed], 0)
    try expect(outage, 0)
    // Told from the reserve by the next process, which has another clock.
    try expect(
      [.started(5), .signed, .move(90_000), .outage(90_000), .started(90_000), .signed], 0)
  }

  @Test func `the last word of a process that was killed may be unsigned, no other`() throws {
    try expect([.started(5), .signed, .beat(65), .started(3), .signed], 0)
    try expect([.started(5), .started(3), .signed], 0)
    try expect([.started(5), .signed, .stopped(65), .started(3), .signed], 0)
    try expect(
      [.started(5), .signed, .beat(65), .beat(125), .started(3), .signed], 65,
      "the checkpoint of entry 2 (", "entries 2 to 2 were signed when they were written")
    try expect(
      [.started(5), .signed, .beat(65), .beat(125), .beat(185), .started(3), .signed], 65,
      "the checkpoint of entry 2 (", "and that of 1 signs of life behind it")
  }

  @Test func `what is signed late by the same process is only remarked on`() throws {
    try expect(
      [.started(5), .signed, .beat(65), .beat(125), .signed, .stopped(130), .signed], 0,
      "1 signed late: the heartbeats from entry 2 (")
  }

  @Test func `a start without a key after one with a key is a finding`() throws {
    let forged: [Step] = [.started(5), .signed, .keyless(1)] + (1...50).map { .beat(1 + $0 * 60) }
    try expect(forged, 65, "from entry 2 (", "the daemon began without a key, after it had one")
    try expect(forged + [.started(5), .signed], 65, "the daemon began without a key")
    try expect([.keyless(5), .beat(65), .started(5), .signed], 0)
  }

  @Test func `entries that no daemon was there to write are a finding, signed later or not`()
    throws
  {
    let forged: [Step] = [.started(5), .signed, .beat(65), .signed, .move(18_000)]
    let said = "entry 3 (2026-11-21T10:15:00.000000Z) is not signed, and no daemon was there"
    try expect(forged, 65, said, "1 entry, entry 3, is NOT signed")
    try expect(forged + [.started(5), .signed], 65, said)
    try expect(
      [.started(5), .signed, .beat(65), .signed, .move(155)], 0,
      "1 entry, entry 3, is NOT signed")
    // Starts of processes that are all killed before they sign.
    let starts: [Step] = [1, 2, 3].flatMap { _ in [.started(1), .move(90)] }
    try expect(
      [.started(5), .signed] + starts, 65, "entries 2 to 7 are not signed, although daemons that")
  }

  @Test func `a checkpoint that is taken away is missed, and its event tells`() throws {
    try withFolder { folder in
      let path = "\(folder)/store.db"
      let store = try Store.open(
        at: path, access: .writing(identityIfNew: "s", EntryHashing.hasher))
      let key = try AuditKey(name: "s")
      for (sequence, step) in [(1, Step.started(5)), (2, .signed), (3, .beat(65))] {
        let event = StoredEvent(
          sequence: Int64(sequence), type: step.type, agent: "", call: nil, wallMicroseconds: 1,
          line: Array("{}".utf8))
        guard step.type != "recbridge.checkpoint.v1" else {
          try store.commit([.event(event)])
          continue
        }
        let record = Array(step.record(Int64(sequence), key).utf8)
        try store.commit([.event(event), .entry(try #require(StoredEntry(record: record)))])
      }
      store.close()
      let ended = try recbridge(["audit", "verify", path])
      #expect(ended.code == 65, "\(ended)")
      #expect(ended.out.contains("the checkpoint of event 2 was signed and is gone"))
    }
  }
}
