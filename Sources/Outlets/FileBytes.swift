import Glibc

/// Bytes into files, on disk when a call returns.
enum FileBytes {
  /// Writes all of `bytes` where the descriptor stands, and syncs; `path` is for the error alone.
  static func write(
    _ bytes: [UInt8], to descriptor: Int32, _ path: String
  ) throws(OutletError) {
    var done = 0
    while done < bytes.count {
      // The buffer lives through the call and is as long as is said.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw OutletError("write to", path, code: errno) }
      done += count
    }
    guard fsync(descriptor) == 0 else { throw OutletError("sync", path, code: errno) }
  }

  /// Makes what names the file last: a new file, or a rename, is else lost with the power.
  static func syncFolder(of path: String) throws(OutletError) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    // The path is passed as a C string for the length of the call only.
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutletError("open", folder, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw OutletError("sync", folder, code: errno) }
  }
}
