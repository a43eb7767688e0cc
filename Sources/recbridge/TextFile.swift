import Glibc

/// A small file, read whole.
enum TextFile {
  /// Nil when it cannot be read, or has more than `sizeMax` bytes.
  static func read(_ path: String, sizeMax: Int) -> String? {
    // Safe: the path is passed as a C string for the length of the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= sizeMax {
      // Safe: it writes at most the array's count.
      let count = unsafe Glibc.read(descriptor, &block, block.count)
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += block[..<count]
    }
    return nil
  }
}
