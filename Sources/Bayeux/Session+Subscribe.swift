import JSON

extension Session {
  mutating func sendSubscribe() {
    let groups = server.subscriptions.take(at: clock, asArray: subscribesAsArray)
    let asked = groups.map { Asked(id: nextMessageID(), channels: $0) }
    let body = Outgoing.subscribe(clientID: server.clientID, asked: asked)
    send(.subscribe, body, asked, timeout: settings.networkDelay)
  }

  mutating func subscribeAnswered(_ exchange: Outstanding, _ body: Body) {
    var unanswered: [String] = []
    for asked in exchange.asked {
      guard let reply = body.reply(on: Channel.subscribe, to: asked) else {
        unanswered += asked.channels
        continue
      }
      server.pacing.merge(reply.advice)
      if reply.isSuccessful {
        confirm(asked.channels, by: reply)
      } else if reply.error?.isUnknownSession == true || reply.advice?.reconnect == .handshake {
        // CometD and Faye give no advice here, and the parked connect is none the wiser.
        let reason = "subscribe refused: " + (reply.error?.description ?? "no reason given")
        return loseSession(reason, pause: reply.advice?.interval ?? .zero)
      } else {
        refuse(asked.channels, reply.error?.description ?? "no reason given")
      }
    }
    if !unanswered.isEmpty {
      let reason = noReply(body, to: "subscribe")
      lastProblem = reason
      if !server.usesAck { interrupt(.answerLost, reason, since: exchange.completeUntil) }
      subscribeFailed(unanswered, pause: .zero)
    } else {
      resume()
    }
    becomeReady()
  }

  private mutating func confirm(_ channels: [String], by reply: BayeuxMessage) {
    let named = reply.subscriptions
    for channel in channels {
      // A reply that names channels confirms those and no others.
      if named.isEmpty || named.contains(channel) {
        accept(channel)
      } else {
        refuse([channel], "the server's reply does not name it")
      }
    }
  }

  mutating func accept(_ channel: String) {
    server.subscriptions.confirm(channel)
    if refused.remove(channel) != nil { effects.append(.changed(.accepted(channel: channel))) }
  }

  private mutating func refuse(_ channels: [String], _ reason: String) {
    if channels.count > 1 {
      // One of them is refused, or arrays are: asked one by one, each gets its own answer.
      subscribesAsArray = false
      return server.subscriptions.split(channels)
    }
    for channel in channels {
      lastProblem = "\(channel) refused: \(reason)"
      if channel == settings.channels.first, server.isReady {
        // It was granted before: whether it still is, is anybody's guess.
        interrupt(.sessionLost, "\(channel) refused: \(reason)", since: completeNow)
        server.isReady = false
      }
      server.subscriptions.refuse(channel, at: clock)
      if refused.insert(channel).inserted {
        effects.append(.changed(.refused(channel: channel, reason: reason)))
      }
    }
  }

  mutating func subscribeFailed(_ channels: [String], pause: Duration) {
    server.subscriptions.unanswered(channels, at: clock, pause: pause, &random)
  }

  /// Once the channel that carries the calls is confirmed, the snapshot can be read: what happens
  /// after it was taken will be notified.
  mutating func becomeReady() {
    guard !server.isReady, server.subscriptions.isFirstConfirmed, server.astraySince == nil else {
      return
    }
    server.isReady = true
    closeInterruption(.ready(generation: generation))
  }
}
