import CMicroHTTPD
import Glibc
import Reactor

/// libmicrohttpd on the loop: runs it when its epoll descriptor or its timer says so, knows its
/// connections, and keeps their deadlines.
@safe final class Engine {
  let reactor: any Reactor
  let limits: ServerLimits
  let handler: (ServerRequest, Responder) -> Void
  let speaksTLS: Bool
  private(set) var isStopping = false
  private(set) var connections: [Int32: Connection] = [:]
  private var connectionsOfUser: [UInt32: Int] = [:]

  private var daemon: OpaquePointer?
  /// Lives as long as the daemon, which keeps its address.
  private let callbacks = UnsafeMutablePointer<cmhd_callbacks>.allocate(capacity: 1)
  private var epollWatch: (any Watch)?
  /// Runs libmicrohttpd in the next turn after a resume: a daemon without a thread of its own does
  /// not make its epoll descriptor ready for that, and a timer would cost a millisecond.
  private let bell: Int32
  private var bellWatch: (any Watch)?
  private var isRinging = false
  private var pumpTimer: (any ReactorTimer)?
  /// A connection was resumed during the present run.
  private var isResumePending = false
  private var sweepTimer: (any ReactorTimer)?
  private var sweepDue: Duration?
  private var isRunning = false

  init(
    reactor: any Reactor, limits: ServerLimits, tls: ServerTLS?,
    handler: @escaping (ServerRequest, Responder) -> Void
  ) throws(ServerError) {
    self.reactor = reactor
    self.limits = limits
    self.handler = handler
    speaksTLS = tls != nil
    bell = cmhd_bell()
    // The owner is not retained: the daemon is stopped before this object can go, see `stop`.
    unsafe callbacks.initialize(to: Self.callbacks(of: self))
    let connections = UInt32(limits.connections)
    // The texts live during the call, which copies them.
    let started =
      if let tls {
        unsafe cmhd_start(
          callbacks, connections, ServerLimits.poolSizeBytes, tls.certificate, tls.key)
      } else {
        unsafe cmhd_start(callbacks, connections, ServerLimits.poolSizeBytes, nil, nil)
      }
    guard let daemon = unsafe started else {
      throw Self.failure(
        tls == nil
          ? "libmicrohttpd did not start"
          : "libmicrohttpd did not start, or cannot use the certificate and its key")
    }
    unsafe self.daemon = daemon
    do throws(ReactorError) {
      epollWatch = try reactor.watch(unsafe cmhd_epoll_fd(daemon), for: .readable) {
        [weak self] _ in self?.pump()
      }
      bellWatch = try reactor.watch(bell, for: .readable) { [weak self] _ in self?.pump() }
    } catch {
      epollWatch?.cancel()
      unsafe MHD_stop_daemon(daemon)
      unsafe self.daemon = nil
      throw Self.failure(error.description)
    }
    pumpTimer = reactor.makeTimer { [weak self] in self?.pump() }
    sweepTimer = reactor.makeTimer { [weak self] in self?.sweep() }
  }

  deinit {
    precondition(unsafe daemon == nil, "an HTTP server was dropped while running")
    unsafe callbacks.deallocate()
    if bell >= 0 { _ = close(bell) }
  }

  private static func failure(_ cause: String) -> ServerError {
    ServerError(
      .system, operation: "start", subject: "HTTP server", cause: cause,
      nextStep: "check the limits on memory and open files")
  }

  /// How often a response is looked at to see whether its peer takes it.
  var lookInterval: Duration { limits.stallLimit / ServerLimits.looksPerStall }

  // MARK: Connections

  enum Admission { case welcome, refused }

  func admission(of peer: Peer?) -> Admission {
    if connections.count >= limits.connections { return .refused }
    guard let peer else { return .welcome }
    return connectionsOfUser[peer.uid, default: 0] < limits.connectionsPerUser
      ? .welcome : .refused
  }

  /// Hands an accepted descriptor to libmicrohttpd, which closes it, also if it refuses.
  func add(_ descriptor: Int32, peer: Peer?, address: SocketAddress) {
    guard let daemon = unsafe daemon, !isStopping else {
      _ = close(descriptor)
      return
    }
    connections[descriptor] = Connection(descriptor: descriptor, peer: peer, engine: self)
    if let peer { connectionsOfUser[peer.uid, default: 0] += 1 }
    // The address is copied; the daemon is running.
    let isAdded = unsafe address.withPointer { unsafe cmhd_add(daemon, descriptor, $0, $1) != 0 }
    if !isAdded { forget(descriptor) }
  }

  fileprivate func forget(_ descriptor: Int32) {
    guard let connection = connections.removeValue(forKey: descriptor) else { return }
    connection.closed()
    guard let peer = connection.peer, let count = connectionsOfUser[peer.uid] else { return }
    connectionsOfUser[peer.uid] = count > 1 ? count - 1 : nil
  }

  // MARK: Running

