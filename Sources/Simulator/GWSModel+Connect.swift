import JSON

/// What becomes of a connect when it comes.
enum ConnectOutcome: Sendable {
  case answered(reply: [UInt8], events: [[UInt8]])
  case held(BayeuxSession.HeldConnect)
}

extension GWSModel {
  /// Longest hold that a client may ask for; anything beyond is taken for this.
  private static let longestHold = Duration.seconds(600)
  /// Connects of one session that Faye holds at the same time; beyond it the oldest is answered.
  /// A client that keeps its connections in order has one, or two while it moves.
  private static let overtakenMax = 16

  /// Whether the message is of a session that exists and belongs to this agent. Over HTTP, CometD
  /// looks sessions up through the cookie that they were opened with.
  func isKnown(_ message: BayeuxRequest, from caller: Caller) -> Bool {
    guard let session = sessions[message.clientID], !session.isForgotten,
      session.agent == caller.agent, !caller.isAstray
    else { return false }
    switch (settings.personality, caller.carrier) {
    case (.faye, _), (.cometd, .socket): return true
    case (.cometd, .request):
      return session.browserID != nil && session.browserID == caller.browserID
    }
  }

  /// Answers a connect, or says that it is to be held.
  mutating func connect(
    _ message: BayeuxRequest, from caller: Caller, isAlone: Bool
  ) -> ConnectOutcome {
    counters.connects += 1
    let clientID = message.clientID
    guard isKnown(message, from: caller), !faults.take(.refuseConnect, for: caller.agent) else {
      counters.unknownSessions += 1
      let advice = settings.personality.handshakeAdvice
      let text = BayeuxError.unknownSession(clientID: clientID)
      return .answered(reply: reply(to: message, error: text, advice: advice), events: [])
    }
    let isOverHTTP = caller.carrier.socket == nil
    let isCometD = settings.personality == .cometd
    // CometD over WebSocket lets the older one be until the newer one is held.
    if isCometD, isOverHTTP {
      endOlderConnect(of: clientID)
      unbind(clientID)
    }
    bindAtOnce(clientID, caller)
    let isFirst = sessions[clientID]?.connects == 0
    sessions[clientID]?.connects += 1
    sessions[clientID]?.connectedAt = now
    if let number = message.value["ext"]?["ack"]?.integer,
      sessions[clientID]?.delivery == .acknowledged
    {
      sessions[clientID]?.acknowledge(Int(clamping: number))
      refill(after: clientID)
    }
    let hold = hold(message)
    var isCrowded = false
    if isOverHTTP, let browserID = sessions[clientID]?.browserID {
      isCrowded = heldByBrowser[browserID, default: 0] > 0
    }
    // CometD: the first connect brings the advice, and so does the first that is alone again.
    let bringsAdvice =
      isCometD && (isFirst || isOverHTTP && sessions[clientID]?.wasAdvisedMultipleClients == true)
    let mayWait = !isCometD || !bringsAdvice && !isCrowded && (isAlone || !isOverHTTP)
    if mayWait, hold > .zero, !endsForEvents(clientID, isOverHTTP: isOverHTTP) {
      return .held(
        BayeuxSession.HeldConnect(
          carrier: caller.carrier, messageID: message.id, endsAt: now + hold))
    }
    var advice: Advice?
    if isCrowded {
      counters.multipleClients += 1
      advice = Advice(reconnect: .retry, interval: settings.multipleClientsInterval)
      advice?.isMultipleClients = true
    } else if bringsAdvice || !isCometD {
      advice = normalAdvice
    }
    if isOverHTTP { sessions[clientID]?.wasAdvisedMultipleClients = isCrowded }
    setDeadline(of: clientID, to: endWithoutConnect(clientID) + (advice?.interval ?? .zero))
    let (events, batch) = takeEvents(of: clientID, for: caller.carrier)
    let reply = connectReply(of: clientID, id: message.id, batch: batch, advice: advice)
    return .answered(reply: reply, events: events)
  }

  private func hold(_ message: BayeuxRequest) -> Duration {
    guard let asked = message.value["advice"]?["timeout"]?.integer else {
      return settings.holdTimeout
    }
    return min(.milliseconds(max(asked, 0)), Self.longestHold)
  }

