import Glibc
import Synchronization

/// Lines appended to a file, synced, and set aside by size and by time.
///
/// Whoever renames the file, as logrotate does, needs no signal: before each batch it is seen that
/// the path is another file now, or none, and a new one is begun. What an earlier process left of
/// a line at the end of the file is taken away, for the whole line comes again.
///
/// Its calls block: make them away from the loop, one after the other.
package final class LineFile: Sendable {
  /// Group may read, others not: the lines hold phone numbers.
  private static let mode: mode_t = 0o640

  package let path: String
  private let sizeMaxBytes: Int64?
  private let every: Duration?
  private let open = Mutex<Open?>(nil)
  private let isReopenWished = Mutex(false)

  /// The file as it is written now.
  private struct Open {
    let descriptor: Int32
    let identity: Identity
    var sizeBytes: Int64
    /// Of the last write.
    var period: Int64
  }

  private struct Identity: Equatable {
    let device: UInt
    let inode: UInt
  }

  /// Nothing is opened yet.
  package init(path: String, sizeMaxBytes: Int64?, every: Duration?) {
    self.path = path
    self.sizeMaxBytes = sizeMaxBytes
    self.every = every
  }

  deinit { close() }

  /// Lets the next batch open what is at the path by then. Harmless while one is being appended.
  package func reopen() { isReopenWished.withLock { $0 = true } }

  private func close() {
    open.withLock { open in
      if let descriptor = open?.descriptor { Glibc.close(descriptor) }
      open = nil
    }
  }

  /// Appends `lines`, each without its line end, at the wall-clock time `now`; on disk when it
  /// returns. After an error some of them may be there, whole: the same lines may be given again.
  package func append(_ lines: [[UInt8]], at now: Duration) throws(OutletError) {
    var lines = lines[...]
    while !lines.isEmpty {
      var file = try ready(for: lines[lines.startIndex].count + 1, at: now)
      var bytes: [UInt8] = []
      while let line = lines.first {
        let size = file.sizeBytes + Int64(bytes.count + line.count + 1)
        if !bytes.isEmpty, let sizeMaxBytes, size > sizeMaxBytes { break }
        bytes += line + [UInt8(ascii: "\n")]
        lines.removeFirst()
      }
      do throws(OutletError) {
        try FileBytes.write(bytes, to: file.descriptor, path)
      } catch {
        // Half a line would look like a line.
        _ = ftruncate(file.descriptor, off_t(file.sizeBytes))
        throw error
      }
      file.sizeBytes += Int64(bytes.count)
      file.period = period(now)
      keep(file)
    }
  }

  private func keep(_ file: Open) { open.withLock { $0 = file } }

  private func period(_ time: Duration) -> Int64 {
    guard let every else { return 0 }
    return Int64((time / every).rounded(.down))
  }

  // MARK: - Which file

  /// The file that takes `count` more bytes now.
  private func ready(for count: Int, at now: Duration) throws(OutletError) -> Open {
    var file = open.withLock { $0 }
    let isWished = isReopenWished.withLock { wish in
      defer { wish = false }
      return wish
    }
    if let old = file, isWished || Self.identity(path) != old.identity {
      close()
      file = nil
    }
    let present: Open
    if let file { present = file } else { present = try begin() }
    keep(present)
    let isFull = sizeMaxBytes.map { present.sizeBytes + Int64(count) > $0 } ?? false
    guard present.sizeBytes > 0, isFull || present.period != period(now) else { return present }
    try setAside(at: now)
    close()
    let next = try begin()
    keep(next)
    return next
  }

  private func begin() throws(OutletError) -> Open {
    let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    // The path is passed as a C string for the length of the call only.
    let descriptor = unsafe Glibc.open(path, flags, Self.mode)
    guard descriptor >= 0 else { throw OutletError("open", path, code: errno) }
    do throws(OutletError) {
      var status = stat()
      // The status lives through the call.
      guard unsafe fstat(descriptor, &status) == 0 else {
        throw OutletError("look at", path, code: errno)
      }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw OutletError(operation: "open", subject: path, cause: "it is not a regular file")
      }
      let size = try mend(descriptor, Int64(status.st_size))
      if status.st_size == 0 { try FileBytes.syncFolder(of: path) }
      return Open(
        descriptor: descriptor,
        identity: Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino)),
        sizeBytes: size, period: period(.seconds(Int64(status.st_mtim.tv_sec))))
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// Takes away what stands behind the last line end; the size that is left.
  private func mend(_ descriptor: Int32, _ sizeBytes: Int64) throws(OutletError) -> Int64 {
    var end = sizeBytes
    var block = [UInt8](repeating: 0, count: 65_536)
    while end > 0 {
      let start = max(0, end - Int64(block.count))
      let count = Int(end - start)
      // The buffer lives through the call and has at least `count` bytes.
      guard unsafe pread(descriptor, &block, count, off_t(start)) == count else {
        throw OutletError("read", path, code: errno)
      }
      if let last = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
        end = start + Int64(last) + 1
        break
      }
      end = start
    }
    if end < sizeBytes, ftruncate(descriptor, off_t(end)) != 0 {
      throw OutletError("mend the end of", path, code: errno)
    }
    return end
  }

  /// Renames the file to `PATH.TIME`, with a number where there is one already.
  private func setAside(at now: Duration) throws(OutletError) {
    var seconds = time_t(now.components.seconds)
    var parts = unsafe tm()
    // Both live through the call, which fills the second.
    _ = unsafe gmtime_r(&seconds, &parts)
    func digits(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    // Numbers are read out of it, not its pointer to the name of the zone.
    let date = unsafe "\(parts.tm_year + 1900)\(digits(parts.tm_mon + 1))\(digits(parts.tm_mday))"
    let time = unsafe "\(digits(parts.tm_hour))\(digits(parts.tm_min))\(digits(parts.tm_sec))"
    let stem = "\(path).\(date)T\(time)Z"
    for number in 0..<Self.asideTries {
      let name = number == 0 ? stem : "\(stem)-\(number)"
      // A new name first and then without the old one, for a rename would replace what is there.
      // The paths are passed as C strings for the length of the calls only.
      if unsafe link(path, name) == 0 {
        guard unsafe unlink(path) == 0 else { throw OutletError("rename", path, code: errno) }
        return try FileBytes.syncFolder(of: path)
      }
      guard errno == EEXIST else { throw OutletError("rename to \(name)", path, code: errno) }
    }
    throw OutletError(
      operation: "set aside", subject: path, cause: "\(Self.asideTries) files of this second exist")
  }

  /// Files set aside within one second: at the least size, 6 GB of lines.
  private static let asideTries = 100_000

  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    // The path is copied for the call, which fills the one structure it is given.
    guard unsafe stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }
}
