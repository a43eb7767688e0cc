import Glibc
import JSON
import Loop

/// One HTTP/1.1 exchange over a socket of its own, read without waiting, so that the loop that
/// serves it can run in between.
final class SocketClient {
  private let descriptor: Int32
  private(set) var received: [UInt8] = []
  /// The server has closed its side, or broken the connection.
  private(set) var isClosed = false

  init(port: UInt16, _ method: String, _ path: String, headers: [String] = [], body: String = "") {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    // Safe: the address is a sockaddr_in, read for its own length during the call.
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(code == 0, "cannot connect to port \(port)")
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers
    lines.append("Content-Length: \(body.utf8.count)")
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    // Safe: the array outlives the call, which reads no more than its count.
    let sent = unsafe write(descriptor, request, request.count)
    precondition(sent == request.count, "the request did not fit into the socket's buffer")
  }

  deinit { close() }

  private var isOpen = true

  func close() {
    if isOpen { _ = Glibc.close(descriptor) }
    isOpen = false
  }

  /// Takes in what has come. Returns whether the response is complete or the connection ended.
  func isFinished() -> Bool {
    var block = [UInt8](repeating: 0, count: 65_536)
    while !isClosed, isOpen {
      // Safe: recv writes at most the array's count into it.
      let count = unsafe recv(descriptor, &block, block.count, 0)
      if count > 0 {
        received += block[..<count]
      } else if count == 0 || errno != EAGAIN {
        isClosed = true
      } else {
        break
      }
    }
    return isClosed || isComplete
  }

  private var headEnd: Int? {
    let mark = Array("\r\n\r\n".utf8)
    guard received.count >= mark.count else { return nil }
    return (0...(received.count - mark.count)).first { received[$0...].starts(with: mark) }
  }

  /// Lines of the head, the first one being the status line.
  var head: [String] {
    guard let headEnd else { return [] }
    return String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n").map(
      String.init)
  }

  var status: Int? { head.first.flatMap { Int($0.split(separator: " ")[1]) } }
  var body: [UInt8] { headEnd.map { Array(received[($0 + 4)...]) } ?? [] }

  var statedLength: Int? {
    head.first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) }
  }

  private var isComplete: Bool {
    guard let statedLength else { return false }
    return body.count >= statedLength
  }
}
