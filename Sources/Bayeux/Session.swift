/// One client session of a Bayeux server, over long-polling and WebSocket: it decides and never
/// acts.
///
/// Feed it every input in the order of arrival and perform the effects it returns, in their order.
/// What it promises, whatever the server and the network do:
///
/// - A handshake is alone in its request, there is never more than one, and never more than one
///   connect. Answers to exchanges it has given up are silent.
/// - Every notification in every body is delivered, whatever stands around it, and no connect is
///   sent before all that was delivered is journaled. So the acknowledgement a connect carries
///   never runs ahead of the disk.
/// - Whenever a notification may have been missed it says so (`interrupted`), and says when the
///   state can be read again (`ready`, `resumed`).
/// - No answer ends it: it retries, at a bounded rate, until `stop`.
package struct Session: Sendable {
  package internal(set) var state = State.idle
  let settings: SessionSettings
  var random: SplitMix64

  /// The time of the input being handled; it never goes back.
  var clock = Duration.zero
  var effects: [Effect] = []
  var armedWake: Duration?

  var lastExchange: UInt64 = 0
  var lastMessage: UInt64 = 0
  /// Exchanges whose end is still to be reported.
  var outstanding = Few<ExchangeID, Outstanding>()

  var lastDelivered: UInt64 = 0
  var journaled: UInt64 = 0

  /// Dies with the server-side session.
  var server: ServerSession
  var sockets = SocketState()
  var generation: UInt64 = 0
  var handshakeDue = Duration.zero
  var stopDue = Duration.zero
  var pauses: Pauses

  /// When something that is no failure came from the server.
  var lastHeard = Duration.zero
  var lastGoodConnect: Duration?
  /// See ``Interruption/completeUntil``.
  var completeUntil: Duration?
  var isInterrupted = false
  /// When the last interruption ended: what was lost before is in that one.
  var closedAt: Duration?
  /// What operators know of the session as a whole; single channels are in `refused`.
  var told: Change?
  var refused: Set<String> = []
  /// All channels in one subscribe message, until a server has refused that.
  var subscribesAsArray = true
  var lastProblem: String?

  /// The same seed and the same inputs give the same effects.
  package init(settings: SessionSettings, seed: UInt64) {
    self.settings = settings
    random = SplitMix64(seed: seed)
    pauses = Pauses(isEager: settings.retriesEagerly)
    server = ServerSession(clientID: "", channels: settings.channels)
  }

  /// Takes one input at a time given since an epoch of the caller's choice.
  package mutating func handle(_ input: Input, at now: Duration) -> [Effect] {
    guard state != .stopped else { return [] }
    clock = max(clock, now)
    switch input {
    case .start: start()
    case .stop: stop()
    case .replied(let id, let reply): ended(id, reply)
    case .socket(let id, let event): socketHappened(id, event)
    case .journaled(let batch): journaled = max(journaled, min(batch, lastDelivered))
    case .timer: armedWake = nil
    }
    expire()
    proceed()
    defer { effects = [] }
    return effects
  }

  package var status: Status {
    Status(
      state: state, generation: generation,
      clientID: state.isInSession ? server.clientID : nil, transport: transport,
      lastGoodConnect: lastGoodConnect,
      completeUntil: isInterrupted ? nil : [completeNow, closedAt].compactMap(\.self).max(),
      failures: pauses.backoff.failures, usesAck: server.usesAck,
      acknowledged: server.acknowledged, isReady: server.isReady, isInterrupted: isInterrupted,
      isLooping: pauses.isLooping, refused: settings.channels.filter(refused.contains),
      lastProblem: lastProblem)
  }
}

// MARK: - What is due

extension Session {
  /// Does whatever is due now, and asks to be woken for what is due later.
  private mutating func proceed() {
    switch state {
    case .waiting where handshakeDue <= clock: sendHandshake()
    case .connecting, .connected, .unconnected:
      if let due = openingDue, due <= clock { openSocket() }
      if let due = subscribeDue, due <= clock { sendSubscribe() }
      if let due = connectDue, due <= clock { sendConnect() }
      if let due = probeDue, due <= clock { sendProbe() }
    case .disconnecting where stopDue <= clock: finish()
    case .idle, .unauthenticated, .waiting, .handshaking, .disconnecting, .stopped: break
    }
    // A timer that comes too early is harmless, so a later time waits for the earlier one.
    guard let due = nextDue, armedWake.map({ due < $0 }) ?? true else { return }
    armedWake = due
    effects.append(.wake(at: due))
  }

