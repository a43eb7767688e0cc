import Glibc

/// Where lines go.
enum Terminal {
  static func say(_ bytes: [UInt8]) { write(bytes + [0x0A], to: STDOUT_FILENO) }
  static func say(_ text: String) { say(Array(text.utf8)) }
  static func complain(_ text: String) { write(Array("\(text)\n".utf8), to: STDERR_FILENO) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Safe: the count is that of the slice.
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
