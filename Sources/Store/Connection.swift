import CSQLite
import Glibc

/// One connection to one SQLite file, used by one thread; closed when the last owner lets go.
///
/// Opened with NOMUTEX: SQLite takes no locks for a connection that no two threads share.
@safe final class Connection {
  enum Mode {
    case readWrite
    case readOnly
    /// Of a file that nobody writes, in a folder where SQLite could make none of its own.
    case immutable
    /// A private database in memory, for comparing schemas.
    case memory
  }

  let path: String
  private let handle: OpaquePointer
  /// SQLite reports the size of the write-ahead log here after each commit, see `watchLog`.
  private var logSize: LogSize?

  /// sqlite3_open_v2. The file must exist: creating it is a decision of its own.
  init(path: String, mode: Mode) throws(StoreError) {
    // A relative path must not be taken for a URI or a name such as ":memory:".
    let place = path.hasPrefix("/") ? path : "./" + path
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let name: String
    switch mode {
    case .readWrite: (name, flags) = (place, flags | SQLITE_OPEN_READWRITE)
    case .readOnly: (name, flags) = (place, flags | SQLITE_OPEN_READONLY)
    case .memory: (name, flags) = (":memory:", flags | SQLITE_OPEN_READWRITE)
    case .immutable:
      // sqlite.org/uri.html
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      // An empty authority, for the path may begin with two slashes itself.
      let authority = path.hasPrefix("/") ? "//" : ""
      name = "file:\(authority)\(Self.percentEncoded(place))?immutable=1"
    }
    var opened: OpaquePointer?
    // Safe: the name lives through the call and SQLite copies it.
    let code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
    guard let opened = unsafe opened else {
      throw StoreError(
        .inputOutput, operation: "open", subject: path, cause: "no memory for a connection",
        nextStep: "free memory, then restart")
    }
    self.path = path
    unsafe handle = opened
    if code != SQLITE_OK { throw error("open", path) }
  }

  /// What is no letter, digit, slash, point, hyphen or underscore becomes `%XX`.
  private static func percentEncoded(_ path: String) -> String {
    path.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F:
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }

  deinit {
    // Safe: the handle is used by nobody else now. v2 waits for statements that are still alive.
    unsafe _ = sqlite3_close_v2(handle)
  }

  /// Runs one or more statements that return nothing of interest. sqlite3_exec.
  func execute(_ sql: String, _ operation: String, _ subject: String) throws(StoreError) {
    // Safe: the text lives through the call; no callback, no message pointer is asked for.
    let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(operation, subject) }
  }

  /// A statement to be used again and again. sqlite3_prepare_v3.
  func prepare(_ sql: String, _ subject: String) throws(StoreError) -> Statement {
    var prepared: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    // Safe: the text lives through the call and SQLite copies what it keeps.
    let code = unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &prepared, nil)
    guard code == SQLITE_OK, let prepared = unsafe prepared else {
      throw error("prepare", subject)
    }
    return unsafe Statement(prepared, connection: self, subject: subject)
  }

  /// The first column of the first row as a number; nil if there is no row.
  func integer(_ sql: String, _ subject: String) throws(StoreError) -> Int64? {
    let statement = try prepare(sql, subject)
    defer { statement.reset() }
    return try statement.step() ? statement.integer(at: 0) : nil
  }

  /// The first column of the first row as text; nil if there is no row.
  func text(_ sql: String, _ subject: String) throws(StoreError) -> String? {
    let statement = try prepare(sql, subject)
    defer { statement.reset() }
    return try statement.step() ? statement.text(at: 0) : nil
  }

  /// Sets a pragma and reads it back: some are ignored in silence when they cannot be met.
  func set(_ pragma: String, to value: String, expecting expected: String) throws(StoreError) {
    try execute("PRAGMA \(pragma) = \(value)", "set \(pragma) of", path)
    let actual = try text("PRAGMA \(pragma)", path) ?? "nothing"
    guard actual == expected else {
      throw StoreError(
        .notWritable, operation: "set \(pragma) of", subject: path,
        cause: "SQLite says \(actual) where \(expected) was asked for",
        nextStep: "put the store on a local disk that supports shared memory and locks")
    }
  }

  /// From now on `size.pages` is what the write-ahead log holds after each commit.
  /// sqlite3_wal_hook.
  func watchLog(_ size: LogSize) {
    logSize = size
    // Safe: `logSize` keeps the object as long as this connection, the only caller of the hook.
    let context = unsafe Unmanaged.passUnretained(size).toOpaque()
    unsafe _ = sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        // Safe: see above; the hook is never called without its context.
        guard let context = unsafe context else { return SQLITE_OK }
        unsafe Unmanaged<LogSize>.fromOpaque(context).takeUnretainedValue().pages = Int(pages)
        return SQLITE_OK
      }, context)
  }

  /// Copies what the write-ahead log holds into the file as far as no reader is in the way; never
  /// waits. sqlite3_wal_checkpoint_v2, PASSIVE.
  func checkpoint() throws(StoreError) -> CheckpointProgress {
    var pages: Int32 = 0
    var copied: Int32 = 0
    // Safe: both numbers outlive the call.
    let code = unsafe sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied)
    if code & 0xFF == SQLITE_BUSY { return CheckpointProgress(logPages: 0, copiedPages: -1) }
    if code != SQLITE_OK { throw error("checkpoint", path) }
    return CheckpointProgress(logPages: Int(pages), copiedPages: Int(copied))
  }

  /// Cuts a log off that has been copied; false if a reader is in the way, for which it does not
  /// wait. sqlite3_wal_checkpoint_v2, TRUNCATE.
  func emptyLog() throws(StoreError) -> Bool {
    let patience = try integer("PRAGMA busy_timeout", path) ?? 0
    wait(forLocks: 0)
    // Safe: neither number is asked for.
    let code = unsafe sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    let failure = code == SQLITE_OK || code & 0xFF == SQLITE_BUSY ? nil : error("empty", path)
    wait(forLocks: Int32(clamping: patience))
    if let failure { throw failure }
    return code == SQLITE_OK
  }

  /// How long a lock of another program is waited for. sqlite3_busy_timeout.
  func wait(forLocks milliseconds: Int32) {
    // Safe: sets a field of a live handle.
    unsafe _ = sqlite3_busy_timeout(handle, milliseconds)
  }

  /// True between BEGIN and COMMIT. sqlite3_get_autocommit.
  var isInTransaction: Bool {
    // Safe: reads a field of a live handle.
    unsafe sqlite3_get_autocommit(handle) == 0
  }

  /// What the last failed call of this connection reported.
  func error(_ operation: String, _ subject: String) -> StoreError {
    // Safe: the message belongs to SQLite until the next call; it is copied here.
    let message = unsafe String(cString: sqlite3_errmsg(handle))
    let code = unsafe sqlite3_extended_errcode(handle)
    let number = unsafe sqlite3_system_errno(handle)
    return StoreError.sqlite(
      extendedCode: code, message: message,
      systemError: number == 0 ? nil : systemMessage(number), operation: operation,
      subject: subject)
  }
}

/// How many pages the write-ahead log holds.
final class LogSize {
  var pages = 0
}

/// How far a checkpoint got.
struct CheckpointProgress: Sendable {
  let logPages: Int
  /// -1 if somebody else was at it.
  let copiedPages: Int

  var isComplete: Bool { copiedPages >= 0 && copiedPages == logPages }
}

/// What the system says about an error number.
func systemMessage(_ number: Int32) -> String {
  // Safe: strerror returns a string that lives until the next call on this thread; it is copied.
  unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}
