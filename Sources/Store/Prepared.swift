/// The connection and the statements that are used again and again.
final class Prepared {
  let connection: Connection
  let begin: Statement
  let commit: Statement
  let rollback: Statement
  let insertEvent: Statement
  let insertEntry: Statement
  let insertClearValue: Statement
  let insertCheckpoint: Statement
  let insertQuarantine: Statement
  let nodes: Statement
  let nextEvent: Statement
  let upsertCommand: Statement
  let upsertCall: Statement
  let deleteCall: Statement
  let upsertSession: Statement
  let upsertGroup: Statement
  let deleteGroup: Statement
  /// By how many types they take.
  private var eventPages: [Int: Statement] = [:]
  private var preparedRemovals: RemovalStatements?

  init(_ connection: Connection) throws(StoreError) {
    self.connection = connection
    begin = try connection.prepare("BEGIN IMMEDIATE", connection.path)
    commit = try connection.prepare("COMMIT", connection.path)
    rollback = try connection.prepare("ROLLBACK", connection.path)
    insertEvent = try connection.prepare(StoredEvent.insertion, StoredEvent.table)
    insertEntry = try connection.prepare(StoredEntry.insertion, StoredEntry.table)
    insertClearValue = try connection.prepare(StoredClearValue.insertion, StoredClearValue.table)
    insertCheckpoint = try connection.prepare(StoredCheckpoint.insertion, StoredCheckpoint.table)
    nodes = try connection.prepare(Store.nodesOfEntry, StoredEntry.table)
    nextEvent = try connection.prepare(
      "SELECT min(sequence) FROM events WHERE sequence > ?", StoredEvent.table)
    insertQuarantine = try connection.prepare(StoredQuarantine.insertion, StoredQuarantine.table)
    upsertCommand = try connection.prepare(StoredCommand.upsert, StoredCommand.table)
    upsertCall = try connection.prepare(StoredCall.upsert, StoredCall.table)
    deleteCall = try connection.prepare(
      "DELETE FROM calls WHERE agent = ? AND call = ?", StoredCall.table)
    upsertSession = try connection.prepare(StoredSession.upsert, StoredSession.table)
    upsertGroup = try connection.prepare(StoredGroup.upsert, StoredGroup.table)
    deleteGroup = try connection.prepare("DELETE FROM groups WHERE name = ?", StoredGroup.table)
  }

  func removals() throws(StoreError) -> RemovalStatements {
    if let preparedRemovals { return preparedRemovals }
    let statements = try RemovalStatements(connection)
    preparedRemovals = statements
    return statements
  }

  /// Events of a range of sequences that match; the types begin at parameter 6.
  func eventPage(types: Int) throws(StoreError) -> Statement {
    if let statement = eventPages[types] { return statement }
    let marks = (0..<types).map { "?\($0 + 6)" }.joined(separator: ", ")
    let statement = try connection.prepare(
      "SELECT \(StoredEvent.columns) FROM events WHERE sequence > ?1 AND sequence <= ?2"
        + " AND (?3 IS NULL OR call = ?3) AND (?4 IS NULL OR agent = ?4)"
        + (types == 0 ? "" : " AND type IN (\(marks))") + " ORDER BY sequence LIMIT ?5",
      StoredEvent.table)
    eventPages[types] = statement
    return statement
  }
}
