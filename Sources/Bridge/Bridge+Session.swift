import Bayeux
import Commands
import Evidence
import JSON

/// The Bayeux session of an agent: its effects become requests, events and gaps.
extension Bridge {
  mutating func feedSession(_ agent: Int, _ input: Session.Input, at now: Moment) {
    agents[agent].completeBefore = complete(agent, at: now) ?? agents[agent].kept.complete
    for effect in agents[agent].session.handle(input, at: now.monotonic) {
      perform(effect, agent, at: now)
    }
    keepSession(agent, at: now)
    if agents[agent].isLeaving, agents[agent].isStopped { finishLeaving(agent, at: now) }
  }

  mutating func exchangeAnswered(
    _ agent: Int, _ exchange: ExchangeID, _ answer: Answer, at now: Moment
  ) {
    let reply: Session.Reply
    switch answer {
    case .response(let status, let headers, let body):
      let seconds = headers.first("Retry-After").flatMap { Int64($0) }
      reply = .response(
        status: status, body: body, retryAfter: seconds.map { .seconds(max(0, $0)) })
    case .failed(let reason, let mayHaveReachedServer, let partialBody):
      reply = .failed(
        TransportFailure(
          reason: reason, mayHaveReachedServer: mayHaveReachedServer, partialBody: partialBody))
    }
    feedSession(agent, .replied(exchange, reply), at: now)
  }

  private mutating func perform(_ effect: Session.Effect, _ agent: Int, at now: Moment) {
    switch effect {
    case .send(let exchange) where exchange.kind == .handshake:
      sendHandshake(exchange, agent, at: now)
    case .send(let exchange): send(exchange, agent)
    case .cancel(let exchange):
      if case .handshake(let waiting) = agents[agent].ticket, waiting.id == exchange {
        agents[agent].ticket = nil
      }
      if let id = agents[agent].requests.removeValue(forKey: exchange) { cancel(id) }
    case .open(let socket): openSocket(socket, agent)
    case .transmit(let socket, let bytes): transmit(bytes, on: socket, agent)
    case .close(let socket): closeSocket(socket, agent)
    case .forgetCookies: turn.effects.append(.forgetCookies(agent: agents[agent].name))
    case .deliver(let batch, let deliveries):
      for delivery in deliveries { receive(delivery, agent, at: now) }
      agents[agent].batchToJournal = batch
      agentsToJournal.append(agent)
    case .quarantine(let malformed):
      quarantine(agent, channel: nil, reason: malformed.reason, bytes: malformed.bytes, at: now)
    case .wake(let time):
      alarms.set(Alarm.session.key(agent), time)
    case .changed(let change): tell(change, agent, at: now)
    case .interrupted(let interruption): interrupted(agent, interruption, at: now)
    case .ready, .resumed: observing(agent, at: now)
    // Nothing was missed. The snapshot is for the commands that an earlier process left open.
    case .continued: observing(agent, at: now)
    case .notResumed(let reason): notResumed(agent, reason: reason, at: now)
    case .authenticationNeeded(let reason):
      authenticationNeeded(agent, reason: reason, at: now)
    case .stopped: stopped(agent)
    }
  }

  mutating func send(_ exchange: Exchange, _ agent: Int) {
    let id = request(
      .exchange(agent: agent, exchange.id), agent: agent, .post,
      settings.dialect.notifications + exchange.pathSuffix, body: exchange.body,
      timeout: exchange.timeout)
    agents[agent].requests[exchange.id] = id
  }

  private mutating func tell(_ change: Session.Change, _ agent: Int, at now: Moment) {
    switch change {
    case .resuming: tellSession(agent, state: "resuming", at: now)
    case .handshaking: tellSession(agent, state: "handshaking", at: now)
    case .connected:
      // A login counts as good only once the platform has finished it.
      if agents[agent].initialization == .complete { agents[agent].loginFailures = 0 }
      tellSession(agent, state: "connected", at: now)
    case .unconnected(let reason):
      tellSession(agent, state: "unconnected", reason: reason, at: now)
    case .refused(let channel, let reason):
      tellSession(agent, state: "refused", reason: "\(channel): \(reason)", at: now)
    case .accepted(let channel): tellSession(agent, state: "accepted", reason: channel, at: now)
    case .authenticationNeeded(let reason):
      tellSession(agent, state: "authentication-needed", reason: reason, at: now)
    case .looping(let reason): tellSession(agent, state: "looping", reason: reason, at: now)
    case .misconfigured(let reason):
      tellSession(agent, state: "misconfigured", reason: reason, at: now)
    case .multipleClients:
      tellSession(
        agent, state: "multiple-clients",
        reason: "another session shares this agent's cookies; give each its own", at: now)
    case .stopped: tellSession(agent, state: "stopped", at: now)
    }
  }

  // MARK: - Gaps

