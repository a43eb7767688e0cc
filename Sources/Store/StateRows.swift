// How the values that change lie in their rows: commands, calls and sessions.

extension StoredCommand: Row {
  static let table = "commands"
  static let columns =
    "id, key, agent, call, operation, status, grade, is_open, is_exception, is_acknowledged,"
    + " issued_wall_us, sequence, checksum, record"
  var place: String { id }

  static let upsert =
    insertion
    + " ON CONFLICT (id) DO UPDATE SET key = excluded.key, agent = excluded.agent,"
    + " call = excluded.call, operation = excluded.operation, status = excluded.status,"
    + " grade = excluded.grade, is_open = excluded.is_open, is_exception = excluded.is_exception,"
    + " is_acknowledged = excluded.is_acknowledged,"
    + " issued_wall_us = excluded.issued_wall_us, sequence = excluded.sequence,"
    + " checksum = excluded.checksum, record = excluded.record"

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(id)
    sum.add(key)
    for text in [agent, call, operation, status] { sum.add(text) }
    sum.add(grade)
    sum.add((isOpen ? 1 : 0) + (isException ? 2 : 0) + (isAcknowledged ? 4 : Int64(0)))
    sum.add(issuedWallMicroseconds)
    sum.add(sequence)
    sum.add(record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, id)
    statement.bind(2, key)
    statement.bind(3, agent)
    statement.bind(4, call)
    statement.bind(5, operation)
    statement.bind(6, status)
    statement.bind(7, grade)
    statement.bind(8, isOpen)
    statement.bind(9, isException)
    statement.bind(10, isAcknowledged)
    statement.bind(11, issuedWallMicroseconds)
    statement.bind(12, sequence)
    statement.bind(13, checksum)
    statement.bind(14, record)
  }

  static func decode(_ statement: Statement) -> (row: StoredCommand, checksum: Int64) {
    let row = StoredCommand(
      id: statement.text(at: 0), key: statement.optionalText(at: 1),
      agent: statement.text(at: 2), call: statement.text(at: 3),
      operation: statement.text(at: 4), status: statement.text(at: 5),
      grade: statement.optionalText(at: 6), isOpen: statement.integer(at: 7) == 1,
      isException: statement.integer(at: 8) == 1, isAcknowledged: statement.integer(at: 9) == 1,
      issuedWallMicroseconds: statement.integer(at: 10), sequence: statement.integer(at: 11),
      record: statement.bytes(at: 13))
    return (row, statement.integer(at: 12))
  }
}

extension StoredCall: Row {
  static let table = "calls"
  static let columns = "agent, call, checksum, record"
  var place: String { "\(agent)/\(call)" }

  static let upsert =
    insertion
    + " ON CONFLICT (agent, call) DO UPDATE SET checksum = excluded.checksum,"
    + " record = excluded.record"

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(agent)
    sum.add(call)
    sum.add(record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, agent)
    statement.bind(2, call)
    statement.bind(3, checksum)
    statement.bind(4, record)
  }

  static func decode(_ statement: Statement) -> (row: StoredCall, checksum: Int64) {
    let row = StoredCall(
      agent: statement.text(at: 0), call: statement.text(at: 1), record: statement.bytes(at: 3))
    return (row, statement.integer(at: 2))
  }
}

extension StoredSession: Row {
  static let table = "sessions"
  static let columns = "agent, checksum, record"
  var place: String { agent }

  static let upsert =
    insertion
    + " ON CONFLICT (agent) DO UPDATE SET checksum = excluded.checksum, record = excluded.record"

  var checksum: Int64 {
    var sum = Checksum()
    sum.add(agent)
    sum.add(record)
    return sum.value
  }

  func bind(to statement: Statement) {
    statement.bind(1, agent)
    statement.bind(2, checksum)
    statement.bind(3, record)
  }

  static func decode(_ statement: Statement) -> (row: StoredSession, checksum: Int64) {
    let row = StoredSession(agent: statement.text(at: 0), record: statement.bytes(at: 2))
    return (row, statement.integer(at: 1))
  }
}
