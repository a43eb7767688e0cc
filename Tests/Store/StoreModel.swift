import Evidence
import Testing

@testable import Store

/// What a store must hold, as plain arrays.
struct StoreModel: Equatable {
  var events: [StoredEvent] = []
  var commands: [StoredCommand] = []
  var calls: [StoredCall] = []
  var entries: [StoredEntry] = []
  var quarantine: [StoredQuarantine] = []
  var sessions: [StoredSession] = []
  var checkpoints: [StoredCheckpoint] = []
  var groups: [StoredGroup] = []
  var clearValues: [StoredClearValue] = []
  var bounds: [String: Int64] = [:]
  var erasures: [StoredErasure] = []
  /// Of the tree over the entries; compared by the nodes in them.
  var edge = RightEdge()

  mutating func apply(_ changes: [Change]) {
    for change in changes {
      switch change {
      case .event(let event): events.append(event)
      case .command(let command): Self.put(command, &commands) { $0.id == command.id }
      case .call(let call):
        Self.put(call, &calls) { $0.agent == call.agent && $0.call == call.call }
      case .callEnded(let agent, let call):
        calls.removeAll { $0.agent == agent && $0.call == call }
      case .entry(var entry):
        entry.join(&edge, hasher)
        for var value in entry.clearValues {
          value.entry = entry.number
          clearValues.append(value)
        }
        entry.clearValues = []
        entries.append(entry)
      case .checkpoint(let checkpoint): checkpoints.append(checkpoint)
      case .quarantine(let message): quarantine.append(message)
      case .session(let session): Self.put(session, &sessions) { $0.agent == session.agent }
      case .group(let group): Self.put(group, &groups) { $0.name == group.name }
      case .groupRemoved(let name): groups.removeAll { $0.name == name }
      case .removal(let removal): apply(removal)
      }
    }
    calls.sort { ($0.agent, $0.call) < ($1.agent, $1.call) }
    sessions.sort { $0.agent < $1.agent }
    groups.sort { $0.name < $1.name }
    erasures.sort { $0.sequence < $1.sequence }
  }

  private mutating func apply(_ removal: StoreRemoval) {
    switch removal {
    case .bound(let bound): bounds[bound.what] = max(bounds[bound.what] ?? 0, bound.through)
    case .events(let through):
      events.removeAll { $0.sequence <= through }
      quarantine.removeAll { $0.sequence <= through }
    case .records(let numbers, _):
      for number in numbers { entries[Int(number) - 1].record = [] }
      clearValues.removeAll { numbers.contains($0.entry) }
    case .values(let range, let field):
      clearValues.removeAll { range.contains($0.entry) && (field ?? $0.field) == $0.field }
    case .line(let sequence, let line, _):
      if let index = events.firstIndex(where: { $0.sequence == sequence }) {
        events[index].line = line
      }
    case .quarantined(let sequence, _):
      if let index = quarantine.firstIndex(where: { $0.sequence == sequence }) {
        quarantine[index].bytes = []
      }
    case .erasing(let erasure): erasures.append(erasure)
    case .erased(let sequence): erasures.removeAll { $0.sequence == sequence }
    }
  }

  private static func put<Value>(
    _ value: Value, _ values: inout [Value], _ isSame: (Value) -> Bool
  ) {
    if let index = values.firstIndex(where: isSame) {
      values[index] = value
    } else {
      values.append(value)
    }
  }

  /// Reads everything back through the store's own reads.
  static func read(_ store: Store) throws -> StoreModel {
    var model = StoreModel()
    var after: Int64 = 0
    while true {
      let page = try store.events(after: after, limit: 100)
      model.events += page.events
      if page.nextAfter == after { break }
      after = page.nextAfter
    }
    while true {
      let more = try store.commands(limit: 7, after: model.commands.last?.id)
      if more.isEmpty { break }
      model.commands += more
    }
    model.calls = try store.calls()
    model.entries = try store.entries(after: 0, limit: 1_000_000)
    model.quarantine = try store.quarantine(after: 0, limit: 1_000_000)
    model.sessions = try store.sessions()
    model.groups = try store.groups()
    model.checkpoints = try store.checkpoints(after: 0, limit: 1_000_000)
    model.edge = store.edge
    for entry in model.entries { model.clearValues += try store.clearValues(ofEntry: entry.number) }
    for what in ["events", "entries", "phoneNumbers"] where try store.bound(what) > 0 {
      model.bounds[what] = try store.bound(what)
    }
    model.erasures = try store.erasures()
    return model
  }