  /// Whether events that wait answer a connect at once. On a socket of CometD they are written in
  /// front of it, and it is held.
  private func endsForEvents(_ clientID: String, isOverHTTP: Bool) -> Bool {
    guard let session = sessions[clientID], session.hasEvents else { return false }
    return isOverHTTP || settings.personality == .faye || session.delivery == .acknowledged
  }

  var normalAdvice: Advice { Advice(reconnect: .retry, timeout: settings.holdTimeout) }

  /// When a session dies that sends no connect from now on.
  func endWithoutConnect(_ clientID: String) -> Duration {
    switch settings.personality {
    case .cometd: return now + settings.maxInterval
    case .faye:
      let connectedAt = sessions[clientID]?.connectedAt ?? now
      return max(now, connectedAt + settings.holdTimeout * 2)
    }
  }

  /// The events that go with a connect reply, and the number of the batch that they complete. On a
  /// socket of CometD only those that are to be acknowledged wait for it: the others went already.
  private mutating func takeEvents(
    of clientID: String, for carrier: Carrier
  ) -> (events: [[UInt8]], batch: Int?) {
    guard
      carrier.socket == nil || settings.personality == .faye
        || sessions[clientID]?.delivery == .acknowledged
    else { return ([], nil) }
    let taken = sessions[clientID]?.takeForConnect() ?? ([], nil)
    refill(after: clientID)
    return taken
  }

  private func connectReply(
    of clientID: String, id: [UInt8]?, batch: Int?, advice: Advice?
  ) -> [UInt8] {
    let own = settings.personality == .faye ? clientID : nil
    return reply(channel: "/meta/connect", id: id, clientID: own, advice: advice) { writer in
      if let batch { writer.member("ext", object: { $0.member("ack", batch) }) }
    }
  }

  /// Events of the session that may go without a connect reply.
  mutating func takeQueue(of clientID: String) -> [[UInt8]] {
    let events = sessions[clientID]?.takeForOtherReply() ?? []
    if !events.isEmpty { refill(after: clientID) }
    return events
  }

  /// Holds a connect. What is held already ends in the manner of the server.
  mutating func park(_ clientID: String, _ connect: BayeuxSession.HeldConnect) {
    var endsAt = connect.endsAt
    switch settings.personality {
    case .cometd:
      endOlderConnect(of: clientID)
      if let socket = connect.carrier.socket {
        // The socket may have been closed just now, for the older connect was on it as well.
        guard sockets[socket] != nil else { return }
        bind(clientID, to: socket)
      }
    case .faye:
      if let older = release(clientID) {
        counters.duplicateConnects += 1
        endsAt = min(endsAt, older.endsAt)  // Both end together.
        if let first = sessions[clientID]?.overtaken.first,
          sessions[clientID]?.overtaken.count == Self.overtakenMax
        {
          sessions[clientID]?.overtaken.removeFirst()
          forgetRequest(of: first)
          finish(clientID, first, events: [], batch: nil, advice: normalAdvice)
        }
        sessions[clientID]?.overtaken.append(older)
        if case .request(let id, _) = older.carrier { heldRequests[id] = clientID }
      }
    }
    sessions[clientID]?.held = connect
    if case .request(let id, _) = connect.carrier {
      heldRequests[id] = clientID
      if let browserID = sessions[clientID]?.browserID {
        heldByBrowser[browserID, default: 0] += 1
      }
    }
    setDeadline(of: clientID, to: endsAt)
    if sessions[clientID]?.hasEvents == true { touched.append(clientID) }
  }

  /// Only one connect may be outstanding. CometD ends an older one like this: 500 over HTTP, and
  /// the end of the whole socket over WebSocket.
  private mutating func endOlderConnect(of clientID: String) {
    guard let older = release(clientID) else { return }
    counters.duplicateConnects += 1
    switch older.carrier {
    case .request(let id, let headers):
      let context = ReplyContext(agent: sessions[clientID]?.agent, isBayeux: true)
      respond(id, .html("Server Error", status: 500, headers: headers), context)
    case .socket(let id): close(id, code: CloseCode.normal)
    }
  }

