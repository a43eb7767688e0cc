import Glibc
import HTTP
import Loop
import Reactor
import Testing

/// A subscriber over a raw Unix socket, which can stop reading: its HTTP is read here, chunk by chunk.
final class EventStream {
  enum Form { case lines, serverSent }

  /// The events as they came, one line each; heartbeats are left out.
  private(set) var lines: [String] = []
  /// The status of the answer, once its head is there.
  private(set) var status: Int?
  /// The connection ended, or the answer did.
  private(set) var isEnded = false

  private let form: Form
  private let descriptor: Int32
  private var isOpen = true
  private var watch: (any Watch)?
  private var wire = ByteQueue()
  private var body = ByteQueue()
  /// Bytes that are left of the present chunk; nil when its size comes next.
  private var chunkLeft: Int?
  private var block = [UInt8](repeating: 0, count: 262_144)
  private var isInHead = true
  private var isBehindChunk = false
  /// The event of an SSE stream that is not complete yet.
  private var event: (id: String?, data: String?) = (nil, nil)
  private var lastID: String?

  /// Connects and asks. The descriptor is closed by `close()`.
  init(
    loop: EventLoop, socket path: String, target: String, form: Form, lastEvent: String?
  ) throws {
    self.form = form
    descriptor = Glibc.socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    try #require(path.utf8.count < 108)
    // The path with its zero fits into the 108 bytes of the field.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    // The address is read for its own length during the call.
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0, "cannot connect to \(path): \(errno)")
    var head = ["GET \(target) HTTP/1.1", "Host: localhost"]
    if form == .serverSent { head.append("Accept: text/event-stream") }
    if let lastEvent { head.append("Last-Event-ID: \(lastEvent)") }
    let request = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    // The count is that of the array.
    try #require(unsafe write(descriptor, request, request.count) == request.count)
    watch = try loop.watch(descriptor, for: .readable) { [unowned self] _ in receive() }
  }

  deinit { close() }

  /// Where the next stream goes on: the last event's cursor.
  var cursor: String? {
    if form == .serverSent { return lastID }
    guard let line = lines.last, let start = line.range(behind: #""id":""#) else { return nil }
    return String(line[start...].prefix { $0 != "\"" })
  }

  /// Reads nothing more, so that the daemon's side fills up.
  func pause() { watch?.update([]) }

  func resume() { watch?.update(.readable) }

  func close() {
    guard isOpen else { return }
    isOpen = false
    watch?.cancel()
    watch = nil
    isEnded = true
    Glibc.close(descriptor)
  }

  private func receive() {
    // `recv` writes at most the count it is given.
    let count = unsafe recv(descriptor, &block, block.count, 0)
    if count < 0, errno == EAGAIN { return }
    guard count > 0 else {
      isEnded = true
      watch?.update([])
      return
    }
    wire.append(block[..<count])
    takeHead()
    guard status != nil else { return }
    takeChunks()
    while let line = body.line() { take(line) }
  }

  private func takeHead() {
    while status == nil || isInHead, let line = wire.line() {
      if status == nil { status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
      isInHead = !line.isEmpty
    }
  }

  private func takeChunks() {
    guard !isInHead else { return }
    while true {
      if let left = chunkLeft {
        let bytes = wire.take(atMost: left)
        body.append(bytes)
        chunkLeft = left - bytes.count
        if chunkLeft != 0 { return }
        chunkLeft = nil
        isBehindChunk = true
      }
      guard let line = wire.line() else { return }
      if isBehindChunk {
        isBehindChunk = false
        continue
      }
      let size = Int(line.prefix { $0.isHexDigit }, radix: 16) ?? 0
      guard size > 0 else {
        isEnded = true
        return
      }
      chunkLeft = size
    }
  }

  private func take(_ line: String) {
    switch form {
    case .lines: if !line.isEmpty { lines.append(line) }
    case .serverSent:
      if line.hasPrefix("data: ") {
        event.data = String(line.dropFirst(6))
      } else if line.hasPrefix("id: ") {
        event.id = String(line.dropFirst(4))
      } else if line.isEmpty, let data = event.data {
        // Only now it counts: the stream may end in the middle of an event.
        lines.append(data)
        lastID = event.id
        event = (nil, nil)
      }
    }
  }
}

extension String {
  /// The place behind the first occurrence of `mark`.
  fileprivate func range(behind mark: String) -> Index? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(mark) { return index(start, offsetBy: mark.count) }
      start = index(after: start)
    }
    return nil
  }
}

/// Bytes that come in blocks and leave as lines or in counts. The C library searches them, because
/// an unoptimised loop over them would be slower than the daemon.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var start = 0
  private var searched = 0

  mutating func append(_ more: ArraySlice<UInt8>) {
    if start > 1 << 20 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes += more
  }

  /// The next line without its line feed and what comes before it of a line end; nil if none is whole.
  mutating func line() -> String? {
    searched = max(searched, start)
    let from = searched
    // The search stays within the array: it begins at `from`, which is at most the count.
    let found: Int? = unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, from < buffer.count else { return nil }
      let hit = unsafe memchr(base + from, 0x0A, buffer.count - from)
      return unsafe hit.map { unsafe UnsafeRawPointer($0) - base }
    }
    guard let found else {
      searched = bytes.count
      return nil
    }
    let end = found > start && bytes[found - 1] == 0x0D ? found - 1 : found
    defer { start = found + 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  mutating func take(atMost count: Int) -> ArraySlice<UInt8> {
    let end = min(bytes.count, start + count)
    defer { start = end }
    return bytes[start..<end]
  }
}
