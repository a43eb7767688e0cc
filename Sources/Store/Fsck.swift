/// What a complete check of a store found.
package struct FsckReport: Equatable, Sendable {
  /// Rows read in each table.
  package internal(set) var rows: [String: Int64] = [:]
  /// Of the oldest event kept.
  package internal(set) var firstSequence: Int64 = 0
  /// Of the newest event; 0 if there is none.
  package internal(set) var lastSequence: Int64 = 0
  /// What is wrong, each with its table and row; empty if all is well.
  package internal(set) var findings: [StoreError] = []
  /// Findings beyond `findingsMax`, counted only.
  package internal(set) var findingsLeftOut = 0

  /// True if nothing at all is wrong.
  package var isSound: Bool { findings.isEmpty }

  /// A hundred findings say that a backup is needed; more say nothing new.
  static let findingsMax = 100

  mutating func add(_ finding: StoreError) {
    if findings.count < Self.findingsMax {
      findings.append(finding)
    } else {
      findingsLeftOut += 1
    }
  }
}

extension Store {
  /// Checks everything: SQLite's structure, the schema, every row's checksum, sequences without
  /// gaps, and that entries, quarantined messages and commands have their events.
  ///
  /// Reads the whole file, and keeps reads open as long as each check lasts: use it on a store open
  /// for `inspecting`, not on the daemon's. Damage is reported, not thrown.
  package func fsck() throws(StoreError) -> FsckReport {
    let connection = try use().connection
    var report = FsckReport()
    report.firstSequence = firstSequence
    report.lastSequence = lastSequence
    checkStructure("", &report)
    checkSchema(&report)
    scan(StoredEvent.self, orderedBy: "sequence", &report) { $0.sequence }
    scan(StoredEntry.self, orderedBy: "number", &report) { $0.number }
    scan(StoredCheckpoint.self, orderedBy: nil, &report) { $0.sequence }
    scan(StoredQuarantine.self, orderedBy: nil, &report) { $0.sequence }
    scan(StoredCommand.self, orderedBy: nil, &report) { $0.sequence }
    scan(StoredCall.self, orderedBy: nil, &report) { _ in 0 }
    scan(StoredSession.self, orderedBy: nil, &report) { _ in 0 }
    scan(StoredGroup.self, orderedBy: nil, &report) { $0.sequence }
    scan(StoredBound.self, orderedBy: nil, &report) { $0.through }
    scan(StoredErasure.self, orderedBy: nil, &report) { $0.sequence }
    scan(StoredClearValue.self, orderedBy: nil, &report) { $0.entry }
    attempt(&report) { (report) throws(StoreError) in try findUnannounced(&report) }
    let withEvents = [
      StoredEntry.table, StoredCheckpoint.table, StoredQuarantine.table, StoredCommand.table,
    ]
    for table in withEvents {
      attempt(&report) { (report) throws(StoreError) in
        try findOrphans(table, connection, &report)
      }
    }
    return report
  }

  /// Whether SQLite reads entries and checkpoints as they stand: indexes that leave out none of
  /// them, and nothing in the schema that is not ours. The findings, as texts.
  package func auditStructure() -> [String] {
    var report = FsckReport()
    for table in [StoredEntry.table, StoredCheckpoint.table] {
      checkStructure("(\(table))", &report)
    }
    checkSchema(&report)
    for (table, key) in [
      ("events", "sequence"), ("entries", "number"), ("checkpoints", "sequence"),
    ] {
      attempt(&report) { (report) throws(StoreError) in
        try use().connection.prepare(
          "SELECT \(key) FROM \(table) WHERE \(key) < 1 LIMIT \(FsckReport.findingsMax)", table
        ).forEachRow { (statement) throws(StoreError) in
          report.add(
            .damaged(
              table, row: "\(statement.integer(at: 0))",
              cause: "no row has a number below 1: it was added"))
        }
      }
    }
    return report.findings.map { "\($0.subject): \($0.cause)" }
  }

  /// - Parameter table: in parentheses; empty for the whole file.
  private func checkStructure(_ table: String, _ report: inout FsckReport) {
    attempt(&report) { (report) throws(StoreError) in
      try use().connection.prepare("PRAGMA integrity_check\(table)", path).forEachRow {
        (statement) throws(StoreError) in
        let text = statement.text(at: 0)
        if text != "ok" { report.add(.damaged("the file's structure", row: "", cause: text)) }
      }
    }
  }

  private func checkSchema(_ report: inout FsckReport) {
    attempt(&report) { (report) throws(StoreError) in
      // Type and name stand before the colon.
      func names(_ objects: Set<String>) -> Set<Substring> {
        Set(objects.map { object in object.prefix { $0 != ":" } })
      }
      let found = Set(try Schema.objects(in: use().connection))
      let expected = Set(try Schema.objects(after: steps))
      let (others, lacking) = (
        names(found.subtracting(expected)), names(expected.subtracting(found))
      )
      for (names, cause) in [
        (others.intersection(lacking), "it is not that of this version"),
        (others.subtracting(lacking), "this version has none"),
        (lacking.subtracting(others), "it is missing"),
      ] {
        for name in names.sorted() {
          report.add(.damaged("sqlite_schema", row: "(\(name))", cause: cause))
        }
      }
    }
  }

