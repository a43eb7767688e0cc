import CLinux
import Glibc
import Synchronization

/// Lines appended to a file, synced, and set aside by size and by time.
///
/// Whoever renames the file, as logrotate does, needs no signal: before each batch it is seen that
/// the path is another file now, or none, and a new one is begun. If that happens while a batch is
/// written it is written once more, for nobody knows what becomes of the file that was moved. What
/// an earlier process left of a line at the end of the file is taken away, for the whole line comes
/// again.
///
/// Its calls block: make them away from the loop, one after the other.
package final class LineFile: Sendable {
  /// Group may read, others not: the lines hold phone numbers.
  private static let mode: mode_t = 0o640

  package let path: String
  private let sizeMaxBytes: Int64?
  private let every: Duration?
  private let look: @Sendable (String) -> Identity?
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

  struct Identity: Equatable {
    let device: UInt
    let inode: UInt

    init(_ status: stat) {
      device = UInt(status.st_dev)
      inode = UInt(status.st_ino)
    }

    /// Of what is at a path; nil if nothing is.
    static func at(_ path: String) -> Identity? {
      var status = stat()
      // The path is copied for the call, which fills the one structure it is given.
      return unsafe stat(path, &status) == 0 ? Identity(status) : nil
    }
  }

  /// Nothing is opened yet.
  package convenience init(path: String, sizeMaxBytes: Int64?, every: Duration?) {
    self.init(path: path, sizeMaxBytes: sizeMaxBytes, every: every, look: Identity.at)
  }

  /// - Parameter look: what is at a path, before and after each batch; tests move the file then.
  init(
    path: String, sizeMaxBytes: Int64?, every: Duration?,
    look: @escaping @Sendable (String) -> Identity?
  ) {
    self.path = path
    self.sizeMaxBytes = sizeMaxBytes
    self.every = every
    self.look = look
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
    while let first = lines.first {
      var file = try ready(for: first, at: now)
      var bytes: [UInt8] = []
      var rest = lines
      while let line = rest.first {
        let size = file.sizeBytes + Int64(bytes.count + line.count + 1)
        if !bytes.isEmpty, let sizeMaxBytes, size > sizeMaxBytes { break }
        bytes += line + [UInt8(ascii: "\n")]
        rest.removeFirst()
      }
      do throws(OutletError) {
        try FileBytes.write(bytes, to: file.descriptor, path)
      } catch {
        // Half a line would look like a line.
        if let size = Self.sizeBytes(file.descriptor), size > file.sizeBytes {
          _ = ftruncate(file.descriptor, off_t(file.sizeBytes))
        }
        throw error
      }
      file.sizeBytes += Int64(bytes.count)
      file.period = period(now)
      keep(file)
      // Moved away meanwhile, and perhaps compressed before and removed by now: once more then.
      if look(path) == file.identity { lines = rest }
    }
  }

  private func keep(_ file: Open) { open.withLock { $0 = file } }

  private func period(_ time: Duration) -> Int64 {
    guard let every else { return 0 }
    return Int64((time / every).rounded(.down))
  }

  // MARK: - Which file

  /// The file that takes this line now.
  private func ready(for line: [UInt8], at now: Duration) throws(OutletError) -> Open {
    var file = open.withLock { $0 }
    let isWished = isReopenWished.withLock { wish in
      defer { wish = false }
      return wish
    }
    if let old = file {
      if look(path) == old.identity, !isWished, let size = Self.sizeBytes(old.descriptor) {
        // Whoever copies it and empties it leaves it where it is.
        file?.sizeBytes = size
      } else {
        close()
        file = nil
      }
    }
    let present: Open
    if let file { present = file } else { present = try begin(with: line) }
    keep(present)
    let size = present.sizeBytes + Int64(line.count + 1)
    let isFull = sizeMaxBytes.map { size > $0 } ?? false
    guard present.sizeBytes > 0, isFull || present.period != period(now) else { return present }
    try setAside(at: now)
    close()
    let next = try begin(with: line)
    keep(next)
    return next
  }

  private func begin(with line: [UInt8]) throws(OutletError) -> Open {
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
      let size = try mend(descriptor, Int64(status.st_size), before: line)
      if status.st_size == 0 { try FileBytes.syncFolder(of: path) }
      return Open(
        descriptor: descriptor,
        identity: Identity(status), sizeBytes: size,
        period: period(.seconds(Int64(status.st_mtim.tv_sec))))
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// Takes away what stands behind the last line end; the size that is left. A file without any may
  /// be one of another kind: all of it is taken away only if it is the beginning of `line`.
  private func mend(
    _ descriptor: Int32, _ sizeBytes: Int64, before line: [UInt8]
  ) throws(OutletError) -> Int64 {
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
      if start == 0, !line.starts(with: block[..<count]) || sizeBytes > Int64(count) {
        throw OutletError(
          operation: "append to", subject: path,
          cause: "it holds something else than lines; move it away, or name another file")
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
      if rename(to: name) { return try FileBytes.syncFolder(of: path) }
      guard errno == EEXIST else { throw OutletError("rename to \(name)", path, code: errno) }
    }
    throw OutletError(
      operation: "set aside", subject: path, cause: "\(Self.asideTries) files of this second exist")
  }

  /// Renames the file in one step, so that no crash leaves it two names; false with errno, which is
  /// EEXIST if there is something of this name.
  private func rename(to name: String) -> Bool {
    // The paths are passed as C strings for the length of the calls only.
    if unsafe clinux_rename_to_new(path, name) == 0 { return true }
    guard errno == EINVAL || errno == ENOSYS else { return false }
    // A file system that cannot refuse; nobody else makes files of these names.
    guard unsafe access(name, F_OK) != 0 else {
      errno = EEXIST
      return false
    }
    return unsafe Glibc.rename(path, name) == 0
  }

  /// Files set aside within one second: at the least size, 6 GB of lines.
  private static let asideTries = 100_000

  private static func sizeBytes(_ descriptor: Int32) -> Int64? {
    var status = stat()
    // The status lives through the call.
    return unsafe fstat(descriptor, &status) == 0 ? Int64(status.st_size) : nil
  }
}
