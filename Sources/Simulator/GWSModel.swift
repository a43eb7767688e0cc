import JSON

/// A GWS server as a value: requests and the time go in, effects come out.
///
/// It keeps the promises and the defects of the real server (CometD 3.1 behind a REST interface),
/// and misbehaves further when a fault is armed. It reads no clock and touches no socket; the same
/// seed, requests and times give the same bytes.
package struct GWSModel: Sendable {
  /// What is to happen later.
  enum Appointment: Sendable {
    /// A session's deadline may have come.
    case session(clientID: String)
    case applyCommand(callID: String, CommandPlan)
    case deliver(agent: String, channel: String, data: [UInt8])
    case respond(RequestID, GWSResponse, ReplyContext)
    case burst(callID: String, remaining: Int, interval: Duration)
    case load(Int)
  }

  struct Agent: Sendable {
    let settings: SimulatedAgent
    let userID: String
    let deviceID: String
    var isDeviceActive = false
    /// Client identifiers of this agent's Bayeux sessions, in the order of their handshakes.
    var sessions: [String] = []
    /// Ids of this agent's calls that are known, oldest first.
    var calls: [String] = []
    /// Number of the last notification of a load, and the call that it was about.
    var lastSequence = 0
    var loadCall: String?
    var operations: [String: Int] = [:]
    /// A call notification that waits to change places with the next one.
    var withheld: (channel: String, data: [UInt8])?
  }

  struct HTTPSession: Sendable {
    let id: String
    let agent: String
    let csrfToken: String
    var expiresAt: Duration
  }

  /// What decides whether a fault damages a reply.
  struct ReplyContext: Sendable {
    var agent: String?
    var isBayeux = false
    var isCommand = false
    /// A connect reply with events in front.
    var carriesEvents = false
  }

  struct Counters: Sendable {
    var requests = 0
    var logins = 0
    var handshakes = 0
    var connects = 0
    var unknownSessions = 0
    var duplicateConnects = 0
    var multipleClients = 0
    var eventsSent = 0
    var upgrades = 0
    var refusedUpgrades = 0
    /// Operations on calls without the `Origin` field, which the platform's manual demands.
    var commandsWithoutOrigin = 0
  }

  let settings: SimulatorSettings
  /// The time of day at the monotonic time zero, since 1970.
  let unixTimeAtZero: Duration
  var now: Duration = .zero
  var random: SeededGenerator
  var agents: [String: Agent] = [:]
  var agentOrder: [String] = []
  var httpSessions: [String: HTTPSession] = [:]
  var sessions: [String: BayeuxSession] = [:]
  var sockets: [GWSSocketID: GWSSocket] = [:]
  /// Connects held over HTTP, by request: which session each belongs to.
  var heldRequests: [RequestID: String] = [:]
  /// How many HTTP connects are held under each browser cookie.
  var heldByBrowser: [String: Int] = [:]
  var calls: [String: SimulatedCall] = [:]
  var callOrder: [String] = []
  var faults = FaultBoard()
  /// Access tokens that are good now, and whose they are.
  var bearerTokens: [String: String] = [:]
  var agenda = Agenda<Appointment>()
  var counters = Counters()
  var loads: [Int: NotificationLoad] = [:]
  var lastLoad = 0
  /// Expired HTTP sessions are swept when there are more than this; see `openSession`.
  var sweepAbove = GWSModel.sweepMin
  /// Sessions that may have something to send at the end of this turn.
  var touched: [String] = []
  private var effects: [SimulatorEffect] = []

  /// - Parameter unixTimeAtZero: the time of day at `now` zero; file names and timestamps use it.
  package init(settings: SimulatorSettings, unixTimeAtZero: Duration) {
    self.settings = settings
    self.unixTimeAtZero = unixTimeAtZero
    random = SeededGenerator(seed: settings.seed)
    for agent in settings.agents {
      agentOrder.append(agent.name)
      agents[agent.name] = Agent(
        settings: agent, userID: random.hex(32), deviceID: random.uuid())
    }
  }

  /// When `advance` has something to do next; nil for never.
  package var nextDeadline: Duration? { agenda.nextDue }

  /// What has become due to do since the last call, in order.
  package mutating func takeEffects() -> [SimulatorEffect] {
    defer { effects = [] }
    return effects
  }

  /// Answers a request, now or later. Each `id` is used once.
  package mutating func receive(_ request: GWSRequest, as id: RequestID, at time: Duration) {
    advance(to: time)
    if request.path.hasPrefix("/sim/") {
      receiveSwitchboard(request, as: id)
    } else {
      counters.requests += 1
      receivePlatform(request, as: id)
    }
    flushEvents()
  }

  /// The client of this request is gone. A held connect ends unanswered, and its session begins to
  /// die.
  package mutating func disconnected(_ id: RequestID, at time: Duration) {
    advance(to: time)
    guard let clientID = heldRequests[id], lose(id, of: clientID) else { return }
    if sessions[clientID]?.isForgotten == true { return remove(clientID) }
    setDeadline(of: clientID, to: endWithoutConnect(clientID))
  }

  /// Lets everything happen whose time has come, each thing at its own time.
  package mutating func advance(to time: Duration) {
    while let (due, appointment) = agenda.take(at: time) {
      now = max(now, due)
      keep(appointment)
      flushEvents()
    }
    now = max(now, time)
  }

  private mutating func keep(_ appointment: Appointment) {
    switch appointment {
    case .session(let clientID): sessionDeadline(clientID)
    case .applyCommand(let callID, let plan): apply(plan, to: callID)
    case .deliver(let agent, let channel, let data): deliver(data, on: channel, to: agent)
    case .respond(let id, let response, let context): respond(id, response, context)
    case .burst(let callID, let remaining, let interval):
      burst(callID, count: remaining, interval: interval)
    case .load(let id): continueLoad(id)
    }
  }

  private mutating func receivePlatform(_ request: GWSRequest, as id: RequestID) {
    var context = ReplyContext(agent: claimedAgent(request))
    context.isBayeux = isNotificationsPath(request.path)
    context.isCommand =
      request.method == "POST" && request.path.hasPrefix("/api/v2/me/calls/")
    if let refusal = refusalByFault(context) { return respond(id, refusal, context) }
    if let refusal = refusalWithoutToken(request) { return respond(id, refusal, context) }
    // Faye knows no HTTP sessions.
    let opensSession = !(context.isBayeux && settings.personality == .faye)
    guard let login = authenticate(request, opensSession: opensSession) else {
      return respond(id, .status(20, "Access denied", http: 403), context)
    }
    context.agent = login.agent
    if context.isBayeux {
      receiveBayeux(request, as: id, login: login, context: context)
    } else {
      respond(id, answerREST(request, as: id, login: login, context: context), context)
    }
  }

  func isNotificationsPath(_ path: String) -> Bool {
    ["", "/handshake", "/connect", "/disconnect"].contains {
      path == settings.notificationsPath + $0
    }
  }

  mutating func refusalByFault(_ context: ReplyContext) -> GWSResponse? {
    faults.take(for: context.agent) { kind -> GWSResponse? in
      switch kind {
      case .unavailable(let paths, let status, let retryAfter) where paths.includes(context):
        let headers = retryAfter.map { [HTTPField("Retry-After", String($0))] } ?? []
        return .html("Service Unavailable", status: status, headers: headers)
      case .html(let paths, let status) where paths.includes(context):
        return .html("Please sign in", status: status)
      default: return nil
      }
    }
  }

  /// Sends a response, damaged if a fault says so. A nil response is one that goes later.
  mutating func respond(_ id: RequestID, _ response: GWSResponse?, _ context: ReplyContext) {
    guard let response else { return }
    let half = response.body.count / 2
    let damage = faults.take(for: context.agent) { kind -> SimulatorEffect? in
      switch kind {
      case .cut(let paths) where paths.damages(context):
        return .cut(id, response, bodyBytes: half)
      case .truncate(let paths) where paths.damages(context):
        var shorter = response
        shorter.body = Array(response.body.prefix(half))
        return .respond(id, shorter)
      default: return nil
      }
    }
    effects.append(damage ?? .respond(id, response))
  }

  /// Answers a request to the simulator itself: never damaged.
  mutating func answer(_ id: RequestID, _ response: GWSResponse) {
    effects.append(.respond(id, response))
  }

  mutating func drop(_ id: RequestID) { effects.append(.drop(id)) }

  mutating func emit(_ effect: SimulatorEffect) { effects.append(effect) }

  var unixMilliseconds: Int64 {
    let time = (unixTimeAtZero + now).components
    return time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000
  }
}

extension PathClass {
  func includes(_ context: GWSModel.ReplyContext) -> Bool {
    switch self {
    case .bayeux: context.isBayeux
    case .rest: !context.isBayeux
    case .commands: context.isCommand
    case .all: true
    }
  }

  /// As `includes`, but of Bayeux replies alone only those where events can be lost.
  func damages(_ context: GWSModel.ReplyContext) -> Bool {
    includes(context) && (self != .bayeux || context.carriesEvents)
  }
}
