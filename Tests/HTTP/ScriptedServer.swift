import Glibc
import Reactor

/// A server on raw sockets that does exactly what its script says, right or wrong.
///
/// It reads requests (head, and a body by Content-Length), asks the script what to do for each and
/// does that, step by step. It runs on the loop of the test and knows nothing of HTTP but that.
final class ScriptedServer {
  /// One thing to do on a connection.
  enum Step {
    case send(String)
    case sendBytes([UInt8])
    case pause(Duration)
    /// Waits until `release()`.
    case hold
    /// Closes in good order.
    case close
    /// Closes with a reset, whatever was sent before.
    case reset
  }

  /// A request as it came.
  struct Received {
    /// The connection's number, from 1.
    let connection: Int
    /// The first line and the headers, one a line.
    let head: [String]
    let body: [UInt8]

    var line: String { head.first ?? "" }
    var path: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    /// The value of a header, by its lowercase name.
    func header(_ name: String) -> String? {
      for line in head.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.first?.lowercased() == name, let value = parts.last {
          return String(value.drop { $0 == " " })
        }
      }
      return nil
    }
  }

  private(set) var requests: [Received] = []
  private(set) var connectionCount = 0
  /// Connections that are open now.
  var openCount: Int { connections.count }
  /// Connections that wait in a `hold`.
  var heldCount: Int { connections.values.count { $0.isHeld } }
  private(set) var port: UInt16 = 0

  private let reactor: any Reactor
  private let script: (Received) -> [Step]
  private let greeting: [Step]
  private let listener: Int32
  private var watch: (any Watch)?
  fileprivate var connections: [Int: Connection] = [:]

  /// Listens on a free port of 127.0.0.1, or on a Unix socket. `greeting` is done on every new
  /// connection before anything is read.
  init(
    _ reactor: any Reactor, unixPath: String? = nil, greeting: [Step] = [],
    script: @escaping (Received) -> [Step]
  ) throws {
    self.reactor = reactor
    self.script = script
    self.greeting = greeting
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    listener = socket(unixPath == nil ? AF_INET : AF_UNIX, kind, 0)
    if let unixPath { bindUnix(unixPath) } else { bindLoopback() }
    let listened = listen(listener, 4096)
    precondition(listened == 0, "listen: errno \(errno)")
    watch = try reactor.watch(listener, for: .readable) { [weak self] _ in self?.accept() }
  }

  var url: String { "http://127.0.0.1:\(port)" }

  /// Lets every connection that holds go on.
  func release() {
    for connection in connections.values { connection.release() }
  }

  /// Closes all connections; new ones are still accepted.
  func dropConnections() {
    for connection in connections.values { connection.close() }
  }

  /// Closes everything. To be called before the loop is closed.
  func close() {
    guard let watch else { return }
    watch.cancel()
    self.watch = nil
    dropConnections()
    Glibc.close(listener)
  }

  private func bindLoopback() {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safe: both calls get a sockaddr_in with its size.
    unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let bound = unsafe bind(listener, $0, size)
        let named = unsafe getsockname(listener, $0, &size)
        precondition(bound == 0 && named == 0, "bind: errno \(errno)")
      }
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  private func bindUnix(_ path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // Safe: the path is copied within the bounds of the field, and its size is given.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let bound = unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        precondition(bound == 0, "bind \(path): errno \(errno)")
      }
    }
  }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      connectionCount += 1
      let number = connectionCount
      let connection = Connection(number, descriptor, server: self)
      connections[number] = connection
      connection.start(reactor, greeting)
    }
  }

  fileprivate func steps(for request: Received) -> [Step] {
    requests.append(request)
    return script(request)
  }
}

/// One connection of a `ScriptedServer`.
private final class Connection {
  private let number: Int
  private let descriptor: Int32
  private unowned let server: ScriptedServer
  private var watch: (any Watch)?
  private var timer: (any ReactorTimer)?
  private var input: [UInt8] = []
  private var output: ArraySlice<UInt8> = []
  private var steps: ArraySlice<ScriptedServer.Step> = []
  private(set) var isHeld = false
  private var isPaused = false
  private var isOpen = true

  init(_ number: Int, _ descriptor: Int32, server: ScriptedServer) {
    self.number = number
    self.descriptor = descriptor
    self.server = server
  }

  func start(_ reactor: any Reactor, _ greeting: [ScriptedServer.Step]) {
    timer = reactor.makeTimer { [weak self] in
      self?.isPaused = false
      self?.goOn()
    }
    watch = try? reactor.watch(descriptor, for: .readable) { [weak self] ready in
      if ready.contains(.readable) { self?.read() }
      if ready.contains(.writable) { self?.goOn() }
    }
    steps = greeting[...]
    goOn()
  }

  func release() {
    guard isHeld else { return }
    isHeld = false
    goOn()
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    watch?.cancel()
    timer?.cancel()
    Glibc.close(descriptor)
    server.connections[number] = nil
  }

  private func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    // Safe: the option's value is a `linger` of that size.
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }

  private func read() {
    while isOpen {
      // Safe: at most as many bytes are received as the new part of the array has.
      let count = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 65536) { buffer in
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { unsafe input.append(contentsOf: buffer.prefix(count)) }
        return count
      }
      if count < 0 && errno == EAGAIN { break }
      if count <= 0 { return close() }
    }
    goOn()
  }

  /// Does what can be done: the rest of the output, the steps left, the next request.
  private func goOn() {
    while isOpen, !isHeld, !isPaused {
      guard flush() else { return }
      if let step = steps.popFirst() {
        perform(step)
      } else if let request = nextRequest() {
        steps = server.steps(for: request)[...]
      } else {
        return
      }
    }
  }

  private func perform(_ step: ScriptedServer.Step) {
    switch step {
    case .send(let text): output = Array(text.utf8)[...]
    case .sendBytes(let bytes): output = bytes[...]
    case .pause(let time):
      isPaused = true
      timer?.start(after: time)
    case .hold: isHeld = true
    case .close: close()
    case .reset: reset()
    }
  }

  /// False if the rest has to wait until the socket takes more.
  private func flush() -> Bool {
    while !output.isEmpty {
      // Safe: the bytes outlive the call, and their count is given.
      let sent = unsafe output.withUnsafeBytes { bytes in
        unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 {
        if errno == EAGAIN { watch?.update([.readable, .writable]) } else { close() }
        return false
      }
      output = output.dropFirst(sent)
    }
    watch?.update(.readable)
    return true
  }

  private func nextRequest() -> ScriptedServer.Received? {
    let end = Array("\r\n\r\n".utf8)
    guard let start = input.indices.first(where: { input[$0...].starts(with: end) }) else {
      return nil
    }
    let head = String(decoding: input[..<start], as: UTF8.self)
    let lines = head.split(separator: "\r\n").map(String.init)
    var request = ScriptedServer.Received(connection: number, head: lines, body: [])
    let length = request.header("content-length").flatMap { Int($0) } ?? 0
    let bodyStart = start + end.count
    guard input.count >= bodyStart + length else { return nil }
    let body = Array(input[bodyStart..<bodyStart + length])
    input.removeFirst(bodyStart + length)
    request = ScriptedServer.Received(connection: number, head: lines, body: body)
    return request
  }
}
