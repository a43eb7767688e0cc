import JSON

/// Why an exchange brought no usable answer.
struct Failure: Sendable {
  let reason: String
  /// Notifications may have been in the answer that never came.
  var mayHaveLost = false
  /// Asked for by the server.
  var pause = Duration.zero
  /// The server was reached and refuses this very request: asking for ever cannot help.
  var isFruitless = false
}

// MARK: - Out

extension Session {
  mutating func send(
    _ kind: Exchange.Kind, _ body: [UInt8], _ asked: [Asked], isParked: Bool = false,
    timeout: Duration
  ) {
    lastExchange += 1
    let id = ExchangeID(lastExchange)
    let socket = sockets.usable
    outstanding[id] = Outstanding(
      kind: kind, sentAt: clock, completeUntil: completeUntil, asked: asked, isParked: isParked,
      socket: socket, timeout: timeout)
    if let socket {
      sockets.used()
      return effects.append(.transmit(socket, body))
    }
    let hasSuffix = settings.appendsMessageType && kind != .subscribe
    effects.append(
      .send(
        Exchange(
          id: id, kind: kind, body: body, pathSuffix: hasSuffix ? "/\(kind.rawValue)" : "",
          timeout: timeout)))
  }

  mutating func nextMessageID() -> String {
    lastMessage += 1
    return String(lastMessage)
  }

  mutating func cancelAll() {
    closeSockets()
    for id in outstanding.keys { effects.append(.cancel(id)) }
    outstanding.removeAll()
  }
}

// MARK: - In

extension Session {
  mutating func ended(_ id: ExchangeID, _ reply: Reply) {
    guard let exchange = outstanding.removeValue(forKey: id) else { return endedLate(id, reply) }
    if state == .disconnecting { return endedWhileLeaving(reply.salvage) }
    switch reply {
    case .response(200, let bytes, _): answered(exchange, bytes)
    case .response(let status, let bytes, let retryAfter):
      refusedByStatus(exchange, status, bytes, retryAfter)
    case .failed(let failure):
      if exchange.kind == .subscribe, failure.mayHaveReachedServer, failure.partialBody.isEmpty {
        keepForLate(id, exchange)
      }
      if !failure.partialBody.isEmpty { takeUnfinished(Body(failure.partialBody), of: exchange) }
      noteCut(
        exchange, isSilent: failure.mayHaveReachedServer && failure.partialBody.isEmpty)
      fail(
        exchange,
        Failure(reason: failure.reason, mayHaveLost: failure.mayHaveReachedServer))
    }
  }

  private mutating func answered(_ exchange: Outstanding, _ bytes: [UInt8]) {
    guard bytes.contains(where: { $0 > 0x20 }) else {
      return fail(exchange, Failure(reason: "HTTP 200 without a body", mayHaveLost: true))
    }
    lastHeard = clock
    act(on: exchange, Body(bytes))
  }

  /// Every answer goes through here, whatever it answers and whatever brought it: all its
  /// notifications are delivered before any of its replies is acted upon, because servers disagree
  /// about the order within a body.
  mutating func act(on exchange: Outstanding, _ body: Body) {
    let channel = exchange.kind.channel
    let reply = exchange.asked.first.flatMap { body.reply(on: channel, to: $0) }
    let repetition = repetition(of: exchange, isAnswered: reply?.isSuccessful == true)
    keep(body, repetition)
    // What comes again is not lost yet, however broken it was this time.
    if body.isDamaged, state.isInSession, repetition != .coming {
      interrupt(.unreadable, body.damage, since: exchange.completeUntil)
    }
    if state.isInSession,
      let goodbye = body.replies.first(where: { $0.channel == Channel.disconnect })
    {
      return endedByServer(goodbye, reply)
    }
    switch exchange.kind {
    case .handshake: handshakeAnswered(reply, body)
    case .connect: connectAnswered(exchange, reply, body)
    case .subscribe: subscribeAnswered(exchange, body)
    case .disconnect: break
    }
  }

  /// What came whole before the connection broke. Its replies are not acted upon: the exchange is
  /// repeated, and its answer will say the same.
  mutating func takeUnfinished(_ body: Body, of exchange: Outstanding) {
    let before = lastDelivered
    keep(body, repetition(of: exchange, isAnswered: false))
    // It brought something new, so the way is worth another try at once.
    if lastDelivered > before { pauses.backoff.succeeded() }
  }