  /// One commit that the contract allows.
  func randomChanges(_ random: inout SeededGenerator) -> [Change] {
    var changes: [Change] = []
    let newest = events.last?.sequence ?? 0
    let first = newest + 1
    let last = newest + Int64.random(in: 0...4, using: &random)
    if first <= last {
      for sequence in first...last {
        changes.append(.event(Self.randomEvent(sequence, &random)))
        if Int.random(in: 0..<4, using: &random) == 0 {
          var new = entry(sequence)
          if Bool.random(using: &random) { new.type = "recbridge.gap.v1" }
          for offset in 0..<Int64.random(in: 0...2, using: &random) {
            new.clearValues.append(
              StoredClearValue(
                offset: offset, field: offset == 0 ? "phoneNumbers" : "userData",
                salt: [1, 2, UInt8.random(in: 0...255, using: &random)], value: [34, 34]))
          }
          changes.append(.entry(new))
        }
        if Int.random(in: 0..<9, using: &random) == 0 {
          changes.append(
            .checkpoint(
              StoredCheckpoint(
                sequence: sequence, size: Int64(entries.count), wallMicroseconds: sequence,
                note: "a note\n")))
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
          changes.append(
            .quarantine(
              StoredQuarantine(
                sequence: sequence, agent: "bob", channel: Bool.random(using: &random) ? nil : "/x",
                reason: "not JSON", bytes: [0, 255, 10], sizeBytes: 70_000)))
        }
      }
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let name = "n\(Int.random(in: 0..<6, using: &random))"
      let record = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 40)
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where last > 0:
        changes.append(
          .command(
            command(
              name, key: Bool.random(using: &random) ? nil : "key-" + name,
              sequence: Int64.random(in: 1...last, using: &random),
              isOpen: Bool.random(using: &random), isException: Bool.random(using: &random),
              isAcknowledged: Bool.random(using: &random))))
      case 1: changes.append(.call(StoredCall(agent: "alice", call: name, record: record)))
      case 2: changes.append(.callEnded(agent: "alice", call: name))
      case 3: changes.append(.groupRemoved(name: name))
      case 4:
        let sequence = Int64.random(in: 0...last, using: &random)
        changes.append(
          .group(StoredGroup(name: name, sequence: sequence, wallMicroseconds: sequence * 7)))
      default: changes.append(.session(StoredSession(agent: name, record: record)))
      }
    }
    return changes + randomRemovals(newest, &random)
  }

  /// What retention and erasures take out, of what was there before this commit.
  private func randomRemovals(_ newest: Int64, _ random: inout SeededGenerator) -> [Change] {
    guard newest > 1 else { return [] }
    let sequence = Int64.random(in: 1..<newest, using: &random)
    let removals: [StoreRemoval]
    switch Int.random(in: 0..<12, using: &random) {
    case 0:
      let bound = max(sequence, bounds["events"] ?? 0)
      removals = [
        .bound(StoredBound(what: "events", through: sequence)),
        .events(through: Int64.random(in: 0...min(bound, newest - 1), using: &random)),
      ]
    case 1 where !entries.isEmpty:
      let number = Int64.random(in: 1...Int64(entries.count), using: &random)
      removals = [
        .bound(StoredBound(what: "entries", through: number)),
        .records([number, max(1, number - 1)], wallMicroseconds: 5),
      ]
    case 2: removals = [.line(sequence: sequence, [123, 125], wallMicroseconds: 6)]
    case 3: removals = [.quarantined(sequence: sequence, wallMicroseconds: 7)]
    case 4: removals = [.values(ofEntries: 1...max(1, sequence), field: "phoneNumbers")]
    case 5: removals = [.values(ofEntries: sequence...sequence, field: nil)]
    case 6 where !erasures.contains { $0.sequence == sequence }:
      removals = [.erasing(StoredErasure(sequence: sequence, call: "c1"))]
    case 7: removals = [.erased(sequence: erasures.first?.sequence ?? 0)]
    default: removals = []
    }
    return removals.map { .removal($0) }
  }

  private static func randomEvent(_ sequence: Int64, _ random: inout SeededGenerator)
    -> StoredEvent
  {
    // Sizes around a page's edge, and beyond it where SQLite chains pages.
    let size = [0, 1, 300, 1_300, 16_000, 40_000].randomElement(using: &random) ?? 0
    let types = ["recbridge.call.v1", "recbridge.gap.v1", "recbridge.command.v1"]
    return event(
      sequence, type: types.randomElement(using: &random) ?? "",
      agent: Bool.random(using: &random) ? "alice" : "bøb",
      call: Bool.random(using: &random) ? nil : "c\(Int.random(in: 0..<3, using: &random))",
      size: size)
  }
}
