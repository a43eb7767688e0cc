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
  /// Logins refused or needed again since a session last connected.
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
  /// Which request carries which exchange of the session.
  var requests: [ExchangeID: RequestID] = [:]
  /// The batch that waits for the commit of this turn.
  var batchToJournal: UInt64?
  /// Commands that leave when the login is good again.
  var heldCommands: [Command] = []
  var wakes = Wakes()
  /// A notification that could not be read came after the snapshot was asked for.
  var mustAskAgain = false
  /// What the store holds of the session.
  var kept: SessionRecord
  /// Wall time up to which nothing was missed before the input that is being handled: what came
  /// with it may be older than the request that it answers.
  var completeBefore: Duration?
  var isStopped = false
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
    /// Nothing known. Can go to `underWay`.
    case loggedOut
    /// The login request is out. Can go to `good` or `waiting`.
    case underWay(RequestID)
    /// The last one failed. Can go to `underWay` when its time comes.
    case waiting
    /// Requests may leave. Can go to `underWay` when the platform says "not authenticated".
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

  struct Wakes: Sendable {
    var session: Duration?
    var login: Duration?
    var initialization: Duration?
    var snapshot: Duration?

    var earliest: Duration? { [session, login, initialization, snapshot].compactMap { $0 }.min() }
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
