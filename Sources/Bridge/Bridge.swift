package import Bayeux
package import Commands
import JSON

package struct BridgeSettings: Sendable {
  /// Goes into every event's source.
  package var site: String
  /// The store's identity: the first half of every cursor.
  package var store: String
  package var dialect: Dialect
  package var agents: [String]
  package var session: SessionSettings
  package var ledger: LedgerSettings
  /// SHA-256 (FIPS 180-4): names the bytes of what is quarantined.
  package var sha256: @Sendable ([UInt8]) -> [UInt8]

  package init(
    site: String, store: String, dialect: Dialect, agents: [String],
    session: SessionSettings, ledger: LedgerSettings = LedgerSettings(),
    sha256: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    self.site = site
    self.store = store
    self.dialect = dialect
    self.agents = agents
    self.session = session
    self.ledger = ledger
    self.sha256 = sha256
  }
}

/// The bounds of the bridge, each with its reason.
package enum BridgeLimits {
  /// Live calls of one agent. A desk phone has a handful; a thousand means that ends are missed,
  /// and the oldest is then forgotten with a log line.
  package static let callsPerAgent = 1_000
  /// Snapshots that may fail before the gap is published as not closed. Three cover a restart of
  /// the platform's node; the attempts go on.
  package static let snapshotFailuresBeforeTold = 3
  /// How often the time of the newest complete connect is stored: the precision of a gap's start
  /// after a kill, for one small write a minute and agent.
  package static let completeStoredEvery = Duration.seconds(60)
  /// As above for a session that can be resumed: its time decides whether a restart tries to, and
  /// servers keep a session for 10 s.
  package static let resumableStoredEvery = Duration.seconds(10)
  /// From the second login in a row on, doubling up to the second figure: platforms lock accounts.
  package static let loginPause = Duration.seconds(5)
  package static let loginPauseMax = Duration.seconds(300)
  /// How long a platform that sets a session up behind its answer may take until it says so. The
  /// vendor's own clients wait for ever; half a minute outlasts a slow configuration server.
  package static let initializationPatience = Duration.seconds(30)
  /// Characters of an identifier from outside that go into logs and refusals.
  package static let quotedCharacters = 120
}

