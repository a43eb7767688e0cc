import JSON

extension GWSModel {
  /// Longest hold that a client may ask for; anything beyond is taken for this.
  private static let longestHold = Duration.seconds(600)

  /// Whether the message is of a session that exists, belongs to this agent and comes with the
  /// cookie that the session was opened with: CometD looks sessions up through it.
  func isKnown(_ message: BayeuxRequest, _ request: GWSRequest, login: Login) -> Bool {
    guard let session = sessions[message.clientID], !session.isForgotten else { return false }
    return session.agent == login.agent && session.browserID == request.cookie("BAYEUX_BROWSER")
  }

  /// Answers a connect, or holds it and returns nil.
  mutating func connect(
    _ message: BayeuxRequest, _ request: GWSRequest, login: Login,
    _ arrival: BayeuxSession.HeldConnect, isAlone: Bool
  ) -> (message: [UInt8], events: [[UInt8]])? {
    counters.connects += 1
    let clientID = message.clientID
    guard isKnown(message, request, login: login), let known = sessions[clientID] else {
      counters.unknownSessions += 1
      return (reply(to: message, error: "402::Unknown client", advice: .handshake), [])
    }
    if let older = release(clientID) {
      // Only one connect may be outstanding; CometD ends the older one like this.
      counters.duplicateConnects += 1
      let context = ReplyContext(agent: known.agent, isBayeux: true)
      respond(older.request, .html("Server Error", status: 500, headers: older.headers), context)
    }
    sessions[clientID]?.connects += 1
    if known.delivery == .acknowledged, let number = message.value["ext"]?["ack"]?.integer {
      sessions[clientID]?.acknowledge(Int(clamping: number))
    }
    var hold = settings.holdTimeout
    if let asked = message.value["advice"]?["timeout"]?.integer {
      hold = min(.milliseconds(max(asked, 0)), Self.longestHold)
    }
    let isCrowded = heldByBrowser[known.browserID, default: 0] > 0
    // The first connect brings the advice, and so does the first that is alone again.
    let bringsAdvice = known.connects == 0 || known.wasAdvisedMultipleClients
    let hasEvents = sessions[clientID]?.hasEvents == true
    if isAlone, !bringsAdvice, !isCrowded, !hasEvents, hold > .zero {
      var held = arrival
      held.endsAt = now + hold
      park(clientID, held)
      return nil
    }
    var advice: Advice?
    if isCrowded {
      counters.multipleClients += 1
      advice = Advice(reconnect: .retry, interval: settings.multipleClientsInterval)
      advice?.isMultipleClients = true
    } else if bringsAdvice {
      advice = normalAdvice
    }
    sessions[clientID]?.wasAdvisedMultipleClients = isCrowded
    setDeadline(
      of: clientID, to: now + settings.maxInterval + (advice?.interval ?? .zero))
    return connectReply(clientID, id: message.id, advice: advice)
  }

  var normalAdvice: Advice { Advice(reconnect: .retry, timeout: settings.holdTimeout) }

  private mutating func connectReply(
    _ clientID: String, id: [UInt8]?, advice: Advice?
  ) -> (message: [UInt8], events: [[UInt8]]) {
    let (events, batch) = sessions[clientID]?.takeForConnect() ?? ([], nil)
    let message = reply(channel: "/meta/connect", id: id, advice: advice) { writer in
      if let batch { writer.member("ext", object: { $0.member("ack", batch) }) }
    }
    return (message, events)
  }

  private mutating func park(_ clientID: String, _ held: BayeuxSession.HeldConnect) {
    guard let browserID = sessions[clientID]?.browserID else { return }
    sessions[clientID]?.held = held
    heldRequests[held.request] = clientID
    heldByBrowser[browserID, default: 0] += 1
    setDeadline(of: clientID, to: held.endsAt)
  }

  /// Takes the held connect out of its session, unanswered.
  mutating func release(_ clientID: String) -> BayeuxSession.HeldConnect? {
    guard let session = sessions[clientID], let held = session.held else { return nil }
    sessions[clientID]?.held = nil
    heldRequests[held.request] = nil
    let others = heldByBrowser[session.browserID, default: 1] - 1
    heldByBrowser[session.browserID] = others > 0 ? others : nil
    return held
  }

  /// Answers a connect that has been held, with the events there are; the session begins to wait
  /// for the next one.
  mutating func finishConnect(
    _ clientID: String, _ held: BayeuxSession.HeldConnect, advice: Advice?
  ) {
    let reply = connectReply(clientID, id: held.messageID, advice: advice)
    let context = ReplyContext(
      agent: sessions[clientID]?.agent, isBayeux: true, carriesEvents: !reply.events.isEmpty)
    counters.eventsSent += reply.events.count
    setDeadline(of: clientID, to: now + settings.maxInterval)
    let body = joined(reply.events + [reply.message])
    respond(held.request, .json(body, headers: held.headers), context)
  }

  /// The client has said goodbye: a held connect ends with the advice not to come again.
  mutating func end(_ clientID: String) {
    if let held = release(clientID) { finishConnect(clientID, held, advice: Advice.none) }
    remove(clientID)
  }

  mutating func remove(_ clientID: String) {
    _ = release(clientID)
    guard let session = sessions.removeValue(forKey: clientID) else { return }
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
    finishConnect(clientID, held, advice: session.isForgotten ? Advice.none : nil)
    if session.isForgotten { remove(clientID) }
  }

  func reply(
    to message: BayeuxRequest, error: String? = nil, advice: Advice? = nil,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) -> [UInt8] {
    reply(channel: message.channel, id: message.id, error: error, advice: advice, more)
  }

  private func reply(
    channel: String, id: [UInt8]?, error: String? = nil, advice: Advice? = nil,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        if let id { writer.member("id", raw: id) }
        writer.member("channel", channel)
        writer.member("successful", error == nil)
        writer.member("error", error)
        more(&writer)
        advice?.write(to: &writer)
      }
    }
  }

  func joined(_ messages: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = [UInt8(ascii: "[")]
    body.reserveCapacity(messages.reduce(2) { $0 + $1.count + 1 })
    for (index, message) in messages.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += message
    }
    return body + [UInt8(ascii: "]")]
  }
}
