/// Bayeux over WebSocket.
extension GWSModel {
  /// Somebody wants to open a WebSocket. `id` is used once; if it is accepted, everything further
  /// of it comes by `socketMessage` and `socketClosed`.
  package mutating func socketOpened(
    _ id: GWSSocketID, _ request: GWSRequest, at time: Duration
  ) -> SocketAdmission {
    advance(to: time)
    counters.upgrades += 1
    let admission = admission(of: id, request)
    if admission != .accepted { counters.refusedUpgrades += 1 }
    return admission
  }

  private mutating func admission(of id: GWSSocketID, _ request: GWSRequest) -> SocketAdmission {
    guard isNotificationsPath(request.path) else { return .refused(status: 404) }
    let claimed = claimedAgent(request)
    let context = ReplyContext(agent: claimed, isBayeux: true)
    if let refusal = refusalByFault(context) { return .refused(status: refusal.status) }
    let status = faults.take(for: claimed) { kind -> Int? in
      if case .refuseUpgrade(let status) = kind { status } else { nil }
    }
    if let status { return .refused(status: status) }
    guard settings.webSocket == .offered else { return .refused(status: 400) }
    guard let login = authenticate(request, opensSession: false) else {
      return .refused(status: 401)
    }
    sockets[id] = GWSSocket(agent: login.agent)
    if faults.take(.silentSocket, for: login.agent) { silence(id) }
    return .accepted
  }

  /// A whole text message has come.
  package mutating func socketMessage(_ id: GWSSocketID, _ bytes: [UInt8], at time: Duration) {
    advance(to: time)
    guard let socket = sockets[id], !socket.isSilent else { return }
    counters.requests += 1
    guard let messages = BayeuxRequest.read(bytes), !messages.isEmpty,
      !violatesProtocol(messages)
    else {
      // Faye writes what it cannot read to its log and goes on.
      if settings.personality == .cometd { close(id, code: CloseCode.serverError) }
      return flushEvents()
    }
    let caller = Caller(agent: socket.agent, socket: id)
    let answer = answer(messages, from: caller)
    transmit(answer.events, answer.replies, on: id)
    if let held = answer.held { park(held.clientID, held.connect) }
    endSessions(of: messages, from: caller)
    flushEvents()
  }

  /// The socket has ended by itself; its sessions live on and wait for another connect.
  package mutating func socketClosed(_ id: GWSSocketID, at time: Duration) {
    advance(to: time)
    forget(id)
  }

  /// How many WebSockets are open.
  package var socketCount: Int { sockets.count }

  // MARK: - Sessions on sockets

  /// The session's events go to this socket from now on.
  mutating func bind(_ clientID: String, to id: GWSSocketID) {
    unbind(clientID)
    sockets[id]?.sessions.insert(clientID)
    sessions[clientID]?.socket = id
  }

  /// The session's events go with its replies over HTTP from now on.
  mutating func unbind(_ clientID: String) {
    guard let id = sessions[clientID]?.socket else { return }
    sessions[clientID]?.socket = nil
    // A connect that is held there still ends with that socket.
    guard sessions[clientID]?.held?.carrier.socket != id else { return }
    sockets[id]?.sessions.remove(clientID)
  }

  /// Faye takes the socket of any message for the one to write to.
  mutating func bindAtOnce(_ clientID: String, _ caller: Caller) {
    guard settings.personality == .faye, let id = caller.carrier.socket else { return }
    bind(clientID, to: id)
  }

  private mutating func forget(_ id: GWSSocketID) {
    guard let socket = sockets.removeValue(forKey: id) else { return }
    for clientID in socket.sessions.sorted() {
      let isBound = sessions[clientID]?.socket == id
      if isBound { sessions[clientID]?.socket = nil }
      let isHeldHere = sessions[clientID]?.held?.carrier.socket == id
      if isHeldHere { _ = release(clientID) }
      sessions[clientID]?.overtaken.removeAll { $0.carrier.socket == id }
      guard isBound || isHeldHere, sessions[clientID]?.held == nil else { continue }
      if sessions[clientID]?.isForgotten == true {
        remove(clientID)
      } else {
        setDeadline(of: clientID, to: endWithoutConnect(clientID))
      }
    }
  }

  // MARK: - Sending

  /// Writes events and replies: from CometD each event is a message of its own, in front of the
  /// replies; from Faye too, unless they wait for a connect reply, which they then follow.
  mutating func transmit(_ events: [[UInt8]], _ replies: [[UInt8]], on id: GWSSocketID) {
    guard let socket = sockets[id], !(events.isEmpty && replies.isEmpty) else { return }
    counters.eventsSent += events.count
    guard !socket.isSilent else { return }
    var frames: [[UInt8]]
    if settings.personality == .faye, !replies.isEmpty {
      frames = [joined(replies + events)]
    } else {
      frames = events.map { joined([$0]) }
      if !replies.isEmpty { frames.append(joined(replies)) }
    }
    var isCut = false
    if !events.isEmpty {
      let context = ReplyContext(agent: socket.agent, isBayeux: true, carriesEvents: true)
      let damage = faults.take(for: socket.agent) { kind -> Fault.Kind? in
        switch kind {
        case .cut(let paths), .truncate(let paths): paths.damages(context) ? kind : nil
        default: nil
        }
      }
      switch damage {
      case .cut?:
        isCut = true
        frames.removeLast(frames.count - frames.count / 2)
      case .truncate?: frames[0] = Array(frames[0].prefix(frames[0].count / 2))
      default: break
      }
    }
    for frame in frames { emit(.send(id, frame)) }
    if isCut { reset(id) }
  }

  // MARK: - Ending sockets

  /// Closes the sockets of an agent, or all, with this code.
  package mutating func closeSockets(of agent: String? = nil, code: Int) {
    for id in orderedSockets(of: agent) { close(id, code: code) }
  }

  /// Breaks the sockets of an agent, or all, as a TCP reset does.
  package mutating func resetSockets(of agent: String? = nil) {
    for id in orderedSockets(of: agent) { reset(id) }
  }

  /// The sockets of an agent, or all, stay open and nothing gets through any more: half-open.
  package mutating func silenceSockets(of agent: String? = nil) {
    for id in orderedSockets(of: agent) { silence(id) }
  }

  private func orderedSockets(of agent: String?) -> [GWSSocketID] {
    sockets.filter { agent == nil || $0.value.agent == agent }.keys
      .sorted { $0.number < $1.number }
  }

  mutating func close(_ id: GWSSocketID, code: Int) {
    guard sockets[id] != nil else { return }
    emit(.closeSocket(id, code: code))
    forget(id)
  }

  private mutating func reset(_ id: GWSSocketID) {
    emit(.resetSocket(id))
    forget(id)
  }

  private mutating func silence(_ id: GWSSocketID) {
    guard sockets[id]?.isSilent == false else { return }
    sockets[id]?.isSilent = true
    emit(.silenceSocket(id))
  }
}
