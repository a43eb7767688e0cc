package import Commands
import JSON
package import Privacy

/// The asymmetric fail-safe: while the store cannot be written, Stop and Pause leave, and the login
/// that they need; Start and Resume are refused; everything else waits for the store.
///
/// The safe direction is "not recording", and an outage of the audit must not keep a recording
/// running. ``mayLeaveWithoutStore(_:)`` and ``passage(of:)`` are the whole rule.
extension Bridge {
  /// Whether a command may leave although its record cannot be stored.
  package static func mayLeaveWithoutStore(_ operation: Operation) -> Bool {
    operation.isSafeDirection
  }

  /// What becomes of an effect while the store cannot be written.
  package enum Passage: Equatable, Sendable {
    /// At once, once the moves of the Stops and Pauses in its turn are on record elsewhere.
    case leaves
    /// When its turn has been committed, in order.
    case waits
    /// It is refused: give it to ``refuse(_:at:)``.
    case never
  }

  /// Judges an effect of a turn that cannot be committed.
  package func passage(of effect: Effect) -> Passage {
    switch effect {
    case .request(let request):
      switch purposes[request.id] {
      case .login: .leaves
      case .command(_, let id): passage(of: ledger.command(id))
      case .lookUp(_, let lookUp) where lookUp.look == nil:
        passage(of: ledger.command(lookUp.command))
      // What it would show cannot be stored.
      case .look, .lookUp, .routeLook: .never
      // The next connect would acknowledge what is not stored.
      case .exchange, .snapshot, nil: .waits
      }
    case .reply(_, .issued(let command)), .reply(_, .known(let command)): passage(of: command)
    case .reply(_, .refused), .withdraw, .wake, .log, .stopped: .leaves
    // Sockets carry what connects carry; a cancel stays behind the request that it cancels.
    case .reply(_, .acknowledged), .reply(_, .group), .reply(_, .erasing), .cancel, .openSocket,
      .transmit, .closeSocket, .forgetCookies, .removed, .left, .anchor:
      .waits
    }
  }

  private func passage(of command: Command?) -> Passage {
    command.map { Self.mayLeaveWithoutStore($0.operation) } == true ? .leaves : .never
  }

  /// An effect that must not leave: the asker is told, and the command ends as not sent.
  package mutating func refuse(_ effect: Effect, at now: Moment) -> Turn {
    switch effect {
    case .request(let request):
      switch purposes.removeValue(forKey: request.id) {
      case .command(_, let id):
        let message = "not sent: the store could not be written"
        feedLedger(
          .replied(id, .rejected(statusCode: nil, httpStatus: nil, message: message)), at: now)
      case .look(let agent, let mark):
        if let look = mark.look { giveUpLook(at: look.call, agent, at: now) }
      case .routeLook(let agent, let look): giveUpLook(at: look.look.call, agent, at: now)
      case .lookUp(let agent, let lookUp):
        if let look = lookUp.look?.look {
          giveUpLook(at: look.call, agent, at: now)
        } else {
          lookUpFailed(lookUp, "the store could not be written", at: now)
        }
      case .exchange, .login, .snapshot, nil: break
      }
    case .reply(let ask, _): turn.effects.append(.reply(ask, .refused(.storeUnavailable)))
    default: break
    }
    return takeTurn()
  }

  /// The commands of the turns before have left; what waits for a commit goes on waiting.
  package mutating func left(at now: Moment) -> Turn {
    let commands = commandsToSend
    commandsToSend = []
    for id in commands { feedLedger(.sent(id), at: now) }
    return takeTurn()
  }

  /// The store cannot be written from now on. No connect leaves, so nobody is looking: nothing
  /// that was known of the calls counts as exact, and deadlines end in `unobservable`.
  package mutating func storeLost(at now: Moment) -> Turn {
    isStoreLost = true
    for agent in agents { feedLedger(.observationLost(agent: agent.name), at: now) }
    for agent in agents.indices { giveUpLooks(agent, at: now) }
    for agent in agents.indices where agents[agent].login == .good {
      sendHeldCommands(agent, at: now)
    }
    return takeTurn()
  }

  /// The store takes writes again: this turn, behind those that waited, ends the story.
  package mutating func storeFound(after outage: Outage, at now: Moment) -> Turn {
    isStoreLost = false
    for agent in agents where agent.sync == .inSync && agent.gap == nil {
      // The session goes on with the connect that waited. Should it be lost, it says so itself.
      feedLedger(.observationRestored(agent: agent.name, resynced: true), at: now)
    }
    turn.writes += events.write(outage, at: now)
    return takeTurn()
  }

  /// The writes that tell a store what an earlier process, or this one without it, has on record:
  /// each move of each command at the time it happened, and then the outage.
  ///
  /// - Parameters:
  ///   - identity: the store's.
  ///   - last: the number of its newest event.
  ///   - commitments: as the bridge's, with salts of their own.
  package static func tale(
    of records: [EmergencyRecord], lost: Int, site: String, store identity: String,
    last: Int64, commitments: Commitments? = nil, at now: Moment
  ) -> [Write] {
    guard let outage = Outage(records, lost: lost) else { return [] }
    var events = EventWriter(
      site: site, store: identity, last: last, commitments: commitments)
    var writes: [Write] = []
    for case .moved(let command, let time) in records {
      let moment = Moment(monotonic: now.monotonic, wall: time)
      writes += events.write(command, isEmergency: true, at: moment)
    }
    return writes + events.write(outage, at: now)
  }
}

extension EventWriter {
  /// A command's move: its event, its entry in the audit and its state.
  mutating func write(
    _ command: Command, sight: Sight? = nil, isEmergency: Bool, at now: Moment
  ) -> [Write] {
    // Only of what shows this very grade: a command that ends later names the event alone.
    let raw = command.evidence.event == sight?.event ? sight?.raw : nil
    let isConfirmation = command.operation.isSafeDirection && command.grade?.isConfirmed == true
    let writes = record(
      .command, agent: command.agent, call: command.call, raw: raw,
      isConfirmation: isConfirmation, at: now
    ) { writer in
      command.write(to: &writer)
      if isEmergency { writer.member("emergency", true) }
    }
    return writes + [.command(command, sequence: last)]
  }

  /// The outage of which the end is told.
  mutating func write(_ outage: Outage, at now: Moment) -> [Write] {
    record(.outage, agent: "", call: nil, at: now) { writer in
      // A clock that was set back must not turn the bounds round.
      writer.member("from", time: min(outage.from, now.wall))
      writer.member("to", time: now.wall)
      writer.member("reason", outage.reason)
      writer.member("commands", outage.commands)
      writer.member("lostRecords", outage.lostRecords)
    }
  }
}

extension Bridge.Refusal {
  static let storeUnavailable = Bridge.Refusal(
    reason: .storeUnavailable,
    detail: "The store cannot be written, so Start and Resume are refused and nothing was sent; "
      + "Stop and Pause are still carried out. Make the store writable (GET /readyz says what is "
      + "wrong), then ask again.")
}
