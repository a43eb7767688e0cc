extension Session {
  /// How long ago the last connect was answered well, beyond what the server's hold and interval
  /// explain: zero or less while all is well, nil before the first one.
  package func silence(at now: Duration) -> Duration? {
    lastGoodConnect.map { now - $0 - server.pacing.hold - server.pacing.interval }
  }
}
