import JSON

extension Session {
  mutating func sendConnect() {
    let id = nextMessageID()
    let asksAtOnce = server.asksAtOnce || server.isProbing
    let body = Outgoing.connect(
      id: id, clientID: server.clientID, over: transport,
      hold: asksAtOnce ? .zero : server.askedHold == nil ? nil : hold,
      ack: server.usesAck ? server.ack : nil)
    server.acknowledged = server.ack
    // The full hold even when an answer is asked for at once: not every server obliges.
    send(
      .connect, body, [Asked(id: id)], isParked: !asksAtOnce,
      timeout: hold + settings.networkDelay)
  }

  mutating func connectAnswered(
    _ exchange: Outstanding, _ reply: BayeuxMessage?, _ body: Body
  ) {
    guard let reply else {
      let reason = noReply(body, to: "connect")
      if !server.usesAck { interrupt(.answerLost, reason, since: exchange.completeUntil) }
      // With a broken reply the same batch would come for ever; something that is no answer of a
      // Bayeux server at all (a login page) says nothing about the session.
      // But to a session that is to be resumed it may say that the login is over.
      let isFruitless =
        server.isResuming || !body.deliveries.isEmpty || !body.replies.isEmpty
      return connectFailed(Failure(reason: reason, isFruitless: isFruitless))
    }
    let advice = reply.advice ?? Advice()
    server.pacing.merge(advice)
    reportMultipleClients(advice)
    if reply.isSuccessful {
      connectSucceeded(
        exchange, reply, advice, wasEventful: exchange.isEventful || !body.deliveries.isEmpty)
    } else {
      connectRefused(reply, advice)
    }
  }

  private mutating func connectSucceeded(
    _ exchange: Outstanding, _ reply: BayeuxMessage, _ advice: Advice, wasEventful: Bool
  ) {
    if server.usesAck, let batch = reply.ackBatch { server.ack = batch }
    lastGoodConnect = clock
    let isLoose = exchange.socket != nil && !server.usesAck
    if let complete = isLoose ? sockets.connectAnswered(sentAt: exchange.sentAt) : exchange.sentAt {
      completeUntil = max(completeUntil ?? .zero, complete)
    }
    server.fruitlessConnects = 0
    noteUncut(exchange)
    if let since = server.astraySince, exchange.socket == nil, exchange.sentAt >= since {
      server.astraySince = nil
    }
    move(to: .connected)
    resumed()
    becomeReady()
    noteHealth(after: clock - exchange.sentAt, exchange, wasEventful)
    if !pauses.isLooping { tell(.connected) }
    resume()
    server.asksAtOnce = false
    switch advice.reconnect {
    case .handshake:
      return loseSession("the server advised a handshake", pause: advice.interval ?? .zero)
    case .never where server.isProbing:
      return loseSession("the server advised no reconnect, twice", pause: pauses.unwelcome())
    case .never: server.isProbing = true
    case .retry, nil: server.isProbing = false
    }
    scheduleConnect(advice)
  }

  private mutating func noteHealth(
    after elapsed: Duration, _ exchange: Outstanding, _ wasEventful: Bool
  ) {
    let parkedHold = exchange.isParked ? hold / 2 : SessionBounds.heldMin
    if wasEventful || elapsed >= min(parkedHold, SessionBounds.heldMin) { pauses.healthy() }
    if wasEventful || elapsed >= SessionBounds.unheldPause {
      server.unheldAnswers = 0
    } else if exchange.isParked {
      server.unheldAnswers += 1
    }
  }

  private mutating func scheduleConnect(_ advice: Advice) {
    var pause = server.pacing.interval
    if advice.forbidsRetry { pause = max(pause, SessionBounds.unwelcomePause) }
    if server.unheldAnswers >= SessionBounds.unheldAnswersMax {
      pause = max(pause, SessionBounds.unheldPause)
    }
    server.connectDue = clock + pause
  }

  private mutating func connectRefused(_ reply: BayeuxMessage, _ advice: Advice) {
    let error = reply.error
    let reason = "connect refused: " + (error?.description ?? "no reason given")
    switch advice.reconnect {
    case .never: loseSession(reason, pause: pauses.unwelcome())
    case .handshake: loseSession(reason, pause: advice.interval ?? .zero)
    case .retry, nil:
      if error?.isUnknownSession == true || server.isResuming {
        loseSession(reason, pause: advice.interval ?? .zero)
      } else {
        connectFailed(
          Failure(reason: reason, pause: advice.interval ?? .zero, isFruitless: true))
      }
    }
  }

  /// The session may be alive on the server: the same connect is tried again.
  mutating func connectFailed(_ failure: Failure, after elapsed: Duration = .zero) {
    lastProblem = failure.reason
    if failure.isFruitless { server.fruitlessConnects += 1 }
    if server.fruitlessConnects >= SessionBounds.fruitlessConnectsMax {
      return loseSession(failure.reason, pause: failure.pause)
    }
    move(to: .unconnected)
    tell(.unconnected(reason: failure.reason))
    server.asksAtOnce = true
    let pause = pauses.backoff.failed(&random)
    // A proxy that cuts each parked connect must not make us deaf for longer and longer.
    let isLongLived = elapsed >= SessionBounds.longLived
    server.connectDue = clock + max(failure.pause, isLongLived ? .zero : pause)
  }

  private mutating func reportMultipleClients(_ advice: Advice) {
    guard advice.hasMultipleClients, !server.hasToldMultipleClients else { return }
    server.hasToldMultipleClients = true
    effects.append(.changed(.multipleClients))
  }
}
