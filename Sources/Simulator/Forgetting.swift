/// How a server forgets a Bayeux session.
package enum Forgetting: String, Sendable {
  /// At once: a held connect ends normally, the next one gets 402 with the advice to handshake.
  case unknown
  /// As the servers do: a held connect is not woken; it ends at its time with `successful`, and
  /// from CometD with the advice `none`. Everything else is told already that the session is
  /// unknown.
  case lateNone = "late-none"
}
