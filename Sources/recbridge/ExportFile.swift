import Glibc

/// One file of an export or a report.
struct ExportFile {
  let name: String
  let bytes: [UInt8]
  /// Entries name callers: the owner's and the group's, as the store is.
  let mode: mode_t

  init(_ name: String, _ text: String, mode: mode_t = 0o640) {
    self.init(name, bytes: Array(text.utf8), mode: mode)
  }

  init(_ name: String, bytes: [UInt8], mode: mode_t = 0o640) {
    self.name = name
    self.bytes = bytes
    self.mode = mode
  }

  /// Writes all of them into a folder, which is made if need be; what is there is never
  /// overwritten. Nil, or why it could not be done.
  static func write(_ files: [ExportFile], to folder: String) -> String? {
    // Safe: the path is a C string for the call.
    if unsafe mkdir(folder, 0o750) != 0, errno != EEXIST { return failure("make", folder) }
    for file in files {
      if let problem = file.create(at: "\(folder)/\(file.name)") { return problem }
    }
    return nil
  }

  /// Writes it to a path at which nothing is yet. Nil, or why it could not be done.
  func create(at path: String) -> String? {
    // Safe: the path is a C string for the call.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { return Self.failure("make", path) }
    defer { close(descriptor) }
    // Safe: the bytes live through the call. A regular file takes all or fails.
    let written = unsafe Glibc.write(descriptor, bytes, bytes.count)
    return written == bytes.count ? nil : Self.failure("write", path)
  }

  private static func failure(_ what: String, _ path: String) -> String {
    // Safe: the text belongs to the C library and is copied at once.
    "cannot \(what) \(path): \(unsafe String(cString: strerror(errno)))"
  }
}
