/// What whoever removes has to look up; each a bounded read.
extension Store {
  /// How far this may be removed; 0 if nothing was ever to be.
  package func bound(_ what: String) throws(StoreError) -> Int64 {
    let statement = try use().connection.prepare(
      "SELECT \(StoredBound.columns) FROM retention WHERE what = ?", StoredBound.table)
    statement.bind(1, what)
    return try statement.row(StoredBound.read)?.through ?? 0
  }

  /// Erasures that are not finished, the oldest first.
  package func erasures() throws(StoreError) -> [StoredErasure] {
    try all("ORDER BY sequence")
  }

  /// What opens the commitments of an entry, in the order of their places.
  package func clearValues(ofEntry number: Int64) throws(StoreError) -> [StoredClearValue] {
    try all("WHERE entry = \(number) ORDER BY place")
  }

  /// Hands out every clear value, in the order of entries and places, as it is stored: no checksum
  /// is looked at.
  package func forEachClearValue(
    _ body: (StoredClearValue) throws(StoreError) -> Void
  ) throws(StoreError) {
    try use().connection.prepare(
      "SELECT \(StoredClearValue.columns) FROM clear_values ORDER BY entry, place",
      StoredClearValue.table
    ).forEachRow { (statement) throws(StoreError) in
      try body(StoredClearValue.decode(statement).row)
    }
  }

  /// One entry as it is stored, without a look at its checksum; nil if it is not there.
  package func entryAsStored(_ number: Int64) throws(StoreError) -> StoredEntry? {
    try use().connection.prepare(
      "SELECT \(StoredEntry.columns) FROM entries WHERE number = \(number)", StoredEntry.table
    ).row { StoredEntry.decode($0).row }
  }

  /// How many clear values there are of these entries, of one field or of all.
  package func clearValueCount(
    ofEntries range: ClosedRange<Int64>, field: String?
  ) throws(StoreError) -> Int {
    let statement = try use().connection.prepare(
      "SELECT count(*) FROM clear_values WHERE entry BETWEEN ?1 AND ?2"
        + " AND (?3 IS NULL OR field = ?3)", StoredClearValue.table)
    statement.bind(1, range.lowerBound)
    statement.bind(2, range.upperBound)
    statement.bind(3, field)
    return try statement.row { Int($0.integer(at: 0)) } ?? 0
  }

  /// The oldest entry that has a clear value of the field; nil if none has.
  package func oldestEntry(withClear field: String) throws(StoreError) -> Int64? {
    let statement = try use().connection.prepare(
      "SELECT min(entry) FROM clear_values WHERE field = ?", StoredClearValue.table)
    statement.bind(1, field)
    return try statement.row { $0.optionalInteger(at: 0) } ?? nil
  }

  /// The newest event that was observed before `wall`, or one less than the oldest.
  ///
  /// By halving, as if the wall clock had never been set: where it was, the answer is right for one
  /// of the times at which it said so.
  package func lastEvent(beforeWall wall: Int64) throws(StoreError) -> Int64 {
    try lastRow("events", "sequence", firstSequence, lastSequence) { $0 < wall }
  }

  /// The newest entry of before `wall`; 0 if there is none.
  package func lastEntry(beforeWall wall: Int64) throws(StoreError) -> Int64 {
    try lastRow("entries", "number", 1, lastEntryNumber) { $0 < wall }
  }

  /// The entry of an event; nil if it has none.
  package func entryNumber(ofEvent sequence: Int64) throws(StoreError) -> Int64? {
    let number = try lastRow("entries", "number", 1, lastEntryNumber, "sequence") {
      $0 <= sequence
    }
    guard number > 0 else { return nil }
    let found = try use().connection.integer(
      "SELECT sequence FROM entries WHERE number = \(number)", StoredEntry.table)
    return found == sequence ? number : nil
  }

  private func lastRow(
    _ table: String, _ key: String, _ first: Int64, _ last: Int64, _ column: String = "wall_us",
    _ isBefore: (Int64) -> Bool
  ) throws(StoreError) -> Int64 {
    let statement = try use().connection.prepare(
      "SELECT \(column) FROM \(table) WHERE \(key) = ?", table)
    var (low, high) = (first, last + 1)
    while low < high {
      let middle = low + (high - low) / 2
      statement.bind(1, middle)
      let found = try statement.row { $0.integer(at: 0) }
      guard let found else { throw .damaged(table, row: "\(middle)", cause: "the row is missing") }
      if isBefore(found) { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// The wall clock of an entry, in microseconds since 1970 UTC; nil if it is not there.
  package func wallMicroseconds(ofEntry number: Int64) throws(StoreError) -> Int64? {
    try use().connection.integer(
      "SELECT wall_us FROM entries WHERE number = \(number)", StoredEntry.table)
  }

  /// The entries after `number` and up to `through` whose records are there and of none of these
  /// types, of the next `scanMax`; and up to where that was looked.
  package func prunable(
    after number: Int64, through: Int64, keeping types: Set<String>
  ) throws(StoreError) -> (numbers: [Int64], through: Int64) {
    let end = min(through, number + Int64(Self.scanMax))
    var found: [Int64] = []
    try use().connection.prepare(
      "SELECT number, type FROM entries WHERE number > \(number) AND number <= \(end)"
        + " AND pruned_us IS NULL ORDER BY number", StoredEntry.table
    ).forEachRow { statement in
      if !types.contains(statement.text(at: 1)) { found.append(statement.integer(at: 0)) }
    }
    return (found, end)
  }

  /// Of the quarantined messages after `sequence`, up to `limit` are looked at: those that name
  /// `text`, and up to where that was looked; nil behind the last.
  package func quarantined(
    naming text: String, after sequence: Int64, limit: Int
  ) throws(StoreError) -> (sequences: [Int64], through: Int64)? {
    let statement = try use().connection.prepare(
      "SELECT sequence, instr(bytes, CAST(?1 AS BLOB)) FROM quarantine WHERE sequence > ?2"
        + " ORDER BY sequence LIMIT ?3", StoredQuarantine.table)
    statement.bind(1, text)
    statement.bind(2, sequence)
    statement.bind(3, Int64(limit))
    var found: [Int64] = []
    var end: Int64?
    try statement.forEachRow { row in
      let place = row.integer(at: 0)
      end = place
      if row.integer(at: 1) > 0 { found.append(place) }
    }
    return end.map { (found, $0) }
  }

  /// How many exceptions nobody has seen to.
  package func openExceptionCount() throws(StoreError) -> Int64 {
    try use().connection.integer(
      "SELECT count(*) FROM commands WHERE is_exception = 1 AND is_acknowledged = 0",
      StoredCommand.table) ?? 0
  }

  /// What the file takes on the disk, and what of it is in use: removed rows leave free pages,
  /// which the next rows take.
  package func sizeBytes() throws(StoreError) -> (file: Int64, used: Int64) {
    let connection = try use().connection
    let pages = try connection.integer("PRAGMA page_count", path) ?? 0
    let free = try connection.integer("PRAGMA freelist_count", path) ?? 0
    let size = try connection.integer("PRAGMA page_size", path) ?? StoreSettings.pageSizeBytes
    return (pages * size, (pages - free) * size)
  }
}
