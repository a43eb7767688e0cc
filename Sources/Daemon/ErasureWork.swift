import Bridge
import Commands
import JSON
import Privacy
import Store

/// The erasure of one call's personal data, piece by piece: what opens its entries, the names in
/// the commands that these name, its events, and what was quarantined and names it.
///
/// A restart begins it anew, which does no harm: what is gone is not found again.
struct ErasureWork {
  /// Commands, or quarantined messages, of one piece.
  private static let rowsMax = 32
  /// Pages of events that are looked through before others have their turn.
  private static let pagesMax = 8
  private static let every = Set(PersonalField.allCases)

  private let erasure: StoredErasure
  private let entries: EntriesOfCall
  /// Up to here the entries were looked through.
  private var number: Int64 = 0
  /// The entry of the erasure: what comes later is not part of it.
  private let lastNumber: Int64
  /// What the entries name, in their order; each is taken out in its turn.
  private var commands: [String] = []
  private var known: Set<String> = []
  /// Up to here the events were looked through.
  private var position: Int64
  /// And the quarantined messages; nil behind the last.
  private var quarantined: Int64? = 0
  private var tally = ErasureTally()

  /// Throws if nobody is on record who asked for it.
  ///
  /// - Parameter isResumed: an earlier process has begun it.
  init(
    _ erasure: StoredErasure, isResumed: Bool = false, _ store: Store
  ) throws(StoreError) {
    self.erasure = erasure
    tally.isResumed = isResumed
    entries = EntriesOfCall(erasure.call)
    lastNumber = try store.entryNumber(ofEvent: erasure.sequence) ?? 0
    position = store.firstSequence - 1
    let asked = try store.entryAsStored(lastNumber)
    guard let asked, asked.isAsHashed, asked["type"]?.string == EventType.erasure.rawValue,
      asked["call"]?.string == erasure.call
    else {
      throw StoreError(
        .damaged, operation: "erase", subject: "erasures \(erasure.sequence)",
        cause: "no entry says that somebody asked for it",
        nextStep: "check the store with recbridge audit verify; nothing is erased")
    }
  }

  /// The next piece; nil if nothing was found in what was looked through now.
  mutating func next(_ store: Store) throws(StoreError) -> RemovalInput? {
    if number < lastNumber {
      let removals = try entriesStep(store)
      return removals.isEmpty ? nil : .step(removals)
    }
    if !commands.isEmpty { return .step(try commandsStep(store)) }
    if position < erasure.sequence {
      let removals = try eventsStep(store)
      return removals.isEmpty ? nil : .step(removals)
    }
    if let after = quarantined {
      let removals = try quarantineStep(store, after: after)
      return removals.isEmpty ? nil : .step(removals)
    }
    return .erased(event: erasure.sequence, call: erasure.call, tally)
  }

  private mutating func entriesStep(_ store: Store) throws(StoreError) -> [Removal] {
    guard let page = try entries.page(after: number, in: store) else {
      number = lastNumber
      return []
    }
    let range = (number + 1)...page.through
    let hasValues = try store.clearValueCount(ofEntries: range, field: nil) > 0
    // With a record go its values: one that has some and no record was not pruned by us.
    for number in hasValues ? page.unreadable + page.pruned : [] where number <= lastNumber {
      if try store.clearValueCount(ofEntries: number...number, field: nil) == 0 { continue }
      throw StoreError(
        .damaged, operation: "erase", subject: "entries \(number)",
        cause: "its record is not what was hashed, so nobody can tell whose values it has",
        nextStep: "check the store with recbridge audit verify; the erasure waits")
    }
    tally.unreadable += page.unreadable.count { $0 <= lastNumber }
    var removals: [Removal] = []
    for entry in page.entries where entry.number <= lastNumber {
      if hasValues { removals += try erase(entry: entry.number, store) }
      tally.inClear += Erasure.clearCount(entry.record)
      if let id = entry["command"]?.string, known.insert(id).inserted { commands.append(id) }
    }
    number = page.through
    return removals
  }

  private mutating func erase(entry number: Int64, _ store: Store) throws(StoreError) -> [Removal] {
    let count = try store.clearValueCount(ofEntries: number...number, field: nil)
    tally.values += count
    return count == 0 ? [] : [.values(ofEntries: number...number, nil)]
  }

  private mutating func commandsStep(_ store: Store) throws(StoreError) -> [Removal] {
    var removals: [Removal] = []
    for id in commands.prefix(Self.rowsMax) {
      guard let stored = try store.command(id), let command = stored.command,
        command.evidence.recordingFile != nil
      else { continue }
      tally.commands += 1
      removals.append(.fileName(of: command, sequence: stored.sequence))
    }
    commands.removeFirst(min(Self.rowsMax, commands.count))
    return removals
  }

  private mutating func eventsStep(_ store: Store) throws(StoreError) -> [Removal] {
    let filter = EventFilter(call: erasure.call)
    for _ in 0..<Self.pagesMax {
      // Retention may have been quicker.
      position = max(position, store.firstSequence - 1)
      let page = try store.events(after: position, limit: Store.scanMax, matching: filter)
      guard page.nextAfter > position else {
        position = erasure.sequence
        return []
      }
      position = page.nextAfter
      let removals = page.events.compactMap(erased)
      tally.lines += removals.count
      if !removals.isEmpty || position >= erasure.sequence { return removals }
    }
    return []
  }

  private func erased(_ event: StoredEvent) -> Removal? {
    let line = Erasure.erase(event.line, Self.every, unread: .userData)
    return line == event.line ? nil : .line(sequence: event.sequence, line)
  }

  private mutating func quarantineStep(
    _ store: Store, after: Int64
  ) throws(StoreError) -> [Removal] {
    let found = try store.quarantined(naming: erasure.call, after: after, limit: Self.rowsMax)
    quarantined = found?.through
    var removals: [Removal] = []
    for sequence in found?.sequences ?? [] {
      tally.quarantined += 1
      removals.append(.quarantined(sequence: sequence))
      let event = try store.events(after: sequence - 1, limit: 1).events.first
      if let event, event.sequence == sequence, let line = erased(event) {
        removals.append(line)
        tally.lines += 1
      }
      if let number = try store.entryNumber(ofEvent: sequence) {
        removals += try erase(entry: number, store)
        if let entry = try store.entries(after: number - 1, limit: 1).first {
          tally.inClear += Erasure.clearCount(entry.record)
        }
      }
    }
    return removals
  }
}
