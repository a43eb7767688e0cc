import Glibc
import TestSupport
import Testing

/// What a client asked.
struct Asked: Equatable {
  /// `GET /v1/calls`.
  let line: String
  let body: String
}

/// A daemon's socket whose answers a test decides, one request after the other.
final class FakeDaemon {
  let path: String
  let listener: Int32
  private(set) var asked: [Asked] = []
  /// Whether the answer that is being decided goes on after its body, until ``breakOff()``.
  var keepsOpen = false
  private var open: Int32?
  private let answer: (Asked) -> (status: Int, body: String)
  private let folder: String

  init(_ answer: @escaping (Asked) -> (status: Int, body: String)) throws {
    var template = Array("/tmp/recbridge-fake-XXXXXX".utf8CString)
    // The buffer is ours, ends with a zero, and is changed in place.
    try #require(unsafe mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    path = folder + "/api.sock"
    self.answer = answer
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    // The path is shorter than `sun_path`, which was zero before.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let descriptor = listener
    // The address outlives the call and has the size that is named.
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size)
      }
    }
    try #require(bound == 0 && listen(listener, 16) == 0)
  }

  deinit {
    close(listener)
    // The paths are passed as C strings for the length of the calls only.
    _ = unsafe unlink(path)
    _ = unsafe rmdir(folder)
  }

  /// Answers one request on a connection of its own.
  func serve() {
    let connection = accept(listener, nil, nil)
    defer { if open != connection { close(connection) } }
    var bytes: [UInt8] = []
    var request: Asked?
    while request == nil, let more = readSome(connection) {
      bytes += more
      request = Self.parse(bytes)
    }
    guard let request else { return }
    asked.append(request)
    let (status, body) = answer(request)
    // Status 0 is a daemon that goes away instead of answering.
    guard status != 0 else { return }
    let size = keepsOpen ? "" : "Content-Length: \(body.utf8.count)\r\n"
    let head = "HTTP/1.1 \(status) Whatever\r\n\(size)Connection: close\r\n"
    write("\(head)\r\n\(body)", to: connection)
    if keepsOpen { open = connection }
    keepsOpen = false
  }

  /// Adds to the answer that was kept open; returns when the client has read it.
  func goOn(_ text: String) {
    guard let open else { return }
    write(text, to: open)
    var unread: Int32 = 1
    // SIOCOUTQ (unix(7)): what the other side has not read; the integer outlives the call.
    while unread > 0, unsafe ioctl(open, 0x5411, &unread) == 0 { sched_yield() }
  }

  /// Ends the answer that was kept open.
  func breakOff() {
    if let open { close(open) }
    open = nil
  }

  private func write(_ text: String, to connection: Int32) {
    let bytes = Array(text.utf8)
    // The count is that of the array.
    _ = unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// The request in `bytes` once it is complete.
  private static func parse(_ bytes: [UInt8]) -> Asked? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
    let head = text[..<end.lowerBound].split(separator: "\r\n")
    let sizes = head.compactMap { line in
      line.lowercased().hasPrefix("content-length:") ? Int(line.split(separator: " ")[1]) : nil
    }
    let body = String(text[end.upperBound...])
    guard body.utf8.count >= sizes.first ?? 0 else { return nil }
    return Asked(line: String(head[0].dropLast(" HTTP/1.1".count)), body: body)
  }
}
