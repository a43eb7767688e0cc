import Bridge
import Commands
import Configuration
import Privacy
import Store

/// `/metrics`.
extension SocketBackend {
  func metrics() throws -> String {
    var metrics = Metrics()
    addBridge(to: &metrics)
    if store != nil {
      metrics = try read { (store) throws(StoreError) in
        var more = metrics
        try addStore(store, to: &more)
        if let removals { try addRetention(removals, store, to: &more) }
        return more
      }
    }
    return metrics.text
  }

  private func addBridge(to metrics: inout Metrics) {
    let bridge = turns.bridge
    metrics.add(
      "recbridge_sessions", .gauge, "Sessions of agents, by state.", by: "state",
      bridge.sessionStates.mapValues(Double.init))
    metrics.add(
      "recbridge_commands_open", .gauge, "Commands without a final grade.",
      Double(bridge.openCommandCount))
    metrics.add(
      "recbridge_events_published_total", .counter, "Events since the start, by type.",
      by: "type", turns.published.mapValues(Double.init))
    metrics.add(
      "recbridge_group_lag_events", .gauge, "Events that a group has not acknowledged.",
      by: "group",
      bridge.groups.mapValues { Double(max(0, latestSequence - $0.sequence)) })
  }

  private func addStore(_ store: Store, to metrics: inout Metrics) throws(StoreError) {
    let size = try store.sizeBytes()
    metrics.add(
      "recbridge_store_size_bytes", .gauge, "The database file, without its log.",
      Double(size.file))
    metrics.add(
      "recbridge_store_used_bytes", .gauge,
      "What of the database file is in use; the rest is used again.", Double(size.used))
    metrics.add(
      "recbridge_events_stored", .gauge, "Events in the store.",
      Double(store.lastSequence - store.firstSequence + 1))
    let oldest = try store.wallMicroseconds(ofEvent: store.firstSequence)
    metrics.add(
      "recbridge_oldest_event_age_seconds", .gauge, "How long ago the oldest event was observed.",
      oldest.map { age(of: $0) })
    metrics.add(
      "recbridge_exceptions", .gauge, "Pauses and stops that are not confirmed nor seen to.",
      Double(try store.openExceptionCount()))
  }

  private func addRetention(
    _ removals: RemovalDesk, _ store: Store, to metrics: inout Metrics
  ) throws(StoreError) {
    let schedule = removals.schedule
    var next: [String: Double] = [:]
    func note(_ what: String, _ wall: Int64?, after limit: Duration?) {
      guard let wall, let limit else { return }
      next[what] = max(0, limit.seconds - age(of: wall))
    }
    note(
      "events", try store.wallMicroseconds(ofEvent: store.firstSequence),
      after: schedule.retention.eventsAge)
    note(
      "entries", try store.wallMicroseconds(ofEntry: try store.bound(StoredBound.records) + 1),
      after: schedule.retention.entriesAge)
    for (field, limit) in schedule.privacy.fields {
      guard let entry = try store.oldestEntry(withClear: field.rawValue) else { continue }
      note(field.rawValue, try store.wallMicroseconds(ofEntry: entry), after: limit)
    }
    metrics.add(
      "recbridge_retention_next_seconds", .gauge,
      "Until the oldest of its kind is due to be removed.", by: "what", next)
    let due = try schedule.eventsDue(store, turns.bridge, at: turns.now.wall)
    let isLimited =
      schedule.retention.eventsAge != nil || schedule.retention.eventsSizeBytes != nil
    metrics.add(
      "recbridge_retention_due_events", .gauge, "Events that are due to be removed now.",
      isLimited ? Double(max(0, due - store.firstSequence + 1)) : nil)
    metrics.add(
      "recbridge_retention_held_events", .gauge,
      "Events that are due and stay, because this group has not acknowledged them.", by: "group",
      removals.hold.map { [$0.group: Double($0.events)] } ?? [:])
    metrics.add(
      "recbridge_erasures_open", .gauge, "Calls whose personal data are being erased.",
      Double(removals.openErasures))
  }

  /// In seconds; a clock that was set back makes nothing younger than now.
  private func age(of wall: Int64) -> Double {
    max(0, (turns.now.wall - .microseconds(wall)).seconds)
  }
}

extension Duration {
  fileprivate var seconds: Double { self / .seconds(1) }
}
