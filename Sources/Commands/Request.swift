package import Calls

/// What somebody asks for.
package struct Request: Equatable, Sendable {
  /// Names this request, and the command that it becomes. Never used twice.
  package var id: String
  package var key: String?
  package var agent: String
  package var call: String
  package var operation: Operation
  package var mode: CommandMode
  package var origin: Origin
  package var known: Known

  package init(
    id: String, key: String? = nil, agent: String, call: String, operation: Operation,
    mode: CommandMode = .send, origin: Origin = Origin(), known: Known
  ) {
    self.id = id
    self.key = key
    self.agent = agent
    self.call = call
    self.operation = operation
    self.mode = mode
    self.origin = origin
    self.known = known
  }
}

/// What we hold about the recording of a call at the time of a request.
package struct Known: Equatable, Sendable {
  package var verdict: Verdict
  package var recordingFile: String?
  /// The event that showed it.
  package var event: Int64?
  /// Whether the agent's session is in sync, so that what we hold is what is.
  package var isExact: Bool

  package init(
    verdict: Verdict, recordingFile: String? = nil, event: Int64? = nil, isExact: Bool
  ) {
    self.verdict = verdict
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
