/// Whose Bayeux server the platform behaves like.
///
/// | | `cometd` | `faye` |
/// |---|---|---|
/// | order in a body | events, then replies | connect reply, then events |
/// | first connect | answered at once, with advice | held like any other |
/// | connect with other messages | answered at once | held, the other replies wait for it |
/// | events come with | any reply, over HTTP | connect replies |
/// | second connect of a session | the older one ends with 500, or its socket closes | both held |
/// | unknown session | `402::Unknown client` | `401:ID:Unknown client` |
/// | advice | on handshakes, first connects and errors | on every handshake and connect reply |
/// | advice on errors | with interval | without |
/// | `BAYEUX_BROWSER`, acknowledge extension | yes | no |
/// | a session lives without a connect | `maxInterval` | twice the hold |
/// | after a goodbye the held connect ends with | `none` | `retry` |
/// | equal events that wait | all delivered | delivered once |
/// | events on a socket | from the first held connect on | from the first message on |
package enum Personality: String, Sendable, CaseIterable {
  /// CometD 3.1, which is inside of GWS; over WebSocket as CometD 5.
  case cometd
  /// Faye 1.4.
  case faye

  /// What a handshake reply lists, in the server's order.
  func connectionTypes(_ webSocket: SimulatorSettings.WebSocket) -> [String] {
    let isOffered = webSocket == .offered
    switch self {
    case .cometd:
      return (isOffered ? ["websocket"] : []) + ["long-polling", "callback-polling"]
    case .faye:
      return ["long-polling", "cross-origin-long-polling", "callback-polling"]
        + (isOffered ? ["websocket"] : []) + ["eventsource", "in-process"]
    }
  }

  /// The advice on an error that only a new handshake mends.
  var handshakeAdvice: Advice {
    switch self {
    case .cometd: Advice(reconnect: .handshake)
    case .faye: Advice(reconnect: .handshake, interval: nil)
    }
  }
}
