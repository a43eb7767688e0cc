package import HTTPServer

/// What the socket needs of the daemon: events in pages, finished JSON documents, and commands.
///
/// All of it is called on the loop thread, and answers must not block: a page is one bounded read.
/// After each commit the daemon calls ``API/committed()``. The API does not keep its backend alive.
package protocol Backend: AnyObject {
  /// The identity that every cursor of this store begins with.
  var storeIdentity: String { get }
  /// The first event that is still there; one more than `latestSequence` when there is none.
  var oldestSequence: Int64 { get }
  /// The last committed event; 0 when there has never been one.
  var latestSequence: Int64 { get }
  /// Why no events can be read now, and what to do; nil while they can.
  var storeProblem: String? { get }
  /// The next matching events after `after`, exclusive; see ``EventPage``.
  func events(after: Int64, limit: Int, matching: EventSelection) throws -> EventPage

  /// `{"cursor": CURSOR, "calls": [...]}`: the live calls, and the cursor at which that is exact.
  /// Throws while there is no such cursor, because the store cannot be written.
  func calls() throws -> [UInt8]
  /// `{"sessions": [...]}`, one per agent.
  func sessions() -> [UInt8]
  /// `{"commands": [...]}`, the newest first, as many as the daemon keeps at hand.
  func commands() throws -> [UInt8]
  /// `{"exceptions": [...]}`: pauses and stops that are not confirmed, the newest first, as many;
  /// those that somebody has seen to only on demand.
  func exceptions(withAcknowledged: Bool) throws -> [UInt8]
  /// Somebody has seen to the exception `id`; calls `reply` once, when that is committed, or was so
  /// before (both `known`), or is refused.
  func acknowledge(
    _ id: String, why: String, by peer: Peer?, reply: @escaping (CommandReply) -> Void)
  func command(_ id: String) throws -> CommandView?
  /// Takes a command; calls `reply` once, when it has been committed or refused.
  func issue(_ request: CommandRequest, reply: @escaping (CommandReply) -> Void)

  /// The newest checkpoint of the audit, a signed note; nil if nothing was signed yet.
  func checkpoint() throws -> String?
  /// The proof of entry `number` of the audit, with the checkpoint that it leads to.
  func proof(ofEntry number: Int64) throws -> ProofView
  /// `{"anchors": [...]}`: where checkpoints are kept besides the store, and how well.
  func anchors() -> [UInt8]
  /// Every group, by name. Throws while what is known of them is not on disk.
  func groups() throws -> [GroupView]
  func group(_ name: String) throws -> GroupView?
  /// Calls `reply` once, when the change has been committed or refused.
  func change(_ change: GroupChange, by peer: Peer?, reply: @escaping (GroupReply) -> Void)

  /// The personal data of a call are to be erased; calls `reply` once, when that is on record, or
  /// is refused.
  func erase(
    _ call: String, why: String, by peer: Peer?, reply: @escaping (ErasureReply) -> Void)
  /// What the daemon counts, in the text format 0.0.4 of Prometheus.
  func metrics() throws -> String

  /// Whether the process works: for a supervisor.
  func health() -> HealthView
  /// Whether what is asked of the daemon would be done: for whoever depends on it.
  func readiness() -> HealthView
}

/// Which events a reader wants: all that fit each condition that is set.
package struct EventSelection: Equatable, Hashable, Sendable {
  /// Any of these types; empty means every type.
  package var types: [String]
  package var call: String?
  package var agent: String?

  package init(types: [String] = [], call: String? = nil, agent: String? = nil) {
    self.types = types
    self.call = call
    self.agent = agent
  }
}

/// Events in order, and how far was looked for them.
package struct EventPage: Equatable, Sendable {
  package var lines: [EventLine]
  /// Where the next page begins. May be ahead of the last line, also of an empty page, when what
  /// was looked at did not match. Equal to the `after` that was asked for only at the end.
  package var nextAfter: Int64

  package init(lines: [EventLine], nextAfter: Int64) {
    self.lines = lines
    self.nextAfter = nextAfter
  }
}

/// One event as subscribers get it.
package struct EventLine: Equatable, Sendable {
  package var sequence: Int64
  /// Its CloudEvents type, which Server-Sent Events repeat outside of the data.
  package var type: String
  /// One JSON object without a line break in it.
  package var line: [UInt8]

  package init(sequence: Int64, type: String, line: [UInt8]) {
    self.sequence = sequence
    self.type = type
    self.line = line
  }
}

/// A command as it stands.
package struct CommandView: Equatable, Sendable {
  /// One JSON object.
  package var json: [UInt8]
  /// It has its grade and will not change any more.
  package var isFinal: Bool

  package init(json: [UInt8], isFinal: Bool) {
    self.json = json
    self.isFinal = isFinal
  }
}

/// A command that somebody asks for; its words have been checked, not whether they make sense now.
package struct CommandRequest: Equatable, Sendable {
  package enum Operation: String, CaseIterable, Sendable { case start, stop, pause, resume }

  package enum Mode: String, CaseIterable, Sendable {
    /// The daemon sends it to the platform.
    case send
    /// Somebody else sends it; the daemon watches how it ends.
    case observe
  }

  package var call: String
  package var operation: Operation
  package var agent: String?
  /// The caller's own name for this request: the same key never makes a second command.
  package var key: String?
  package var mode: Mode
  /// Send it even if the call seems to be in the wanted state already.
  package var forced: Bool
  /// What the route asks for besides the call, by name.
  package var parameters: [String: String]
  package var origin: Peer?

  package init(
    call: String, operation: Operation, agent: String? = nil, key: String? = nil,
    mode: Mode = .send, forced: Bool = false, parameters: [String: String] = [:],
    origin: Peer? = nil
  ) {
    self.call = call
    self.operation = operation
    self.agent = agent
    self.key = key
    self.mode = mode
    self.forced = forced
    self.parameters = parameters
    self.origin = origin
  }
}

/// What became of a request for a command.
package enum CommandReply: Equatable, Sendable {
  /// A new command, committed: 202.
  case issued(id: String, CommandView)
  /// The command that the same key made before: 200.
  case known(id: String, CommandView)
  /// No command was made. The status is 404 for what does not exist, 409 for what contradicts the
  /// state, 503 for what the daemon cannot do now.
  case refused(status: Int, title: String, detail: String)
  /// No command was made, because the store cannot be written: 503, in the form of all answers
  /// that the store keeps from being given.
  case unavailable(detail: String)
}

/// What can be proved of an entry of the audit.
package enum ProofView: Equatable, Sendable {
  /// A `.tlog-proof` file.
  case file(String)
  /// There is no such entry.
  case absent
  /// It is there, and no checkpoint covers it yet.
  case unsigned
}

/// A state for machines that look, and its reasons for people.
package struct HealthView: Equatable, Sendable {
  package var isOK: Bool
  /// One JSON object.
  package var json: [UInt8]

  package init(isOK: Bool, json: [UInt8]) {
    self.isOK = isOK
    self.json = json
  }
}
