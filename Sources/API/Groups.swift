/// A group as it stands on disk: see ``Backend/groups()``.
package struct GroupView: Equatable, Sendable {
  package var name: String
  /// Everything up to this event has been acknowledged.
  package var sequence: Int64
  /// When it last moved, as RFC 3339 has it.
  package var moved: String
  /// It belongs to a feed of the daemon, which reads and acknowledges it alone.
  package var isFeed: Bool
  /// Why the feed cannot deliver now.
  package var problem: String?

  package init(
    name: String, sequence: Int64, moved: String, isFeed: Bool, problem: String? = nil
  ) {
    self.name = name
    self.sequence = sequence
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
  /// Everything up to there has been dealt with; refused if that is behind where it is.
  case acknowledge(name: String, through: Int64)
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

  /// Joins the end of the line; whether that is its front.
  mutating func join(_ reader: EventReader, _ name: String) -> Bool {
    lines[name, default: []].append(reader)
    return lines[name]?.count == 1
  }

  /// Leaves the line; whoever stands at its front now for the first time.
  mutating func leave(_ reader: EventReader, _ name: String) -> EventReader? {
    guard let index = lines[name]?.firstIndex(where: { $0 === reader }) else { return nil }
    lines[name]?.remove(at: index)
    if lines[name]?.isEmpty ?? false { lines[name] = nil }
    return index == 0 ? lines[name]?.first : nil
  }

  /// Everybody who stands in the line, the front first.
  func members(_ name: String) -> [EventReader] { lines[name] ?? [] }
}
