/// A durable reader: how far the events have been dealt with by whoever reads under this name.
package struct Group: Equatable, Sendable {
  package let name: String
  /// Everything up to this event has been acknowledged; 0 for nothing.
  package let sequence: Int64
  /// When it last moved, since the Unix epoch.
  package let movedAt: Duration
  /// Which placement by hand it goes on from; 0 for one of before the daemon began. Whoever read it
  /// at another one holds lines that are to be read again.
  package let placement: Int

  package init(name: String, sequence: Int64, movedAt: Duration, placement: Int = 0) {
    self.name = name
    self.sequence = sequence
    self.movedAt = movedAt
    self.placement = placement
  }
}

/// What is to become of a group. Sequences are of events that have been published: whoever asks has
/// made sure of that, for only what was published can have been dealt with.
package enum GroupAsk: Equatable, Sendable {
  /// Put it there, backwards too; makes it if there is none.
  case place(name: String, at: Int64)
  /// Make it, unless there is one.
  case create(name: String, at: Int64)
  /// Everything up to there has been dealt with, by who has read at this placement; nil for any.
  case acknowledge(name: String, through: Int64, placement: Int? = nil)
  case remove(name: String)
}
