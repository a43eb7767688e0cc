/// What was signed of the tree at one size: immutable once stored.
package struct StoredCheckpoint: Equatable, Sendable {
  /// Its event, which must be part of the same commit; one checkpoint an event.
  package var sequence: Int64
  /// How many entries it covers, all of them stored before or in the same commit.
  package var size: Int64
  /// When it was signed, microseconds since 1970 UTC.
  package var wallMicroseconds: Int64
  /// The signed note.
  package var note: String

  /// A checkpoint to be stored.
  package init(sequence: Int64, size: Int64, wallMicroseconds: Int64, note: String) {
    self.sequence = sequence
    self.size = size
    self.wallMicroseconds = wallMicroseconds
    self.note = note
  }
}

extension StoredCheckpoint: Row {
  static let table = "checkpoints"
  static let columns = "sequence, size, wall_us, checksum, note"
  var place: String { "\(sequence)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(sequence)
    sum.add(size)
    sum.add(wallMicroseconds)
    sum.add(note)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, sequence)
    statement.bind(2, size)
    statement.bind(3, wallMicroseconds)
    statement.bind(4, checksum)
    statement.bind(5, note)
  }

  static func decode(_ statement: Statement) -> (row: StoredCheckpoint, checksum: Int64) {
    let row = StoredCheckpoint(
      sequence: statement.integer(at: 0), size: statement.integer(at: 1),
      wallMicroseconds: statement.integer(at: 2), note: statement.text(at: 4))
    return (row, statement.integer(at: 3))
  }
}