  /// Runs libmicrohttpd until nothing is ready or the slice of this turn is used up.
  private func pump() {
    guard let daemon = unsafe daemon, !isRunning else { return }
    isRunning = true
    if isRinging {
      isRinging = false
      cmhd_silence(bell)
    }
    let start = ContinuousClock.now
    var timeout: Int64
    repeat {
      isResumePending = false
      _ = unsafe cmhd_run(daemon)
      timeout = unsafe cmhd_timeout_ms(daemon)
    } while (timeout == 0 || isResumePending) && !isStopping
      && ContinuousClock.now - start < ServerLimits.servingSlice
    isRunning = false
    if isStopping { return finishStopping() }
    if isResumePending { resumed() }
    if timeout < 0 {
      pumpTimer?.stop()
    } else {
      // Never 0: libuv would run it again in the same pass and starve other timers.
      pumpTimer?.start(after: .milliseconds(max(1, timeout)))
    }
  }

  /// A connection has been resumed: libmicrohttpd looks at it in its next run, and does not say
  /// that it wants one. From inside a run, as when one request ends another that is held, the run
  /// is repeated.
  func resumed() {
    guard !isRunning else {
      isResumePending = true
      return
    }
    guard !isRinging else { return }
    isRinging = true
    cmhd_ring(bell)
  }

  // MARK: Deadlines

  func deadlineMoved(to due: Duration) {
    if let sweepDue, sweepDue <= due { return }
    let earliest = max(due, reactor.now + ServerLimits.sweepInterval)
    if let sweepDue, sweepDue <= earliest { return }
    sweepDue = earliest
    sweepTimer?.start(after: earliest - reactor.now)
  }

  private func sweep() {
    sweepDue = nil
    let now = reactor.now
    let due = connections.values.filter { $0.deadline.map { $0 <= now } ?? false }
    for connection in due { connection.deadlinePassed() }
    if let next = connections.values.lazy.compactMap(\.deadline).min() { deadlineMoved(to: next) }
  }

  // MARK: Stopping

  /// Ends every exchange and closes every connection; when called by a handler, once it returns.
  func stop() {
    guard unsafe daemon != nil, !isStopping else { return }
    isStopping = true
    if !isRunning { finishStopping() }
  }

  private func finishStopping() {
    guard let daemon = unsafe daemon else { return }
    isRunning = true
    for connection in connections.values { connection.serverStops() }
    // Enough passes to resume, to write an ending and to close; what a peer does not take at once
    // is not waited for.
    for _ in 0..<8 { _ = unsafe cmhd_run(daemon) }
    for connection in connections.values { connection.giveUp() }
    epollWatch?.cancel()
    epollWatch = nil
    bellWatch?.cancel()
    pumpTimer?.cancel()
    sweepTimer?.cancel()
    // Closes what is left, calling back for each; the callbacks are still in place.
    unsafe MHD_stop_daemon(daemon)
    unsafe self.daemon = nil
    connections.removeAll()
    isRunning = false
  }
}

extension Engine {
  /// The functions that libmicrohttpd calls, each finding its connection by descriptor.
  private static func callbacks(of engine: Engine) -> cmhd_callbacks {
    // `owner` is this engine in all of them, alive until the daemon has stopped. Texts and buffers
    // are libmicrohttpd's and valid during the call; what is kept is copied.
    unsafe cmhd_callbacks(
      owner: Unmanaged.passUnretained(engine).toOpaque(),
      target: { owner, descriptor, target in
        guard let owner = unsafe owner, let target = unsafe target else { return }
        let bytes = unsafe UnsafeRawBufferPointer(start: target, count: strlen(target))
        unsafe Engine.from(owner).connections[descriptor]?.targetReceived(Array(bytes))
      },
      request: { owner, handle, descriptor, method, version, piece, pieceBytes in
        guard let owner = unsafe owner, let handle = unsafe handle,
          let pieceBytes = unsafe pieceBytes,
          let connection = unsafe Engine.from(owner).connections[descriptor]
        else { return 0 }
        let body = unsafe UnsafeRawBufferPointer(start: piece, count: pieceBytes.pointee)
        let isOpen = unsafe connection.request(
          handle, head: { unsafe RequestHead(handle, method, version, connection.target) },
          piece: body)
        unsafe pieceBytes.pointee = 0  // all of it has been taken
        return isOpen ? 1 : 0
      },
      completed: { owner, descriptor, isComplete in
        guard let owner = unsafe owner else { return }
        unsafe Engine.from(owner).connections[descriptor]?
          .completed(isComplete != 0 ? .complete : .broken)
      },
      closed: { owner, descriptor in
        guard let owner = unsafe owner else { return }
        unsafe Engine.from(owner).forget(descriptor)
      })
  }

  private static func from(_ owner: UnsafeMutableRawPointer) -> Engine {
    unsafe Unmanaged<Engine>.fromOpaque(owner).takeUnretainedValue()
  }
}
