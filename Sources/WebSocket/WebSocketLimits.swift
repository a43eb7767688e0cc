/// The limits of WebSockets, each with its reason.
package enum WebSocketLimits {
  /// From opening to the end of the upgrade: name, connection, TLS and HTTP together. A session
  /// waits for its socket only a moment before it polls, and a server that is there answers in
  /// well under a second.
  package static let openingTime: Duration = .seconds(5)
  /// How often a ping is sent: below the shortest idle limits of proxies and balancers (30 s), so
  /// that it also keeps the way open.
  package static let pingInterval: Duration = .seconds(15)
  /// How long a ping may stay without its pong while nothing else comes either.
  package static let pongTime: Duration = .seconds(10)
  /// 256 MiB in one message. After an outage a server hands over everything it has queued, tens of
  /// megabytes; refusing that would make it send the same for ever. This only keeps a server gone
  /// mad from taking all memory.
  package static let messageBytes = 256 << 20
  /// What a client may have waiting to be sent: its own messages have some hundred bytes, and a
  /// server that takes none of them for so long is not there.
  package static let clientQueueBytes = 1 << 20
  /// What a server may have waiting for one peer: the whole queue of a session after an outage.
  package static let serverQueueBytes = 256 << 20
  /// After a close frame was asked for: what is not closed by then is cut.
  static let closingTime: Duration = .seconds(2)
  /// The head of an upgrade and of its answer, in one direction: cookies and tokens of real
  /// platforms stay below 16 KB. It is held only until the socket is open.
  static let headBytes = 32 << 10
  /// What is read at a time, and the most that one socket keeps before it hands it on. It is held
  /// by every socket, so it is small.
  static let readBytes = 2 << 10
  /// The longest frame sent: a longer message goes in several, so that one write is one piece.
  static let frameBytes = 64 << 10
  /// How long a server waits for the rest of an upgrade request, in seconds.
  static let upgradeSeconds: UInt32 = 5
}
