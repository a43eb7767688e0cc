import CMicroHTTPD
import Glibc
import Reactor

/// One accepted connection: which of its phases it is in, and until when.
///
/// libmicrohttpd owns the descriptor and parses; this decides. It is confined to the loop thread
/// and known to its engine from accept until libmicrohttpd says that it is about to close.
@safe final class Connection {
  enum Phase {
    /// Waiting for a complete request head. Goes on to `body`, or to `answering` a refusal.
    case head
    /// The head is good; its body arrives. Goes on to `held`.
    case body
    /// The handler has the request; suspended until it answers. Goes on to `answering`.
    case held
    /// A response is queued and being written. Goes back to `head` when it is complete.
    case answering
  }

  let descriptor: Int32
  let peer: Peer?
  unowned let engine: Engine

  private(set) var phase: Phase = .head
  private(set) var deadline: Duration?
  /// libmicrohttpd's handle: valid from the first call of `request` until `closed`.
  private var handle: OpaquePointer?
  /// As received; the head is made of it when it is complete.
  private(set) var target: [UInt8] = []
  private(set) var exchange: Exchange?
  var sending: Sending?
  private var isSuspended = false
  /// The peer has gone or was given up: whatever libmicrohttpd asks next is told to close.
  private var isGone = false
  private var hangUpWatch: HangUpWatch?

  init(descriptor: Int32, peer: Peer?, engine: Engine) {
    self.descriptor = descriptor
    self.peer = peer
    self.engine = engine
    setDeadline(after: engine.limits.headDeadline)
  }

  // MARK: What libmicrohttpd reports

  func targetReceived(_ target: [UInt8]) { self.target = target }

  /// The head, a piece of the body, its end, or the return from suspension; see shim.h.
  /// Returns false to close the connection.
  func request(_ handle: OpaquePointer, head: () -> RequestHead, piece: UnsafeRawBufferPointer)
    -> Bool
  {
    // Kept until `closed`, which libmicrohttpd calls before it frees the handle.
    unsafe self.handle = handle
    switch phase {
    case .head:
      headReceived(head())
      return !isGone
    case .body:
      if unsafe !piece.isEmpty {
        unsafe bodyReceived(piece)
        return true
      }
      bodyCompleted()
      return proceed()
    case .held:
      return proceed()
    case .answering:
      return !isGone  // the rest of a body whose request has been refused
    }
  }

  private func headReceived(_ head: RequestHead) {
    if engine.isStopping { return queue(.whole(.stopping)) }
    switch head.checked(limits: engine.limits) {
    case .success(let target):
      exchange = Exchange(head, target: target, connection: self)
      phase = .body
      setDeadline(after: engine.limits.bodyDeadline)
    case .failure(let refusal):
      queue(.whole(refusal.answer))
    }
  }

  private func bodyReceived(_ piece: UnsafeRawBufferPointer) {
    guard let exchange, !exchange.isBodyTooLarge else { return }
    if exchange.body.count + piece.count > engine.limits.bodySizeBytes {
      // Only a chunked body gets here. libmicrohttpd takes no answer in the middle of a body, so
      // the rest is read and dropped until its deadline.
      exchange.isBodyTooLarge = true
      exchange.body = []
    } else {
      // `piece` is libmicrohttpd's buffer for the length of this call; its bytes are copied here.
      unsafe exchange.body.append(contentsOf: piece)
    }
  }

  private func bodyCompleted() {
    guard let exchange else { return }
    phase = .held
    deadline = nil
    if exchange.isBodyTooLarge {
      exchange.answer(.whole(RequestHead.bodyTooLarge(engine.limits)))
    } else if engine.isStopping {
      exchange.answer(.whole(.stopping))
    } else {
      let request = ServerRequest(
        method: exchange.method, target: exchange.target, headers: exchange.headers,
        body: exchange.body, peer: peer)
      exchange.body = []
      engine.handler(request, Responder(exchange))
    }
  }

  /// Queues the answer if there is one; suspends otherwise.
  private func proceed() -> Bool {
    guard !isGone, let exchange else { return false }
    guard let answer = exchange.answer else {
      suspend()
      return true
    }
    if case .none = answer { return false }
    queue(answer)
    return !isGone
  }

  private func queue(_ answer: Answer) {
    phase = .answering
    let sending = Sending(answer, connection: self)
    self.sending = sending
    guard let handle = unsafe handle, unsafe sending.queue(on: handle) else {
      isGone = true
      return
    }
    setDeadline(after: engine.lookInterval)
  }

  /// The request is over; a kept-alive connection waits for the next.
  func completed(_ outcome: Exchange.Outcome) {
    let ended = exchange
    let mustClose = sending?.isLastOfConnection ?? false
    exchange = nil
    sending = nil
    isSuspended = false
    phase = .head
    hangUpWatch?.pause()
    setDeadline(after: engine.limits.keepAliveLimit)
    if mustClose { shutDown() }
    ended?.end(outcome)
  }

  /// The descriptor is about to be closed: nothing may refer to it after this.
  func closed() {
    hangUpWatch?.cancel()
    hangUpWatch = nil
    unsafe handle = nil
    if exchange != nil { completed(.broken) }
    deadline = nil
  }

  // MARK: What the exchange asks for

  /// The handler has decided; if libmicrohttpd is waiting, it asks again in its next run.
  func answered() { resume() }

  func wake() {
    sending?.isWakeRequested = true
    if phase == .answering { resume() }
  }

  // MARK: Suspension

  /// Takes the connection out of libmicrohttpd's work; called from its callbacks only.
  func suspend() {
    guard let handle = unsafe handle, !isSuspended else { return }
    isSuspended = true
    // The handle is valid: this is a callback of its connection.
    unsafe MHD_suspend_connection(handle)
    if phase == .answering { setDeadline(after: engine.limits.heartbeatInterval) }
    if hangUpWatch == nil {
      hangUpWatch = HangUpWatch(descriptor, peer: peer, reactor: engine.reactor) { [weak self] in
        self?.giveUp()
      }
    }
    hangUpWatch?.start()
  }

  private func resume() {
    guard isSuspended, let handle = unsafe handle else { return }
    isSuspended = false
    if phase == .answering { setDeadline(after: engine.lookInterval) }
    sending?.startLooking()
    // The handle is valid until `closed`, which clears it.
    unsafe MHD_resume_connection(handle)
    engine.resumed()
  }

  // MARK: Deadlines

  private func setDeadline(after delay: Duration) {
    let due = engine.reactor.now + delay
    deadline = due
    engine.deadlineMoved(to: due)
  }

  func deadlinePassed() {
    deadline = nil
    switch phase {
    case .head, .body: giveUp()
    case .held: break
    case .answering where isSuspended:
      if sending?.addHeartbeat() == true {
        resume()
      } else {
        setDeadline(after: engine.limits.heartbeatInterval)
      }
    case .answering:
      if sending?.look(untakenBytes: cmhd_untaken_bytes(descriptor)) == .stalled {
        giveUp()
      } else {
        setDeadline(after: engine.lookInterval)
      }
    }
  }

  /// Ends the connection now: the peer is gone, too slow, or not wanted any more.
  func giveUp() {
    isGone = true
    sending?.isBroken = true
    hangUpWatch?.pause()
    shutDown()
    resume()
  }

  /// The server stops: held requests get a 503, streams their end.
  func serverStops() {
    switch phase {
    case .held: exchange?.abandon(with: .stopping)
    case .answering: resume()
    case .head, .body: break
    }
  }

  /// Makes libmicrohttpd see the end of the connection; it closes the descriptor itself.
  private func shutDown() {
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }
}
