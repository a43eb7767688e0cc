import Glibc

/// What is there to read, or nil at the end.
package func readSome(_ descriptor: Int32) -> [UInt8]? {
  var buffer = [UInt8](repeating: 0, count: 65_536)
  // `read` writes at most the count it is given.
  let size = unsafe read(descriptor, &buffer, buffer.count)
  return size > 0 ? Array(buffer[..<size]) : nil
}

/// The whole file as text, or nil when it cannot be opened.
package func readText(_ path: String) -> String? {
  readBytes(path).map { String(decoding: $0, as: UTF8.self) }
}

/// The whole file, or nil when it cannot be opened.
package func readBytes(_ path: String) -> [UInt8]? {
  // The path is passed as a C string for the length of the call only.
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  while let some = readSome(descriptor) { bytes += some }
  return bytes
}

/// Makes the file, or empties it, and writes `text`; its owner alone may read it.
package func writeText(_ text: String, to path: String) throws(FileFailure) {
  try writeBytes(Array(text.utf8), to: path)
}

/// As above, of bytes.
package func writeBytes(_ bytes: [UInt8], to path: String) throws(FileFailure) {
  // The path is passed as a C string for the length of the call only.
  let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw FileFailure(operation: "open", path: path) }
  defer { close(descriptor) }
  // The count is that of the array.
  guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
    throw FileFailure(operation: "write", path: path)
  }
}

/// Puts the bytes of one file into another, which is made or replaced.
package func copyFile(_ from: String, to path: String) throws(FileFailure) {
  // Both paths are passed as C strings for the length of the calls only.
  let source = unsafe open(from, O_RDONLY | O_CLOEXEC)
  guard source >= 0 else { throw FileFailure(operation: "open", path: from) }
  defer { close(source) }
  let target = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard target >= 0 else { throw FileFailure(operation: "open", path: path) }
  defer { close(target) }
  while let some = readSome(source) {
    // The count is that of the array.
    guard unsafe write(target, some, some.count) == some.count else {
      throw FileFailure(operation: "write", path: path)
    }
  }
}

/// A file of its own with `text`, removed after `body`.
package func withFile<Result>(
  _ text: String, _ body: (String) throws -> Result
) throws -> Result {
  try withFolder { folder in
    try writeText(text, to: "\(folder)/file")
    return try body("\(folder)/file")
  }
}

/// A folder of its own, removed after `body` with everything in it.
package func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/recbridge-test-XXXXXX".utf8CString)
  // The buffer is ours, ends with a zero, and is changed in place.
  guard unsafe mkdtemp(&template) != nil else {
    throw FileFailure(operation: "make a folder in", path: "/tmp")
  }
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer { removeTree(path) }
  return try body(path)
}

/// Removes the file or the folder with everything in it; what cannot be removed is left.
package func removeTree(_ path: String) {
  // The paths are passed as C strings for the length of a call each; `remove` follows no link.
  if unsafe remove(path) == 0 { return }
  guard let folder = unsafe opendir(path) else { return }
  // An entry is valid until the next `readdir`, and its name, which ends with a zero, is copied.
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { removeTree("\(path)/\(name)") }
  }
  unsafe closedir(folder)
  _ = unsafe remove(path)
}

/// A file that a test needs could not be made.
package struct FileFailure: Error, CustomStringConvertible {
  let operation: String
  let path: String
  let code = errno

  /// For people.
  package var description: String {
    // strerror gives a text of the C library, copied at once.
    "cannot \(operation) \(path): \(unsafe String(cString: strerror(code)))"
  }
}
