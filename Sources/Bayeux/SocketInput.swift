/// Names one WebSocket of a session; never used twice by that session.
package struct SocketID: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
  package var description: String { "socket \(number)" }
}

/// What happens on a WebSocket, in order. After ``Session/Effect/close(_:)`` nothing is reported.
package enum SocketEvent: Equatable, Sendable {
  /// The upgrade was granted: messages may be sent.
  case opened
  /// One whole text message, however it was fragmented.
  case message([UInt8])
  /// A ping was not answered in time; reading goes on.
  case stalled(reason: String)
  /// The end, once; also when it never opened.
  case closed(SocketClose)
}

/// How a WebSocket ended.
package struct SocketClose: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// It never opened: network, name, TLS or timeout.
    case unreachable
    /// The upgrade was answered with this HTTP status.
    case refused(status: Int)
    /// Closed with this code (RFC 6455 section 7.4); 1005 when there was none.
    case code(Int)
    /// It was open, then cut without a close frame, or ended for a message that is too large or
    /// no text.
    case broken
  }

  package let kind: Kind
  /// For people.
  package let reason: String

  package init(_ kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
