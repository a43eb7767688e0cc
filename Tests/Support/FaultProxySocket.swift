import Glibc
import Reactor

/// One non-blocking TCP socket of the loopback interface with its watch.
final class FaultProxySocket {
  /// What came of reading.
  enum Reading {
    case bytes(ArraySlice<UInt8>)
    /// Nothing now.
    case nothing
    /// The peer sends nothing any more.
    case end
    /// The connection is broken.
    case broken
  }

  private let descriptor: Int32
  private var isOpen = true
  private var watch: (any Watch)?
  private var interest: Readiness = []

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close() }

  private static func make() throws -> FaultProxySocket {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw ProxyFailure("make a socket") }
    return FaultProxySocket(descriptor: descriptor)
  }

  /// A socket on this port of 127.0.0.1, zero for any. Several may be bound to one port as long as
  /// none listens (socket(7), SO_REUSEADDR): so one can keep the port for another.
  static func bound(to port: UInt16) throws -> FaultProxySocket {
    let socket = try make()
    socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
    let code = unsafe withLoopback(port) { unsafe bind(socket.descriptor, $0, $1) }
    guard code == 0 else { throw ProxyFailure("bind port \(port)") }
    return socket
  }

  /// A socket that is being connected; it becomes writable, or broken.
  static func connecting(to port: UInt16) throws -> FaultProxySocket {
    let socket = try make()
    socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    let code = unsafe withLoopback(port) { unsafe connect(socket.descriptor, $0, $1) }
    guard code == 0 || errno == EINPROGRESS else { throw ProxyFailure("connect to port \(port)") }
    return socket
  }

  private static func withLoopback(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    // Safe: a sockaddr is the common beginning of every address, and the call reads its length.
    return unsafe withUnsafePointer(to: address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  func localPort() throws -> UInt16 {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safe: the call writes at most the size that it is given.
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &size)
      }
    }
    guard code == 0 else { throw ProxyFailure("look at a socket's address") }
    return UInt16(bigEndian: address.sin_port)
  }

  func listen() throws {
    guard Glibc.listen(descriptor, 1024) == 0 else { throw ProxyFailure("listen") }
  }

  /// The next connection that waits, or nil.
  func accept() -> FaultProxySocket? {
    guard isOpen else { return nil }
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { return nil }
    _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    let socket = FaultProxySocket(descriptor: accepted)
    socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    return socket
  }

  func watch(
    _ reactor: any Reactor, for interest: Readiness, onReady: @escaping (Readiness) -> Void
  ) throws {
    watch = try reactor.watch(descriptor, for: interest, onReady: onReady)
    self.interest = interest
  }

  /// Watches for `interest` from now on.
  func update(_ interest: Readiness) {
    guard isOpen, interest != self.interest else { return }
    self.interest = interest
    watch?.update(interest)
  }

  /// Why connecting failed, or zero.
  var failure: Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    // Safe: the option is one integer, and its size is passed.
    unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code
  }

  /// Reads into `block`, at most `count` bytes, which is at most its size.
  func read(into block: inout [UInt8], atMost count: Int) -> Reading {
    guard isOpen else { return .broken }
    // Safe: the count is at most that of the block.
    let size = unsafe recv(descriptor, &block, min(count, block.count), 0)
    if size > 0 { return .bytes(block[..<size]) }
    if size == 0 { return .end }
    return errno == EAGAIN || errno == EINTR ? .nothing : .broken
  }

  /// Writes what fits and returns how much that was; nil when the connection is broken.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard isOpen else { return nil }
    // Safe: the buffer is the slice's own, and its count is passed.
    let size = unsafe bytes.withUnsafeBytes {
      unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if size >= 0 { return size }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// Nothing more is sent; reading goes on.
  func endSending() { if isOpen { _ = shutdown(descriptor, Int32(SHUT_WR)) } }

  /// Closes with a reset (socket(7), SO_LINGER with no time).
  func reset() {
    guard isOpen else { return }
    var linger = linger(l_onoff: 1, l_linger: 0)
    // Safe: the size is that of the structure.
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    close()
  }

  /// Closes. Idempotent.
  func close() {
    guard isOpen else { return }
    isOpen = false
    watch?.cancel()
    watch = nil
    Glibc.close(descriptor)
  }

  private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    // Safe: the size is that of the integer.
    unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// A call of the system that a proxy needs and that failed.
package struct ProxyFailure: Error, CustomStringConvertible {
  let operation: String
  let code = errno

  init(_ operation: String) { self.operation = operation }

  /// For people.
  package var description: String {
    // strerror gives a text of the C library, copied at once.
    "the fault proxy cannot \(operation): \(unsafe String(cString: strerror(code)))"
  }
}
