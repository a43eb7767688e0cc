import Commands
import JSON

/// Groups of readers: how far each has acknowledged, changed in the turn like everything that must
/// survive. So an acknowledgement is answered when it is on disk, and a cursor that went forward
/// does not come back. That a group was made, moved by hand or removed is an event and an entry.
extension Bridge {
  mutating func grouped(_ id: AskID, _ ask: GroupAsk, by origin: Origin?, at now: Moment) {
    guard !isStoreLost else {
      turn.effects.append(.reply(id, .refused(.groupsUnavailable)))
      return
    }
    switch ask {
    case .place(let name, let sequence): place(id, name, sequence, by: origin, at: now)
    case .create(let name, let sequence):
      if groups[name] != nil {
        refuse(id, .groupExists, "There is a group \(name) already; it was left as it is.")
      } else {
        place(id, name, sequence, by: origin, at: now)
      }
    case .acknowledge(let name, let sequence, let placement):
      acknowledge(id, name, sequence, placement, at: now)
    case .remove(let name):
      guard let group = groups.removeValue(forKey: name) else { return refuseUnknown(id, name) }
      turn.writes.append(.groupRemoved(name: name))
      tell(GroupMove(name: name, from: group.sequence, to: nil, by: origin), at: now)
      turn.effects.append(.reply(id, .group(group, isNew: false)))
    }
  }

  private mutating func place(
    _ id: AskID, _ name: String, _ sequence: Int64, by origin: Origin?, at now: Moment
  ) {
    let former = groups[name]
    guard former != nil || groups.count < BridgeLimits.groups else {
      return refuse(
        id, .tooManyGroups,
        "There are \(BridgeLimits.groups) groups, which is the limit; remove one that nobody uses.")
    }
    placements += 1
    let group = write(name, sequence, placements, at: now)
    tell(GroupMove(name: name, from: former?.sequence, to: sequence, by: origin), at: now)
    turn.effects.append(.reply(id, .group(group, isNew: former == nil)))
  }

  private mutating func acknowledge(
    _ id: AskID, _ name: String, _ sequence: Int64, _ placement: Int?, at now: Moment
  ) {
    guard let group = groups[name] else { return refuseUnknown(id, name) }
    guard placement == nil || placement == group.placement else {
      return refuse(
        id, .groupWasPlaced,
        "The group \(name) was put at \(events.cursor(group.sequence)) meanwhile; read it from "
          + "there.")
    }
    guard sequence >= group.sequence else {
      return refuse(
        id, .groupIsAhead,
        "The group \(name) is at \(events.cursor(group.sequence)) and an acknowledgement does not "
          + "move it back; PUT does.")
    }
    let isNews = sequence > group.sequence
    let moved = isNews ? write(name, sequence, group.placement, at: now) : group
    turn.effects.append(.reply(id, .group(moved, isNew: false)))
  }

  mutating func write(
    _ name: String, _ sequence: Int64, _ placement: Int, at now: Moment
  ) -> Group {
    let group = Group(
      name: name, sequence: sequence, movedAt: now.wall, placement: placement)
    groups[name] = group
    turn.writes.append(.group(group))
    return group
  }

  private mutating func refuseUnknown(_ id: AskID, _ name: String) {
    refuse(
      id, .unknownGroup,
      "There is no group \(name); PUT makes one, recbridge groups (GET /v1/groups) lists them.")
  }

  mutating func tell(_ name: String, _ fields: [Header]) {
    turn.effects.append(.log(Log(.info, name, fields)))
  }

  /// To the log and, by event and entry, to everybody who may ask who it was.
  private mutating func tell(_ move: GroupMove, at now: Moment) {
    let places = [("from", move.from), ("to", move.to)].map { name, sequence in
      Header(name, sequence.map(events.cursor) ?? "none")
    }
    tell(
      move.to == nil ? "group-removed" : "group-placed", [Header("group", move.name)] + places)
    let writer = events
    publish(.group, agent: "", call: nil, at: now) { move.write(to: &$0, writer) }
  }
}

/// What was done to a group by hand, or by the feed that it belongs to.
private struct GroupMove {
  let name: String
  /// Where it stood; nil if it was not there.
  let from: Int64?
  /// Where it stands; nil if it is there no more.
  let to: Int64?
  /// Nil for a feed.
  let by: Origin?

  private var action: String {
    guard let to else { return "removed" }
    guard let from else { return "made" }
    return to < from ? "moved-back" : "moved-forward"
  }

  func write(to writer: inout JSONWriter, _ events: EventWriter) {
    writer.member("group", name)
    writer.member("action", action)
    writer.member("from", from.map(events.cursor))
    writer.member("to", to.map(events.cursor))
    if let by { writer.member("by", object: by.write) } else { writer.member("feed", true) }
  }
}

extension Bridge.Refusal {
  static let groupsUnavailable = Bridge.Refusal(
    reason: .storeUnavailable,
    detail: "The store cannot be written, so nothing was acknowledged or changed. Make the store "
      + "writable (GET /readyz says what is wrong), then ask again.")
}
