/// How a value lies in a row: the order of `columns` is the order of binding and of reading.
///
/// The checksum covers every other column, the row's place included; a row whose checksum is not
/// that of its values is never handed out.
protocol Row {
  static var table: String { get }
  static var columns: String { get }
  /// What names the row in an error; never its contents.
  var place: String { get }
  /// The checksum of all values.
  var checksum: Int64 { get }
  func bind(to statement: Statement)
  /// The values and the stored checksum.
  static func decode(_ statement: Statement) -> (row: Self, checksum: Int64)
}

extension Row {
  static func read(_ statement: Statement) throws(StoreError) -> Self {
    let (row, stored) = decode(statement)
    let expected = row.checksum
    guard stored == expected else {
      throw StoreError.damaged(
        table, row: row.place,
        cause: "its checksum is \(stored), its values have \(expected)")
    }
    return row
  }

  /// `?, ?, ?` for as many columns as there are.
  static var placeholders: String {
    columns.split(separator: ",").map { _ in "?" }.joined(separator: ", ")
  }

  static var insertion: String { "INSERT INTO \(table) (\(columns)) VALUES (\(placeholders))" }
}

extension StoredEvent: Row {
  static let table = "events"
  static let columns = "sequence, type, agent, call, wall_us, checksum, line"
  var place: String { "\(sequence)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(sequence)
    sum.add(type)
    sum.add(agent)
    sum.add(call)
    sum.add(wallMicroseconds)
    sum.add(line)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, sequence)
    statement.bind(2, type)
    statement.bind(3, agent)
    statement.bind(4, call)
    statement.bind(5, wallMicroseconds)
    statement.bind(6, checksum)
    statement.bind(7, line)
  }

  static func decode(_ statement: Statement) -> (row: StoredEvent, checksum: Int64) {
    let row = StoredEvent(
      sequence: statement.integer(at: 0), type: statement.text(at: 1),
      agent: statement.text(at: 2), call: statement.optionalText(at: 3),
      wallMicroseconds: statement.integer(at: 4), line: statement.bytes(at: 6))
    return (row, statement.integer(at: 5))
  }
}

extension StoredQuarantine: Row {
  static let table = "quarantine"
  static let columns = "sequence, agent, channel, reason, size_bytes, checksum, bytes"
  var place: String { "\(sequence)" }

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(sequence)
    sum.add(agent)
    sum.add(channel)
    sum.add(reason)
    sum.add(sizeBytes)
    sum.add(bytes)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, sequence)
    statement.bind(2, agent)
    statement.bind(3, channel)
    statement.bind(4, reason)
    statement.bind(5, sizeBytes)
    statement.bind(6, checksum)
    statement.bind(7, bytes)
  }

  static func decode(_ statement: Statement) -> (row: StoredQuarantine, checksum: Int64) {
    let row = StoredQuarantine(
      sequence: statement.integer(at: 0), agent: statement.text(at: 1),
      channel: statement.optionalText(at: 2), reason: statement.text(at: 3),
      bytes: statement.bytes(at: 6), sizeBytes: statement.integer(at: 4))
    return (row, statement.integer(at: 5))
  }
}
