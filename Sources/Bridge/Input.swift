package import Bayeux
package import Commands

extension Bridge {
  /// Something that happened outside and that the bridge has to know.
  package enum Input: Sendable {
    /// Begin: log every agent in and subscribe. Once, after ``Bridge/restore(_:at:)``.
    case start
    /// End well: disconnect every session, then ``Effect/stopped``.
    case stop
    /// A request of ``Effect/request(_:)`` ended. Each ends once; a late one is silent.
    case answered(RequestID, Answer)
    /// Something happened on a WebSocket of ``Effect/openSocket(_:)``; after
    /// ``Effect/closeSocket(_:)`` it is silent.
    case socket(ConnectionID, SocketEvent)
    /// A user of the socket asks for a command; ``Effect/reply(_:_:)`` tells what became of it.
    case asked(AskID, Ask)
    /// A user of the socket has seen to an exception; answered in the same way.
    case acknowledged(AskID, AcknowledgementAsk)
    /// A user of the socket, or a feed, makes, moves or removes a group; answered in the same way.
    ///
    /// `by` is who did, as the kernel vouches for it; nil for a feed, which the daemon reads.
    case grouped(AskID, GroupAsk, by: Origin? = nil)
    /// What was wrong with this agent's credentials may be right now: a password's file holds
    /// another one, or tokens are given again.
    case credentialsChanged(agent: String)
    /// The time of an earlier ``Effect/wake(at:)`` has come. Early or late does no harm.
    case wake
    /// The configuration has other agents now.
    case agents(AgentChanges)
    /// Something about the daemon itself that belongs into the audit.
    case occurred(Occurrence)
    /// A user of the socket wants a call's personal data erased; answered in the same way.
    case erase(AskID, EraseAsk)
    /// Retention, or an erasure, goes on; ``Effect/removed`` tells when that is on disk.
    case remove(RemovalInput)
  }
}

/// Names an HTTP request while it is under way; never used twice in a process.
package struct RequestID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a WebSocket to the platform; never used twice in a process.
package struct ConnectionID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a caller who waits for an answer; chosen by whoever asks.
package struct AskID: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// How an HTTP request ended.
package enum Answer: Equatable, Sendable {
  case response(status: Int, headers: [Header], body: [UInt8])
  /// No usable response. `partialBody` holds what had arrived of it.
  case failed(reason: String, mayHaveReachedServer: Bool, partialBody: [UInt8])
}

package struct Header: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension [Header] {
  /// The first value of that name, whatever its case (RFC 9110 section 5.1).
  func first(_ name: String) -> String? {
    let wanted = name.lowercased()
    return first { $0.name.lowercased() == wanted }?.value
  }
}

/// A command as a user of the socket asks for it.
package struct Ask: Equatable, Sendable {
  package var call: String
  package var operation: Operation
  package var agent: String?
  package var key: String?
  package var mode: CommandMode
  /// Send it even if the call seems to be in the wanted state already.
  package var isForced: Bool
  /// What the route asks for besides the call, by name.
  package var parameters: [String: String]
  /// Who asked, as the socket knows it.
  package var origin: Origin

  package init(
    call: String, operation: Operation, agent: String? = nil, key: String? = nil,
    mode: CommandMode = .send, isForced: Bool = false, parameters: [String: String] = [:],
    origin: Origin
  ) {
    self.call = call
    self.operation = operation
    self.agent = agent
    self.key = key
    self.mode = mode
    self.isForced = isForced
    self.parameters = parameters
    self.origin = origin
  }
}
