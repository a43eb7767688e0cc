import Glibc

/// The lines of a file of whatever length, of which no more than one is held.
enum TextLines {
  /// An event may hold a message of 16 MiB, with escapes.
  static let sizeMaxBytes = 128 << 20

  /// A line without its end, which may be that of Windows.
  struct Line {
    /// Counted from 1.
    let number: Int
    let text: String
    /// It ends in a line break: nobody is about to write more of it.
    let isWhole: Bool
  }

  /// Hands out every line, in order. Nil, or why the file cannot be read to its end.
  static func forEach<Failure: Error>(
    in path: String, _ body: (Line) throws(Failure) -> Void
  ) throws(Failure) -> String? {
    // Safe: the path is passed as a C string for the length of the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return cause() }
    defer { close(descriptor) }
    var block = [UInt8](repeating: 0, count: 65_536)
    var rest: [UInt8] = []
    var number = 0
    func take(_ end: Bool) throws(Failure) {
      number += 1
      if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
      try body(Line(number: number, text: String(decoding: rest, as: UTF8.self), isWhole: end))
      rest.removeAll(keepingCapacity: true)
    }
    while true {
      // Safe: it writes at most the array's count.
      let count = unsafe Glibc.read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return cause() }
      if count == 0 { break }
      var piece = block[..<count]
      while let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
        rest += piece[..<end]
        try take(true)
        piece = piece[(end + 1)...]
      }
      rest += piece
      guard rest.count <= sizeMaxBytes else {
        return "line \(number + 1) has more than \(sizeMaxBytes) bytes"
      }
    }
    if !rest.isEmpty { try take(false) }
    return nil
  }

  private static func cause() -> String {
    // Safe: the text belongs to the C library and is copied at once.
    unsafe String(cString: strerror(errno))
  }
}