  /// Verifies what a daemon begins with; throws the first damage it finds.
  func verifyTail() throws(StoreError) {
    let connection = try use().connection
    let events = max(firstSequence - 1, lastSequence - StoreSettings.tailRows)
    try verify(
      StoredEvent.self, connection, "WHERE sequence > \(events) AND sequence <= \(lastSequence)",
      key: "sequence", after: events, through: lastSequence
    ) { $0.sequence }
    let entries = max(0, lastEntryNumber - StoreSettings.tailRows)
    try verify(
      StoredEntry.self, connection, "WHERE number > \(entries) AND number <= \(lastEntryNumber)",
      key: "number", after: entries, through: lastEntryNumber
    ) { $0.number }
    _ = try openCommands()
    _ = try calls()
    _ = try sessions()
    _ = try groups()
  }

  /// Every row from `after`, exclusive, to `through`, inclusive, without a gap.
  private func verify<R: Row>(
    _: R.Type, _ connection: Connection, _ clause: String, key: String, after: Int64,
    through: Int64, _ number: (R) -> Int64
  ) throws(StoreError) {
    var last = after
    try connection.prepare(
      "SELECT \(R.columns) FROM \(R.table) \(clause) ORDER BY \(key)", R.table
    ).forEachRow { (statement) throws(StoreError) in
      let row = try R.read(statement)
      guard number(row) == last + 1 else {
        throw StoreError.damaged(R.table, row: "\(last + 1)", cause: "the row is missing")
      }
      last += 1
    }
    guard last == through else {
      throw StoreError.damaged(R.table, row: "\(last + 1)", cause: "the row is missing")
    }
  }

  /// Reads a whole table; with `key`, also that its numbers have no gap.
  private func scan<R: Row>(
    _: R.Type, orderedBy key: String?, _ report: inout FsckReport, _ number: (R) -> Int64
  ) {
    var count: Int64 = 0
    attempt(&report) { (report) throws(StoreError) in
      let order = key.map { " ORDER BY \($0)" } ?? ""
      var last: Int64?
      try use().connection.prepare("SELECT \(R.columns) FROM \(R.table)\(order)", R.table)
        .forEachRow { (statement) throws(StoreError) in
          count += 1
          let (row, stored) = R.decode(statement)
          if stored != row.checksum {
            report.add(.damaged(R.table, row: row.place, cause: "its checksum does not match"))
          }
          guard key != nil else { return }
          let expected = last.map { $0 + 1 } ?? (R.self == StoredEntry.self ? 1 : number(row))
          if number(row) != expected {
            report.add(
              .damaged(
                R.table, row: "\(expected)",
                cause: "the rows from here to \(number(row) - 1) are missing"))
          }
          last = number(row)
        }
    }
    report.rows[R.table] = count
  }

  /// What is missing beyond what retention has said that it removes.
  private func findUnannounced(_ report: inout FsckReport) throws(StoreError) {
    let events = try bound("events")
    if firstSequence > events + 1, lastSequence > 0 {
      report.add(
        .damaged(
          StoredEvent.table, row: "\(events + 1)",
          cause: "the rows from here to \(firstSequence - 1) are missing"))
    }
    let entries = try bound("entries")
    try use().connection.prepare(
      "SELECT number FROM entries WHERE length(record) = 0 AND (number > \(entries)"
        + " OR pruned_us IS NULL) LIMIT \(FsckReport.findingsMax)", StoredEntry.table
    ).forEachRow { (statement) throws(StoreError) in
      report.add(
        .damaged(
          StoredEntry.table, row: "\(statement.integer(at: 0))",
          cause: "its record is missing, and retention has not passed it"))
    }
  }

  private func findOrphans(_ table: String, _ connection: Connection, _ report: inout FsckReport)
    throws(StoreError)
  {
    let query =
      "SELECT sequence FROM \(table) WHERE sequence NOT IN (SELECT sequence FROM events)"
      + " AND sequence >= \(firstSequence) LIMIT \(FsckReport.findingsMax)"
    try connection.prepare(query, table).forEachRow { (statement) throws(StoreError) in
      let sequence = statement.integer(at: 0)
      report.add(
        .damaged(table, row: "with event \(sequence)", cause: "there is no such event"))
    }
  }

  /// A check that cannot go on is a finding too; the others still run.
  private func attempt(
    _ report: inout FsckReport, _ check: (inout FsckReport) throws(StoreError) -> Void
  ) {
    do { try check(&report) } catch { report.add(error) }
  }
}
