import Bridge
import Commands
import Configuration
import Privacy
import Store

/// What retention is to do, and when.
struct RetentionSchedule {
  /// Between two looks: a hundredth of the shortest age, within these bounds. So nothing stays much
  /// longer than it may, and rounds are few.
  private static let pauseMin = Duration.seconds(1)
  private static let pauseMax = Duration.seconds(3_600)
  /// A store that is too large gets larger meanwhile.
  private static let pauseForSize = Duration.seconds(60)
  /// What a row costs beside its line.
  private static let rowSizeBytes: Int64 = 64

  let retention: Retention
  let privacy: PrivacySettings

  init(_ retention: Retention, _ privacy: PrivacySettings) {
    self.retention = retention
    self.privacy = privacy
  }

  /// Between two looks; nil where nothing is ever removed.
  var pause: Duration? {
    let ages = [retention.eventsAge, retention.entriesAge].compactMap(\.self)
    var pauses = (ages + privacy.fields.values).map {
      min(max($0 / 100, Self.pauseMin), Self.pauseMax)
    }
    if retention.eventsSizeBytes != nil { pauses.append(Self.pauseForSize) }
    return pauses.min()
  }

  /// A round, if one is due, and the group that keeps it from removing more.
  struct Plan {
    var work: RetentionWork?
    var hold: RetentionHold?
  }

  func plan(
    _ store: Store, _ bridge: Bridge, signedEntries: Int64?, isAuditSound: Bool, at wall: Duration
  ) throws(StoreError) -> Plan {
    var plan = Plan()
    var work = RetentionWork(firstEvent: store.firstSequence)
    var events = try eventsDue(store, bridge, at: wall)
    if retention.groups == .hold, let group = bridge.hindmostGroup, group.sequence < events {
      plan.hold = RetentionHold(
        group: group.name, cursor: group.sequence,
        events: events - max(group.sequence, store.firstSequence - 1))
      events = group.sequence
    }
    if events >= store.firstSequence { work.round.events = events }
    if let age = retention.entriesAge, isAuditSound {
      // What is not signed yet has to be read again before it is.
      let old = try store.lastEntry(beforeWall: (wall - age).wholeMicroseconds)
      let through = min(old, signedEntries ?? .max)
      if through > (try store.bound(StoredBound.records)) { work.round.entries = through }
    }
    for field in PersonalField.allCases {
      guard let age = privacy.fields[field] else { continue }
      let limit = (wall - age).wholeMicroseconds
      try add(field, before: limit, store, to: &work)
    }
    if work.isSomething { plan.work = work }
    return plan
  }

  private func add(
    _ field: PersonalField, before limit: Int64, _ store: Store, to work: inout RetentionWork
  ) throws(StoreError) {
    let entry = try store.lastEntry(beforeWall: limit)
    let oldest = try store.oldestEntry(withClear: field.rawValue)
    let hasValues = oldest.map { $0 <= entry } ?? false
    let event = try store.lastEvent(beforeWall: limit)
    let hasLines = event >= max(store.firstSequence, try store.bound(field.rawValue) + 1)
    guard hasValues || hasLines else { return }
    work.round.fields.append(field)
    if hasValues { work.values.append(FieldWork(field: field, through: entry)) }
    if hasLines {
      let isUnread = privacy.unread == field
      work.lines.append(FieldWork(field: field, through: event, isUnread: isUnread))
    }
  }

  /// Up to where events are too old or too many; whatever the groups say.
  func eventsDue(_ store: Store, _ bridge: Bridge, at wall: Duration) throws(StoreError)
    -> Int64
  {
    var due: Int64 = 0
    if let age = retention.eventsAge {
      due = try store.lastEvent(beforeWall: (wall - age).wholeMicroseconds)
    }
    if let size = retention.eventsSizeBytes {
      let used = try store.sizeBytes().used
      if used > size {
        let count = (used - size) / (try eventSizeBytes(store, used: used)) + 1
        due = max(due, store.firstSequence - 1 + count)
      }
    }
    if let oldest = bridge.oldestOpenCommand {
      // What an open command rests on stays.
      due = min(due, try store.lastEvent(beforeWall: oldest.wholeMicroseconds))
    }
    return min(due, store.lastSequence - 1)
  }

  /// What one of the oldest events takes, rather too much: what a round leaves, the next one takes,
  /// and what it removes too many is lost. They may be much smaller than those behind them, and
  /// rows do not fill their pages: so not less than an event's share of all that the file holds.
  private func eventSizeBytes(_ store: Store, used: Int64) throws(StoreError) -> Int64 {
    let sample = try store.events(after: store.firstSequence - 1, limit: Store.scanMax).events
    let bytes = sample.reduce(0) { $0 + Int64($1.line.count) + Self.rowSizeBytes }
    let share = used / max(1, store.lastSequence - store.firstSequence + 1)
    return max(1, bytes / Int64(max(1, sample.count)), share)
  }
}
