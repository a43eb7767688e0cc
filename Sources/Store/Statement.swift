import CSQLite
import Glibc

/// One prepared statement: bind, step until it says false, reset. Finalized with its last owner.
@safe final class Statement {
  private let pointer: OpaquePointer
  private let connection: Connection
  private let subject: String
  /// The first bind that failed since the last reset; `step` reports it.
  private var bindCode = SQLITE_OK

  /// Takes over `pointer`, which the connection has just prepared.
  @unsafe init(_ pointer: OpaquePointer, connection: Connection, subject: String) {
    unsafe self.pointer = pointer
    self.connection = connection
    self.subject = subject
  }

  deinit {
    // Safe: the statement is ours alone, and its connection is still alive: we hold it.
    unsafe _ = sqlite3_finalize(pointer)
  }

  func bind(_ index: Int32, _ value: Int64) {
    // Safe: the pointer lives as long as self, here and below.
    note(unsafe sqlite3_bind_int64(pointer, index, value))
  }

  func bind(_ index: Int32, _ value: Int64?) {
    guard let value else { return bindNull(index) }
    bind(index, value)
  }

  func bind(_ index: Int32, _ value: Bool) {
    bind(index, value ? 1 : Int64(0))
  }

  func bind(_ index: Int32, _ text: String) {
    // Safe: SQLite copies the bytes (SQLITE_TRANSIENT) before the call returns.
    note(
      unsafe sqlite3_bind_text(
        pointer, index, text, Int32(clamping: text.utf8.count), csqlite_transient()))
  }

  func bind(_ index: Int32, _ text: String?) {
    guard let text else { return bindNull(index) }
    bind(index, text)
  }

  func bind(_ index: Int32, _ bytes: [UInt8]) {
    // A nil pointer would bind NULL, and an empty array may have no pointer.
    guard !bytes.isEmpty else {
      return note(unsafe sqlite3_bind_zeroblob(pointer, index, 0))
    }
    // Safe: SQLite copies the bytes (SQLITE_TRANSIENT) before the call returns.
    note(
      unsafe sqlite3_bind_blob64(
        pointer, index, bytes, UInt64(bytes.count), csqlite_transient()))
  }

  private func bindNull(_ index: Int32) {
    note(unsafe sqlite3_bind_null(pointer, index))
  }

  private func note(_ code: Int32) {
    if bindCode == SQLITE_OK { bindCode = code }
  }

  /// True if there is a row to read. After false or an error the statement must be reset.
  func step(_ operation: String = "read") throws(StoreError) -> Bool {
    guard bindCode == SQLITE_OK else { throw connection.error(operation, subject) }
    switch unsafe sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.error(operation, subject)
    }
  }

  /// Runs a statement that returns no rows, and resets it.
  func run(_ operation: String = "write") throws(StoreError) {
    defer { reset() }
    _ = try step(operation)
  }

  /// Calls `body` at each row, and resets: no read is left open whatever happens.
  func forEachRow(_ body: (Statement) throws(StoreError) -> Void) throws(StoreError) {
    defer { reset() }
    while try step() { try body(self) }
  }

  /// All rows, decoded.
  func rows<Row>(_ decode: (Statement) throws(StoreError) -> Row) throws(StoreError) -> [Row] {
    var rows: [Row] = []
    try forEachRow { (statement) throws(StoreError) in rows.append(try decode(statement)) }
    return rows
  }

  /// The only row, decoded, or nil.
  func row<Row>(_ decode: (Statement) throws(StoreError) -> Row) throws(StoreError) -> Row? {
    defer { reset() }
    return try step() ? try decode(self) : nil
  }

  /// Ends the read or write and lets SQLite drop its locks; the error it repeats is known already.
  func reset() {
    unsafe _ = sqlite3_reset(pointer)
    bindCode = SQLITE_OK
  }

  func integer(at column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(pointer, column)
  }

  func optionalInteger(at column: Int32) -> Int64? {
    isNull(column) ? nil : integer(at: column)
  }

  /// Bytes that are not UTF-8 are replaced; the row's checksum then tells.
  func text(at column: Int32) -> String {
    // Safe: the bytes are SQLite's until the next step or reset, and are copied here. The count
    // is asked for after the conversion to text, as sqlite.org/c3ref/column_blob.html demands.
    guard let start = unsafe sqlite3_column_text(pointer, column) else { return "" }
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    return unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(at column: Int32) -> String? {
    isNull(column) ? nil : text(at: column)
  }

  func bytes(at column: Int32) -> [UInt8] {
    // Safe: as for text.
    let start = unsafe sqlite3_column_blob(pointer, column)
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// As ``text(at:)``; a string that is the same already stays, without a copy.
  func read(_ text: inout String, at column: Int32) {
    // Safe: as for text; a blob is the text's bytes as they lie in the row.
    let start = unsafe sqlite3_column_blob(pointer, column)
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    let isSame = unsafe text.utf8Span.span.withUnsafeBytes { old in
      guard old.count == count else { return false }
      // Neither has an address where there is nothing to compare.
      guard let old = old.baseAddress, let start = unsafe start else { return true }
      return unsafe memcmp(old, start, count) == 0
    }
    if !isSame { text = unsafe String(decoding: bytes, as: UTF8.self) }
  }

  /// As ``bytes(at:)``, into the room that the array has.
  func read(_ bytes: inout [UInt8], at column: Int32) {
    // Safe: as for text.
    let start = unsafe sqlite3_column_blob(pointer, column)
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    bytes.removeAll(keepingCapacity: true)
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
  }

  private func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL
  }
}
