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

  /// curl's own figure: the fastest for large answers.
  package static let receiveBufferBytes = 16 << 10

  /// curl's least, for thousands of exchanges that wait: the buffer is most of what each of them
  /// costs. An answer of 12.8 KB then takes curl 39 us instead of 24 us.
  package static let smallReceiveBufferBytes = 1 << 10

  /// Exchanges in one multi handle. curl's work for a socket grows with the handles of its multi:
  /// 1,000 in one cost 44 us a request, in four 39 us, and 100 in one 28 us.
  package static let exchangesPerMulti = 100

  /// Connections that one multi keeps, busy or idle. All its exchanges share the idle ones, so a
  /// few are enough for what sessions send while their polls are held; more would only take up
  /// descriptors after a rush.
  package static let connectionsPerMulti = exchangesPerMulti + exchangesPerMulti / 4

  /// A connection that was idle for longer is not used again: curl's own limit, which needs no
  /// setting (CURLOPT_MAXAGE_CONN).
  package static let idleSeconds = 118

  /// TCP keepalive: a first probe after 30 s of silence, below the shortest idle timeouts of load
  /// balancers (60 s), then every 10 s.
  package static let keepaliveIdleSeconds = 30
  package static let keepaliveIntervalSeconds = 10
}
