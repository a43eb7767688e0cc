/// One published event: immutable once stored.
package struct StoredEvent: Equatable, Sendable {
  /// Assigned by the caller: exactly one more than the last.
  package var sequence: Int64
  /// The event type, such as `recbridge.call.v1`.
  package var type: String
  /// The agent whose session it came from.
  package var agent: String
  /// The call it is about; nil if it is about none.
  package var call: String?
  /// Wall clock of our observation, microseconds since 1970 UTC.
  package var wallMicroseconds: Int64
  /// The exact bytes that subscribers get, without the newline.
  package var line: [UInt8]

  /// An event to be stored, or as it was stored.
  package init(
    sequence: Int64, type: String, agent: String, call: String?, wallMicroseconds: Int64,
    line: [UInt8]
  ) {
    self.sequence = sequence
    self.type = type
    self.agent = agent
    self.call = call
    self.wallMicroseconds = wallMicroseconds
    self.line = line
  }
}

/// One command as it stands now; a later change with the same `id` replaces it.
package struct StoredCommand: Equatable, Sendable {
  /// Names the command; a second one with the same id is the same command.
  package var id: String
  /// The caller's idempotency key: no two commands share one.
  package var key: String?
  /// The agent in whose session it is sent.
  package var agent: String
  /// The call it acts on.
  package var call: String
  /// start, stop, pause or resume.
  package var operation: String
  /// How far it has got.
  package var status: String
  /// How it ended; nil until it has.
  package var grade: String?
  /// No final grade yet: it is looked at again after a restart.
  package var isOpen: Bool
  /// A pause or stop that is not confirmed: it is on the worklist until it is acknowledged.
  package var isException: Bool
  /// An operator has seen to it.
  package var isAcknowledged: Bool
  /// Wall clock of its issue, microseconds since 1970 UTC.
  package var issuedWallMicroseconds: Int64
  /// The event that last moved it.
  package var sequence: Int64
  /// Everything else, in the form of whoever stores it.
  package var record: [UInt8]

  /// A command as it stands now.
  package init(
    id: String, key: String?, agent: String, call: String, operation: String, status: String,
    grade: String?, isOpen: Bool, isException: Bool, isAcknowledged: Bool = false,
    issuedWallMicroseconds: Int64, sequence: Int64, record: [UInt8]
  ) {
    self.id = id
    self.key = key
    self.agent = agent
    self.call = call
    self.operation = operation
    self.status = status
    self.grade = grade
    self.isOpen = isOpen
    self.isException = isException
    self.isAcknowledged = isAcknowledged
    self.issuedWallMicroseconds = issuedWallMicroseconds
    self.sequence = sequence
    self.record = record
  }
}

/// One live call of one agent; a later change for the same pair replaces it.
package struct StoredCall: Equatable, Sendable {
  /// The agent in whose session the call was seen.
  package var agent: String
  /// The platform's id of the call.
  package var call: String
  /// Everything else, in the form of whoever stores it.
  package var record: [UInt8]

  /// A call as it stands now.
  package init(agent: String, call: String, record: [UInt8]) {
    self.agent = agent
    self.call = call
    self.record = record
  }
}

/// A message nobody could read, kept as it came: immutable once stored.
package struct StoredQuarantine: Equatable, Sendable {
  /// Its event, which must be part of the same commit; one message an event.
  package var sequence: Int64
  /// The agent in whose session it was received.
  package var agent: String
  /// The channel it came on; nil if that could not be read either.
  package var channel: String?
  /// Why it could not be read.
  package var reason: String
  /// The bytes as received, or as many of them as the caller keeps.
  package var bytes: [UInt8]
  /// How many bytes were received.
  package var sizeBytes: Int64

  /// A message to be kept.
  package init(
    sequence: Int64, agent: String, channel: String?, reason: String, bytes: [UInt8],
    sizeBytes: Int64
  ) {
    self.sequence = sequence
    self.agent = agent
    self.channel = channel
    self.reason = reason
    self.bytes = bytes
    self.sizeBytes = sizeBytes
  }
}

/// One agent's Bayeux session; a later change for the same agent replaces it.
package struct StoredSession: Equatable, Sendable {
  /// Whose session it is.
  package var agent: String
  /// What resumes it, in the form of whoever stores it.
  package var record: [UInt8]

  /// A session as it stands now.
  package init(agent: String, record: [UInt8]) {
    self.agent = agent
    self.record = record
  }
}

/// One thing a commit writes.
package enum Change: Equatable, Sendable {
  case event(StoredEvent)
  case command(StoredCommand)
  case call(StoredCall)
  case callEnded(agent: String, call: String)
  case entry(StoredEntry)
  case checkpoint(StoredCheckpoint)
  case quarantine(StoredQuarantine)
  case session(StoredSession)
  case group(StoredGroup)
  case groupRemoved(name: String)
  case removal(StoreRemoval)
}

/// Which events a reader wants: those that match everything that is set.
package struct EventFilter: Equatable, Sendable {
  /// Any of these types; empty means every type. At most `typesMax`.
  package var types: [String]
  /// Events about this call only; nil for all.
  package var call: String?
  /// Events of this agent only; nil for all.
  package var agent: String?

  /// There are seven types of event; each count of types is a statement of its own to SQLite.
  package static let typesMax = 32

  /// A filter; without arguments, one that every event passes.
  package init(types: [String] = [], call: String? = nil, agent: String? = nil) {
    self.types = types
    self.call = call
    self.agent = agent
  }
}

/// What one bounded read found, and where the next one begins.
package struct EventPage: Equatable, Sendable {
  /// Those that match, in order.
  package let events: [StoredEvent]
  /// Everything up to here, inclusive, has been looked at.
  package let nextAfter: Int64
}

/// The order in which commands are listed, by when they were first stored.
package enum CommandOrder: Equatable, Sendable {
  case oldestFirst
  case newestFirst
}