  /// Something may have been missed from now on. The first interruption of a gap sets its start.
  private mutating func interrupted(
    _ agent: Int, _ interruption: Session.Interruption, at now: Moment
  ) {
    if case .asked(let id) = agents[agent].sync { cancel(id) }
    agents[agent].sync = .outOfSync
    if agents[agent].initialization != .complete {
      agents[agent].initialization = .awaited(isObserving: false)
    }
    alarms.set(Alarm.snapshot.key(agent), nil)
    guard agents[agent].gap == nil else { return }
    let from = interruption.completeUntil.map { now.wall - (now.monotonic - $0) }
    agents[agent].gap = OpenGap(
      from: from ?? agents[agent].kept.complete, cause: Self.name(interruption.cause),
      reason: interruption.reason)
    feedLedger(.observationLost(agent: agents[agent].name), at: now)
  }

  private static func name(_ cause: Session.Interruption.Cause) -> String {
    switch cause {
    case .started: "started"
    case .sessionLost: "session-lost"
    case .answerLost: "answer-lost"
    case .unreadable: "unreadable"
    case .authenticationNeeded: "authentication-needed"
    }
  }

  /// A notification about the calls came and could not be read: any of them may have changed.
  mutating func missed(_ agent: Int, reason: String, at now: Moment) {
    if agents[agent].gap == nil {
      agents[agent].gap = OpenGap(
        from: agents[agent].completeBefore, cause: Self.name(.unreadable), reason: reason)
      feedLedger(.observationLost(agent: agents[agent].name), at: now)
    }
    switch agents[agent].sync {
    // What is asked for, or will be, after this moment shows it too.
    case .outOfSync, .waiting: return
    case .asked: agents[agent].mustAskAgain = true
    case .inSync:
      agents[agent].sync = .outOfSync
      observing(agent, at: now)
    }
  }

  /// The session observes again: what it may have missed is read from a snapshot, or declared.
  mutating func observing(_ agent: Int, at now: Moment) {
    guard settings.dialect.calls != nil else {
      closeGap(agent, isResynced: false, at: now)
      agents[agent].sync = .inSync
      return
    }
    if agents[agent].initialization != .complete {
      agents[agent].initialization = .awaited(isObserving: true)
    }
    requestSnapshot(agent, at: now)
  }

  /// Publishes the gap's one event, if there is a gap, and tells the ledger whether its commands
  /// can be judged: a session that is taken up again has missed nothing.
  mutating func closeGap(_ agent: Int, isResynced: Bool, at now: Moment) {
    let gap = agents[agent].gap
    agents[agent].gap = nil
    if !isResynced {
      for id in agents[agent].calls.keys { agents[agent].calls[id]?.isExact = false }
    }
    if let gap {
      agents[agent].lastGap = now.wall
      publishGap(agent, gap, isResynced: isResynced, at: now)
    }
    feedLedger(
      .observationRestored(agent: agents[agent].name, resynced: isResynced || gap == nil), at: now)
  }

  mutating func publishGap(_ agent: Int, _ gap: OpenGap, isResynced: Bool, at now: Moment) {
    let name = agents[agent].name
    // A clock that was set back must not turn the bounds round.
    let from = gap.from.map { min($0, now.wall) }
    publish(.gap, agent: agent, at: now) { writer in
      writer.member("agent", name)
      writer.member("from", time: from)
      writer.member("to", time: now.wall)
      writer.member("cause", gap.cause)
      writer.member("reason", gap.reason)
      writer.member("resynced", isResynced)
    }
    log(
      .warning, "gap", agent: agent,
      [Header("cause", gap.cause), Header("resynced", isResynced ? "true" : "false")])
  }

  /// Wall time up to which the session has missed nothing; nil while it may have.
  func complete(_ agent: Int, at now: Moment) -> Duration? {
    agents[agent].session.status.completeUntil.map { now.wall - (now.monotonic - $0) }
  }

  // MARK: - Quarantine

  /// Keeps bytes that could not be read, and says so.
  mutating func quarantine(
    _ agent: Int, channel: String?, reason: String, bytes: some Collection<UInt8>,
    at now: Moment
  ) {
    let bytes = Array(bytes)
    let name = agents[agent].name
    let hash = settings.sha256(bytes)
    let sequence = publish(.quarantine, agent: agent, at: now) { writer in
      writer.member("agent", name)
      writer.member("channel", channel)
      writer.member("reason", reason)
      writer.member("sizeBytes", bytes.count)
      writer.member("sha256", Hex.text(hash))
      writer.member("bytes", Base64.text(Array(bytes.prefix(Quarantine.publishedBytes))))
    }
    let isKeptWhole = bytes.count <= Quarantine.keptWholeBytes
    turn.writes.append(
      .quarantine(
        Quarantine(
          sequence: sequence, agent: name, channel: channel, reason: reason,
          bytes: isKeptWhole ? bytes : Array(bytes.prefix(Quarantine.keptBeginningBytes)),
          sizeBytes: bytes.count)))
    log(
      .warning, "quarantined", agent: agent,
      [Header("reason", reason), Header("sizeBytes", String(bytes.count))])
  }
}

extension Quarantine {
  /// Bytes of the message that the event shows, in base64. Enough to recognise the sender, small
  /// enough for every reader.
  static let publishedBytes = 4_096
  /// Up to this size the store keeps all bytes: no notification of a platform comes near it.
  static let keptWholeBytes = 16 << 20
  /// Of anything larger it keeps the beginning, which with the size and the hash tells which
  /// message it was; a sender of such sizes must not fill the disk.
  static let keptBeginningBytes = 64 << 10
}
