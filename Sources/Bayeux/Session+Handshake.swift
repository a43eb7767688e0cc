import JSON

extension Session {
  mutating func scheduleHandshake(after pause: Duration) {
    handshakeDue = max(clock + pause, pauses.earliestHandshake)
    move(to: .waiting)
  }

  mutating func sendHandshake() {
    move(to: .handshaking)
    if pauses.forgetsCookies() { effects.append(.forgetCookies) }
    let id = nextMessageID()
    let body = Outgoing.handshake(
      id: id, transports: settings.transports, requestsAck: settings.requestsAck)
    send(.handshake, body, [Asked(id: id)], timeout: settings.networkDelay)
  }

  mutating func handshakeAnswered(_ reply: BayeuxMessage?, _ body: Body) {
    guard let reply else {
      return handshakeFailed(noReply(body, to: "handshake"))
    }
    guard reply.isSuccessful else { return handshakeRefused(reply) }
    guard let clientID = reply.clientID, !clientID.isEmpty else {
      return handshakeFailed("the handshake reply names no client id")
    }
    let polling = Transport.longPolling.rawValue
    if let offered = reply.connectionTypes, !offered.contains(polling) {
      return misconfigured(
        "the server offers no \(polling), only \(offered.joined(separator: ", "))")
    }
    generation += 1
    pauses.grantedHandshake(at: clock)
    server = ServerSession(clientID: clientID, channels: settings.channels)
    server.pacing.merge(reply.advice)
    server.usesAck = settings.requestsAck && reply.enablesAck
    server.ack = server.usesAck ? reply.ackBatch ?? 0 : 0
    server.offersSocket =
      settings.prefersSocket
      && reply.connectionTypes?.contains(Transport.webSocket.rawValue) == true
    sockets.renew()
    // At once: CometD sweeps a session whose first connect does not come within seconds.
    server.connectDue = clock
    move(to: .connecting)
    becomeReady()
  }

  private mutating func handshakeRefused(_ reply: BayeuxMessage) {
    let advice = reply.advice ?? Advice()
    let reason = "handshake refused: " + (reply.error?.description ?? "no reason given")
    if reply.error?.isAuthentication == true { return needAuthentication(reason) }
    let isUnwelcome = advice.reconnect == .never || advice.forbidsRetry
    handshakeFailed(
      reason, pause: isUnwelcome ? pauses.unwelcome() : advice.interval ?? .zero)
  }

  mutating func handshakeFailed(_ reason: String, pause: Duration = .zero) {
    lastProblem = reason
    tell(.unconnected(reason: reason))
    scheduleHandshake(after: max(pause, pauses.backoff.failed(&random)))
  }

  mutating func misconfigured(_ reason: String) {
    lastProblem = reason
    tell(.misconfigured(reason: reason))
    _ = pauses.backoff.failed(&random)
    scheduleHandshake(after: SessionBounds.misconfiguredPause)
  }

  func noReply(_ body: Body, to what: String) -> String {
    if let first = body.malformed.first {
      return "the answer to \(what) is \(first.reason); it begins: "
        + Session.excerpt(first.bytes)
    }
    return "the answer to \(what) holds no reply to it"
  }
}

// MARK: - The end of a server-side session

extension Session {
  /// Gives the session up and schedules exactly one handshake, whoever noticed first.
  ///
  /// - Parameter pause: What the server asked for; the session's own pauses may be longer.
  mutating func loseSession(_ reason: String, pause: Duration) {
    guard state.isInSession else { return }
    lastProblem = reason
    if server.isResuming { return notResumed(reason) }
    leaveSession(.sessionLost, reason)
    var pause = max(pause, pauses.backoff.failed(&random))
    if pauses.detectLoop(at: clock) {
      pause = max(pause, pauses.loop(&random))
      tell(.looping(reason: reason))
    } else {
      tell(.unconnected(reason: reason))
    }
    scheduleHandshake(after: pause)
  }

  /// The server said goodbye, perhaps together with advice.
  mutating func endedByServer(_ goodbye: BayeuxMessage, _ reply: BayeuxMessage?) {
    let advice = [reply?.advice, goodbye.advice].compactMap(\.self)
    let isUnwelcome = advice.contains { $0.reconnect == .never || $0.forbidsRetry }
    loseSession(
      "the server disconnected us",
      pause: isUnwelcome ? pauses.unwelcome() : advice.compactMap(\.interval).max() ?? .zero)
  }

  mutating func needAuthentication(_ reason: String) {
    lastProblem = reason
    leaveSession(.authenticationNeeded, reason)
    pauses.refusedCredentials()
    move(to: .unauthenticated)
    tell(.authenticationNeeded(reason: reason))
    effects.append(.authenticationNeeded(reason: reason))
  }

  mutating func leaveSession(_ cause: Interruption.Cause, _ reason: String) {
    let since = completeNow
    cancelAll()
    interrupt(cause, reason, since: since)
    server = ServerSession(clientID: "", channels: settings.channels)
  }
}
