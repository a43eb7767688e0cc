extension Session {
  /// Where a session stands.
  ///
  /// ```
  /// idle ── start ──▶ waiting ── due ──▶ handshaking ── granted ──▶ connecting
  ///                     ▲  ▲                  │                       │      │
  ///                     │  └── not granted ───┘              answered │      │ failed
  ///                     │                                             ▼      ▼
  ///                     └────────── session lost ─────────── connected ◀──▶ unconnected
  /// ```
  ///
  /// A session that resumes another goes from idle to connecting without a handshake, and back if
  /// the server does not go on with it.
  ///
  /// The session can be lost from each of the three on the right. From anywhere: to
  /// ``unauthenticated`` when the credentials are refused, to ``disconnecting`` or straight to
  /// ``stopped`` on stop. ``successors`` is the exact table, and every step is held to it.
  package enum State: String, Sendable, CaseIterable {
    /// Not started, or to be started again because another session could not be resumed.
    case idle
    /// The server refused our credentials; waits for ``Session/Input/start``.
    case unauthenticated
    /// No server-side session; the next handshake is due at a time to come.
    case waiting
    /// A handshake is outstanding, alone.
    case handshaking
    /// Handshaken, or resuming; no connect of this session was answered well yet.
    case connecting
    /// The last connect was answered well.
    case connected
    /// The last connect failed; the server may still hold the session, so it is retried.
    case unconnected
    /// Goodbye is said; what is still on its way is awaited within a bound.
    case disconnecting
    /// The end: every further input is silent.
    case stopped

    package var successors: [State] {
      switch self {
      case .idle: [.waiting, .connecting, .stopped]
      case .unauthenticated: [.waiting, .stopped]
      case .waiting: [.handshaking, .stopped]
      case .handshaking: [.connecting, .waiting, .unauthenticated, .stopped]
      case .connecting, .unconnected:
        [.connected, .unconnected, .waiting, .unauthenticated, .disconnecting, .idle]
      case .connected: [.unconnected, .waiting, .unauthenticated, .disconnecting]
      case .disconnecting: [.stopped]
      case .stopped: []
      }
    }

    /// Whether the server holds a session for us, as far as we know.
    package var isInSession: Bool {
      self == .connecting || self == .connected || self == .unconnected
    }
  }
}
