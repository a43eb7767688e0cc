/// One WebSocket of the platform; whoever carries them numbers them, and never twice alike.
package struct GWSSocketID: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// Whether a WebSocket may be opened.
package enum SocketAdmission: Sendable, Equatable {
  case accepted
  /// The upgrade is answered with this HTTP status.
  case refused(status: Int)
}

/// An open WebSocket as the server sees it.
struct GWSSocket: Sendable {
  /// Whose login the upgrade brought; it authorises every message of the socket.
  let agent: String
  /// Sessions that ever were on this socket and still exist.
  var sessions: Set<String> = []
  /// Nothing gets through any more, in either direction, and nobody is told.
  var isSilent = false
}
