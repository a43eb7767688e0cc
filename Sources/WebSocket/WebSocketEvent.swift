/// What happens on a client's WebSocket. `closed` comes once and last, also when it never opened.
package enum WebSocketEvent: Equatable, Sendable {
  /// The upgrade succeeded; its answer had these `Set-Cookie` headers, as they came.
  case opened(setCookies: [String])
  /// One whole message, however it was fragmented; text and binary alike.
  case message([UInt8])
  /// A ping was not answered in time and nothing else came either. Told once; reading goes on.
  case stalled(reason: String)
  case closed(WebSocketClose)
}

/// How a WebSocket ended.
package struct WebSocketClose: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// It never opened: name, network, TLS, proxy, or no answer in time.
    case unreachable
    /// The upgrade was answered with this HTTP status instead of 101.
    case refused(status: Int)
    /// The peer closed it with this code (RFC 6455, 7.4); 1005 when it gave none.
    case code(Int)
    /// It was open, then cut without a close frame, or was ended over a message that breaks a
    /// limit or the protocol.
    case broken
  }

  package let kind: Kind
  /// For people. Never a header, a query or a credential.
  package let reason: String

  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
