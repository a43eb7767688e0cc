/// An operation of the store that failed: which, on what, why, and what to do next.
///
/// Carries row keys and file paths, never the contents of a row.
package struct StoreError: Error, Equatable, CustomStringConvertible {
  /// What kind of trouble it is, for the caller that has to decide.
  package enum Kind: Equatable, Sendable {
    /// The file, or the directory it lies in, cannot be created or written.
    case notWritable
    /// There is no store at this path; only a writer makes one.
    case missing
    /// Another process has the store open for writing.
    case locked
    /// The file is something else; it has not been touched.
    case foreign
    /// The file was written by a newer version.
    case newer
    /// The file needs a migration, which only a writer may do.
    case older
    /// What is stored is not what was written.
    case damaged
    /// The disk, or the size allowed to the store, is used up.
    case full
    /// Reading, writing or syncing failed below SQLite.
    case inputOutput
    /// The caller asked for what the contract forbids; nothing was written.
    case refused
    /// The store was closed, or an earlier commit failed.
    case unusable
  }

  /// For the caller that decides by it.
  package let kind: Kind
  /// What was being done, as a verb: "open", "commit to".
  package let operation: String
  /// To what: a path, a table, or a table and a row.
  package let subject: String
  /// What was wrong; SQLite's message and extended code, and the system's, where they said it.
  package let cause: String
  /// What the operator does about it.
  package let nextStep: String

  /// An error of which every part is known.
  package init(
    _ kind: Kind, operation: String, subject: String, cause: String, nextStep: String
  ) {
    self.kind = kind
    self.operation = operation
    self.subject = subject
    self.cause = cause
    self.nextStep = nextStep
  }

  /// One line for the log: operation, subject, cause, next step.
  package var description: String { "\(operation) \(subject): \(cause); \(nextStep)" }
}

extension StoreError {
  /// What SQLite reported, classified by its primary result code (sqlite.org/rescode.html).
  static func sqlite(
    extendedCode: Int32, message: String, systemError: String?, operation: String, subject: String
  ) -> StoreError {
    let kind: Kind
    let nextStep: String
    switch extendedCode & 0xFF {
    case 13:  // SQLITE_FULL
      kind = .full
      nextStep = "free space on that disk"
    case 5, 6:  // SQLITE_BUSY, SQLITE_LOCKED
      kind = .locked
      nextStep = "end the other program that writes this file"
    case 11:  // SQLITE_CORRUPT
      kind = .damaged
      nextStep = damagedNextStep
    case 26:  // SQLITE_NOTADB
      kind = .foreign
      nextStep = "choose another path for the store"
    case 3, 8, 14, 23:  // SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_AUTH
      kind = .notWritable
      nextStep =
        "check that the directory and the file exist and belong to this user; to read only, copy"
        + " the file and its -wal to a folder of your own"
    case 19, 18:  // SQLITE_CONSTRAINT, SQLITE_TOOBIG
      kind = .refused
      nextStep = "this is a defect of the caller: restart, and report it with this line"
    default:
      kind = .inputOutput
      nextStep = "check the disk and the system's log, then restart"
    }
    let system = systemError.map { ", \($0)" } ?? ""
    return StoreError(
      kind, operation: operation, subject: subject,
      cause: "\(message) (SQLite \(extendedCode)\(system))", nextStep: nextStep)
  }

  static func damaged(_ table: String, row: String, cause: String) -> StoreError {
    StoreError(
      .damaged, operation: "verify", subject: "\(table) \(row)", cause: cause,
      nextStep: damagedNextStep)
  }

  private static let damagedNextStep =
    "keep a copy of the file and its -wal, run recbridge fsck on it, then restore a backup"
    + " or move the file away to begin a new one"
}
