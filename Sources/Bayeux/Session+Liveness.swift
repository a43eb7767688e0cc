extension Session {
  /// When to ask whether the server still knows the session: a server that has forgotten it says so
  /// only when something is asked, and the connect is parked for as long as a minute. Some servers
  /// also park one that asks for an answer at once.
  ///
  /// Whatever comes is a sign of life, so a busy session never asks. While interrupted it asks
  /// soon: the answer shows that the session goes on, and the state can be read again. Behind the
  /// first connect that a new socket parks it asks at once: see ``ServerSession/astraySince``.
  var probeDue: Duration? {
    if server.astraySince != nil, !isOutstanding(.subscribe),
      !server.subscriptions.confirmed.isEmpty,
      let connect = outstanding.values.first(where: { $0.kind == .connect && $0.isParked }),
      connect.socket != nil, server.lastProbe < connect.sentAt
    {
      return connect.sentAt
    }
    guard let interval = settings.livenessInterval, server.isReady, !server.isResuming,
      !isOutstanding(.subscribe), !server.subscriptions.confirmed.isEmpty,
      let connect = outstanding.values.first(where: { $0.kind == .connect })
    else { return nil }
    let pause = isInterrupted ? min(interval, SessionBounds.interruptedProbePause) : interval
    return max(lastHeard, connect.sentAt, server.lastProbe) + pause
  }

  /// Subscribes once more to what is confirmed: on a server that knows us this changes nothing.
  mutating func sendProbe() {
    server.lastProbe = clock
    let channels = server.subscriptions.confirmed
    let groups = subscribesAsArray ? [channels] : channels.map { [$0] }
    let asked = groups.map { Asked(id: nextMessageID(), channels: $0) }
    let body = Outgoing.subscribe(clientID: server.clientID, asked: asked)
    send(.subscribe, body, asked, timeout: settings.networkDelay)
  }
}

// MARK: - The hold

extension Session {
  /// How long the next connect is parked.
  var hold: Duration { min(server.askedHold ?? server.pacing.hold, server.pacing.hold) }

  /// Learns from a parked connect that was cut without a byte, or answered 502 or 504: twice in a
  /// row after about the same time, and something between us and the server does not wait longer.
  /// From then on the session asks for a shorter hold.
  mutating func noteCut(_ connect: Outstanding, isSilent: Bool) {
    let elapsed = clock - connect.sentAt
    guard isSilent, connect.isParked, elapsed >= SessionBounds.cutMin,
      elapsed < hold - SessionBounds.cutMargin
    else { return }
    defer { server.lastCut = elapsed }
    guard let last = server.lastCut, elapsed * 4 >= last * 3, elapsed * 4 <= last * 5 else {
      return
    }
    server.askedHold = min(elapsed, last) * 4 / 5
  }

  /// A connect was parked for longer than one was cut after: that was no rule.
  mutating func noteUncut(_ connect: Outstanding) {
    if let last = server.lastCut, connect.isParked, clock - connect.sentAt > last {
      server.lastCut = nil
    }
  }
}
