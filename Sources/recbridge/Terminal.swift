import Glibc

/// Standard output and standard error, a line at a time and never held back.
enum Terminal {
  /// Writes `text` and a line end to standard output.
  static func say(_ text: String) {
    write(Array((text + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Writes the bytes of a line and a line end to standard output.
  static func say(line: some Collection<UInt8>) {
    write(Array(line) + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
  }

  /// Writes `text` and a line end to standard error.
  static func complain(_ text: String) {
    write(Array((text + "\n").utf8), to: STDERR_FILENO)
  }

  /// Ends the process when nobody can read the output any more, as `tail | head` does.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = unsafe rest.withUnsafeBytes { buffer in
        // The count is that of the slice, which outlives the call.
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if size < 0, errno == EINTR { continue }
      guard size > 0 else { exit(ExitCode.failure.rawValue) }
      rest = rest.dropFirst(size)
    }
  }
}
