package import JSON

extension Session {
  /// What another process needs to go on with this server-side session: no handshake, no gap.
  ///
  /// Its acknowledgement covers exactly what was delivered with the inputs so far. So it must reach
  /// the disk in one transaction with those deliveries: stored later, they would come twice; stored
  /// earlier, they could be lost. The client id lets its holder listen: it is a secret.
  package struct Saved: Equatable, Sendable {
    let clientID: String
    let generation: UInt64
    let ack: Int64
    let pacing: Pacing
    /// What the server has confirmed.
    let channels: [String]
    let redelivery: Redelivery
    /// Tried first by whoever goes on with it.
    package let transport: Transport

    /// How long after the last good connect the server may still hold the session: the next connect
    /// was parked at once, and then the server waits for one more.
    package var lifetime: Duration { pacing.hold + pacing.interval + pacing.maxInterval }

    /// Whether a session of these settings may go on with it: it hears the calls, and nothing that
    /// is not wanted any more.
    package func fits(_ settings: SessionSettings) -> Bool {
      settings.requestsAck && settings.channels.first.map(channels.contains) ?? true
        && channels.allSatisfy(settings.channels.contains)
    }
  }

  /// What would resume the session now; nil while there is none, while the server does not
  /// acknowledge (it has forgotten what it wrote into a broken connection), or while interrupted.
  package var saved: Saved? {
    guard state.isInSession, server.usesAck, server.isReady, !isInterrupted,
      server.subscriptions.isFirstConfirmed
    else { return nil }
    return Saved(
      clientID: server.clientID, generation: generation, ack: server.ack, pacing: server.pacing,
      channels: server.subscriptions.confirmed, redelivery: server.redelivery.beforeNextAnswer,
      transport: server.offersSocket && server.hasUsedSocket ? .webSocket : .longPolling)
  }
}

// MARK: - As JSON

extension Session.Saved {
  /// Writes one object, which ``init(_:)`` reads back to an equal value.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("clientId", clientID)
      writer.member("generation", generation)
      writer.member("ack", ack)
      writer.member("holdMilliseconds", Self.milliseconds(pacing.hold))
      writer.member("intervalMilliseconds", Self.milliseconds(pacing.interval))
      writer.member("maxIntervalMilliseconds", Self.milliseconds(pacing.maxInterval))
      writer.member("channels", channels)
      writer.member("transport", transport.rawValue)
      if !redelivery.isEmpty {
        writer.name("delivered")
        redelivery.write(to: &writer)
      }
    }
  }

  /// Nil for anything that ``write(to:)`` has not written; durations are clamped like an advice's.
  package init?(_ value: JSONValue) {
    guard let clientID = value["clientId"]?.string, !clientID.isEmpty,
      let generation = value["generation"]?.integer.flatMap(UInt64.init(exactly:)),
      let ack = value["ack"]?.integer, ack >= 0,
      let hold = value["holdMilliseconds"]?.integer,
      let interval = value["intervalMilliseconds"]?.integer,
      let maxInterval = value["maxIntervalMilliseconds"]?.integer,
      let channels = value["channels"]?.elements.compactMap(\.string),
      let redelivery = Redelivery(value["delivered"])
    else { return nil }
    var pacing = Pacing()
    pacing.hold = Self.duration(hold, upTo: SessionBounds.holdMax)
    pacing.interval = Self.duration(interval, upTo: SessionBounds.intervalMax)
    pacing.maxInterval = Self.duration(maxInterval, upTo: SessionBounds.intervalMax)
    self.init(
      clientID: clientID, generation: generation, ack: ack, pacing: pacing, channels: channels,
      redelivery: redelivery,
      transport: value["transport"]?.string.flatMap(Transport.init) ?? .longPolling)
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    Int64(duration / .milliseconds(1))
  }

  private static func duration(_ milliseconds: Int64, upTo longest: Duration) -> Duration {
    .milliseconds(max(0, min(milliseconds, Int64(longest / .milliseconds(1)))))
  }
}
