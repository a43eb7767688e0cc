/// A group as it stands on disk: see ``Backend/groups()``.
package struct GroupView: Equatable, Sendable {
  package var name: String
  /// Everything up to this event has been acknowledged.
  package var sequence: Int64
  /// Which placement it goes on from; 0 for one of before the daemon began.
  package var placement: Int
  /// When it last moved, as RFC 3339 has it.
  package var moved: String
  /// It belongs to a feed of the daemon, which reads and acknowledges it alone.
  package var isFeed: Bool
  /// Why the feed cannot deliver now.
  package var problem: String?

  package init(
    name: String, sequence: Int64, placement: Int = 0, moved: String, isFeed: Bool,
    problem: String? = nil
  ) {
    self.name = name
    self.sequence = sequence
    self.placement = placement
    self.moved = moved
    self.isFeed = isFeed
    self.problem = problem
  }
}

/// What somebody asks to be done with a group. The sequences are of events that are published.
package enum GroupChange: Equatable, Sendable {
  /// Put it there, backwards too; makes it if there is none.
  case place(name: String, at: Int64)
  /// Make it; refused if there is one.
  case create(name: String, at: Int64)
  /// Everything up to there has been dealt with, as read at this placement; refused if that is
  /// behind where it is, or it was put somewhere since.
  case acknowledge(name: String, through: Int64, placement: Int)
  case remove(name: String)
}

/// What became of a ``GroupChange``.
package enum GroupReply: Equatable, Sendable {
  /// Committed: the group as it is, or was when it was removed.
  case done(GroupView, isNew: Bool)
  /// Nothing was changed.
  case refused(status: Int, title: String, detail: String)
  /// Nothing was changed, because the store cannot be written: 503.
  case unavailable(detail: String)
}

/// Who reads each group: the first in its line, while the others wait behind it.
struct GroupLines {
  private var lines: [String: [EventReader]] = [:]
  /// How far members who have left had read, at the newest placement that any of them saw.
  private var read: [String: (placement: Int, through: Int64)] = [:]

  /// Joins the end of the line; whether that is its front.
  mutating func join(_ reader: EventReader, _ name: String) -> Bool {
    lines[name, default: []].append(reader)
    return lines[name]?.count == 1
  }

  /// Leaves the line; whoever stands at its front now for the first time.
  mutating func leave(_ reader: EventReader, _ name: String) -> EventReader? {
    guard let index = lines[name]?.firstIndex(where: { $0 === reader }) else { return nil }
    if reader.placement >= read[name]?.placement ?? 0 {
      read[name] = (reader.placement, furthest(name, at: reader.placement))
    }
    lines[name]?.remove(at: index)
    if lines[name]?.isEmpty ?? false { lines[name] = nil }
    return index == 0 ? lines[name]?.first : nil
  }

  /// Everybody who stands in the line, the front first.
  func members(_ name: String) -> [EventReader] { lines[name] ?? [] }

  /// Whether somebody can have dealt with everything up to there: not if the group was put
  /// somewhere and nobody has read so far since. Who says so then had read it before.
  func haveRead(_ group: GroupView, through sequence: Int64) -> Bool {
    group.placement == 0 || sequence <= furthest(group.name, at: group.placement)
  }

  private func furthest(_ name: String, at placement: Int) -> Int64 {
    let present = members(name).filter { $0.placement == placement }.map(\.position)
    let left = read[name].flatMap { $0.placement == placement ? $0.through : nil }
    return max(present.max() ?? 0, left ?? 0)
  }

  /// There is no such group any more.
  mutating func forget(_ name: String) { read[name] = nil }
}
