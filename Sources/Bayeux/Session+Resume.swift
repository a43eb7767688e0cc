extension Session {
  /// Goes on, at the next ``Input/start``, with the server-side session that an earlier process
  /// saved: its first message is a connect with the stored acknowledgement.
  ///
  /// If the server answers it well, ``Effect/continued(generation:)`` follows what it brings, and
  /// nothing was missed. If the server does not know the session any more, it is declared lost and
  /// ``Effect/notResumed(reason:)`` follows. An answer that does not come decides nothing: the
  /// connect is repeated.
  ///
  /// - Precondition: not started yet; `saved` fits the settings.
  package mutating func resume(from saved: Saved) {
    precondition(state == .idle, "only a session that was not started can resume another")
    precondition(saved.fits(settings), "the saved session listens to other channels")
    generation = saved.generation
    server = ServerSession(clientID: saved.clientID, channels: settings.channels)
    server.pacing = saved.pacing
    server.usesAck = true
    server.ack = saved.ack
    server.redelivery = saved.redelivery
    for channel in saved.channels { server.subscriptions.confirm(channel) }
    server.isReady = true
    server.isResuming = true
    server.offersSocket = saved.transport == .webSocket && settings.prefersSocket
    server.hasUsedSocket = server.offersSocket
  }

  /// The first connect was answered well: the server has gone on holding the session for us.
  mutating func resumed() {
    guard server.isResuming else { return }
    server.isResuming = false
    // What came with the answer may have been damaged; then `resumed` follows at once.
    if !isInterrupted { effects.append(.continued(generation: generation)) }
  }

  /// As if never started, but that the interruption has been told: the login may be as old as the
  /// session, so whoever drives us begins with that.
  mutating func notResumed(_ reason: String) {
    leaveSession(.sessionLost, reason)
    move(to: .idle)
    effects.append(.notResumed(reason: reason))
  }
}
