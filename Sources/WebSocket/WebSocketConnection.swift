import Reactor

/// One WebSocket of a client, from opening to its end.
package final class WebSocketConnection {
  private enum State {
    /// The name is being looked up. Goes on to `opening` or `ended`.
    case lookingUp
    /// One address after the other is tried. Goes on to `open` or `ended`.
    case opening(ClientSocket)
    /// Messages come and go. Goes on to `ended`.
    case open(ClientSocket)
    /// Nothing is told any more.
    case ended
  }

  private enum Probe {
    case none
    /// A ping was sent at this time.
    case sent(at: Duration)
    /// It was not answered, and that has been told.
    case missed
  }

  private let client: WebSocketClient
  private var onEvent: ((WebSocketEvent) -> Void)?
  private var timer: (any ReactorTimer)?
  private var state = State.lookingUp
  /// Until it is open.
  private var opening: Opening?
  private var probe = Probe.none
  private var lastHeard: Duration = .zero
  private var pingCount: UInt32 = 0

  init(
    _ request: WebSocketRequest, client: WebSocketClient,
    onEvent: @escaping (WebSocketEvent) -> Void
  ) {
    self.client = client
    self.onEvent = onEvent
    opening = Opening(request, now: client.reactor.now)
  }

  // MARK: What the owner asks for

  /// Queues one text message; before `opened` it is dropped. When more waits than
  /// `WebSocketLimits.clientQueueBytes` the socket ends as broken.
  package func send(_ text: [UInt8]) {
    guard case .open(let socket) = state, !socket.queue(text) else { return }
    socket.close(code: 1011)
    end(.broken, "the server takes nothing: \(WebSocketLimits.clientQueueBytes) bytes wait for it")
  }

  /// Ends it: what is queued is sent, then a close frame with code 1000. Nothing is told after
  /// this. Idempotent.
  package func close() {
    if case .open(let socket) = state { socket.close(code: 1000) }
    abandon()
    client.ended(self)
  }

  /// Lets go of everything without telling anybody.
  func abandon() {
    onEvent = nil
    timer?.cancel()
    timer = nil
    opening = nil
    if case .opening(let socket) = state { socket.end() }
    switch state {
    case .opening(let socket), .open(let socket): socket.owner = nil
    case .lookingUp, .ended: break
    }
    state = .ended
  }

  // MARK: Opening

  func start() {
    timer = client.reactor.makeTimer { [weak self] in self?.timePassed() }
    guard let opening else { return }
    if let defect = opening.defect {
      self.opening?.verdict = WebSocketClose(.unreachable, defect)
      timer?.start(after: .zero)
      return
    }
    timer?.start(after: opening.deadline - client.reactor.now)
    guard !opening.isNumeric(client.options) else {
      self.opening?.addresses = [opening.nameToConnect(client.options)]
      timer?.start(after: .zero)
      return
    }
    let name = opening.nameToConnect(client.options)
    let known = client.names.addresses(of: name) { [weak self] answer in self?.lookedUp(answer) }
    if let known {
      self.opening?.addresses = known[...]
      timer?.start(after: .zero)
    }
  }

  private func lookedUp(_ answer: NameCache.Answer) {
    guard case .lookingUp = state else { return }
    switch answer {
    case .success(let addresses) where !addresses.isEmpty:
      opening?.addresses = addresses[...]
      tryNext()
    case .success: end(.unreachable, "the name has no address")
    case .failure(let error): end(.unreachable, error.description)
    }
  }

  private func tryNext() {
    guard let opening, let address = self.opening?.addresses.popFirst() else {
      return end(.unreachable, self.opening?.lastFailure ?? "no address is left to try")
    }
    let now = client.reactor.now
    let share = (opening.deadline - now) / max(1, opening.addresses.count)
    self.opening?.attemptDeadline = now + share
    timer?.start(after: share)
    let socket = ClientSocket(opening.request, client: client, owner: self)
    state = .opening(socket)
    socket.connect(to: address, of: opening)
  }

  // MARK: What the socket says

  /// The socket has connected (TLS included) and sends its request: no other address is tried.
  func connected() {
    guard let opening else { return }
    self.opening?.isConnected = true
    timer?.start(after: opening.deadline - client.reactor.now)
  }

  func opened(_ socket: ClientSocket, setCookies: [String]) {
    state = .open(socket)
    opening = nil
    lastHeard = client.reactor.now
    timer?.start(after: client.options.pingInterval)
    onEvent?(.opened(setCookies: setCookies))
  }

  func failed(_ close: WebSocketClose) {
    guard case .opening = state else { return end(close.kind, close.reason) }
    guard close.kind == .unreachable, let opening, !opening.isConnected else {
      return end(close.kind, close.reason)
    }
    self.opening?.lastFailure = close.reason
    if opening.addresses.isEmpty { client.names.forget(opening.nameToConnect(client.options)) }
    tryNext()
  }

  func heard() { lastHeard = client.reactor.now }

  func received(_ message: [UInt8]) { onEvent?(.message(message)) }

  func answered(pong: [UInt8]) {
    guard case .sent(let time) = probe, pong == pingPayload else { return }
    probe = .none
    timer?.start(after: time + client.options.pingInterval - client.reactor.now)
  }

  func end(_ kind: WebSocketClose.Kind, _ reason: String) {
    guard let tell = onEvent else { return }
    abandon()
    client.ended(self)
    tell(.closed(WebSocketClose(kind, reason)))
  }

  // MARK: Time

  private func timePassed() {
    let now = client.reactor.now
    switch state {
    case .ended: break
    case .lookingUp where opening?.verdict != nil:
      if let verdict = opening?.verdict { end(verdict.kind, verdict.reason) }
    case .lookingUp where opening?.addresses.isEmpty == false: tryNext()
    case .lookingUp: end(.unreachable, "the name was not looked up in time")
    case .opening(let socket): openingTimePassed(socket, now)
    case .open(let socket): probe(socket, now)
    }
  }

  private func openingTimePassed(_ socket: ClientSocket, _ now: Duration) {
    guard let opening else { return }
    if opening.isConnected || now >= opening.deadline || opening.addresses.isEmpty {
      let what = opening.isConnected ? "the upgrade was not answered" : "nothing connected"
      return end(.unreachable, "\(what) in \(opening.request.timeout)")
    }
    socket.owner = nil
    socket.end()
    self.opening?.lastFailure = "nothing connected in time"
    tryNext()
  }

  private func probe(_ socket: ClientSocket, _ now: Duration) {
    switch probe {
    case .none:
      pingCount &+= 1
      probe = .sent(at: now)
      socket.ping(pingPayload)
      timer?.start(after: client.options.pongTime)
    case .sent(let time):
      let due = max(time, lastHeard) + client.options.pongTime
      if now < due {
        timer?.start(after: due - now)
      } else {
        probe = .missed
        onEvent?(.stalled(reason: "no answer to a ping in \(client.options.pongTime)"))
      }
    case .missed: break
    }
  }

  private var pingPayload: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: pingCount >> (24 - 8 * $0)) }
  }
}
