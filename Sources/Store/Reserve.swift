import Glibc

/// A small file beside the store that takes records when the store cannot: all of its bytes were
/// written at its creation, so that writing in place needs no space on a full disk.
///
/// It holds a head and records, each one line of JSON with its checksum; what follows are zeros.
/// Every write is on disk when its call returns (O_DSYNC). A record that was torn by a crash or a
/// failing disk is counted, never taken for a record. The kernel drops its lock with the process.
///
/// A file system that never writes in place (btrfs, ZFS) may still refuse on a full disk.
package final class Reserve {
  /// Some 4,000 records of a command: the moves of a thousand Stops. Small against any disk.
  package static let sizeBytes = 4 << 20
  /// The head has a block of its own, so that it can be written again in place: one sector.
  static let headBytes = 512

  /// What the file held when it was opened.
  package struct Contents: Equatable, Sendable {
    /// Says what the records belong to; nil if none was written or it cannot be read.
    package var head: [UInt8]?
    /// In the order in which they were appended.
    package var records: [[UInt8]] = []
    /// Lines that are no whole record.
    package var tornCount = 0

    /// Nothing was written since it was created or cleared.
    package var isEmpty: Bool { self == Contents() }
  }

  /// `STORE.reserve`.
  package let path: String
  /// As found at open; not changed by what is written afterwards.
  package let contents: Contents
  private let descriptor: Int32
  /// Where the next record goes.
  private var end: Int

  /// Opens or creates the reserve of the store at `storePath`, and reads it.
  ///
  /// Throws `full` if there is no space for a new one, `locked` if another process has it, and
  /// `notWritable` on a disk that is read-only.
  package init(storePath: String) throws(StoreError) {
    let path = storePath + ".reserve"
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_DSYNC
    // Safe: the path lives through the call.
    let descriptor = unsafe open(path, flags, StoreFile.mode)
    guard descriptor >= 0 else { throw StoreFile.error("open the reserve", path, errno) }
    do throws(StoreError) {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw StoreError(
          .locked, operation: "lock the reserve", subject: path,
          cause: "another recbridge has it open",
          nextStep: "end that one, or give this one a store of its own")
      }
      let size = try Self.size(descriptor, path)
      if size < Self.sizeBytes {
        try Self.write([UInt8](repeating: 0, count: Self.sizeBytes - size), size, descriptor, path)
        try StoreFile.syncDirectory(of: path)
      }
      let bytes = try Self.read(descriptor, path)
      contents = Self.parse(bytes)
      end = (bytes.lastIndex { $0 != 0 } ?? -1) + 1
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    end = max(end, Self.headBytes)
    self.path = path
    self.descriptor = descriptor
  }

  deinit { Glibc.close(descriptor) }

  /// Appends one record, a JSON object without a line break in it; on disk when it returns.
  /// Throws `full` when the reserve itself is used up; then it still holds what it held.
  package func append(_ record: [UInt8]) throws(StoreError) {
    let line = ReserveLine.encode(record)
    guard end + line.count <= Self.sizeBytes else {
      throw StoreError(
        .full, operation: "append to the reserve", subject: path,
        cause: "all its \(Self.sizeBytes) bytes are used",
        nextStep: "make the store writable again: its records then move there")
    }
    try Self.write(line, end, descriptor, path)
    end += line.count
  }

  /// Writes the head, a JSON object of at most ``headMaxBytes``, over the one before.
  package func setHead(_ head: [UInt8]) throws(StoreError) {
    var line = ReserveLine.encode(head)
    precondition(line.count <= Self.headBytes, "the head of a reserve has \(head.count) bytes")
    line.removeLast()
    line += [UInt8](repeating: UInt8(ascii: " "), count: Self.headBytes - line.count - 1)
    line.append(UInt8(ascii: "\n"))
    try Self.write(line, 0, descriptor, path)
  }

  /// Of a head: one block less what surrounds it.
  package static let headMaxBytes = headBytes - ReserveLine.overheadBytes

  /// Empties it: the records first, so that what the head says of them holds to the last.
  package func clear() throws(StoreError) {
    let used = end - Self.headBytes
    try Self.write([UInt8](repeating: 0, count: used), Self.headBytes, descriptor, path)
    try Self.write([UInt8](repeating: 0, count: Self.headBytes), 0, descriptor, path)
    end = Self.headBytes
  }

  // MARK: - Bytes

  static func parse(_ bytes: [UInt8]) -> Contents {
    var contents = Contents()
    let head = bytes.prefix(headBytes)
    if let line = head.firstIndex(of: UInt8(ascii: "\n")).map({ head[..<$0] }) {
      contents.head = ReserveLine.decode(line.reversed().drop { $0 == 0x20 }.reversed())
    }
    if contents.head == nil, head.contains(where: { $0 != 0 }) { contents.tornCount += 1 }
    for line in bytes.dropFirst(headBytes).split(whereSeparator: { $0 == 0x0A || $0 == 0 }) {
      if let record = ReserveLine.decode(Array(line)) {
        contents.records.append(record)
      } else {
        contents.tornCount += 1
      }
    }
    return contents
  }

  private static func size(_ descriptor: Int32, _ path: String) throws(StoreError) -> Int {
    var status = stat()
    // Safe: the status lives through the call.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw StoreFile.error("look at the reserve", path, errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(
        .foreign, operation: "open the reserve", subject: path,
        cause: "it is not a regular file", nextStep: "move it away, then restart")
    }
    return Int(status.st_size)
  }

  private static func read(_ descriptor: Int32, _ path: String) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: sizeBytes)
    var done = 0
    while done < bytes.count {
      // Safe: the buffer lives through the call and is as long as is said.
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw StoreFile.error("read the reserve", path, errno) }
      done += count
    }
    return bytes
  }

  private static func write(
    _ bytes: [UInt8], _ offset: Int, _ descriptor: Int32, _ path: String
  ) throws(StoreError) {
    var done = 0
    while done < bytes.count {
      // Safe: the buffer lives through the call and is as long as is said.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        return unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw StoreFile.error("write to the reserve", path, errno) }
      done += count
    }
  }
}
