import Glibc

/// The right to write a store: an exclusive lock on `PATH.lock`, held until this object dies.
///
/// A file of its own, because SQLite's locks come and go with each transaction, and because
/// closing any descriptor of the database file would drop them (fcntl(2), "advisory locking").
/// The lock is of the open file (flock(2)), so the kernel drops it however the process ends. The
/// file is never deleted: somebody could be waiting with the old one in hand.
final class WriterLock {
  private let descriptor: Int32

  init(storePath: String) throws(StoreError) {
    let path = storePath + ".lock"
    // Safe: the path lives through the call.
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, StoreFile.mode)
    guard descriptor >= 0 else { throw StoreFile.error("create the lock", path, errno) }
    self.descriptor = descriptor
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      guard number == EWOULDBLOCK else { throw StoreFile.error("lock", path, number) }
      throw StoreError(
        .locked, operation: "lock", subject: storePath,
        cause: "another recbridge\(Self.owner(descriptor)) has it open",
        nextStep: "end that one, or give this one a store of its own")
    }
    let note = Array("\(getpid())\n".utf8)
    // Who holds the lock is a courtesy to the reader of the error: not having it harms nobody.
    _ = ftruncate(descriptor, 0)
    // Safe: the bytes live through the call.
    unsafe _ = pwrite(descriptor, note, note.count, 0)
  }

  deinit {
    // Closing would do, were it not for a child between its fork and its exec, which shares the
    // open file until then.
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// " (process 123)" if the holder wrote its number.
  private static func owner(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    // Safe: the buffer lives through the call and is as long as is said.
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self)
    return Int32(text).map { " (process \($0))" } ?? ""
  }
}

/// Creating the file: what SQLite would leave to the umask.
enum StoreFile {
  /// The daemon writes, its group reads, nobody else sees; SQLite gives -wal and -shm the same.
  static let mode: mode_t = 0o640

  /// True if there is a file that could be a store; a directory or a device is an error.
  static func exists(_ path: String) throws(StoreError) -> Bool {
    var status = stat()
    // Safe: path and status live through the call.
    guard unsafe stat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(
        .foreign, operation: "open", subject: path, cause: "it is not a regular file",
        nextStep: "choose another path for the store")
    }
    return true
  }

  /// Whether it can only be looked at: no files can be made beside it, nobody has it open, and no
  /// log has something that is not in it. SQLite keeps -shm as long as somebody has the file open.
  static func isFrozen(_ path: String) -> Bool {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    var status = stat()
    // Safe: paths and status live through the calls, and the status is read only if it was written.
    guard unsafe access(folder, W_OK) != 0, unsafe stat(path + "-shm", &status) != 0 else {
      return false
    }
    return unsafe stat(path + "-wal", &status) != 0 || status.st_size == 0
  }

  /// What the file system has left for us; nil if it does not say.
  static func roomBytes(_ path: String) -> Int64? {
    var room = statvfs()
    // Safe: path and structure live through the call, and it is read only if it was written.
    guard unsafe statvfs(path, &room) == 0 else { return nil }
    let (bytes, isTooMuch) = Int64(clamping: room.f_bavail)
      .multipliedReportingOverflow(by: Int64(clamping: room.f_frsize))
    return isTooMuch ? .max : bytes
  }

  /// Creates an empty file if there is none, and makes its name durable.
  static func createIfMissing(_ path: String) throws(StoreError) {
    // O_EXCL: a database that SQLite has open must never be opened and closed here, see WriterLock.
    // Safe: the path lives through the call.
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    if descriptor < 0 {
      if errno == EEXIST { return }
      throw error("create", path, errno)
    }
    defer { close(descriptor) }
    // The umask may have taken more away.
    guard fchmod(descriptor, mode) == 0 else { throw error("set the mode of", path, errno) }
    try syncDirectory(of: path)
  }

  static func syncDirectory(of path: String) throws(StoreError) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    // Safe: the path lives through the call.
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error("open", directory, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw error("sync", directory, errno) }
  }

  static func error(_ operation: String, _ path: String, _ number: Int32) -> StoreError {
    let kind: StoreError.Kind =
      switch number {
      case ENOSPC, EDQUOT: .full
      case EIO: .inputOutput
      default: .notWritable
      }
    return StoreError(
      kind, operation: operation, subject: path, cause: systemMessage(number),
      nextStep: kind == .full
        ? "free space on that disk"
        : "check that the directory exists and that this user may write in it")
  }
}
