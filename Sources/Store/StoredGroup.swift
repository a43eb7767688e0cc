/// Where one group of readers stands; a later change with the same name replaces it.
package struct StoredGroup: Equatable, Sendable {
  package var name: String
  /// Everything up to this event has been acknowledged; 0 for nothing.
  package var sequence: Int64
  /// When it last moved, microseconds since 1970 UTC.
  package var wallMicroseconds: Int64

  /// A group as it stands now.
  package init(name: String, sequence: Int64, wallMicroseconds: Int64) {
    self.name = name
    self.sequence = sequence
    self.wallMicroseconds = wallMicroseconds
  }
}

extension Store {
  /// All groups, by name.
  package func groups() throws(StoreError) -> [StoredGroup] {
    try all("ORDER BY name")
  }
}

extension StoredGroup: Row {
  static let table = "groups"
  static let columns = "name, sequence, wall_us, checksum"
  var place: String { name }

  static let upsert =
    insertion
    + " ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence,"
    + " wall_us = excluded.wall_us, checksum = excluded.checksum"

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(name)
    sum.add(sequence)
    sum.add(wallMicroseconds)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, name)
    statement.bind(2, sequence)
    statement.bind(3, wallMicroseconds)
    statement.bind(4, checksum)
  }

  static func decode(_ statement: Statement) -> (row: StoredGroup, checksum: Int64) {
    let row = StoredGroup(
      name: statement.text(at: 0), sequence: statement.integer(at: 1),
      wallMicroseconds: statement.integer(at: 2))
    return (row, statement.integer(at: 3))
  }
}
