import Glibc

/// One file of an export.
struct ExportFile {
  let name: String
  let bytes: [UInt8]
  var mode: mode_t = 0o644

  init(_ name: String, _ text: String, mode: mode_t = 0o644) {
    self.init(name, bytes: Array(text.utf8))
    self.mode = mode
  }

  init(_ name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Writes all of them into a folder, which is made if need be; what is there is never
  /// overwritten. Nil, or why it could not be done.
  static func write(_ files: [ExportFile], to folder: String) -> String? {
    // Safe: the path is a C string for the call.
    if unsafe mkdir(folder, 0o755) != 0, errno != EEXIST { return failure("make", folder) }
    for file in files {
      let path = "\(folder)/\(file.name)"
      // Safe: as above.
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode)
      guard descriptor >= 0 else { return failure("make", path) }
      defer { close(descriptor) }
      // Safe: the bytes live through the call. A regular file takes all or fails.
      let written = unsafe Glibc.write(descriptor, file.bytes, file.bytes.count)
      guard written == file.bytes.count else { return failure("write", path) }
    }
    return nil
  }

  private static func failure(_ what: String, _ path: String) -> String {
    // Safe: the text belongs to the C library and is copied at once.
    "cannot \(what) \(path): \(unsafe String(cString: strerror(errno)))"
  }
}
