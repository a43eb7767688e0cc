import Evidence

/// The entries of a file of version 2, which had no tree: they become its first leaves, in their
/// order and with the bytes that they have.
enum EntriesBefore {
  private static let table = "entries_before"

  static func move(in connection: Connection, _ hasher: TreeHasher) throws(StoreError) {
    let look = "SELECT count(*) FROM sqlite_schema WHERE name = '\(table)'"
    guard try connection.integer(look, table) == 1 else { return }
    let insertion = try connection.prepare(StoredEntry.insertion, StoredEntry.table)
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
        agent: statement.text(at: 3), call: statement.text(at: 4), command: statement.text(at: 2),
        operation: statement.text(at: 5), grade: statement.text(at: 6), witness: witness,
        latencyMicroseconds: statement.optionalInteger(at: 8),
        wallMicroseconds: statement.integer(at: 9), record: statement.bytes(at: 10))
      entry.join(&edge, hasher)
      guard entry.number == statement.integer(at: 0) else {
        throw StoreError.damaged(
          StoredEntry.table, row: "\(entry.number)", cause: "the row is missing")
      }
      entry.bind(to: insertion)
      try insertion.run("migrate")
    }
    try connection.execute("DROP TABLE \(table)", "migrate", connection.path)
  }
}
