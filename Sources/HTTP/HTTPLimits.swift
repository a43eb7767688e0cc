/// The limits of HTTP exchanges, each with its reason.
package enum HTTPLimits {
  /// 256 MiB. After an outage a server hands over everything it has queued in one answer, tens of
  /// megabytes; refusing that would make it send the same answer for ever. This only keeps a
  /// server gone mad from taking all memory.
  package static let bodyBytes = 256 << 20

  /// 256 KiB. The largest heads of real servers are some tens of kilobytes (cookies, Kerberos). It
  /// stays below curl's own 300 KB, beyond which curl reports a connection that was cut.
  package static let headBytes = 256 << 10

  /// How long looking a name up may take, and then how long connecting may take, TLS included. Ten
  /// seconds outlast three lost SYN packets (1, 2 and 4 s); what has not answered by then will not.
  package static let connectTime: Duration = .seconds(10)

  /// From sending to the end of the answer: 256 MiB need nine minutes at 4 Mbit/s, and what takes
  /// longer is a server that trickles.
  package static let exchangeTime: Duration = .seconds(600)

  /// Exchanges in one multi handle. curl's work for a socket grows with the handles of its multi:
  /// 1,000 in one cost 44 us a request, in four 39 us, and 100 in one 28 us.
  package static let exchangesPerMulti = 250

  /// Connections that one multi keeps, busy or idle: two for each exchange. A session holds one
  /// with its parked poll and comes back to the other with what it sends meanwhile; with fewer
  /// curl would close idle connections while polls are held, and reconnect for every request.
  package static let connectionsPerMulti = 2 * exchangesPerMulti

  /// TCP keepalive: a first probe after 30 s of silence, below the shortest idle timeouts of load
  /// balancers (60 s), then every 10 s.
  package static let keepaliveIdleSeconds = 30
  package static let keepaliveIntervalSeconds = 10
}