  private var nextDue: Duration? {
    switch state {
    case .waiting: handshakeDue
    case .connecting, .connected, .unconnected:
      [connectDue, subscribeDue, probeDue, openingDue, replyDue, sockets.draining?.until]
        .compactMap(\.self).min()
    case .disconnecting: stopDue
    case .idle, .unauthenticated, .handshaking, .stopped: nil
    }
  }

  /// Nil while a connect is outstanding, and while anything delivered is not on disk yet.
  private var connectDue: Duration? {
    guard journaled == lastDelivered, !isOutstanding(.connect) else { return nil }
    return max(server.connectDue, sockets.patience)
  }

  private var subscribeDue: Duration? {
    // Whether the session to be resumed lives is for its connect to find out, alone.
    guard !isOutstanding(.subscribe), !server.isResuming else { return nil }
    return server.subscriptions.due.map { max($0, sockets.patience) }
  }

  /// What the next exchange would go over.
  var transport: Transport { sockets.usable == nil ? .longPolling : .webSocket }

  func isOutstanding(_ kind: Exchange.Kind) -> Bool {
    outstanding.values.contains { $0.kind == kind }
  }

  /// Takes one of the edges of the state graph.
  mutating func move(to next: State) {
    guard next != state else { return }
    assert(state.successors.contains(next), "no edge from \(state) to \(next)")
    state = next
  }
}

// MARK: - Start and stop

extension Session {
  private mutating func start() {
    switch state {
    case .idle where server.isResuming:
      tell(.resuming)
      return move(to: .connecting)
    case .idle:
      interrupt(.started, "the session starts", since: nil)
    case .unauthenticated: break
    case .connecting, .connected, .unconnected:
      leaveSession(.authenticationNeeded, "the login was renewed")
    case .waiting, .handshaking, .disconnecting, .stopped: return
    }
    tell(.handshaking)
    scheduleHandshake(after: pauses.authentication)
  }

  private mutating func stop() {
    switch state {
    case .connecting, .connected, .unconnected:
      move(to: .disconnecting)
      stopDue = clock + SessionBounds.stopGrace
      let id = nextMessageID()
      let body = Outgoing.disconnect(id: id, clientID: server.clientID)
      send(.disconnect, body, [Asked(id: id)], timeout: SessionBounds.stopGrace)
    case .idle, .unauthenticated, .waiting, .handshaking: finish()
    case .disconnecting, .stopped: break
    }
  }

  /// What comes while we leave is delivered; advice and errors mean nothing any more.
  mutating func endedWhileLeaving(_ body: Body?) {
    if let body { keep(body) }
    if !isOutstanding(.disconnect), !isOutstanding(.connect) { finish() }
  }

  private mutating func finish() {
    cancelAll()
    move(to: .stopped)
    tell(.stopped)
    effects.append(.stopped)
  }
}

// MARK: - Telling

extension Session {
  /// Only a change is told; and an unconnected session that fails for yet another reason, or that
  /// is known to loop, has not changed.
  mutating func tell(_ change: Change) {
    switch (told, change) {
    case (.unconnected, .unconnected), (.looping, .unconnected), (.looping, .looping),
      (.misconfigured, .unconnected), (.misconfigured, .misconfigured),
      (.authenticationNeeded, .authenticationNeeded), (.handshaking, .handshaking),
      (.connected, .connected):
      return
    default:
      told = change
      effects.append(.changed(change))
    }
  }

  /// - Parameter since: What ``completeUntil`` was when the exchange at fault was sent: another one
  ///   may have been answered well while this one had notifications with it.
  mutating func interrupt(_ cause: Interruption.Cause, _ reason: String, since: Duration?) {
    guard !isInterrupted else { return }
    isInterrupted = true
    let bound = [since, closedAt].compactMap(\.self).max()
    effects.append(
      .interrupted(Interruption(cause: cause, reason: reason, completeUntil: bound)))
  }

  /// ``completeUntil`` less what a subscribe's answer may have with it on its way.
  var completeNow: Duration? {
    let underway = outstanding.values.filter { $0.kind == .subscribe }.map(\.completeUntil)
    return (underway + [completeUntil]).min { ($0 ?? .zero) < ($1 ?? .zero) } ?? nil
  }

  /// The snapshot that is read now covers everything before now, so nothing older may come behind
  /// it.
  mutating func closeInterruption(_ effect: Effect) {
    endDrain()
    isInterrupted = false
    closedAt = clock
    completeUntil = clock
    effects.append(effect)
  }

  /// The server has just shown that the session is alive; but while it may write to a socket that
  /// was lost, what it writes from now on is lost too.
  mutating func resume() {
    guard isInterrupted, server.isReady, server.astraySince == nil else { return }
    closeInterruption(.resumed)
  }
}