  /// Takes the held connect out of its session, unanswered.
  mutating func release(_ clientID: String) -> BayeuxSession.HeldConnect? {
    guard let held = sessions[clientID]?.held else { return nil }
    sessions[clientID]?.held = nil
    forgetRequest(of: held)
    if held.carrier.socket == nil, let browserID = sessions[clientID]?.browserID {
      let others = heldByBrowser[browserID, default: 1] - 1
      heldByBrowser[browserID] = others > 0 ? others : nil
    }
    return held
  }

  private mutating func forgetRequest(of held: BayeuxSession.HeldConnect) {
    if case .request(let id, _) = held.carrier { heldRequests[id] = nil }
  }

  /// A request has lost its client: the connect that was held on it is taken out. Returns whether
  /// that was the newest of the session.
  mutating func lose(_ id: RequestID, of clientID: String) -> Bool {
    func isOn(_ connect: BayeuxSession.HeldConnect) -> Bool {
      if case .request(id, _) = connect.carrier { true } else { false }
    }
    if let held = sessions[clientID]?.held, isOn(held) { return release(clientID) != nil }
    heldRequests[id] = nil
    sessions[clientID]?.overtaken.removeAll(where: isOn)
    return false
  }

  /// Answers a connect that has been held, with the events there are; the session begins to wait
  /// for the next one.
  mutating func finishConnect(
    _ clientID: String, _ held: BayeuxSession.HeldConnect, advice: Advice?
  ) {
    let advice = advice ?? (settings.personality == .faye ? normalAdvice : nil)
    let (events, batch) = takeEvents(of: clientID, for: held.carrier)
    let overtaken = sessions[clientID]?.overtaken ?? []
    sessions[clientID]?.overtaken = []
    setDeadline(of: clientID, to: endWithoutConnect(clientID))
    for connect in overtaken + [held] {
      forgetRequest(of: connect)
      finish(clientID, connect, events: events, batch: batch, advice: advice)
    }
  }

  private mutating func finish(
    _ clientID: String, _ held: BayeuxSession.HeldConnect, events: [[UInt8]], batch: Int?,
    advice: Advice?
  ) {
    let reply = connectReply(of: clientID, id: held.messageID, batch: batch, advice: advice)
    let replies = held.others + [reply]
    switch held.carrier {
    case .request(let id, let headers):
      let context = ReplyContext(
        agent: sessions[clientID]?.agent, isBayeux: true, carriesEvents: !events.isEmpty)
      counters.eventsSent += events.count
      respond(id, .json(joined(ordered(events, replies)), headers: headers), context)
    case .socket(let id): transmit(events, replies, on: id)
    }
  }

  /// The client has said goodbye: a held connect ends, with CometD's advice not to come again.
  mutating func end(_ clientID: String) {
    let advice = settings.personality == .cometd ? Advice.none : normalAdvice
    if let held = release(clientID) { finishConnect(clientID, held, advice: advice) }
    remove(clientID)
  }

  mutating func remove(_ clientID: String) {
    _ = release(clientID)
    guard let session = sessions.removeValue(forKey: clientID) else { return }
    for connect in session.overtaken { forgetRequest(of: connect) }
    if let socket = session.socket { sockets[socket]?.sessions.remove(clientID) }
    agents[session.agent]?.sessions.removeAll { $0 == clientID }
  }

  /// Sets when the session dies or its held connect ends. The agenda gets one entry a session.
  mutating func setDeadline(of clientID: String, to deadline: Duration) {
    guard var session = sessions[clientID] else { return }
    session.deadline = deadline
    if session.wakesAt.map({ deadline < $0 }) ?? true {
      session.wakesAt = deadline
      agenda.add(.session(clientID: clientID), due: deadline)
    }
    sessions[clientID] = session
  }

  /// The session's agenda entry has come up.
  mutating func sessionDeadline(_ clientID: String) {
    guard let session = sessions[clientID], session.wakesAt.map({ $0 <= now }) ?? false else {
      return  // An entry that a nearer one has replaced, or of a session that is gone.
    }
    sessions[clientID]?.wakesAt = nil
    guard session.deadline <= now else {
      return setDeadline(of: clientID, to: session.deadline)
    }
    guard let held = release(clientID) else { return remove(clientID) }
    // CometD notices only now that the session is no more; Faye says nothing of it.
    let saysNone = session.isForgotten && settings.personality == .cometd
    finishConnect(clientID, held, advice: saysNone ? Advice.none : nil)
    if session.isForgotten { remove(clientID) }
  }
}
