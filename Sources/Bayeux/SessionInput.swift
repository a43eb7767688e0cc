/// Names one exchange with the server for as long as the process lives.
package struct ExchangeID: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
  package var description: String { "exchange \(number)" }
}

/// Messages out, a body in: one POST over long-polling.
///
/// Whoever performs it reports its end exactly once as ``Session/Input/replied(_:_:)``, unless it
/// was cancelled, and no later than `timeout` after the last byte that came.
package struct Exchange: Equatable, Sendable {
  package enum Kind: String, Sendable { case handshake, connect, subscribe, disconnect }

  package let id: ExchangeID
  package let kind: Kind
  /// A JSON array of messages.
  package let body: [UInt8]
  /// To be appended to the path; empty when nothing is.
  package let pathSuffix: String
  package let timeout: Duration
}

/// How an exchange ended without a response.
package struct TransportFailure: Equatable, Sendable {
  /// For people.
  package let reason: String
  /// False only when it is certain that no byte of the request was read by the server, as after a
  /// refused connection: then nothing can have been lost.
  package let mayHaveReachedServer: Bool
  /// What came of the response's body before it ended.
  package let partialBody: [UInt8]

  package init(reason: String, mayHaveReachedServer: Bool, partialBody: [UInt8] = []) {
    self.reason = reason
    self.mayHaveReachedServer = mayHaveReachedServer
    self.partialBody = partialBody
  }
}

extension Session {
  package enum Reply: Equatable, Sendable {
    /// Any status. Redirects that may be followed have been.
    case response(status: Int, body: [UInt8], retryAfter: Duration?)
    case failed(TransportFailure)
  }

  package enum Input: Equatable, Sendable {
    /// New credentials are in place: handshake, also when a session is going on, because its
    /// channels belong to the login before. Silent while a handshake is due anyway.
    case start
    /// Say goodbye and end.
    case stop
    case replied(ExchangeID, Reply)
    /// Silent for a socket that was closed, or is not of this session.
    case socket(SocketID, SocketEvent)
    /// Everything delivered up to and with this batch is on disk.
    case journaled(batch: UInt64)
    /// The time asked for with ``Effect/wake(at:)`` has come; early or late is harmless.
    case timer
  }

  package enum Effect: Equatable, Sendable {
    case send(Exchange)
    /// Its answer is of no interest any more; end it and report nothing.
    case cancel(ExchangeID)
    /// Open a WebSocket on the path of the notifications, with the cookies, credentials and headers
    /// that a request would carry. Its end, also that of the attempt, is reported once as
    /// ``SocketEvent/closed(_:)``.
    case open(SocketID)
    /// One text message: a JSON array of Bayeux messages. Only after ``SocketEvent/opened``.
    case transmit(SocketID, [UInt8])
    /// End it and report nothing of it any more.
    case close(SocketID)
    /// Drop the cookies of this session before the handshake that follows: they may route to a node
    /// that does not know us.
    case forgetCookies
    /// To be journaled, then ``Input/journaled(batch:)``. Stands before any send it must precede.
    case deliver(batch: UInt64, [Delivery])
    /// To be kept for people: it may have been a notification.
    case quarantine(Malformed)
    /// There is one timer: this replaces what was asked for before.
    case wake(at: Duration)
    case changed(Change)
    /// Handshaken, and the first channel's subscription is confirmed: now read the snapshot.
    case ready(generation: UInt64)
    /// From now on notifications may have been missed, until the next ``ready(generation:)`` or
    /// ``resumed``. Never twice without one of them between.
    case interrupted(Interruption)
    /// The same server-side session goes on: read the snapshot.
    case resumed
    /// The session of an earlier process goes on, and nothing was missed in between.
    case continued(generation: UInt64)
    /// The session of an earlier process does not go on; it was declared lost before this. Log in,
    /// then ``Input/start``.
    case notResumed(reason: String)
    /// The server refuses our credentials. Obtain others, then ``Input/start``.
    case authenticationNeeded(reason: String)
    /// The last effect of a session.
    case stopped
  }

  /// What operators and subscribers are told: changes, not every retry.
  package enum Change: Equatable, Sendable {
    /// Asks the server to go on with the session of an earlier process.
    case resuming
    case handshaking
    case connected
    case unconnected(reason: String)
    /// The server does not let us listen to this channel; the others go on and it is retried.
    case refused(channel: String, reason: String)
    /// A channel refused before is subscribed now.
    case accepted(channel: String)
    case authenticationNeeded(reason: String)
    /// The server grants handshakes but does not keep the sessions. Dropping all cookies once is
    /// worth a try: they may route to a node that is gone.
    case looping(reason: String)
    /// Retrying cannot help: the path or the transports need a person.
    case misconfigured(reason: String)
    /// Another session shares our cookies, so that the server only lets us poll.
    case multipleClients
    case stopped
  }

  package struct Interruption: Equatable, Sendable {
    package enum Cause: String, Sendable {
      /// Nothing is known of the time before.
      case started
      /// The server dropped the session and what it held for us.
      case sessionLost
      /// The server may have written notifications into an answer that never came.
      case answerLost
      /// Part of an answer could not be read.
      case unreadable
      /// The session ended because our credentials did.
      case authenticationNeeded
    }

    package let cause: Cause
    /// For people.
    package let reason: String
    /// Everything that the server had for us at this time has been delivered, or lies in an
    /// earlier interruption; nil if there was no such time. It is when the last connect that was
    /// answered well was sent: later would be a guess, because an answer travels. (Over a WebSocket
    /// without acknowledgements, the one before: its notifications may follow the reply.)
    package let completeUntil: Duration?
  }

  /// A plain view for operators.
  package struct Status: Equatable, Sendable {
    package let state: State
    /// Handshakes granted since the start.
    package let generation: UInt64
    package let clientID: String?
    /// Which one the next exchange would use.
    package let transport: Transport
    /// When its answer came. For what may be missing after a crash, see ``completeUntil``.
    package let lastGoodConnect: Duration?
    /// What ``Interruption/completeUntil`` would be now; nil while interrupted.
    package let completeUntil: Duration?
    /// In a row, since the last healthy connect.
    package let failures: Int
    package let usesAck: Bool
    /// The last batch number that the server has been told is safe.
    package let acknowledged: Int64
    package let isReady: Bool
    package let isInterrupted: Bool
    package let isLooping: Bool
    /// Channels the server refuses at present, in the order of the settings.
    package let refused: [String]
    package let lastProblem: String?
  }
}
