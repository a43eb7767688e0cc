import Foundation
import Testing

@testable import Store

/// Cursors, filters and bounds of the reads.
struct StoreReadTests {
  @Test func `a cursor is exclusive and reading on from it neither skips nor repeats`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    #expect(try store.events(after: 0, limit: 9) == EventPage(events: [], nextAfter: 0))
    try store.commit((1...600).map { .event(event($0)) })
    #expect(store.firstSequence == 1)
    for (after, limit, expected) in [
      (0, 1, 1...1), (1, 1, 2...2), (255, 3, 256...258), (598, 9, 599...600), (599, 9, 600...600),
      (0, 1_000, 1...256), (-7, 2, 1...2), (Int64.min, 2, 1...2),
    ] as [(Int64, Int, ClosedRange<Int64>)] {
      let page = try store.events(after: after, limit: limit)
      #expect(page.events.map(\.sequence) == Array(expected))
      #expect(page.nextAfter == expected.upperBound)
    }
    for atTheEnd in [600, 601, Int64.max] {
      let page = try store.events(after: atTheEnd, limit: 9)
      #expect(page == EventPage(events: [], nextAfter: atTheEnd))
    }
  }

  @Test func `a filter that matches rarely still moves on, 256 rows at a time`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit(
      (1...1_000).map { .event(event($0, call: $0 == 700 || $0 == 701 ? "rare" : "c")) })
    let rare = EventFilter(types: ["x", "recbridge.call.v1"], call: "rare", agent: "alice")
    var after: Int64 = 0
    var pages: [[Int64]] = []
    while true {
      let page = try store.events(after: after, limit: 1, matching: rare)
      if page.nextAfter == after { break }
      #expect(page.nextAfter - after <= Int64(Store.scanMax))
      pages.append(page.events.map(\.sequence))
      after = page.nextAfter
    }
    #expect(pages == [[], [], [700], [701], [], []])
    #expect(after == 1_000)
  }

  /// Random filters against a filtered array. Mutation tried that makes it fail: `agent = ?4` left
  /// out of the statement.
  @Test func `every filter returns exactly what matches it, in order`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    var random = SeededGenerator(seed: 1)
    var model = StoreModel()
    while model.events.count < 700 {
      let changes = model.randomChanges(&random)
      try store.commit(changes)
      model.apply(changes)
    }
    let types = ["recbridge.call.v1", "recbridge.gap.v1", "recbridge.command.v1"]
    for seed in 0..<UInt64(100) {
      var random = SeededGenerator(seed: seed)
      let filter = EventFilter(
        types: Array(types.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))),
        call: ["c0", "c1", "none", nil].randomElement(using: &random) ?? nil,
        agent: ["bøb", "alice", nil].randomElement(using: &random) ?? nil)
      var found: [StoredEvent] = []
      var after: Int64 = 0
      while after < store.lastSequence {
        let page = try store.events(
          after: after, limit: Int.random(in: 1...50, using: &random), matching: filter)
        found += page.events
        after = page.nextAfter
      }
      let expected = model.events.filter {
        (filter.types.isEmpty || filter.types.contains($0.type))
          && (filter.call == nil || filter.call == $0.call)
          && (filter.agent == nil || filter.agent == $0.agent)
      }
      // Compared outside of #expect, which would describe both at length.
      let isSame = found == expected
      #expect(isSame, "seed \(seed)")
    }
  }

  @Test func `a page of large lines ends early`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit((1...9).map { .event(event($0, size: 300_000)) })
    let page = try store.events(after: 0, limit: 256)
    #expect(page.events.map(\.sequence) == [1, 2, 3, 4])
    #expect(page.nextAfter == 4)
  }

  @Test func `more types than there can be are refused without harm`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    let filter = EventFilter(types: (0...EventFilter.typesMax).map { "t\($0)" })
    #expect(
      try storeError { _ = try store.events(after: 0, limit: 1, matching: filter) }.kind
        == .refused)
    try store.commit([.event(event(1))])
  }

  @Test func `commands are listed in the order they came, either way round`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit(
      [.event(event(1))] + ["z", "a", "m"].map { .command(command($0, sequence: 1)) })
    try store.commit([.command(command("z", sequence: 1, isOpen: false, isException: true))])
    #expect(try store.commands(limit: 9).map(\.id) == ["z", "a", "m"])
    #expect(try store.commands(limit: 1, after: "z").map(\.id) == ["a"])
    #expect(try store.commands(limit: 2, order: .newestFirst).map(\.id) == ["m", "a"])
    #expect(try store.commands(limit: 2, after: "a", order: .newestFirst).map(\.id) == ["z"])
    #expect(try store.openCommands().map(\.id) == ["a", "m"])
    #expect(try store.exceptions(limit: 10).map(\.id) == ["z"])
    #expect(try storeError { _ = try store.commands(limit: 1, after: "no") }.kind == .refused)
  }

  @Test func `a closed store says so`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    store.close()
    store.close()
    #expect(try storeError { _ = try store.calls() }.kind == .unusable)
    #expect(try storeError { try store.commit([.event(event(1))]) }.kind == .unusable)
  }
}
