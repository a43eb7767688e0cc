package import Bayeux
package import Commands
import JSON
package import Privacy

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
  /// Keeps personal values out of the entries; nil where they stand in clear. Each process has its
  /// own salts.
  package var commitments: Commitments?
  /// What becomes of a group that retention reaches.
  package var groupsAtRetention = GroupsAtRetention.hold
  /// False only where what entries cost is measured.
  package var hasEntries = true

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
  /// A connect's answer may come so much later than hold and interval say before its agent counts
  /// as not observed: a failure is reported within 10 s, and one more attempt needs some seconds.
  package static let silenceMargin = Duration.seconds(15)
  /// How long a platform that sets a session up behind its answer may take until it says so. The
  /// vendor's own clients wait for ever; half a minute outlasts a slow configuration server.
  package static let initializationPatience = Duration.seconds(30)
  /// Agents whose credentials changed together log in within this time.
  package static let loginSpread = Duration.seconds(2)
  /// A server that wants us to wait longer is asked again after this.
  package static let retryAfterMax = Duration.seconds(3_600)
  /// Agents that a heartbeat names as not observed; of more it gives the number.
  package static let agentsInHeartbeat = 20
  /// A site has a handful of loggers; a hundred groups are made by a mistake, and each of them
  /// keeps events from being removed.
  package static let groups = 100
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
  /// By number; some places may be vacant.
  var agents: [Agent]
  /// The agents of the configuration by name.
  var directory: [String: Int] = [:]
  /// Places that can be used again.
  var vacancies: [Int] = []
  /// An agent has left since the vacancies were counted.
  var hasUncleared = false
  /// Which agents have a live call.
  var callHolders: [String: [Int]] = [:]
  /// When each agent is to be woken for what.
  var alarms = Alarms()
  var gate = Gate()
  var ledger: Ledger
  var events: EventWriter
  var generator: SplitMix64
  var turn = Turn()
  private var lastRequest: UInt64 = 0
  var purposes: [RequestID: Purpose] = [:]
  private var lastConnection: UInt64 = 0
  var socketOwners: [ConnectionID: SocketOwner] = [:]
  var ledgerWake: Duration?
  /// The wake that was asked for last and has not come.
  private var armedWake: Duration?
  /// Agents whose batch waits for the commit.
  var agentsToJournal: [Int] = []
  /// Commands handed out with this turn's effects, to be reported as sent after the commit.
  var commandsToSend: [String] = []
  /// What look-ups have shown for open commands.
  var findings: [String: Findings] = [:]
  /// Commands acknowledged in this turn, which the store does not show yet.
  var justAcknowledged: [String: Command] = [:]
  /// By name, those of feeds among them.
  package internal(set) var groups: [String: Group] = [:]
  /// Up to here events are being removed, as was announced by this process.
  var eventsToRemove: Int64 = 0
  /// And so the records of entries.
  var recordsToRemove: Int64 = 0
  var isStopping = false
  /// Agents that came back before their goodbye was answered, and begin again after it, by name.
  var returning: [String: SessionRecord] = [:]
  /// Groups that were made or put somewhere, ever since the beginning.
  var placements = 0
  /// Sessions that have not ended since the stop.
  var unstopped = 0
  /// See ``storeLost(at:)``.
  var isStoreLost = false
  /// The platform's own bytes that the event being dealt with shows.
  var sight: Sight?
  /// The ask that is being decided, and whether it has been answered.
  var pendingAsk: AskID?

  /// What a request was for.
  enum Purpose: Equatable, Sendable {
    case exchange(agent: Int, ExchangeID)
    case login(agent: Int)
    case snapshot(agent: Int, SnapshotMark)
    case look(agent: Int, SnapshotMark)
    case command(agent: Int, id: String)
    case lookUp(agent: Int, LookUp)
    case routeLook(agent: Int, RouteLook)

    var agent: Int {
      switch self {
      case .exchange(let agent, _), .login(let agent), .snapshot(let agent, _),
        .look(let agent, _), .command(let agent, _), .lookUp(let agent, _),
        .routeLook(let agent, _):
        agent
      }
    }

    /// Whether its answer shows what the login is worth. An exchange's does not: a session says
    /// itself that it is connected.
    var usesLogin: Bool {
      switch self {
      case .login, .exchange: false
      case .snapshot, .look, .command, .lookUp, .routeLook: true
      }
    }
  }

  /// When a snapshot, or a look, was asked for, which is the least that it can show.
  struct SnapshotMark: Equatable, Sendable {
    /// By the monotonic clock.
    let askedAt: Duration
    /// The agent's count of notifications then.
    let observations: UInt64
    /// The look that asked; nil for a snapshot.
    var look: Look?
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
    for (number, name) in settings.agents.enumerated() { directory[name] = number }
    ledger = Ledger(settings: settings.ledger, route: settings.dialect.route)
    events = EventWriter(
      site: settings.site, store: settings.store, last: lastSequence,
      commitments: settings.commitments, hasEntries: settings.hasEntries)
    self.generator = generator
  }

  /// Decides about one input.
  package mutating func handle(_ input: Input, at now: Moment) -> Turn {
    switch input {
    case .start: start(at: now)
    case .stop: stop(at: now)
    case .answered(let id, let answer): answered(id, answer, at: now)
    case .socket(let id, let event): socketHappened(id, event, at: now)
    case .asked(let id, let ask): asked(id, ask, at: now)
    case .acknowledged(let id, let ask): acknowledged(id, ask, at: now)
    case .grouped(let id, let ask, let origin): grouped(id, ask, by: origin, at: now)
    case .credentialsChanged(let agent): credentialsChanged(agent, at: now)
    case .wake: wake(at: now)
    case .agents(let changes): change(changes, at: now)
    case .occurred(let occurrence): enter(occurrence, at: now)
    case .erase(let id, let ask): erase(id, ask, at: now)
    case .remove(let removal): remove(removal, at: now)
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
    justAcknowledged = [:]
    for id in commandsToSend { feedLedger(.sent(id), at: now) }
    for agent in agentsToJournal {
      guard let batch = agents[agent].batchToJournal else { continue }
      agents[agent].batchToJournal = nil
      feedSession(agent, .journaled(batch: batch), at: now)
    }
    return takeTurn()
  }

  mutating func takeTurn() -> Turn {
    armWake()
    defer { turn = Turn() }
    return turn
  }

  /// There is one wake for everything; a later one than what was asked for need not be asked for.
  private mutating func armWake() {
    let due = [alarms.earliest, gate.due, ledgerWake].compactMap(\.self).min()
    guard let due, armedWake.map({ due < $0 }) ?? true else { return }
    armedWake = due
    turn.effects.append(.wake(at: due))
  }

  // MARK: - Start, stop, time

  private mutating func start(at now: Moment) {
    for agent in agents.indices {
      // A session that is taken up again brings its login with it.
      if agents[agent].login == .good {
        queue(agent, for: .resume, at: now)
      } else {
        logIn(agent, at: now)
      }
    }
  }

  private mutating func stop(at now: Moment) {
    guard !isStopping else { return }
    isStopping = true
    gate.clear()
    unstopped = agents.count { !$0.isStopped }
    if unstopped == 0 { turn.effects.append(.stopped) }
    for agent in agents.indices where !agents[agent].isStopped {
      alarms.set(Alarm.login.key(agent), nil)
      alarms.set(Alarm.initialization.key(agent), nil)
      alarms.set(Alarm.snapshot.key(agent), nil)
      agents[agent].ticket = nil
      if !agents[agent].isLeaving { feedSession(agent, .stop, at: now) }
    }
  }

  /// A session has ended for good.
  mutating func stopped(_ agent: Int) {
    agents[agent].isStopped = true
    guard isStopping else { return }
    unstopped -= 1
    if unstopped == 0 { turn.effects.append(.stopped) }
  }

  private mutating func wake(at now: Moment) {
    armedWake = nil
    // All at once: what is set while these are dealt with belongs to the next wake.
    for key in alarms.takeDue(at: now.monotonic) {
      let (agent, alarm) = Alarm.owner(key)
      switch alarm {
      case .session: feedSession(agent, .timer, at: now)
      case .login: logIn(agent, at: now)
      case .initialization: initializationOverdue(agent, at: now)
      case .snapshot: requestSnapshot(agent, at: now)
      }
    }
    openGate(at: now)
    if let time = ledgerWake, time <= now.monotonic {
      ledgerWake = nil
      feedLedger(.wake, at: now)
    }
  }

  // MARK: - Requests

  private mutating func answered(_ id: RequestID, _ answer: Answer, at now: Moment) {
    guard let purpose = purposes.removeValue(forKey: id) else { return }  // Cancelled meanwhile.
    guard !agents[purpose.agent].isGone else { return }
    noteService(purpose, answer, at: now)
    switch purpose {
    case .exchange(let agent, let exchange):
      agents[agent].requests[exchange] = nil
      exchangeAnswered(agent, exchange, answer, at: now)
    case .login(let agent): loginAnswered(agent, id, answer, at: now)
    case .snapshot(let agent, let mark): snapshotAnswered(agent, mark, answer, at: now)
    case .look(let agent, let mark): lookAnswered(agent, id, mark, answer, at: now)
    case .command(let agent, let command): commandAnswered(agent, command, answer, at: now)
    case .lookUp(let agent, let lookUp): lookedUp(agent, id, lookUp, answer, at: now)
    case .routeLook(let agent, let look): routeLookAnswered(agent, id, look, answer, at: now)
    }
    // What was not authenticated has ended the login.
    if case .response = answer, purpose.usesLogin, agents[purpose.agent].login == .good {
      agents[purpose.agent].loginFailures = 0
    }
  }

  mutating func request(
    _ purpose: Purpose, agent: Int, _ method: PlatformRequest.Method, _ target: String,
    headers given: [Header]? = nil, body: [UInt8]? = nil, timeout: Duration = Dialect.restTimeout,
    patience: Duration = Dialect.restTimeout
  ) -> RequestID {
    lastRequest += 1
    let id = RequestID(rawValue: lastRequest)
    purposes[id] = purpose
    var headers = given ?? settings.dialect.headers(hasBody: body != nil)
    if method == .post, let protection = agents[agent].forgeryProtection {
      headers.append(protection)
    }
    var isLogin = false
    if case .login = purpose { isLogin = true }
    turn.effects.append(
      .request(
        PlatformRequest(
          id: id, agent: agents[agent].name, method: method, target: target, headers: headers,
          body: body, timeout: timeout, patience: patience, isLogin: isLogin)))
    return id
  }

  mutating func nextConnection() -> ConnectionID {
    lastConnection += 1
    return ConnectionID(rawValue: lastConnection)
  }

  mutating func cancel(_ id: RequestID) {
    guard purposes.removeValue(forKey: id) != nil else { return }
    turn.effects.append(.cancel(id))
  }

  // MARK: - Events

  /// Appends an event to the turn, with its entry if it belongs into the audit; returns its number.
  /// `data` writes the members of its data, `raw` goes into the entry alone.
  @discardableResult
  mutating func publish(
    _ type: EventType, agent: Int, call: String? = nil, raw: JSONValue? = nil, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Int64 {
    publish(type, agent: agents[agent].name, call: call, raw: raw, at: now, data: data)
  }

  /// As above, also for an agent that has left the configuration, or for none.
  @discardableResult
  mutating func publish(
    _ type: EventType, agent: String, call: String?, raw: JSONValue? = nil, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Int64 {
    turn.writes += events.record(
      type, agent: agent, call: call, raw: raw, at: now, data: data)
    return events.last
  }

  mutating func log(_ level: Log.Level, _ name: String, agent: Int, _ fields: [Header] = []) {
    turn.effects.append(.log(Log(level, name, [Header("agent", agents[agent].name)] + fields)))
  }
}
