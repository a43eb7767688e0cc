package import Calls

/// What somebody asks for.
package struct Request: Equatable, Sendable {
  /// Names this request, and the command that it becomes. Never used twice.
  package var id: String
  /// The asker's own name for it, under which it is carried out only once.
  package var key: String?
  /// The agent whose session is to carry it.
  package var agent: String
  /// The platform's id of the call.
  package var call: String
  /// What is asked for.
  package var operation: Operation
  /// What the route has to be told besides the call.
  package var parameters: [String: String]
  /// Who carries it out.
  package var mode: CommandMode
  /// Who asks.
  package var origin: Origin
  /// What we hold about the call's recording now.
  package var known: Known
  /// It is sent whatever we hold.
  package var isForced: Bool
  /// Whether the platform can be asked now how the call stands.
  package var canLook: Bool
  /// Whether a notification tells of the effect; otherwise we ask for it again and again.
  package var isNotified: Bool

  /// Takes what is asked for; sent by us unless said otherwise.
  package init(
    id: String, key: String? = nil, agent: String, call: String, operation: Operation,
    parameters: [String: String] = [:], mode: CommandMode = .send, origin: Origin = Origin(),
    known: Known, isForced: Bool = false, canLook: Bool = false, isNotified: Bool = true
  ) {
    self.id = id
    self.key = key
    self.agent = agent
    self.call = call
    self.operation = operation
    self.parameters = parameters
    self.mode = mode
    self.origin = origin
    self.known = known
    self.isForced = isForced
    self.canLook = canLook
    self.isNotified = isNotified
  }
}

/// What we hold about the recording of a call at the time of a request.
package struct Known: Equatable, Sendable {
  /// What the witnesses said when the call was last seen.
  package var verdict: Verdict
  /// The recording capabilities that the call listed.
  package var offered: Set<Capability>
  /// The recording that the call named.
  package var recordingFile: String?
  /// The event that showed it.
  package var event: Int64?
  /// Whether the agent's session is in sync, so that what we hold is what is.
  package var isExact: Bool

  /// Takes what is held.
  package init(
    verdict: Verdict, offered: Set<Capability> = [], recordingFile: String? = nil,
    event: Int64? = nil, isExact: Bool
  ) {
    self.verdict = verdict
    self.offered = offered
    self.recordingFile = recordingFile
    self.event = event
    self.isExact = isExact
  }
}

/// Why a request did not become a command.
package enum Refusal: Error, Equatable, Sendable, CustomStringConvertible {
  case tooManyOpen(limit: Int)
  /// The key names a command that is a different one.
  case keyReused(by: Command)
  /// The identifier names a command already.
  case identifierInUse(String)

  /// One line for the asker: what stands in the way and what to do.
  package var description: String {
    switch self {
    case .tooManyOpen(let limit):
      "\(limit) commands are open, which is the limit; ask again when some have ended"
    case .keyReused(let command):
      "the key belongs to command \(command.id), a \(command.operation.rawValue) of call "
        + "\(command.call) by agent \(command.agent) in mode \(command.mode.rawValue); "
        + "use a new key for a different command"
    case .identifierInUse(let id): "command \(id) exists already; use a new identifier"
    }
  }
}
