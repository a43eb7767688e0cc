import Glibc

/// A folder for one run of the demo.
enum TemporaryFolder {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What a bridge leaves in its folder.
  private static let contents = [
    "store.db", "store.db-wal", "store.db-shm", "store.db.lock", "store.db.reserve",
    "store.db.checkpoint", "recbridge.sock",
  ]

  /// A new folder that only this user can enter, below `TMPDIR` or `/tmp`.
  static func make() throws(Failure) -> String {
    // getenv(3) gives a text that ends with a zero, and it is copied at once.
    let base = unsafe getenv("TMPDIR").flatMap { unsafe String(validatingCString: $0) } ?? "/tmp"
    let places = String(repeating: "X", count: 6)
    var template = Array("\(base)/recbridge-\(places)".utf8CString)
    // The template is ours, ends with a zero, and mkdtemp(3) only changes these six characters.
    guard unsafe mkdtemp(&template) != nil else {
      throw Failure(description: "no folder could be made in \(base); set TMPDIR to another")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A new folder at `path`, which is to stay.
  static func make(at path: String) throws(Failure) -> String {
    // The path is copied into a text that ends with a zero for the time of the call.
    guard unsafe mkdir(path, 0o700) == 0 else {
      // The text belongs to the C library and is copied at once.
      let cause = unsafe String(cString: strerror(errno))
      throw Failure(description: "the folder \(path) could not be made: \(cause)")
    }
    return path
  }

  /// Removes the folder with what a bridge left in it.
  static func remove(_ folder: String) {
    // The paths are copied into texts that end with a zero for the time of each call.
    for name in contents { _ = unsafe unlink("\(folder)/\(name)") }
    _ = unsafe rmdir(folder)
  }
}
