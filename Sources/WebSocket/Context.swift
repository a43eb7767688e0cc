import CWebSockets
import Glibc
import Reactor
import Synchronization

/// One context of libwebsockets on our loop, with one virtual host, which has the TLS context.
///
/// Knows its sockets by number: libwebsockets carries the number, so whatever it calls late finds
/// nobody instead of freed memory. Everything happens on the loop thread.
@safe final class Context {
  /// Owned until `free`, as is all memory below, which libwebsockets refers to.
  private var context: OpaquePointer?
  private(set) var host: OpaquePointer?
  private let protocols: UnsafeMutablePointer<lws_protocols>
  private let loops: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var texts: [UnsafeMutablePointer<CChar>] = unsafe []

  private let reactor: any Reactor
  private var sockets: [UInt: Socket] = [:]
  private var lastNumber: UInt = 0
  /// Those who leave, when the present call is over: Debian's libwebsockets is built to close
  /// twice when a callback asks for it, and then sends no close frame; and its own way of ending a
  /// connection later waits until something happens on some connection.
  private var leaving: [Socket] = []
  private var leaveTimer: (any ReactorTimer)?
  /// Those who were asked to leave, with the time when they must be gone; the first is due first.
  private var lastWaits: [(due: Duration, number: UInt)] = []
  private var lastTimer: (any ReactorTimer)?
  /// How deep the calls of libwebsockets are: it may not be ended from inside one.
  private var depth = 0
  private(set) var isClosed = false
  private var pipe: EventPipe?

  /// libwebsockets numbers what it keeps with OpenSSL's objects in variables of the process, and
  /// anew for each context that asks for TLS to be set up: a handshake of another context that is
  /// under way then loses its connection and fails, and an older context leaves its certificates in
  /// memory when it ends. So only the first context of the process asks.
  private static let isTLSSetUp = Mutex(false)

  /// Sockets that libwebsockets has not destroyed yet.
  var socketCount: Int { sockets.count }

  /// `prepare` fills in what the virtual host has of its own; the texts it makes with `text` live
  /// as long as this.
  init(
    reactor: any Reactor, nativeLoop: UnsafeMutableRawPointer,
    prepare: (Context, inout lws_context_creation_info) -> Void
  ) throws(WebSocketError) {
    self.reactor = reactor
    unsafe protocols = .allocate(capacity: 2)
    unsafe loops = .allocate(capacity: 1)
    unsafe protocols.initialize(repeating: lws_protocols(), count: 2)
    unsafe loops.initialize(to: nativeLoop)
    lws_set_log_level(0, nil)
    fillTable()
    leaveTimer = reactor.makeTimer { [weak self] in self?.letLeave() }
    lastTimer = reactor.makeTimer { [weak self] in self?.cutLate() }
    var info = unsafe lws_context_creation_info()
    unsafe info.options = cws_context_options
    unsafe info.foreign_loops = loops
    unsafe (info.gid, info.uid) = (-1, -1)
    // Not retained: the context is destroyed before this object can go.
    unsafe info.user = Unmanaged.passUnretained(self).toOpaque()
    unsafe info.protocols = UnsafePointer(protocols)
    unsafe info.pt_serv_buf_size = UInt32(WebSocketLimits.headBytes)
    unsafe info.max_http_header_data = UInt16(WebSocketLimits.headBytes)
    // No socket waits for another's head to be read: memory is only taken while one is open.
    unsafe info.max_http_header_pool = .max
    unsafe info.timeout_secs = WebSocketLimits.upgradeSeconds
    unsafe info.timeout_secs_ah_idle = WebSocketLimits.upgradeSeconds
    // An empty text keeps libwebsockets from reading http_proxy out of the environment.
    unsafe info.http_proxy_address = UnsafePointer(text(""))
    var created: OpaquePointer?
    Self.isTLSSetUp.withLock { isSetUp in
      if !isSetUp { unsafe info.options |= cws_tls }
      pipe = unsafe EventPipe(on: nativeLoop) { unsafe created = lws_create_context(&info) }
      if unsafe created != nil { isSetUp = true }
    }
    unsafe context = created
    unsafe info.options |= cws_tls
    unsafe info.vhost_name = UnsafePointer(text("recbridge"))
    unsafe prepare(self, &info)
    if let context = unsafe context { unsafe host = lws_create_vhost(context, &info) }
    cws_forget_errors()
    guard unsafe host != nil else {
      close()
      throw WebSocketError(
        operation: "start", subject: "WebSockets",
        cause: "libwebsockets did not start, or could not read a certificate or key",
        nextStep: "check the TLS files, the package libwebsockets-evlib-uv and the memory")
    }
  }

  deinit {
    precondition(isClosed, "WebSockets were dropped without close(): their handles would dangle")
  }

