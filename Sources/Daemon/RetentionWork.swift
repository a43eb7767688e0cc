import Bridge
import Commands
import Configuration
import JSON
import Privacy
import Store

/// Which records retention takes.
package enum RetentionRecords {
  /// Entries that keep theirs: they say nothing of calls but the ids of those that were erased, and
  /// without them nobody could say which key signed, who was there, and what was removed.
  package static let keptTypes = Set(
    [EventType.daemon, .erasure, .retention].map(\.rawValue))
}

/// The clear values, or lines, of one field that are due.
struct FieldWork: Equatable {
  let field: PersonalField
  /// An entry's number, or an event's.
  let through: Int64
  /// Bytes that nobody could read go with it.
  var isUnread = false
}

/// One round of retention, piece by piece: clear values, the lines of events, the records of
/// entries, and the events.
struct RetentionWork {
  /// Entries of which one piece takes the clear values, some eight rows each.
  private static let entriesMax: Int64 = 64
  private static let pagesMax = 8
  var round = RetentionRound()
  var values: [FieldWork] = []
  var lines: [FieldWork] = []
  private let firstEvent: Int64
  private var tally = RetentionTally()

  init(firstEvent: Int64) { self.firstEvent = firstEvent }

  var isSomething: Bool { round != RetentionRound() }

  /// The next piece; nil if there was nothing in what was looked through now.
  mutating func next(_ store: Store, _ bridge: Bridge) throws(StoreError) -> RemovalInput? {
    if let work = values.first {
      let removals = try valuesStep(work, store)
      return removals.isEmpty ? nil : .step(removals)
    }
    if let work = lines.first { return .step(try linesStep(work, store)) }
    if let through = round.entries {
      if let removals = try recordsStep(through, store) { return .step(removals) }
      round.entries = nil
    }
    if let removals = try eventsStep(store, bridge) { return .step(removals) }
    tally.events = store.firstSequence - firstEvent
    return .ended(tally)
  }

  private mutating func valuesStep(
    _ work: FieldWork, _ store: Store
  ) throws(StoreError) -> [Removal] {
    guard let oldest = try store.oldestEntry(withClear: work.field.rawValue),
      oldest <= work.through
    else {
      values.removeFirst()
      return []
    }
    let range = oldest...min(work.through, oldest + Self.entriesMax - 1)
    tally.values += try store.clearValueCount(ofEntries: range, field: work.field.rawValue)
    return [.values(ofEntries: range, work.field)]
  }

  private mutating func linesStep(
    _ work: FieldWork, _ store: Store
  ) throws(StoreError) -> [Removal] {
    var position = max(try store.bound(work.field.rawValue), store.firstSequence - 1)
    var removals: [Removal] = []
    for _ in 0..<Self.pagesMax where position < work.through && removals.isEmpty {
      let page = try store.events(after: position, limit: Store.scanMax)
      guard page.nextAfter > position else { break }
      position = min(page.nextAfter, work.through)
      for event in page.events where event.sequence <= position {
        let line = Erasure.erase(
          event.line, [work.field], unread: work.isUnread ? work.field : nil)
        if line != event.line {
          removals.append(.line(sequence: event.sequence, line))
          tally.lines += 1
        }
        if work.field == .fileNames, let name = try fileName(in: event, store) {
          removals.append(name)
        }
        if work.isUnread, event.type == EventType.quarantine.rawValue {
          removals.append(.quarantined(sequence: event.sequence))
        }
      }
    }
    if position >= work.through { lines.removeFirst() }
    return removals + [.lines(of: work.field, through: position)]
  }

  /// What the command of the event, as it stands now, says of the recording's file.
  private func fileName(in event: StoredEvent, _ store: Store) throws(StoreError) -> Removal? {
    guard event.type == EventType.command.rawValue,
      let id = (try? JSONValue.parse(event.line))?["data"]?["command"]?.string,
      let stored = try store.command(id), let command = stored.command, !command.isOpen,
      command.evidence.recordingFile != nil
    else { return nil }
    return .fileName(of: command, sequence: stored.sequence)
  }

  private mutating func recordsStep(
    _ through: Int64, _ store: Store
  ) throws(StoreError) -> [Removal]? {
    let start = try store.bound(StoredBound.records)
    guard start < through else { return nil }
    let found = try store.prunable(
      after: start, through: through, keeping: RetentionRecords.keptTypes)
    tally.records += found.numbers.count
    return [.records(ofEntries: found.numbers, through: found.through)]
  }

  private mutating func eventsStep(
    _ store: Store, _ bridge: Bridge
  ) throws(StoreError) -> [Removal]? {
    // A group may have been put back since the round began: then the rest waits for the next one.
    guard let events = round.events, let allowed = bridge.removable(upTo: events),
      store.firstSequence <= allowed
    else { return nil }
    let page = try store.events(after: store.firstSequence - 1, limit: Store.scanMax)
    return [.events(through: min(page.nextAfter, allowed))]
  }
}
