/// A request to become a WebSocket, as the server's owner is asked about it.
package struct WebSocketUpgrade: Sendable {
  /// Path and query, percent-decoded.
  package let target: String
  /// The headers that libwebsockets knows (Cookie, Authorization, Origin and the like) and those
  /// the server was told to look for, with lowercase names. A repeated one's value is one text.
  package let headers: [(name: String, value: String)]

  /// The value of a header, by its lowercase name.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// What the owner says to an upgrade.
package enum WebSocketVerdict: Sendable {
  /// The answer is 101 with these headers beside the usual ones.
  case accept(headers: [(name: String, value: String)])
  /// The answer has this status and these headers, and no body; the connection is closed.
  case refuse(status: Int, headers: [(name: String, value: String)])
}

/// What happens on a server's WebSocket. `closed` comes once and last.
package enum WebSocketPeerEvent: Equatable, Sendable {
  /// The upgrade was answered; messages may be sent.
  case opened
  case message([UInt8])
  /// It ended, with the peer's close code if there was one; also when it never opened.
  case closed(code: Int?)
}
