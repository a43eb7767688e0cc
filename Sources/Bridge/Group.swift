/// A durable reader: how far the events have been dealt with by whoever reads under this name.
package struct Group: Equatable, Sendable {
  package let name: String
  /// Everything up to this event has been acknowledged; 0 for nothing.
  package let sequence: Int64
  /// When it last moved, since the Unix epoch.
  package let movedAt: Duration

  package init(name: String, sequence: Int64, movedAt: Duration) {
    self.name = name
    self.sequence = sequence
    self.movedAt = movedAt
  }
}

/// What is to become of a group. Sequences are of events that have been published: whoever asks has
/// made sure of that, for only what was published can have been dealt with.
package enum GroupAsk: Equatable, Sendable {
  /// Put it there, backwards too; makes it if there is none.
  case place(name: String, at: Int64)
  /// Make it, unless there is one.
  case create(name: String, at: Int64)
  /// Everything up to there has been dealt with.
  case acknowledge(name: String, through: Int64)
  case remove(name: String)
}