/// The whole bridge as a value: inputs in, writes and effects out, in the right order.
///
/// It composes one ``Agent`` per login (Bayeux session, login, resynchronisation, live calls) with
/// the command ledger, and turns what they decide into events. It reads no clock, socket or file.
///
/// Drive it so: collect the inputs of one turn of the loop, ``handle(_:at:)`` them, commit the
/// writes in one transaction, perform the effects in order, then call ``committed(at:)`` and treat
/// its turn the same way. Nothing of a turn whose commit failed may get out; either the process
/// ends, or the turn waits to be committed again, and ``passage(of:)`` says what leaves meanwhile.
package struct Bridge: Sendable {
  let settings: BridgeSettings
  var agents: [Agent]
  var ledger: Ledger
  var events: EventWriter
  var generator: SplitMix64
  var turn = Turn()
  private var lastRequest: UInt64 = 0
  var purposes: [RequestID: Purpose] = [:]
  var ledgerWake: Duration?
  /// Agents whose batch waits for the commit.
  var agentsToJournal: [Int] = []
  /// Commands handed out with this turn's effects, to be reported as sent after the commit.
  var commandsToSend: [String] = []
  var isStopping = false
  private var isStopTold = false
  /// See ``storeLost(at:)``.
  var isStoreLost = false
  /// The ask that is being decided, and whether it has been answered.
  var pendingAsk: AskID?

  /// What a request was for.
  enum Purpose: Equatable, Sendable {
    case exchange(agent: Int, ExchangeID)
    case login(agent: Int)
    case snapshot(agent: Int, SnapshotMark)
    case command(agent: Int, id: String)
  }

  /// When a snapshot was asked for, which is the least that it can show.
  struct SnapshotMark: Equatable, Sendable {
    /// By the monotonic clock.
    let askedAt: Duration
    /// The agent's count of notifications then.
    let observations: UInt64
  }

  /// - Parameters:
  ///   - lastSequence: the number of the newest event in the store, 0 for a new store.
  ///   - seed: randomness for jitter and command identifiers; a new one for each process.
  package init(settings: BridgeSettings, lastSequence: Int64, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    self.settings = settings
    agents = settings.agents.map { name in
      Agent(
        name: name, session: Session(settings: settings.session, seed: generator.next()))
    }
    ledger = Ledger(settings: settings.ledger)
    events = EventWriter(site: settings.site, store: settings.store, last: lastSequence)
    self.generator = generator
  }

  /// Decides about one input.
  package mutating func handle(_ input: Input, at now: Moment) -> Turn {
    switch input {
    case .start: start(at: now)
    case .stop: stop(at: now)
    case .answered(let id, let answer): answered(id, answer, at: now)
    case .asked(let id, let ask): asked(id, ask, at: now)
    case .wake: wake(at: now)
    }
    return takeTurn()
  }

  /// The writes of the turns before are on disk and their effects have been performed: what waited
  /// for that goes on. Call it after every commit, also after one without writes.
  package mutating func committed(at now: Moment) -> Turn {
    let agentsToJournal = self.agentsToJournal
    let commandsToSend = self.commandsToSend
    self.agentsToJournal = []
    self.commandsToSend = []
    for id in commandsToSend { feedLedger(.sent(id), at: now) }
    for agent in agentsToJournal {
      guard let batch = agents[agent].batchToJournal else { continue }
      agents[agent].batchToJournal = nil
      feedSession(agent, .journaled(batch: batch), at: now)
    }
    return takeTurn()
  }

  mutating func takeTurn() -> Turn {
    defer { turn = Turn() }
    return turn
  }

  // MARK: - Start, stop, time

  private mutating func start(at now: Moment) {
    for agent in agents.indices {
      // A session that is taken up again brings its login with it.
      if agents[agent].login == .good {
        feedSession(agent, .start, at: now)
      } else {
        logIn(agent, at: now)
      }
    }
  }

  private mutating func stop(at now: Moment) {
    guard !isStopping else { return }
    isStopping = true
    for agent in agents.indices {
      agents[agent].wakes.login = nil
      agents[agent].wakes.initialization = nil
      agents[agent].wakes.snapshot = nil
      feedSession(agent, .stop, at: now)
    }
    finishStopIfDone()
  }

  mutating func finishStopIfDone() {
    guard isStopping, !isStopTold, agents.allSatisfy(\.isStopped) else { return }
    isStopTold = true
    turn.effects.append(.stopped)
  }

  private mutating func wake(at now: Moment) {
    for agent in agents.indices {
      if let time = agents[agent].wakes.session, time <= now.monotonic {
        agents[agent].wakes.session = nil
        feedSession(agent, .timer, at: now)
      }
      if let time = agents[agent].wakes.login, time <= now.monotonic {
        agents[agent].wakes.login = nil
        logIn(agent, at: now)
      }
      if let time = agents[agent].wakes.initialization, time <= now.monotonic {
        agents[agent].wakes.initialization = nil
        initializationOverdue(agent, at: now)
      }
      if let time = agents[agent].wakes.snapshot, time <= now.monotonic {
        agents[agent].wakes.snapshot = nil
        requestSnapshot(agent, at: now)
      }
    }
    if let time = ledgerWake, time <= now.monotonic {
      ledgerWake = nil
      feedLedger(.wake, at: now)
    }
    let earliest = (agents.compactMap(\.wakes.earliest) + [ledgerWake].compactMap { $0 }).min()
    if let earliest { turn.effects.append(.wake(at: earliest)) }
  }

  // MARK: - Requests

  private mutating func answered(_ id: RequestID, _ answer: Answer, at now: Moment) {
    guard let purpose = purposes.removeValue(forKey: id) else { return }  // Cancelled meanwhile.
    switch purpose {
    case .exchange(let agent, let exchange):
      agents[agent].requests[exchange] = nil
      exchangeAnswered(agent, exchange, answer, at: now)
    case .login(let agent): loginAnswered(agent, id, answer, at: now)
    case .snapshot(let agent, let mark): snapshotAnswered(agent, mark, answer, at: now)
    case .command(let agent, let command): commandAnswered(agent, command, answer, at: now)
    }
  }

  mutating func request(
    _ purpose: Purpose, agent: Int, _ method: PlatformRequest.Method, _ target: String,
    headers given: [Header]? = nil, body: [UInt8]? = nil, timeout: Duration = Dialect.restTimeout
  ) -> RequestID {
    lastRequest += 1
    let id = RequestID(rawValue: lastRequest)
    purposes[id] = purpose
    var headers = given ?? settings.dialect.headers(hasBody: body != nil)
    if method == .post, let protection = agents[agent].forgeryProtection {
      headers.append(protection)
    }
    turn.effects.append(
      .request(
        PlatformRequest(
          id: id, agent: agents[agent].name, method: method, target: target, headers: headers,
          body: body, timeout: timeout)))
    return id
  }

  mutating func cancel(_ id: RequestID) {
    guard purposes.removeValue(forKey: id) != nil else { return }
    turn.effects.append(.cancel(id))
  }

  // MARK: - Events

  /// Appends an event to the turn; returns its number. `data` writes the members of its data.
  @discardableResult
  mutating func publish(
    _ type: EventType, agent: Int, call: String? = nil, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Int64 {
    publish(type, agent: agents[agent].name, call: call, at: now, data: data)
  }

  /// As above, also for an agent that has left the configuration.
  mutating func publish(
    _ type: EventType, agent: String, call: String?, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Int64 {
    let event = events.write(type, agent: agent, call: call, at: now, data: data)
    turn.writes.append(.event(event))
    return event.sequence
  }

  mutating func log(_ level: Log.Level, _ name: String, agent: Int, _ fields: [Header] = []) {
    turn.effects.append(.log(Log(level, name, [Header("agent", agents[agent].name)] + fields)))
  }
}