  private func fillTable() {
    // The table ends with an empty entry, which the second one is.
    unsafe protocols[0].name = UnsafePointer(text("bayeux"))
    unsafe protocols[0].callback = { wsi, reason, _, input, count in
      let bytes = unsafe UnsafeMutableRawBufferPointer(
        start: input, count: input == nil ? 0 : count)
      return unsafe Context.called(wsi, reason, bytes)
    }
    unsafe protocols[0].rx_buffer_size = WebSocketLimits.readBytes
    unsafe protocols[0].tx_packet_size = WebSocketLimits.frameBytes + 64
  }

  /// Throws if there is a file and it cannot be read: libwebsockets goes on without.
  static func checkReadable(_ file: String?) throws(WebSocketError) {
    // Safe: the call reads the path and keeps nothing.
    guard let file, unsafe access(file, R_OK) != 0 else { return }
    // Safe: the text is copied at once.
    let cause = unsafe String(cString: strerror(errno))
    throw WebSocketError(
      operation: "read", subject: file, cause: cause, nextStep: "check the path and its rights")
  }

  /// A copy that lives as long as this.
  func text(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = Array(text.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    unsafe copy.initialize(from: bytes, count: bytes.count)
    unsafe texts.append(copy)
    return unsafe copy
  }

  // MARK: Sockets

  func add(_ socket: Socket) {
    lastNumber += 1
    socket.number = lastNumber
    sockets[lastNumber] = socket
  }

  func knows(_ socket: Socket) -> Bool { sockets[socket.number] != nil }

  func remove(_ socket: Socket) { sockets[socket.number] = nil }

  /// The context for `lws_client_connect_via_info`.
  var handle: OpaquePointer? { unsafe context }

  /// Runs a call into libwebsockets which may call back.
  func entering<Result>(_ body: () -> Result) -> Result {
    depth += 1
    defer { depth -= 1 }
    return body()
  }

  /// What libwebsockets calls, for every socket and everything.
  private static func called(
    _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ input: UnsafeMutableRawBufferPointer
  ) -> Int32 {
    if reason == LWS_CALLBACK_WSI_DESTROY || reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR {
      cws_forget_errors()
    }
    guard let wsi = unsafe wsi, let handle = unsafe lws_get_context(wsi),
      let user = unsafe lws_context_user(handle)
    else { return 0 }
    // Safe: `user` is the owner of the context, which ends it before it goes.
    let context = unsafe Unmanaged<Context>.fromOpaque(user).takeUnretainedValue()
    let number = unsafe UInt(bitPattern: lws_get_opaque_user_data(wsi))
    guard number != 0, let socket = context.sockets[number] else { return 0 }
    return context.entering {
      if reason == LWS_CALLBACK_WSI_DESTROY {
        context.sockets[number] = nil
        socket.destroyed()
        return 0
      }
      return unsafe socket.called(wsi, reason, input)
    }
  }

  /// Calls the socket's `leave()` once no call of libwebsockets is open.
  func leaveSoon(_ socket: Socket) {
    if leaving.isEmpty { leaveTimer?.start(after: .zero) }
    leaving.append(socket)
  }

  private func letLeave() {
    let now = leaving
    leaving = []
    entering { for socket in now { socket.leave() } }
  }

  /// Cuts the socket if it is still there after `WebSocketLimits.closingTime`.
  func cutLater(_ socket: Socket) {
    let due = reactor.now + WebSocketLimits.closingTime
    if lastWaits.isEmpty { lastTimer?.start(after: WebSocketLimits.closingTime) }
    lastWaits.append((due, socket.number))
  }

  private func cutLate() {
    let now = reactor.now
    let late = lastWaits.prefix { $0.due <= now }
    lastWaits.removeFirst(late.count)
    entering { for wait in late { sockets[wait.number]?.cut() } }
    if let next = lastWaits.first { lastTimer?.start(after: next.due - now) }
  }

  // MARK: Ending

  /// Ends every socket and frees everything, some turns later or when the loop is closed. Not to
  /// be called from a handler of a socket. Idempotent.
  func close() {
    guard !isClosed else { return }
    precondition(depth == 0, "WebSockets were closed from one of their own handlers")
    isClosed = true
    for socket in sockets.values { socket.contextEnds() }
    leaveTimer?.cancel()
    lastTimer?.cancel()
    leaving = []
    unsafe host = nil
    guard let context = unsafe context else { return free() }
    // On a foreign loop libwebsockets only closes its handles in this call. When they are gone, a
    // second one frees its memory; this object waits for that.
    unsafe lws_context_destroy(context)
    pipe?.hold()
    reactor.afterClosing { self.free() }
  }

  private func free() {
    if let context = unsafe context { unsafe lws_context_destroy(context) }
    unsafe context = nil
    sockets.removeAll()
    unsafe protocols.deallocate()
    unsafe loops.deallocate()
    while let text = unsafe texts.popLast() { unsafe text.deallocate() }
  }
}

/// What keeps WebSockets from being used at all.
package struct WebSocketError: Error, Equatable, CustomStringConvertible {
  package let operation: String
  package let subject: String
  package let cause: String
  package let nextStep: String

  /// For people.
  package var description: String { "\(operation) \(subject): \(cause); \(nextStep)" }
}
