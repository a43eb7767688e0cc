package import Commands
package import Privacy

/// What becomes of a group whose cursor retention reaches.
package enum GroupsAtRetention: Equatable, Sendable {
  /// Nothing that it has not acknowledged is removed.
  case hold
  /// It is moved behind what is removed, and that is told.
  case drop
}

/// Something that is taken out of the store, in pieces that are small enough for one commit.
package enum Removal: Equatable, Sendable {
  /// Events up to this one, the oldest first, of those that were announced.
  case events(through: Int64)
  /// The records of these entries, of those that were announced; their leaves stay. With them all
  /// up to `through` are done.
  case records(ofEntries: [Int64], through: Int64)
  /// What opens the commitments of these entries, of one field or of all.
  case values(ofEntries: ClosedRange<Int64>, PersonalField?)
  /// An event's line without its personal values.
  case line(sequence: Int64, [UInt8])
  /// The lines of all events up to there are free of the field.
  case lines(of: PersonalField, through: Int64)
  /// The bytes of a quarantined message.
  case quarantined(sequence: Int64)
  /// What an ended command says of the recording, as the store has it.
  case fileName(of: Command, sequence: Int64)
  /// How far events and entries' records may be removed from now on.
  case bounds(events: Int64?, entries: Int64?)
  /// An erasure has begun with that event, or is finished.
  case erasing(call: String, event: Int64)
  case erased(event: Int64)
}

/// How retention and erasures go on, as whoever reads the store for them says it.
package enum RemovalInput: Equatable, Sendable {
  /// A round of retention begins: it will remove so much.
  case began(RetentionRound)
  case step([Removal])
  case ended(RetentionTally)
  /// The erasure that began with that event is finished.
  case erased(event: Int64, call: String, ErasureTally)
}

/// What one round of retention is to remove.
package struct RetentionRound: Equatable, Sendable {
  /// Up to this event; nil if none is due.
  package var events: Int64?
  /// The records of entries up to this number; nil if none is due.
  package var entries: Int64?
  /// Of which clear values are due.
  package var fields: [PersonalField]

  /// A round made by hand; without arguments nothing.
  package init(events: Int64? = nil, entries: Int64? = nil, fields: [PersonalField] = []) {
    self.events = events
    self.entries = entries
    self.fields = fields
  }
}

/// What one round of retention has removed.
package struct RetentionTally: Equatable, Sendable {
  package var events: Int64 = 0
  package var records = 0
  package var values = 0
  /// Events whose lines were freed of a field.
  package var lines = 0

  package init() {}
}

/// What an erasure has found and taken out.
package struct ErasureTally: Equatable, Sendable {
  package var values = 0
  package var lines = 0
  package var quarantined = 0
  package var commands = 0
  /// Values that entries of before the setting say in clear: nothing can take them out of a record
  /// that is signed for.
  package var inClear = 0
  /// Entries of which nobody can tell whether they are about the call.
  package var unreadable = 0
  /// A restart came in between, and what was taken out before it is not counted.
  package var isResumed = false

  package init() {}
}

/// That the personal data of a call be erased, as a user of the socket says it.
package struct EraseAsk: Equatable, Sendable {
  package let call: String
  /// Who says so, as the kernel vouches for it.
  package let by: Origin
  /// In their own words.
  package let why: String

  package init(call: String, by origin: Origin, why: String) {
    self.call = call
    by = origin
    self.why = why
  }
}
