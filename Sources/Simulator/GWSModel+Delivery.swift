import JSON

extension GWSModel {
  static let callsChannel = "/v2/me/calls"

  /// Publishes a notification about a call as it is now, with whatever faults are armed.
  mutating func publish(
    _ type: String, about call: SimulatedCall, after delay: Duration? = nil
  ) {
    let agent = call.agent
    var flaws = NotificationFlaws()
    flaws.isWithoutCall = faults.take(.withoutCall, for: agent)
    flaws.hasInvalidUTF8 = faults.take(.invalidUTF8, for: agent)
    flaws.extraUserDataBytes =
      faults.take(for: agent) { kind -> Int? in
        if case .bigUserData(let sizeBytes) = kind { sizeBytes } else { nil }
      } ?? 0
    let data = call.notification(
      type, settings: settings, now: now, unixMilliseconds: unixMilliseconds, flaws: flaws)
    if let delay {
      agenda.add(
        .deliver(agent: agent, channel: Self.callsChannel, data: data), due: now + delay)
      return
    }
    if faults.take(.dropEvent, for: agent) { return }
    if let withheld = agents[agent]?.withheld {
      agents[agent]?.withheld = nil
      deliver(data, on: Self.callsChannel, to: agent)
      return deliver(withheld.data, on: withheld.channel, to: agent)
    }
    if faults.take(.swapEvents, for: agent) {
      agents[agent]?.withheld = (Self.callsChannel, data)
      return
    }
    deliver(data, on: Self.callsChannel, to: agent)
    if faults.take(.duplicateEvent, for: agent) {
      deliver(data, on: Self.callsChannel, to: agent)
    }
  }

  /// Queues `data` in every session of the agent that subscribed to the channel.
  mutating func deliver(_ data: [UInt8], on channel: String, to agent: String) {
    deliver(message: message(with: data, on: channel), on: channel, to: agent)
  }

  func message(with data: [UInt8], on channel: String) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("channel", channel)
        writer.member("data", raw: data)
      }
    }
  }

  /// Queues a whole Bayeux message as it is.
  mutating func deliver(message: [UInt8], on channel: String, to agent: String) {
    for clientID in agents[agent]?.sessions ?? [] {
      // Of a long row of events to one session only the first has to say so.
      if sessions[clientID]?.offer(message, on: channel) == true, touched.last != clientID {
        touched.append(clientID)
      }
    }
  }

  /// Sends the events of sessions that have got some: on their sockets, or with the held connects,
  /// which end for them.
  mutating func flushEvents() {
    while !touched.isEmpty {
      let candidates = touched
      touched = []
      for clientID in candidates { flushEvents(of: clientID) }
    }
  }

  private mutating func flushEvents(of clientID: String) {
    guard let session = sessions[clientID], session.hasEvents else { return }
    if session.flowsOnSocket, let socket = session.socket {
      transmit(takeQueue(of: clientID), [], on: socket)
    } else if let held = release(clientID) {
      finishConnect(clientID, held, advice: nil)
    }
  }

  /// Numbered notifications on one call, `userData.seq` counting on from the last burst. With an
  /// interval they are spread in time; the call's end ends them.
  mutating func burst(_ callID: String, count: Int, interval: Duration) {
    var remaining = count
    while remaining > 0, var call = calls[callID], call.state != .released {
      remaining -= 1
      call.lastSequence += 1
      call.setUserDatum("seq", Array(String(call.lastSequence).utf8))
      calls[callID] = call
      publish("AttachedDataChanged", about: call)
      if interval > .zero {
        guard remaining > 0 else { return }
        return agenda.add(
          .burst(callID: callID, remaining: remaining, interval: interval), due: now + interval)
      }
    }
  }
}
