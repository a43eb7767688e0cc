import Glibc
import Synchronization

/// A file that holds one text at a time, replaced as a whole: whoever reads it, or copies it away,
/// finds the former one or the new one and nothing between, whatever is killed.
///
/// Its calls block: make them away from the loop.
package final class WholeFile: Sendable {
  /// Everybody may read it: it is there to be fetched.
  private static let mode: mode_t = 0o644

  package let path: String
  /// The number of the newest text that was written. Held while one is being written.
  private let newest = Mutex(Int64.min)

  package init(path: String) { self.path = path }

  /// Puts `bytes` in the place of what the file holds; on disk when it returns. A text whose number
  /// is not above all before it is passed over.
  package func replace(with bytes: [UInt8], number: Int64) throws(OutletError) {
    try newest.withLock { (newest) throws(OutletError) in
      guard number > newest else { return }
      try write(bytes)
      newest = number
    }
  }

  private func write(_ bytes: [UInt8]) throws(OutletError) {
    let next = path + ".new"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    // The paths are passed as C strings for the length of the calls only.
    let descriptor = unsafe open(next, flags, Self.mode)
    guard descriptor >= 0 else { throw OutletError("open", next, code: errno) }
    defer { close(descriptor) }
    try FileBytes.write(bytes, to: descriptor, next)
    guard unsafe rename(next, path) == 0 else {
      throw OutletError("rename to \(path)", next, code: errno)
    }
    try FileBytes.syncFolder(of: path)
  }
}
