import Evidence

/// Entries of older versions, as a migration moves them: in their order, and with the bytes that
/// they have.
enum EntriesBefore {
  /// Does what SQL cannot, after the step that left one of these tables.
  static func move(in connection: Connection, _ hasher: TreeHasher) throws(StoreError) {
    if try exists("entries_before", connection) { try plant("entries_before", connection, hasher) }
    if try exists("entries_repeating", connection) { try strip("entries_repeating", connection) }
  }

  private static func exists(
    _ table: String, _ connection: Connection
  ) throws(StoreError) -> Bool {
    let look = "SELECT count(*) FROM sqlite_schema WHERE name = '\(table)'"
    return try connection.integer(look, table) == 1
  }

  /// The entries of version 2, which had no tree, become its first leaves.
  private static func plant(
    _ table: String, _ connection: Connection, _ hasher: TreeHasher
  ) throws(StoreError) {
    let insertion = try connection.prepare(RepeatingEntry.insertion, StoredEntry.table)
    var edge = RightEdge()
    try connection.prepare(
      "SELECT number, sequence, command, agent, call, operation, grade, witness, latency_us,"
        + " wall_us, record FROM \(table) ORDER BY number", table
    ).forEachRow { (statement) throws(StoreError) in
      let witness = statement.text(at: 7)
      var entry = StoredEntry(
        sequence: statement.integer(at: 1),
        type: witness == "operator"
          ? "recbridge.acknowledgement.v1" : "recbridge.command.v1",
        wallMicroseconds: statement.integer(at: 9), record: statement.bytes(at: 10))
      entry.join(&edge, hasher)
      guard entry.number == statement.integer(at: 0) else {
        throw StoreError.damaged(
          StoredEntry.table, row: "\(entry.number)", cause: "the row is missing")
      }
      let former = RepeatingEntry(
        entry: entry, agent: statement.text(at: 3),
        texts: [4, 2, 5, 6, 7].map { statement.text(at: $0) },
        latencyMicroseconds: statement.optionalInteger(at: 8))
      former.bind(to: insertion)
      try insertion.run("migrate")
    }
    try connection.execute("DROP TABLE \(table)", "migrate", connection.path)
  }

  /// The entries of versions 3 to 5 lose the columns that repeat their records. What was damaged
  /// stays so: a checksum that was wrong is wrong again.
  private static func strip(_ table: String, _ connection: Connection) throws(StoreError) {
    // A row that does not belong there is moved as well: `audit verify` names it, and a start that
    // ends over it would serve no Stop.
    try connection.set("ignore_check_constraints", to: "ON", expecting: "1")
    let insertion = try connection.prepare(
      "INSERT INTO entries (\(StoredEntry.columns), pruned_us)"
        + " VALUES (\(StoredEntry.placeholders), ?)", StoredEntry.table)
    try connection.prepare(
      "SELECT \(RepeatingEntry.columns), pruned_us FROM \(table) ORDER BY number", table
    ).forEachRow { (statement) throws(StoreError) in
      let (former, checksum) = RepeatingEntry.decode(statement)
      former.entry.bind(to: insertion)
      if checksum != former.checksum {
        insertion.bind(5, former.entry.checksum ^ 1)
      }
      insertion.bind(8, statement.optionalInteger(at: 14))
      try insertion.run("migrate")
    }
    try connection.set("ignore_check_constraints", to: "OFF", expecting: "0")
    try connection.execute("DROP TABLE \(table)", "migrate", connection.path)
  }
}

/// A row of versions 3 to 5, whose columns repeated parts of its record.
private struct RepeatingEntry: Row {
  static let table = "entries"
  static let columns =
    "number, sequence, type, agent, call, command, operation, grade, witness, latency_us, wall_us,"
    + " checksum, nodes, record"

  var entry: StoredEntry
  var agent: String
  /// Call, command, operation, grade and witness.
  var texts: [String?]
  var latencyMicroseconds: Int64?

  var place: String { entry.place }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(entry.number)
    sum.add(entry.sequence)
    sum.add(entry.type)
    sum.add(agent)
    for text in texts { sum.add(text) }
    sum.add(latencyMicroseconds)
    sum.add(entry.wallMicroseconds)
    sum.add(entry.nodes)
    sum.add(entry.record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, entry.number)
    statement.bind(2, entry.sequence)
    statement.bind(3, entry.type)
    statement.bind(4, agent)
    for (index, text) in texts.enumerated() { statement.bind(Int32(5 + index), text) }
    statement.bind(10, latencyMicroseconds)
    statement.bind(11, entry.wallMicroseconds)
    statement.bind(12, checksum)
    statement.bind(13, entry.nodes)
    statement.bind(14, entry.record)
  }

  static func decode(_ statement: Statement) -> (row: RepeatingEntry, checksum: Int64) {
    var entry = StoredEntry(
      sequence: statement.integer(at: 1), type: statement.text(at: 2),
      wallMicroseconds: statement.integer(at: 10), record: statement.bytes(at: 13))
    entry.number = statement.integer(at: 0)
    entry.nodes = statement.bytes(at: 12)
    let row = RepeatingEntry(
      entry: entry, agent: statement.text(at: 3),
      texts: (4...8).map { statement.optionalText(at: $0) },
      latencyMicroseconds: statement.optionalInteger(at: 9))
    return (row, statement.integer(at: 11))
  }
}
