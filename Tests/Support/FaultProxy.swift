package import Reactor

/// A TCP proxy on the loopback interface whose line can be made bad: what stands between a client
/// and a server in a test.
///
/// It runs on the loop of the test. A connection's two directions are copied through buffers of
/// ``blockBytes``, so whoever does not read holds up whoever sends. Faults add up until `resume()`.
/// Close it before the loop is closed.
package final class FaultProxy {
  /// What a proxy does when its upstream is silent for too long.
  package enum Silence: Sendable, Equatable {
    /// Closes both connections.
    case close
    /// Answers the request with 504 itself, then closes both.
    case gatewayTimeout
  }

  /// What it has done since the beginning.
  package struct Counts: Sendable, Equatable {
    /// Connections taken from clients.
    package var accepted = 0
    /// Connections ended with a reset on purpose.
    package var cut = 0
    /// Requests answered with 503.
    package var unavailable = 0
    /// Connections ended because the upstream was silent.
    package var silenced = 0
    /// Bytes written to clients, and to the upstream.
    package var bytesDown = 0
    package var bytesUp = 0
  }

  /// What is under way in a direction of a connection at most.
  package static let blockBytes = 128 << 10
  /// More connections at once are a client gone mad, and are reset: 2 for each of 2,000 sessions.
  package static let connectionsMax = 4_000
  /// How often a slow line gets its share.
  static let tick = Duration.milliseconds(10)

  /// Where clients connect to; it stays the same while new connections are refused.
  package let port: UInt16
  package internal(set) var counts = Counts()

  let reactor: any Reactor
  /// Where new connections lead.
  package var upstreamPort: UInt16
  private(set) var isStalled = false
  private(set) var holdsNew = false
  private(set) var bytesPerSecond: Int?
  private(set) var silence: (limit: Duration, answer: Silence)?
  /// Requests that are still to be answered with 503.
  private(set) var unavailable = 0
  private var cutAfterBytes: Int?
  /// Bound and never listening: it keeps the port while nobody listens.
  private let reservation: FaultProxySocket
  private var listener: FaultProxySocket?
  private var connections: [ObjectIdentifier: FaultProxyConnection] = [:]
  private var ticker: (any ReactorTimer)?

  /// Listens on a port that it picks and forwards to `upstreamPort` of this machine.
  package init(reactor: any Reactor, upstreamPort: UInt16) throws {
    self.reactor = reactor
    self.upstreamPort = upstreamPort
    reservation = try FaultProxySocket.bound(to: 0)
    port = try reservation.localPort()
    try listen()
    ticker = reactor.makeTimer { [weak self] in self?.ticked() }
  }

  deinit { close() }

  /// Ends everything. Idempotent.
  package func close() {
    ticker?.cancel()
    ticker = nil
    listener?.close()
    listener = nil
    for connection in connections.values { connection.reset() }
    reservation.close()
  }

  /// Connections that are open, the silent ones included.
  package var openCount: Int { connections.count }

  /// Bytes that were read and not yet written: for each connection at most
  /// ``blockBytes`` in each direction, however slow its ends are.
  package var bufferedBytes: Int { connections.values.reduce(0) { $0 + $1.bufferedBytes } }

  // MARK: - Faults

  /// Resets every open connection now. New ones are as good as before.
  package func cut() {
    for connection in connections.values {
      counts.cut += 1
      connection.reset()
    }
  }

  /// Resets each connection, open or new, once it has brought its client this many bytes more.
  package func cutEach(afterBytes count: Int) {
    cutAfterBytes = count
    for connection in connections.values { connection.bytesLeft = count }
  }

  /// A black hole: nothing is forwarded either way, and everybody stays connected. New connections
  /// are taken and hear nothing.
  package func stall() {
    isStalled = true
    refresh()
  }

  /// New connections are taken and hear nothing; the open ones go on.
  package func stallNew() { holdsNew = true }

  /// The open connections forward nothing any more, for ever, also after `resume()`, and stay
  /// open. New ones work.
  package func halfOpen() {
    for connection in connections.values { connection.becomeHalfOpen() }
  }

  /// New connections are refused by the system; the open ones go on.
  package func refuse() {
    listener?.close()
    listener = nil
  }

  /// Each connection brings its client at most so many bytes in a second.
  package func slow(bytesPerSecond: Int) {
    self.bytesPerSecond = bytesPerSecond
    ticker?.start(after: Self.tick)
    refresh()
  }

  /// Ends a request whose answer has not begun after `limit`, as proxies do, and a connection that
  /// speaks no HTTP (any more) when the upstream says nothing for so long.
  package func limitSilence(to limit: Duration, _ answer: Silence) {
    silence = (limit, answer)
    for connection in connections.values { connection.armSilence() }
  }

  /// The next `count` requests are answered with 503 and do not reach the upstream; zero ends it.
  package func answer503(requests count: Int) { unavailable = count }

  /// Ends every fault. What was stalled flows again; half-open connections stay as they are.
  package func resume() throws {
    isStalled = false
    holdsNew = false
    bytesPerSecond = nil
    silence = nil
    unavailable = 0
    cutAfterBytes = nil
    ticker?.stop()
    if listener == nil { try listen() }
    for connection in connections.values {
      connection.bytesLeft = nil
      connection.isHeld = false
    }
    refresh()
  }

  // MARK: - For the connections

  func takeUnavailable() -> Bool {
    guard unavailable > 0 else { return false }
    unavailable -= 1
    counts.unavailable += 1
    return true
  }

  func ended(_ connection: FaultProxyConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }

  private func refresh() {
    for connection in connections.values { connection.proceed() }
  }

  private func ticked() {
    guard bytesPerSecond != nil else { return }
    refresh()
    ticker?.start(after: Self.tick)
  }

  private func listen() throws {
    let socket = try FaultProxySocket.bound(to: port)
    try socket.listen()
    try socket.watch(reactor, for: .readable) { [weak self] _ in self?.accept() }
    listener = socket
  }

  private func accept() {
    while let client = listener?.accept() {
      counts.accepted += 1
      guard connections.count < Self.connectionsMax,
        let connection = try? FaultProxyConnection(client: client, proxy: self)
      else {
        client.reset()
        continue
      }
      connections[ObjectIdentifier(connection)] = connection
      connection.bytesLeft = cutAfterBytes
      connection.isHeld = holdsNew
      connection.armSilence()
      connection.proceed()
    }
  }
}
