import Glibc

/// A client that never blocks: it is polled by the condition that a test turns the loop with.
@safe package final class Client {
  private let descriptor: Int32
  private var output: [UInt8] = []
  package private(set) var bytes: [UInt8] = []
  /// The server ended the connection, properly or not.
  package private(set) var isEnded = false
  /// It ended with a reset.
  package private(set) var isReset = false
  private var isOpen = true

  package init?(unixPath path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // Safe: the paths of these tests are shorter than the field, and bounds are checked.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    guard connect(&address, size) else { return nil }
  }

  package init?(port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard connect(&address, size) else { return nil }
  }

  /// `address` is a whole address of `size` bytes.
  private func connect<Address>(_ address: inout Address, _ size: socklen_t) -> Bool {
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, size)
      }
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    if code != 0 { close() }
    return code == 0
  }

  deinit { close() }

  package func close() {
    if isOpen { Glibc.close(descriptor) }
    isOpen = false
  }

  package func closeSending() { Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

  package func send(_ text: String) { send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) {
    output += bytes
    flush()
  }

  package var hasSentAll: Bool {
    flush()
    return output.isEmpty
  }

  private func flush() {
    while !output.isEmpty, isOpen {
      // Safe: the count is the array's own.
      let count = unsafe Glibc.send(descriptor, output, output.count, Int32(MSG_NOSIGNAL))
      if count <= 0 {
        if errno != EAGAIN { output = [] }
        return
      }
      output.removeFirst(count)
    }
  }

  /// Reads what is there, up to `limit` bytes.
  package func read(_ limit: Int = .max) {
    flush()
    var buffer = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    var left = limit
    while isOpen, !isEnded, left > 0 {
      // Safe: the buffer has the size that is passed.
      let count = unsafe recv(descriptor, &buffer, min(buffer.count, left), 0)
      if count > 0 {
        bytes += buffer[..<count]
        left -= count
      } else {
        let code = count < 0 ? errno : 0
        if code == ECONNRESET { isReset = true }
        if code != EAGAIN { isEnded = true }
        return
      }
    }
  }

  package var text: String {
    read()
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The complete responses so far; a chunked one that has not ended is the last, incomplete.
  package var replies: [Reply] {
    read()
    return Reply.all(in: bytes)
  }

  /// The first reply once it is complete.
  package var reply: Reply? { replies.first { $0.isComplete } }

  /// Whether what has come so far ends like this, or nearly: cheap however much has come.
  package func hasAtEnd(_ text: String) -> Bool {
    read()
    return bytes.suffix(4096).firstRange(of: Array(text.utf8)) != nil
  }
}

/// A response as a client understands it.
package struct Reply {
  package var status = 0
  package var headers: [String: String] = [:]
  package var body: [UInt8] = []
  package var isComplete = false

  package var text: String { String(decoding: body, as: UTF8.self) }
  package var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
  }

  package static func all(in bytes: [UInt8]) -> [Reply] {
    var replies: [Reply] = []
    var rest = bytes[...]
    while let head = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
      var reply = Reply()
      let lines = String(decoding: rest[..<head.lowerBound], as: UTF8.self)
        .split(separator: "\r\n")
      reply.status = Int(lines[0].split(separator: " ")[1]) ?? 0
      for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        reply.headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
      }
      rest = rest[head.upperBound...]
      if reply.headers["transfer-encoding"] == "chunked" {
        reply.takeChunks(&rest)
      } else {
        let count = Int(reply.headers["content-length"] ?? "0") ?? 0
        reply.isComplete = rest.count >= count
        reply.body = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      replies.append(reply)
      if !reply.isComplete { break }
    }
    return replies
  }

  private mutating func takeChunks(_ rest: inout ArraySlice<UInt8>) {
    while let line = rest.firstRange(of: Array("\r\n".utf8)) {
      let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
      let data = rest[line.upperBound...]
      guard data.count >= size + 2 else {
        body += data.prefix(size)
        return
      }
      body += data.prefix(size)
      rest = data.dropFirst(size + 2)
      if size == 0 {
        isComplete = true
        return
      }
    }
  }
}
