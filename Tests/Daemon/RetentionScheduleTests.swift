import Bridge
import Commands
import Configuration
import Privacy
import Store
import Testing

@testable import Daemon

/// What a round is to remove, from a real store.
@Suite struct RetentionScheduleTests {
  private static let count: Int64 = 3_000
  private static let wall = Duration.seconds(1_800_000_000)

  private struct Ground {
    let stage: Stage
    let store: Store
    let bridge: Bridge
  }

  /// Events of a second each, a kilobyte large unless it is said.
  private func withStore(
    lineSizeBytes: (Int64) -> Int = { _ in 1_000 }, _ body: (Ground) throws -> Void
  ) throws {
    let stage = try Stage()
    defer { stage.close() }
    let store = try Store.open(
      at: stage.configuration.store, access: .writing(identityIfNew: "s", EntryHashing.hasher))
    defer { store.close() }
    let first = (Self.wall - .seconds(Self.count)).wholeMicroseconds
    try store.commit(
      (1...Self.count).map {
        .event(
          StoredEvent(
            sequence: $0, type: "recbridge.call.v1", agent: "a", call: nil,
            wallMicroseconds: first + $0 * 1_000_000,
            line: [UInt8](repeating: 32, count: lineSizeBytes($0))))
      })
    let bridge = Bridge(
      settings: BridgeSettings(stage.configuration, store: "s"), lastSequence: Self.count, seed: 1)
    try body(Ground(stage: stage, store: store, bridge: bridge))
  }

  private func plan(
    _ retention: Retention, _ ground: Ground
  ) throws -> RetentionSchedule.Plan {
    try RetentionSchedule(retention, PrivacySettings()).plan(
      ground.store, ground.bridge, signedEntries: nil, isAuditSound: true, at: Self.wall)
  }

  @Test func `by age exactly those go that are older`() throws {
    try withStore { ground in
      let plan = try plan(Retention(eventsAge: .seconds(1_000)), ground)
      #expect(plan.work?.round.events == Self.count - 1_001)
      #expect(try self.plan(Retention(eventsAge: .seconds(Self.count)), ground).work == nil)
    }
  }

  @Test func `by size about so many go that the rest fits, and the newest never`() throws {
    try withStore { ground in
      let used = try ground.store.sizeBytes().used
      #expect(try plan(Retention(eventsSizeBytes: used), ground).work == nil)
      let half = try #require(
        try plan(Retention(eventsSizeBytes: used / 2), ground).work?.round.events)
      #expect((Self.count / 3...Self.count * 2 / 3).contains(half), "\(half)")
      #expect(try plan(Retention(eventsSizeBytes: 1), ground).work?.round.events == Self.count - 1)
    }
  }

  /// A night of heartbeats and a day of calls behind it, and the other way round; rows of which no
  /// page holds three. Mutations tried: only the oldest count, or only the average.
  @Test func `by size never nearly all go, however unlike the oldest and the others are`() throws {
    for (first, others, due) in [(200, 6_000, 900...2_000), (6_000, 200, 100...300)] {
      try withStore(lineSizeBytes: { $0 <= 300 ? first : others }) { ground in
        let used = try ground.store.sizeBytes().used
        let half = try #require(
          try plan(Retention(eventsSizeBytes: used / 2), ground).work?.round.events)
        #expect((Int64(due.lowerBound)...Int64(due.upperBound)).contains(half), "\(half)")
      }
    }
  }

  /// What is to be signed is read back before. Mutations tried: each of the two is not asked for.
  @Test func `records stay until they are signed, and all of them once the audit is not sound`()
    throws
  {
    try withStore { ground in
      for sequence in Self.count + 1...Self.count + 5 {
        let record =
          #"{"cursor":"s.\#(sequence)","type":"recbridge.gap.v1","#
          + #""time":"2026-11-21T10:15:00.000000Z"}"#
        let entry = try #require(StoredEntry(record: Array(record.utf8)))
        try ground.store.commit([
          .event(
            StoredEvent(
              sequence: sequence, type: entry.type, agent: "", call: nil, wallMicroseconds: 1,
              line: Array("{}".utf8))), .entry(entry),
        ])
      }
      let schedule = RetentionSchedule(Retention(entriesAge: .seconds(60)), PrivacySettings())
      for (signed, isSound, through) in [
        (nil, true, 5), (3, true, 3), (0, true, nil), (5, false, nil), (nil, false, nil),
      ] as [(Int64?, Bool, Int64?)] {
        let plan = try schedule.plan(
          ground.store, ground.bridge, signedEntries: signed, isAuditSound: isSound, at: Self.wall)
        #expect(plan.work?.round.entries == through)
      }
    }
  }

  @Test func `looks are a hundredth of the shortest age apart, within bounds`() {
    func pause(_ ages: Duration...) -> Duration? {
      RetentionSchedule(
        Retention(eventsAge: ages.first, entriesAge: ages.dropFirst().first), PrivacySettings()
      ).pause
    }
    #expect(pause() == nil)
    #expect(pause(.seconds(5)) == .seconds(1))
    #expect(pause(.seconds(86_400), .seconds(864_000)) == .seconds(864))
    #expect(pause(.seconds(864_000_000)) == .seconds(3_600))
  }

  @Test func `metrics are families with help and type, and labels are escaped`() {
    var metrics = Metrics()
    metrics.add("a_total", .counter, "So many.", 7)
    metrics.add("b", .gauge, "By group.", by: "group", ["x\"\\\n": 1.5, "a": 2])
    metrics.add("c", .gauge, "None.", nil)
    metrics.add("d", .gauge, "None.", by: "x", [:])
    #expect(
      metrics.text == """
        # HELP a_total So many.
        # TYPE a_total counter
        a_total 7
        # HELP b By group.
        # TYPE b gauge
        b{group="a"} 2
        b{group="x\\"\\\\\\n"} 1.5

        """)
  }
}
