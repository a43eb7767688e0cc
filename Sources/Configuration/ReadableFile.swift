import Glibc

/// A small file that was read whole, with what its permissions say.
struct ReadableFile {
  let bytes: [UInt8]
  let identity: FileIdentity
  /// Who may do what, as chmod(1) has it.
  let permissions: UInt32
  var isReadableByEveryone: Bool { permissions & S_IROTH != 0 }

  /// An operation on a file that failed: which, on what, and what the system said.
  struct Failure: Error, Equatable, CustomStringConvertible {
    let path: String
    let cause: String
    var description: String { "cannot read \(path): \(cause)" }
  }

  /// Reads `path`, which must be a regular file of at most `sizeMax` bytes.
  ///
  /// Opened without blocking, so that a FIFO in its place is refused instead of waited for.
  init(_ path: String, sizeMax: Int) throws(Failure) {
    // The path is passed as a C string for the length of the call only.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(path: path, cause: Self.message(errno)) }
    defer { close(descriptor) }
    var status = stat()
    // `status` outlives the call that fills it.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw Failure(path: path, cause: Self.message(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a file"
      throw Failure(path: path, cause: kind)
    }
    identity = FileIdentity(status)
    permissions = status.st_mode & 0o7777
    bytes = try Self.contents(of: descriptor, path: path, sizeMax: sizeMax)
  }

  /// What keeps `path` from being read, or nil when nothing does.
  static func problem(_ path: String) -> String? {
    do throws(Failure) {
      _ = try ReadableFile(path, sizeMax: certificatesSizeMax)
      return nil
    } catch {
      return error.description
    }
  }

  /// All the public authorities together have 0.2 MB.
  static let certificatesSizeMax = 16 * 1_048_576

  private static func contents(
    of descriptor: Int32, path: String, sizeMax: Int
  ) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      // `read` writes at most the count it is given, which is that of the chunk.
      let size = unsafe read(descriptor, &chunk, chunk.count)
      if size == 0 { return bytes }
      guard size > 0 else {
        if errno == EINTR { continue }
        throw Failure(path: path, cause: message(errno))
      }
      guard bytes.count + size <= sizeMax else {
        throw Failure(path: path, cause: "it has more than \(sizeMax) bytes")
      }
      bytes += chunk[..<size]
    }
  }

  private static func message(_ code: Int32) -> String {
    // The text belongs to the C library and is copied at once, on the only thread there is.
    unsafe String(cString: strerror(code))
  }
}