  private func repetition(of exchange: Outstanding, isAnswered: Bool) -> Redelivery.Repetition {
    guard server.usesAck, exchange.kind == .connect else { return .impossible }
    return isAnswered ? .over : .coming
  }

  mutating func keep(
    _ body: Body, _ repetition: Redelivery.Repetition = .impossible, isPart: Bool = false
  ) {
    let deliveries = server.redelivery.fresh(body.deliveries, repetition, isPart: isPart)
    if !deliveries.isEmpty {
      lastDelivered += 1
      effects.append(.deliver(batch: lastDelivered, deliveries))
    }
    effects += body.malformed.map { .quarantine($0) }
  }

  private mutating func refusedByStatus(
    _ exchange: Outstanding, _ status: Int, _ body: [UInt8], _ retryAfter: Duration?
  ) {
    let excerpt = Session.excerpt(body)
    let reason = "HTTP \(status)" + (excerpt.isEmpty ? "" : ": " + excerpt)
    switch (status, exchange.kind) {
    case (401, _), (403, _), (407, _): needAuthentication(reason)
    case (404, .handshake): misconfigured("\(reason); check the path of the notifications")
    default:
      noteCut(exchange, isSilent: status == 502 || status == 504)
      fail(
        exchange,
        Failure(
          reason: reason,
          // Any of these may come from a proxy that had the server's answer in its hands.
          mayHaveLost: status >= 500 || status == 408 || status < 300,
          pause: min(max(.zero, retryAfter ?? .zero), SessionBounds.retryAfterMax),
          isFruitless: (400..<500).contains(status) && status != 408 && status != 429))
    }
  }

  private mutating func fail(_ exchange: Outstanding, _ failure: Failure) {
    lastProblem = failure.reason
    if failure.mayHaveLost, state.isInSession, !server.usesAck {
      interrupt(.answerLost, failure.reason, since: exchange.completeUntil)
    }
    switch exchange.kind {
    case .handshake: handshakeFailed(failure.reason, pause: failure.pause)
    case .connect: connectFailed(failure, after: clock - exchange.sentAt)
    case .subscribe: subscribeFailed(exchange.asked.flatMap(\.channels), pause: failure.pause)
    case .disconnect: break
    }
  }

  /// The beginning of an answer on one line, for people: login pages and proxies say who they are.
  /// Nothing of what looks like JSON, which may hold a customer's data; quarantine has the bytes.
  static func excerpt(_ body: [UInt8]) -> String {
    let first = body.first { $0 > 0x20 }
    if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") { return "" }
    let text = String(decoding: body.prefix(SessionBounds.excerptBytes), as: UTF8.self)
    let words = text.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 } }
    return words.joined(separator: " ")
  }
}

// MARK: - Late

extension Session {
  private mutating func keepForLate(_ id: ExchangeID, _ exchange: Outstanding) {
    guard server.late.count < SessionBounds.lateSubscribesMax else { return }
    server.late[id] = exchange
  }

  /// Late is silent, with one exception: the answer to a subscribe of this very session may hold
  /// notifications that come nowhere else. A late connect's are sent again, or their loss has been
  /// declared; delivering them now would turn their order round.
  private mutating func endedLate(_ id: ExchangeID, _ reply: Reply) {
    guard state.isInSession, let exchange = server.late.removeValue(forKey: id),
      case .response(200, let bytes, _) = reply
    else { return }
    let body = Body(bytes)
    keep(body)
    for asked in exchange.asked
    where body.reply(on: Channel.subscribe, to: asked)?.isSuccessful == true {
      asked.channels.forEach { accept($0) }
    }
    becomeReady()
  }
}

extension Session.Reply {
  /// What can still be taken from it when nobody cares for its replies.
  var salvage: Body? {
    switch self {
    case .response(200, let bytes, _): Body(bytes)
    case .failed(let failure): Body(failure.partialBody)
    case .response: nil
    }
  }
}

extension Exchange.Kind {
  var channel: String { "/meta/" + rawValue }
}
