/// What one server grants its clients; beyond each limit a client is refused, never served worse.
///
/// The defaults suit the local socket of a daemon. Tests and the simulator set their own.
package struct ServerLimits: Sendable {
  /// Connections open at once, all users together; the next one gets 503 and is closed.
  /// 4,096 idle ones cost about 60 MB and half of the usual descriptor limit of a service.
  package var connections = 4096
  /// Connections of one user (uid) of a Unix socket, so that one runaway script leaves room.
  package var connectionsPerUser = 1024
  /// Request line and headers together; 431 beyond. Real clients stay below 2 KiB.
  package var headSizeBytes = 16 * 1024
  /// The request target; 414 beyond. A cursor, a call and a few types fit many times over.
  package var targetSizeBytes = 8 * 1024
  /// The request body; 413 beyond. The largest body of our own API is below 1 KiB.
  package var bodySizeBytes = 1024 * 1024
  /// From accept to the end of the first request head, in total: a client that sends one byte a
  /// second must not hold a connection. libmicrohttpd only limits inactivity.
  package var headDeadline: Duration = .seconds(5)
  /// From the end of the head to the end of the body, in total.
  package var bodyDeadline: Duration = .seconds(30)
  /// From the end of a response to the end of the next request head on the same connection.
  package var keepAliveLimit: Duration = .seconds(60)
  /// How long a stream may be silent before its heartbeat is sent, which also finds readers that
  /// left without the kernel telling us.
  package var heartbeatInterval: Duration = .seconds(15)
  /// How long a peer may take no byte at all of a response: then a stream gets its last words, and
  /// after the same time again the connection is shut down.
  package var stallLimit: Duration = .seconds(60)

  package init() {}

  /// libmicrohttpd's memory for one connection: a 64 KiB block with its framing, the head, and
  /// room to spare. It is mapped lazily, an idle connection touches about 12 KiB of it.
  static let poolSizeBytes = 160 * 1024
  /// One piece of a response: large enough to make the cost of a write small.
  static let blockSizeBytes = 64 * 1024
  /// What is looked at of a head to tell whether it asks for a WebSocket; as much as a whole head
  /// may have.
  static let upgradeHeadBytes = 16 * 1024
  /// connect(2) of a burst of clients must not fail: 512 was overrun by 1,000.
  static let backlog: Int32 = 4096
  /// Connections taken in one turn of the loop, so that a flood of them cannot starve the rest.
  static let acceptsPerTurn = 64
  /// Supplementary groups of a peer that are looked at; whoever has more is known without them.
  static let groupsMax = 256
  /// How long to leave the backlog alone when the process has no descriptor left.
  static let acceptRetryDelay: Duration = .milliseconds(100)
  /// How long serving may keep the loop in one turn while some connection is always ready.
  static let servingSlice: Duration = .milliseconds(2)
  /// Deadlines are looked at no more often than this: one look costs a pass over all connections.
  static let sweepInterval: Duration = .milliseconds(50)
  /// A stalled peer is one that has made no progress in this many successive looks.
  static let looksPerStall = 4
}
