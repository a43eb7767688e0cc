import Glibc
import Synchronization

/// The newest signed checkpoint in a file beside the store, `STORE.checkpoint`: what a store that
/// is put back to an earlier state cannot take back with it.
///
/// The file is replaced as a whole and synced; a crash leaves the one before. For any thread.
package final class KeptCheckpoint: Sendable {
  /// Where it is.
  package let path: String
  /// How many entries the newest one covers that this process has written.
  private let writtenSize = Mutex<Int64>(0)

  /// A signed checkpoint has some 200 bytes.
  private static let sizeMaxBytes = 65_536

  package init(storePath: String) { path = storePath + ".checkpoint" }

  /// The signed note as it stands there; nil if there is none.
  package func read() throws(StoreError) -> String? {
    // Safe: the path lives through the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw StoreFile.error("open the checkpoint", path, errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.sizeMaxBytes)
    // Safe: the buffer lives through the call and is as long as is said. A file that is longer than
    // any checkpoint is none.
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else { throw StoreFile.error("read the checkpoint", path, errno) }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Puts a note of this many entries there, unless one of more is there by now.
  package func write(_ note: String, size: Int64) throws(StoreError) {
    try writtenSize.withLock { (written) throws(StoreError) in
      guard size > written else { return }
      try replace(Array(note.utf8))
      written = size
    }
  }

  private func replace(_ bytes: [UInt8]) throws(StoreError) {
    let next = path + ".new"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    // Safe: the path lives through the call.
    let descriptor = unsafe open(next, flags, StoreFile.mode)
    guard descriptor >= 0 else { throw StoreFile.error("create the checkpoint", next, errno) }
    // Safe: the bytes live through the call. A regular file takes all or fails.
    let written = unsafe Glibc.write(descriptor, bytes, bytes.count)
    let isSynced = written == bytes.count && fsync(descriptor) == 0
    let cause = errno
    close(descriptor)
    guard isSynced else { throw StoreFile.error("write the checkpoint", next, cause) }
    // Safe: both paths live through the call.
    guard unsafe rename(next, path) == 0 else {
      throw StoreFile.error("rename the checkpoint to", path, errno)
    }
    try StoreFile.syncDirectory(of: path)
  }
}
