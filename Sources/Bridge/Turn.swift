package import Commands
package import Privacy

/// What the bridge wants done after one or more inputs: first every write, in one transaction, and
/// only when that has returned every effect, in order.
///
/// The split is the rule "durable before visible" made a type: an effect cannot get out before the
/// writes it rests on. When the writes are on disk, call ``Bridge/committed(at:)``.
package struct Turn: Sendable {
  package internal(set) var writes: [Write] = []
  package internal(set) var effects: [Bridge.Effect] = []

  package init() {}
}

extension Bridge {
  /// Something the outside world is to see or do.
  package enum Effect: Sendable {
    case request(PlatformRequest)
    /// Give up a request; its end is of no interest any more.
    case cancel(RequestID)
    /// Answer a request that has not left, because it waits for a token, as failed without having
    /// reached the server; one that has left goes on.
    case withdraw(RequestID)
    case openSocket(SocketRequest)
    /// One text message, on a WebSocket that has opened.
    case transmit(ConnectionID, [UInt8])
    /// End a WebSocket; nothing is to be told of it any more.
    case closeSocket(ConnectionID)
    /// Forget the cookies of this agent, before the requests that follow.
    case forgetCookies(agent: String)
    /// Feed ``Input/wake`` no later than this monotonic time.
    case wake(at: Duration)
    /// The answer to ``Input/asked(_:_:)``: exactly one for each.
    case reply(AskID, Reply)
    case log(Log)
    /// What ``Input/remove(_:)`` asked for is on disk.
    case removed
    /// A checkpoint to be kept outside: the newest there is.
    case anchor(SignedCheckpoint)
    /// An agent that was removed has said goodbye: nothing of it is needed any more.
    case left(agent: String)
    /// Every session is closed: the process may end.
    case stopped
  }

  package enum Reply: Sendable {
    /// A new command, as it stands.
    case issued(Command)
    /// The command that the same key made before.
    case known(Command)
    /// An operator has seen to the command, now or before.
    case acknowledged(Command)
    /// The group as it is now; if it was removed, as it was.
    case group(Group, isNew: Bool)
    /// A call's data are being erased; this event says so.
    case erasing(event: Int64)
    case refused(Refusal)
  }

  /// Why what was asked was not done. Nothing was sent.
  package struct Refusal: Equatable, Sendable {
    package enum Reason: String, Sendable {
      case unknownAgent = "unknown-agent"
      case unknownCall = "unknown-call"
      case ambiguousCall = "ambiguous-call"
      case noRoute = "no-route"
      /// What the route has to be told is missing, or cannot be right.
      case parameters
      case keyInUse = "key-in-use"
      case tooMany = "too-many-commands"
      case stopping = "stopping"
      case storeUnavailable = "store-unavailable"
      case notAnException = "not-an-exception"
      case unknownGroup = "unknown-group"
      case groupExists = "group-exists"
      case groupIsAhead = "group-is-ahead"
      case tooManyGroups = "too-many-groups"
      case callIsLive = "call-is-live"
      case groupWasPlaced = "group-was-placed"
    }

    package let reason: Reason
    /// What happened and what to do next, for a person.
    package let detail: String
  }
}

/// An HTTP request to the platform.
package struct PlatformRequest: Equatable, Sendable {
  package typealias Method = Route.Method

  package let id: RequestID
  /// Whose cookie jar and credentials it carries.
  package let agent: String
  package let method: Method
  /// Path and query, to be put behind the platform's base URL.
  package let target: String
  package let headers: [Header]
  package let body: [UInt8]?
  /// The longest wait without a byte from the server.
  package let timeout: Duration
  /// How long it may wait for credentials; after that it must not leave any more.
  package internal(set) var patience = Dialect.restTimeout
  /// The credentials are to be looked at anew: they may have been refused.
  package internal(set) var isLogin = false
}

/// A WebSocket to be opened on the platform; what happens on it comes as ``Bridge/Input``.
package struct SocketRequest: Equatable, Sendable {
  package let id: ConnectionID
  /// Whose cookies and credentials the upgrade carries.
  package let agent: String
  /// Path and query, to be put behind the platform's base URL.
  package let target: String
  package let headers: [Header]
}

