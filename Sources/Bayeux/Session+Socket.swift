import JSON

// MARK: - In

extension Session {
  mutating func socketHappened(_ id: SocketID, _ event: SocketEvent) {
    if sockets.draining?.id == id { return drained(event) }
    guard sockets.current?.id == id else { return }
    switch event {
    case .opened: sockets.opened(at: clock)
    case .message(let bytes): socketSpoke(id, bytes)
    case .stalled(let reason): socketStalled(reason)
    case .closed(let close): socketClosed(close)
    }
  }

  /// Notifications are taken before any reply of the message is acted upon, as from a body.
  private mutating func socketSpoke(_ id: SocketID, _ bytes: [UInt8]) {
    sockets.heard(at: clock)
    lastHeard = clock
    let body = Body(bytes, over: .webSocket)
    if !body.deliveries.isEmpty {
      // The server writes here now, and nothing of the old one may come behind it.
      endDrain()
      server.astraySince = nil
    }
    takeNotifications(of: body, over: id)
    if state.isInSession,
      let goodbye = body.replies.first(where: { $0.channel == Channel.disconnect })
    {
      return endedByServer(goodbye, body.replies.first { $0.channel == Channel.connect })
    }
    for exchange in carried(by: id) {
      guard outstanding.change(exchange, { $0.gather(body.replies) }) == true,
        let answered = outstanding.removeValue(forKey: exchange)
      else { continue }  // It was not its reply, or the session ended over the one before.
      sockets.replied()
      server.hasUsedSocket = true
      if showsParked(answered, exchange, over: id) { server.astraySince = nil }
      if state == .disconnecting {
        endedWhileLeaving(answered.gathered)
      } else {
        act(on: answered, answered.gathered)
      }
    }
  }

  /// Whether this answer shows that the server has parked a connect of this socket. Until then some
  /// (CometD 5.0) write to the socket before, open or not. They work off a socket in its order.
  private func showsParked(_ answered: Outstanding, _ exchange: ExchangeID, over id: SocketID)
    -> Bool
  {
    guard answered.kind != .connect else { return answered.isParked }
    return carried(by: id).contains {
      outstanding[$0]?.kind == .connect && $0.number < exchange.number
    }
  }

  /// With acknowledgements, what comes before the reply to a connect belongs to its batch and waits
  /// for it: until then it would come again over another socket.
  private mutating func takeNotifications(of body: Body, over id: SocketID) {
    let connect = carried(by: id).first { outstanding[$0]?.kind == .connect }
    if let connect, !body.deliveries.isEmpty {
      _ = outstanding.change(connect) { $0.isEventful = true }
    }
    guard server.usesAck, let connect else {
      keep(body)
      // However short the socket's life, the way is worth another try at once.
      if !body.deliveries.isEmpty { pauses.backoff.succeeded() }
      if body.isDamaged, state.isInSession {
        interrupt(.unreadable, body.damage, since: completeNow)
      }
      return
    }
    let tooMuch = outstanding.change(connect) { exchange -> Body? in
      exchange.gathered.append(body)
      guard exchange.gathered.sizeBytes > SessionBounds.heldBytes else { return nil }
      defer { exchange.gathered = Body() }
      return exchange.gathered
    }
    if let held = tooMuch ?? nil { keep(held, .coming, isPart: true) }
  }

  private mutating func socketClosed(_ close: SocketClose) {
    let reason = "the WebSocket ended: \(close.reason)"
    switch close.kind {
    case .refused(401), .refused(407), .code(1008), .code(4401), .code(4403):
      // Where a new login was of no use, HTTP shows whether we are known.
      guard state.isInSession, sockets.mayNeedLogin() else { return loseSocket(.refused, reason) }
      if let id = sockets.drop() { takeUnfinished(of: id) }
      needAuthentication(reason)
    case .refused(500...), .unreachable: loseSocket(.unreachable, reason)
    case .refused: loseSocket(.refused, reason)
    case .code(1009):
      // What we send or get is too large for it: another socket would end the same way.
      server.offersSocket = false
      loseSocket(.broken, reason)
    case .code, .broken: loseSocket(.broken, reason)
    }
  }
}

