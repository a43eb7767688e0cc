/// Follows the requests of one client on one connection, so that a proxy knows where one begins
/// and ends. It changes nothing.
///
/// It knows HTTP/1.1 with `Content-Length`, which is what this project's clients send. Behind a
/// request to upgrade, and from the first byte that cannot begin a request, everything is opaque.
struct FaultProxyRequests {
  /// Part of what a client sent.
  struct Part {
    let bytes: ArraySlice<UInt8>
    /// Whether these are the first bytes of a request.
    let begins: Bool
    /// Whether the request is complete with these bytes.
    let ends: Bool
  }

  private enum Place {
    case between
    case head
    case body(left: Int)
    case opaque
  }

  /// Longer heads make the connection opaque; the servers of this project take 64 KiB.
  private static let headBytes = 256 << 10
  private static let headEnd = Array("\r\n\r\n".utf8)

  private var place = Place.between
  private var head: [UInt8] = []

  /// Nothing can be said of what comes next: another protocol, or an upgraded connection.
  var isOpaque: Bool {
    if case .opaque = place { true } else { false }
  }

  /// Cuts off the first part of `bytes`, which are not empty; call again with what is left.
  mutating func takePart(_ bytes: ArraySlice<UInt8>) -> Part {
    switch place {
    case .opaque: return Part(bytes: bytes, begins: false, ends: false)
    case .between:
      guard let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
        place = .opaque
        return Part(bytes: bytes, begins: false, ends: false)
      }
      place = .head
      head = []
      let part = takeHead(bytes)
      return Part(bytes: part.bytes, begins: true, ends: part.ends)
    case .head: return takeHead(bytes)
    case .body(let left):
      let taken = bytes.prefix(left)
      place = taken.count == left ? .between : .body(left: left - taken.count)
      return Part(bytes: taken, begins: false, ends: taken.count == left)
    }
  }

  private mutating func takeHead(_ bytes: ArraySlice<UInt8>) -> Part {
    let known = head.count
    head += bytes
    let from = max(0, known - Self.headEnd.count + 1)
    guard let end = head[from...].firstRange(of: Self.headEnd)?.upperBound else {
      if head.count > Self.headBytes { place = .opaque }
      return Part(bytes: bytes, begins: false, ends: false)
    }
    let taken = bytes.prefix(end - known)
    let lines = String(decoding: head[..<end], as: UTF8.self).lowercased()
      .split(separator: "\r\n").dropFirst()
    head = []
    func value(_ name: String) -> Substring? {
      lines.first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1)
    }
    let length = value("content-length").flatMap { Int($0.filter { $0 != " " }) } ?? 0
    if value("upgrade") != nil {
      place = .opaque
    } else {
      place = length > 0 ? .body(left: length) : .between
    }
    return Part(bytes: taken, begins: false, ends: length == 0)
  }
}
