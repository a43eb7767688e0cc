/// How the audit is signed.
package struct AuditSettings: Equatable, Sendable {
  /// What `recbridge audit keygen` wrote; nil for an audit of which nothing is signed.
  package var key: Secret?
  /// How often the daemon enters that it is alive, and signs.
  package var heartbeat: Duration
  /// Where checkpoints are kept besides the store; names are unique.
  package var anchors: [Anchor]

  /// What nobody has signed for longer, nobody vouches for.
  package static let heartbeatMax: Duration = .seconds(60)
  /// More often would fill the audit with nothing else.
  package static let heartbeatMin: Duration = .seconds(1)

  /// Settings made by hand; without arguments the defaults.
  package init(
    key: Secret? = nil, heartbeat: Duration = heartbeatMax, anchors: [Anchor] = []
  ) {
    self.key = key
    self.heartbeat = heartbeat
    self.anchors = anchors
  }
}
