import Commands
import JSON
import Privacy

/// What leaves the store again: by retention, and because somebody asked for it.
///
/// It is on record before it begins, and told when it is over. Which rows that concerns is read by
/// whoever drives it; here it is decided, at the moment of each commit, whether a group still has
/// to read what is to go.
extension Bridge {
  /// The group that is furthest behind.
  package var hindmostGroup: Group? {
    groups.values.min { ($0.sequence, $0.name) < ($1.sequence, $1.name) }
  }

  /// Wall time at which the oldest open command was issued: what it rests on is kept.
  package var oldestOpenCommand: Duration? { ledger.open.map(\.issuedAt).min() }

  /// How far of what was announced events may be removed now; nil for not at all.
  package func removable(upTo sequence: Int64) -> Int64? {
    let allowed = min(sequence, eventsToRemove, heldAt())
    return allowed > 0 ? allowed : nil
  }

  mutating func remove(_ input: RemovalInput, at now: Moment) {
    switch input {
    case .began(let round): begin(round, at: now)
    case .step(let removals): for removal in removals { remove(removal, at: now) }
    case .ended(let tally):
      publish(.retention, agent: "", call: nil, at: now) { writer in
        writer.member("action", "ended")
        tally.write(to: &writer)
      }
    case .erased(let event, let call, let tally):
      let began = events.cursor(event)
      publish(.erasure, agent: "", call: call, at: now) { writer in
        writer.member("action", "ended")
        writer.member("call", call)
        writer.member("began", began)
        tally.write(to: &writer)
      }
      turn.writes.append(.removal(.erased(event: event), at: now.wall))
    }
    turn.effects.append(.removed)
  }

  // MARK: - Retention

  private mutating func begin(_ round: RetentionRound, at now: Moment) {
    let events = round.events.map { min($0, heldAt(), self.events.last) }
    if let events { eventsToRemove = max(eventsToRemove, events) }
    if let entries = round.entries { recordsToRemove = max(recordsToRemove, entries) }
    let cursor = events.map { self.events.cursor($0) }
    publish(.retention, agent: "", call: nil, at: now) { writer in
      writer.member("action", "began")
      writer.member("events", cursor)
      if let entries = round.entries { writer.member("entries", entries) }
      writer.member("fields", round.fields.map(\.rawValue))
    }
    turn.writes.append(
      .removal(.bounds(events: events, entries: round.entries), at: now.wall))
    dropGroups(at: now)
  }

  /// How far the groups let events go.
  private func heldAt() -> Int64 {
    settings.groupsAtRetention == .hold ? hindmostGroup?.sequence ?? .max : .max
  }

  /// Moves the groups that are behind what is being removed, if they may be.
  private mutating func dropGroups(at now: Moment) {
    guard settings.groupsAtRetention == .drop else { return }
    let passed = groups.values.filter { $0.sequence < eventsToRemove }.sorted { $0.name < $1.name }
    guard !passed.isEmpty else { return }
    let to = events.cursor(eventsToRemove)
    let moved = passed.map { (name: $0.name, from: events.cursor($0.sequence)) }
    for group in passed {
      _ = write(group.name, eventsToRemove, group.placement, at: now)
      turn.effects.append(
        .log(
          Log(
            .error, "feed-lost-events",
            [
              Header("group", group.name), Header("after", String(group.sequence)),
              Header("through", String(eventsToRemove)),
            ])))
    }
    publish(.retention, agent: "", call: nil, at: now) { writer in
      writer.member("action", "dropped")
      writer.member(
        "groups",
        array: { writer in
          for group in moved {
            writer.object { writer in
              writer.member("group", group.name)
              writer.member("from", group.from)
              writer.member("to", to)
            }
          }
        })
    }
  }

  private mutating func remove(_ removal: Removal, at now: Moment) {
    switch removal {
    case .events(let through):
      // A group may have been put back since the round began.
      dropGroups(at: now)
      if let allowed = removable(upTo: through) {
        turn.writes.append(.removal(.events(through: allowed), at: now.wall))
      }
    case .records(let numbers, let through):
      precondition(through <= recordsToRemove, "records are removed that were not announced")
      turn.writes.append(.removal(.records(ofEntries: numbers, through: through), at: now.wall))
    case .fileName(let stored, let sequence): forgetFile(of: stored, sequence)
    default: turn.writes.append(.removal(removal, at: now.wall))
    }
  }

  // MARK: - Erasure

  mutating func erase(_ id: AskID, _ ask: EraseAsk, at now: Moment) {
    let isOpen = ledger.open.contains {
      $0.call == ask.call || ledger.callNow(of: $0.id) == ask.call
    }
    if isStoreLost {
      turn.effects.append(.reply(id, .refused(.erasureUnavailable)))
    } else if isStopping {
      refuse(id, .stopping, "The bridge is stopping; ask again when it has restarted.")
    } else if isOpen || callHolders[ask.call]?.isEmpty == false {
      refuse(
        id, .callIsLive,
        "The call is live, or a command on it is open: what is erased now would come again. Ask "
          + "when it has ended.")
    } else {
      let sequence = publish(.erasure, agent: "", call: ask.call, at: now) { writer in
        writer.member("action", "began")
        writer.member("call", ask.call)
        writer.member("by", object: ask.by.write)
        writer.member("why", ask.why)
      }
      turn.writes.append(
        .removal(.erasing(call: ask.call, event: sequence), at: now.wall))
      turn.effects.append(.reply(id, .erasing(event: sequence)))
    }
  }

  private mutating func forgetFile(of stored: Command, _ sequence: Int64) {
    let command = ledger.command(stored.id) ?? justAcknowledged[stored.id] ?? stored
    guard !command.isOpen, command.evidence.recordingFile != nil else { return }
    let left = command.withoutFileName()
    ledger.forgetFile(of: left.id)
    // Whoever has read it before must not bring the name back in this turn.
    justAcknowledged[left.id] = left
    turn.writes.append(.command(left, sequence: sequence))
  }
}

extension RetentionTally {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.member("removedEvents", events)
    writer.member("removedRecords", records)
    writer.member("erasedValues", values)
    writer.member("erasedLines", lines)
  }
}

extension ErasureTally {
  fileprivate func write(to writer: inout JSONWriter) {
    if isResumed { writer.member("resumed", true) }
    if unreadable > 0 { writer.member("unreadable", unreadable) }
    writer.member("erasedValues", values)
    writer.member("erasedLines", lines)
    writer.member("erasedQuarantined", quarantined)
    writer.member("changedCommands", commands)
    writer.member("inClear", inClear)
  }
}

extension Bridge.Refusal {
  package static let erasureUnavailable = Bridge.Refusal(
    reason: .storeUnavailable,
    detail: "The store cannot be written, so nothing can be erased. Make the store writable (GET "
      + "/readyz says what is wrong), then ask again.")
}
