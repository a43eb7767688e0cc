/// A row of the matrix: what goes wrong, and what must hold all the same.
package enum Scenario: String, CaseIterable, Sendable {
  case noFault = "no-fault"
  case resets = "ten-resets"
  case resetAfter30kB = "reset-after-30-kb"
  case stall8s = "stall-8-s"
  case stall25s = "stall-25-s-then-cut"
  case forgotten = "session-forgotten-3x"
  case disconnected = "server-side-disconnect"
  case unavailable = "24x503-then-cut"
  case serverRestart = "server-killed-and-restarted"
  case always402 = "connect-always-402"
  case backlog = "64-mb-backlog"
  case halfOpen = "half-open-socket"
  case readTimeout = "proxy-read-timeout-5-s"
  case kill = "our-own-kill-9-ten-times"

  /// One line for people.
  var summary: String {
    switch self {
    case .noFault: "nothing goes wrong for 8 s"
    case .resets: "every connection is reset, ten times, one in 0.9 s"
    case .resetAfter30kB: "for 9 s each connection is reset once it has brought 30 kB"
    case .stall8s: "nothing is forwarded for 8 s; the connections survive"
    case .stall25s:
      "nothing is forwarded for 25 s, then all connections are reset: the session expires"
    case .forgotten:
      "the server forgets the session, three times, as CometD does: the poll is not woken"
    case .disconnected: "the server ends the session by itself"
    case .unavailable: "24 requests, one in 0.2 s, are answered with 503; then everything is reset"
    case .serverRestart:
      "the server is killed, is away for 2.5 s and comes back without any session"
    case .always402: "for a minute handshakes succeed and every connect is answered with 402"
    case .backlog: "64 MB of notifications come in one answer"
    case .halfOpen: "the open connections die without a word; new ones work"
    case .readTimeout: "a proxy answers 504 when the server is silent for 5 s, in idle times too"
    case .kill: "the daemon is killed with SIGKILL ten times under load, and begun again at once"
    }
  }

  /// Whether the server keeps the session, so that with acknowledgements nothing may be missing.
  package var sessionSurvives: Bool {
    switch self {
    case .noFault, .resets, .resetAfter30kB, .stall8s, .unavailable, .backlog, .readTimeout, .kill:
      true
    // Whoever notices a half-open socket after the hold and a delay of the network comes too late.
    case .stall25s, .forgotten, .disconnected, .serverRestart, .always402, .halfOpen: false
    }
  }

  /// The longest silence that is allowed, in milliseconds; nil where none is set.
  package var silenceMaxMilliseconds: Int64? {
    switch self {
    case .resets, .resetAfter30kB, .unavailable: 1_500
    case .forgotten: 12_000
    default: nil
    }
  }

  /// How long the server holds a connect. A proxy that loses patience after 5 s is only met when
  /// the server would wait longer.
  var holdSeconds: Int { self == .readTimeout ? 20 : 5 }

  /// About how long it takes, to begin with what takes longest.
  var seconds: Int {
    switch self {
    case .always402: 130
    case .stall25s, .readTimeout: 40
    case .halfOpen, .forgotten: 30
    case .backlog, .kill: 20
    default: 15
    }
  }
}