/// A line for the operator's log: a named event with fields, no secret among them.
package struct Log: Equatable, Sendable {
  package enum Level: String, Sendable { case info, warning, error }

  package let level: Level
  package let name: String
  package let fields: [Header]

  init(_ level: Level, _ name: String, _ fields: [Header] = []) {
    self.level = level
    self.name = name
    self.fields = fields
  }
}

/// Something that must survive.
package enum Write: Sendable {
  case event(Event)
  case command(Command, sequence: Int64)
  case entry(Entry)
  case checkpoint(SignedCheckpoint, at: Duration, sequence: Int64)
  case call(agent: String, id: String, record: [UInt8])
  case callEnded(agent: String, id: String)
  case quarantine(Quarantine)
  case session(SessionRecord)
  case group(Group)
  case groupRemoved(name: String)
  case removal(Removal, at: Duration)
}

extension Write {
  /// Whether what it enters is to be signed at once.
  package var callsForCheckpoint: Bool {
    if case .entry(let entry) = self { entry.callsForCheckpoint } else { false }
  }
}

/// An event as it is published: `line` is a CloudEvent in JSON without a line break in it.
package struct Event: Equatable, Sendable {
  package let sequence: Int64
  package let type: EventType
  package let agent: String
  package let call: String?
  /// When we observed it, since the Unix epoch.
  package let wall: Duration
  package let line: [UInt8]
}

package enum EventType: String, Sendable, CaseIterable {
  case acknowledgement = "recbridge.acknowledgement.v1"
  case call = "recbridge.call.v1"
  case checkpoint = "recbridge.checkpoint.v1"
  case daemon = "recbridge.daemon.v1"
  case heartbeat = "recbridge.heartbeat.v1"
  case recording = "recbridge.recording.v1"
  case command = "recbridge.command.v1"
  case disagreement = "recbridge.disagreement.v1"
  case gap = "recbridge.gap.v1"
  case group = "recbridge.group.v1"
  case look = "recbridge.look.v1"
  case notification = "recbridge.notification.v1"
  case outage = "recbridge.outage.v1"
  case erasure = "recbridge.erasure.v1"
  case quarantine = "recbridge.quarantine.v1"
  case restarted = "recbridge.restarted.v1"
  case retention = "recbridge.retention.v1"
  case session = "recbridge.session.v1"
  case timestamp = "recbridge.timestamp.v1"

  /// Whether each event of the type is also an entry of the audit. The rest is what the platform
  /// says all day long, of which the entries hold what counts, and what is said of the tree itself.
  package var isAudited: Bool {
    switch self {
    case .acknowledgement, .command, .daemon, .disagreement, .erasure, .gap, .group, .heartbeat,
      .look, .outage, .quarantine, .recording, .restarted, .retention, .timestamp:
      true
    case .call, .checkpoint, .notification, .session: false
    }
  }

  /// Whether each entry of the type is to be signed at once: what happens to the daemon itself and
  /// to the audit, and the end of an outage, in which nothing could be signed.
  var callsForCheckpoint: Bool {
    switch self {
    case .daemon, .erasure, .heartbeat, .outage, .retention: true
    default: false
    }
  }
}

/// An entry of the audit: what an event says, when by which clocks it was seen, and what witnessed
/// it, as one JSON object.
package struct Entry: Equatable, Sendable {
  package let sequence: Int64
  package let type: EventType
  /// As in its event.
  package let wall: Duration
  package let record: [UInt8]
  /// What the record holds as commitments, in clear.
  package let clearValues: [ClearValue]
  /// It is to be signed at once: a Stop or Pause that is confirmed, or of a type that is.
  package let callsForCheckpoint: Bool
}

/// Bytes that could not be read, kept as they came, or the beginning of very many.
package struct Quarantine: Equatable, Sendable {
  package let sequence: Int64
  package let agent: String
  package let channel: String?
  package let reason: String
  package let bytes: [UInt8]
  /// Of the whole message.
  package let sizeBytes: Int
}