// MARK: - The end of a socket

extension Session {
  /// All its exchanges fail. The next socket, or HTTP, goes on with the same session.
  private mutating func loseSocket(_ loss: SocketState.Loss, _ reason: String) {
    let since = completeNow
    guard let lost = sockets.lose(loss, at: clock) else { return }
    lastProblem = reason
    let failed = carried(by: lost.id).compactMap { outstanding.removeValue(forKey: $0) }
    let connect = failed.first { $0.kind == .connect }
    if let connect { takeUnfinished(connect.gathered, of: connect) }
    guard state.isInSession else {
      if state == .disconnecting { endedWhileLeaving(nil) }
      return
    }
    // Over a socket that was never used the server has written nothing for us.
    guard lost.isUsed else { return }
    if !server.usesAck {
      interrupt(.answerLost, reason, since: since)
      server.astraySince = clock
    }
    for exchange in failed where exchange.kind == .subscribe {
      subscribeFailed(exchange.asked.flatMap(\.channels), pause: .zero)
    }
    // Over HTTP another connect may be parked, from before this socket opened.
    guard !isOutstanding(.connect) else { return }
    var failure = Failure(reason: reason)
    // A batch that cannot be read would come for ever.
    failure.isFruitless = connect?.gathered.isDamaged == true
    if let connect { noteCut(connect, isSilent: lost.lastHeard <= connect.sentAt) }
    connectFailed(failure, after: connect.map { clock - $0.sentAt } ?? .zero)
  }

  /// With acknowledgements everything that is still in its pipe comes again, so it is closed at
  /// once; without, it is read to its end while another one opens.
  private mutating func socketStalled(_ reason: String) {
    guard let id = sockets.usable, state.isInSession else { return }
    endDrain()
    if server.usesAck {
      effects.append(.close(id))
    } else {
      sockets.drain(id, until: clock + SessionBounds.drainTime)
    }
    loseSocket(.silent, "the WebSocket is silent: \(reason)")
  }

  /// What comes of it is delivered; its replies mean nothing any more.
  private mutating func drained(_ event: SocketEvent) {
    switch event {
    case .message(let bytes): keep(Body(bytes, over: .webSocket))
    case .closed: _ = sockets.endDrain()
    case .opened, .stalled: break
    }
  }

  mutating func endDrain() {
    if let id = sockets.endDrain() { effects.append(.close(id)) }
  }

  /// Ends with the session. What waited for the reply to a connect is delivered: nobody will ask
  /// for it again.
  mutating func closeSockets() {
    endDrain()
    guard let id = sockets.drop() else { return }
    effects.append(.close(id))
    takeUnfinished(of: id)
  }

  private mutating func takeUnfinished(of id: SocketID) {
    for exchange in carried(by: id).compactMap({ outstanding.removeValue(forKey: $0) }) {
      takeUnfinished(exchange.gathered, of: exchange)
    }
  }
}

// MARK: - What is due

extension Session {
  /// Exchanges that went over this socket, in the order in which they were sent.
  private func carried(by id: SocketID) -> [ExchangeID] {
    outstanding.keys { $0.socket == id }
  }

  mutating func openSocket() { effects.append(.open(sockets.open(at: clock))) }

  /// When a socket is to be opened.
  var openingDue: Duration? {
    server.offersSocket && sockets.current == nil ? sockets.due : nil
  }

  /// When the first reply over the socket is overdue. Every message re-arms it, but not for ever: a
  /// busy server that never answers is as good as a silent one.
  var replyDue: Duration? {
    guard let socket = sockets.current else { return nil }
    return outstanding.values.lazy.filter { $0.socket == socket.id }.map { exchange in
      min(
        max(exchange.sentAt, socket.lastHeard) + exchange.timeout,
        exchange.sentAt + exchange.timeout * SessionBounds.replyStretch)
    }.min()
  }

  /// Gives up what has had its time.
  mutating func expire() {
    guard state.isInSession else { return }
    if let draining = sockets.draining, draining.until <= clock { endDrain() }
    if let due = replyDue, due <= clock { socketStalled("a reply is overdue") }
  }
}
