import Bayeux
import Calls
import Commands

/// Everything the bridge knows of one agent: its login, its Bayeux session, what it may have missed
/// and its live calls.
struct Agent: Sendable {
  let name: String
  var session: Session
  var login = Login.loggedOut
  /// Whether the platform has finished what the login began.
  var initialization = Initialization.complete
  /// The platform's cross-site request forgery header, from the newest login.
  var forgeryProtection: Header?
  /// What it stands in line for.
  var ticket: Bridge.Ticket?
  /// Its login has had its turn, and the next handshake goes with it.
  var hasPassed = false
  /// Logins refused or needed again since a session last connected or a request was answered well.
  var loginFailures = 0
  /// Monotonic time before which the platform wants no new login.
  var loginNotBefore = Duration.zero
  var sync = Sync.outOfSync
  var gap: OpenGap?
  var snapshotBackoff = Backoff()
  /// Snapshots that failed since the last good one.
  var snapshotFailures = 0
  var calls: [String: LiveCall] = [:]
  /// Counts what the calls channel told: a snapshot older than a call's newest notification loses.
  var observations: UInt64 = 0
  /// Calls that ended after the snapshot was asked for, and may still be listed in it.
  var endedSinceAsked: Set<String> = []
  /// The looks that are under way, by call: one that is not here any more has been overtaken.
  var looks: [String: RequestID] = [:]
  /// Which request carries which exchange of the session.
  var requests = Few<ExchangeID, RequestID>()
  /// What the session's WebSockets are called outside.
  var sockets = Few<SocketID, ConnectionID>()
  /// The batch that waits for the commit of this turn.
  var batchToJournal: UInt64?
  /// Commands that leave when the login is good again.
  var heldCommands: [Command] = []
  /// A notification that could not be read came after the snapshot was asked for.
  var mustAskAgain = false
  /// What the store holds of the session.
  var kept: SessionRecord
  /// Wall time up to which nothing was missed before the input that is being handled: what came
  /// with it may be older than the request that it answers.
  var completeBefore: Duration?
  var isStopped = false
  /// It is not in the configuration any more, and says goodbye.
  var isLeaving = false
  /// A place that nobody has: what is here means nothing.
  var isGone = false
  /// What operators are told: the session's newest change, and why it happened.
  var state = "idle"
  var reason: String?
  var lastGap: Duration?

  init(name: String, session: Session) {
    self.name = name
    self.session = session
    kept = SessionRecord(agent: name)
  }

  enum Login: Equatable, Sendable {
    /// Nothing known. Can go to `queued`.
    case loggedOut
    /// Waits for its turn among the agents. Can go to `underWay`, or `good` without a login.
    case queued
    /// The login request is out. Can go to `good` or `waiting`.
    case underWay(RequestID)
    /// The last one failed. Can go to `queued` when its time comes.
    case waiting
    /// Requests may leave. Can go to `waiting` when the platform says "not authenticated".
    case good
  }

  enum Initialization: Equatable, Sendable {
    /// It has, or has nothing to finish. Can go to `awaited` with a login.
    case complete
    /// It will tell. Can go to `complete`; `isObserving` says whether the session waits for that to
    /// read the calls.
    case awaited(isObserving: Bool)
  }

  /// Whether commands and questions may leave.
  var isServed: Bool { login == .good && initialization == .complete }

  /// Whether the live calls are known to be exact.
  enum Sync: Equatable, Sendable {
    /// Something may have been missed and no snapshot is on its way.
    case outOfSync
    /// The snapshot is on its way.
    case asked(RequestID)
    /// The last snapshot failed; another follows.
    case waiting
    case inSync
  }
}

/// What an agent can be woken for.
enum Alarm: Int, CaseIterable {
  case session, login, initialization, snapshot

  /// The number of this alarm of that agent.
  func key(_ agent: Int) -> Int { agent * Alarm.allCases.count + rawValue }

  /// Whose alarm has that number, and which.
  static func owner(_ key: Int) -> (agent: Int, alarm: Alarm) {
    let (agent, number) = key.quotientAndRemainder(dividingBy: allCases.count)
    return (agent, allCases[number])
  }
}

/// What may have been missed, from when, and why: open until a snapshot closes it.
struct OpenGap: Equatable, Sendable {
  /// Wall time up to which nothing is missing; nil when this bridge never knew.
  var from: Duration?
  var cause: String
  /// For people.
  var reason: String
}
