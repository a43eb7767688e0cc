extension Store {
  /// Takes one thing out, within the transaction that is open.
  func remove(_ removal: StoreRemoval, newest: Int64, _ prepared: Prepared) throws(StoreError) {
    let statements = try prepared.removals()
    switch removal {
    case .bound(let bound):
      if try bound.through > self.bound(bound.what) {
        try insert(bound, statements.upsertBound)
      }
    case .events(let through):
      guard through < newest else {
        throw refusal("remove from", "events", "\(through) is the newest, which stays")
      }
      for statement in [statements.deleteEvents, statements.deleteQuarantine] {
        statement.bind(1, through)
        try statement.run("remove from")
      }
    case .records(let numbers, let wall):
      for number in numbers { try prune(number, wall, statements) }
    case .values(let range, let field):
      statements.deleteValues.bind(1, range.lowerBound)
      statements.deleteValues.bind(2, range.upperBound)
      statements.deleteValues.bind(3, field)
      try statements.deleteValues.run("remove from")
    case .line(let sequence, let line, let wall): try replace(sequence, line, wall, statements)
    case .quarantined(let sequence, let wall): try empty(sequence, wall, statements)
    case .erasing(let erasure):
      guard erasure.sequence <= newest else {
        throw refusal("write", "erasures", "there is no event \(erasure.sequence)")
      }
      try insert(erasure, statements.insertErasure)
    case .erased(let sequence):
      statements.deleteErasure.bind(1, sequence)
      try statements.deleteErasure.run("remove from")
    }
  }

  private func prune(
    _ number: Int64, _ wall: Int64, _ statements: RemovalStatements
  ) throws(StoreError) {
    statements.entry.bind(1, number)
    guard var entry = try statements.entry.row(StoredEntry.read) else {
      throw refusal("remove from", "entries", "there is no entry \(number)")
    }
    if entry.isPruned { return }
    entry.record = []
    statements.pruneEntry.bind(1, entry.checksum)
    statements.pruneEntry.bind(2, wall)
    statements.pruneEntry.bind(3, number)
    try statements.pruneEntry.run("remove from")
    statements.deleteValues.bind(1, number)
    statements.deleteValues.bind(2, number)
    statements.deleteValues.bind(3, nil as String?)
    try statements.deleteValues.run("remove from")
  }

  private func replace(
    _ sequence: Int64, _ line: [UInt8], _ wall: Int64, _ statements: RemovalStatements
  ) throws(StoreError) {
    statements.event.bind(1, sequence)
    // Retention may have been quicker.
    guard var event = try statements.event.row(StoredEvent.read) else { return }
    event.line = line
    statements.replaceLine.bind(1, line)
    statements.replaceLine.bind(2, event.checksum)
    statements.replaceLine.bind(3, wall)
    statements.replaceLine.bind(4, sequence)
    try statements.replaceLine.run("remove from")
  }

  private func empty(
    _ sequence: Int64, _ wall: Int64, _ statements: RemovalStatements
  ) throws(StoreError) {
    statements.quarantined.bind(1, sequence)
    guard var message = try statements.quarantined.row(StoredQuarantine.read) else { return }
    message.bytes = []
    statements.emptyQuarantined.bind(1, message.checksum)
    statements.emptyQuarantined.bind(2, wall)
    statements.emptyQuarantined.bind(3, sequence)
    try statements.emptyQuarantined.run("remove from")
  }
}

/// What takes things out; prepared when it is first needed.
struct RemovalStatements {
  let upsertBound: Statement
  let insertErasure: Statement
  let deleteErasure: Statement
  let deleteEvents: Statement
  let deleteQuarantine: Statement
  let deleteValues: Statement
  let entry: Statement
  let pruneEntry: Statement
  let event: Statement
  let replaceLine: Statement
  let quarantined: Statement
  let emptyQuarantined: Statement

  init(_ connection: Connection) throws(StoreError) {
    upsertBound = try connection.prepare(StoredBound.upsert, StoredBound.table)
    insertErasure = try connection.prepare(StoredErasure.insertion, StoredErasure.table)
    deleteErasure = try connection.prepare(
      "DELETE FROM erasures WHERE sequence = ?", StoredErasure.table)
    deleteEvents = try connection.prepare(
      "DELETE FROM events WHERE sequence <= ?", StoredEvent.table)
    deleteQuarantine = try connection.prepare(
      "DELETE FROM quarantine WHERE sequence <= ?", StoredQuarantine.table)
    deleteValues = try connection.prepare(
      "DELETE FROM clear_values WHERE entry BETWEEN ?1 AND ?2 AND (?3 IS NULL OR field = ?3)",
      StoredClearValue.table)
    entry = try connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries WHERE number = ?", StoredEntry.table)
    pruneEntry = try connection.prepare(
      "UPDATE entries SET record = x'', checksum = ?, pruned_us = ? WHERE number = ?",
      StoredEntry.table)
    event = try connection.prepare(
      "SELECT \(StoredEvent.columns) FROM events WHERE sequence = ?", StoredEvent.table)
    replaceLine = try connection.prepare(
      "UPDATE events SET line = ?, checksum = ?, erased_us = ? WHERE sequence = ?",
      StoredEvent.table)
    quarantined = try connection.prepare(
      "SELECT \(StoredQuarantine.columns) FROM quarantine WHERE sequence = ?",
      StoredQuarantine.table)
    emptyQuarantined = try connection.prepare(
      "UPDATE quarantine SET bytes = x'', checksum = ?, erased_us = ? WHERE sequence = ?",
      StoredQuarantine.table)
  }
}
