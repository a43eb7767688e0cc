import Commands

/// Groups of readers: how far each has acknowledged, changed in the turn like everything that must
/// survive. So an acknowledgement is answered when it is on disk, and a cursor that went forward
/// does not come back.
extension Bridge {
  mutating func grouped(_ id: AskID, _ ask: GroupAsk, at now: Moment) {
    guard !isStoreLost else {
      turn.effects.append(.reply(id, .refused(.groupsUnavailable)))
      return
    }
    switch ask {
    case .place(let name, let sequence): place(id, name, sequence, at: now)
    case .create(let name, let sequence):
      if groups[name] != nil {
        refuse(id, .groupExists, "There is a group \(name) already; it was left as it is.")
      } else {
        place(id, name, sequence, at: now)
      }
    case .acknowledge(let name, let sequence): acknowledge(id, name, sequence, at: now)
    case .remove(let name):
      guard let group = groups.removeValue(forKey: name) else { return refuseUnknown(id, name) }
      turn.writes.append(.groupRemoved(name: name))
      tell("group-removed", [Header("group", name), Header("from", events.cursor(group.sequence))])
      turn.effects.append(.reply(id, .group(group, isNew: false)))
    }
  }

  private mutating func place(_ id: AskID, _ name: String, _ sequence: Int64, at now: Moment) {
    let former = groups[name]
    guard former != nil || groups.count < BridgeLimits.groups else {
      return refuse(
        id, .tooManyGroups,
        "There are \(BridgeLimits.groups) groups, which is the limit; remove one that nobody uses.")
    }
    let group = write(name, sequence, at: now)
    tell(
      "group-placed",
      [
        Header("group", name), Header("from", former.map { events.cursor($0.sequence) } ?? "none"),
        Header("to", events.cursor(sequence)),
      ])
    turn.effects.append(.reply(id, .group(group, isNew: former == nil)))
  }

  private mutating func acknowledge(
    _ id: AskID, _ name: String, _ sequence: Int64, at now: Moment
  ) {
    guard let group = groups[name] else { return refuseUnknown(id, name) }
    guard sequence >= group.sequence else {
      return refuse(
        id, .groupIsAhead,
        "The group \(name) is at \(events.cursor(group.sequence)) and an acknowledgement does not "
          + "move it back; PUT does.")
    }
    let moved = sequence > group.sequence ? write(name, sequence, at: now) : group
    turn.effects.append(.reply(id, .group(moved, isNew: false)))
  }

  mutating func write(_ name: String, _ sequence: Int64, at now: Moment) -> Group {
    let group = Group(name: name, sequence: sequence, movedAt: now.wall)
    groups[name] = group
    turn.writes.append(.group(group))
    return group
  }

  private mutating func refuseUnknown(_ id: AskID, _ name: String) {
    refuse(
      id, .unknownGroup, "There is no group \(name); PUT makes one, GET /v1/groups lists them.")
  }

  mutating func tell(_ name: String, _ fields: [Header]) {
    turn.effects.append(.log(Log(.info, name, fields)))
  }
}

extension Bridge.Refusal {
  static let groupsUnavailable = Bridge.Refusal(
    reason: .storeUnavailable,
    detail: "The store cannot be written, so nothing was acknowledged or changed. Make the store "
      + "writable (GET /readyz says what is wrong), then ask again.")
}
