/// Something that a commit takes out of the store. The caller keeps each small: what one removes is
/// one transaction, and everything else waits for it.
package enum StoreRemoval: Equatable, Sendable {
  /// From now on things may be removed up to there; it never goes back.
  case bound(StoredBound)
  /// Events up to this one, the oldest first, with what was quarantined with them; up to the bound
  /// `events`, and never the newest.
  case events(through: Int64)
  /// The records of these entries, with what opens them; up to the bound
  /// `entries`. Their leaves stay.
  case records([Int64], wallMicroseconds: Int64)
  /// The clear values of these entries, of one field or of all.
  case values(ofEntries: ClosedRange<Int64>, field: String?)
  /// The line of an event is this one now.
  case line(sequence: Int64, [UInt8], wallMicroseconds: Int64)
  /// The bytes of a quarantined message.
  case quarantined(sequence: Int64, wallMicroseconds: Int64)
  /// A call's data are being erased: until `erased`, a restart finds it.
  case erasing(StoredErasure)
  case erased(sequence: Int64)
}

/// How far something may be removed.
package struct StoredBound: Equatable, Sendable {
  /// `events` and `entries`; or a field, of which the lines of events are free up to there.
  package var what: String
  /// A sequence, or of `entries` a number.
  package var through: Int64

  /// A bound as it stands now.
  package init(what: String, through: Int64) {
    self.what = what
    self.through = through
  }
}

/// An erasure that is not finished.
package struct StoredErasure: Equatable, Sendable {
  /// The event that says who asked for it.
  package var sequence: Int64
  package var call: String

  /// An erasure that has begun.
  package init(sequence: Int64, call: String) {
    self.sequence = sequence
    self.call = call
  }
}

/// A personal value whose commitment an entry holds.
package struct StoredClearValue: Equatable, Sendable {
  /// The entry's number, assigned by the store with the entry's.
  package internal(set) var entry: Int64 = 0
  /// Where its commitment begins in the record, in bytes.
  package var offset: Int64
  package var field: String
  package var salt: [UInt8]
  /// Exact JSON.
  package var value: [UInt8]

  /// A value to be stored with its entry.
  package init(offset: Int64, field: String, salt: [UInt8], value: [UInt8]) {
    self.offset = offset
    self.field = field
    self.salt = salt
    self.value = value
  }
}

extension StoredBound: Row {
  static let table = "retention"
  static let columns = "what, through, checksum"
  var place: String { what }

  static let upsert =
    insertion
    + " ON CONFLICT (what) DO UPDATE SET through = excluded.through, checksum = excluded.checksum"

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(what)
    sum.add(through)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, what)
    statement.bind(2, through)
    statement.bind(3, checksum)
  }

  static func decode(_ statement: Statement) -> (row: StoredBound, checksum: Int64) {
    (
      StoredBound(what: statement.text(at: 0), through: statement.integer(at: 1)),
      statement.integer(at: 2)
    )
  }
}

extension StoredErasure: Row {
  static let table = "erasures"
  static let columns = "sequence, call, checksum"
  var place: String { "\(sequence)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(sequence)
    sum.add(call)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, sequence)
    statement.bind(2, call)
    statement.bind(3, checksum)
  }

  static func decode(_ statement: Statement) -> (row: StoredErasure, checksum: Int64) {
    (
      StoredErasure(sequence: statement.integer(at: 0), call: statement.text(at: 1)),
      statement.integer(at: 2)
    )
  }
}

extension StoredClearValue: Row {
  static let table = "clear_values"
  static let columns = "entry, place, field, checksum, salt, value"
  var place: String { "\(entry), byte \(offset)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(entry)
    sum.add(offset)
    sum.add(field)
    sum.add(salt)
    sum.add(value)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, entry)
    statement.bind(2, offset)
    statement.bind(3, field)
    statement.bind(4, checksum)
    statement.bind(5, salt)
    statement.bind(6, value)
  }

  static func decode(_ statement: Statement) -> (row: StoredClearValue, checksum: Int64) {
    var row = StoredClearValue(
      offset: statement.integer(at: 1), field: statement.text(at: 2), salt: statement.bytes(at: 4),
      value: statement.bytes(at: 5))
    row.entry = statement.integer(at: 0)
    return (row, statement.integer(at: 3))
  }
}
