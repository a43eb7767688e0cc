import Reactor

/// One client of a ``FaultProxy`` and its own connection to the upstream.
///
/// A direction is read only when what it read before has been written: a block at a time.
final class FaultProxyConnection {
  private unowned let proxy: FaultProxy
  private let client: FaultProxySocket
  private let server: FaultProxySocket
  private var up: ArraySlice<UInt8> = []
  private var down: ArraySlice<UInt8> = []
  private var requests = FaultProxyRequests()
  private var block = [UInt8](repeating: 0, count: FaultProxy.blockBytes)
  private var silenceTimer: (any ReactorTimer)?

  /// Bytes for the client until it is reset; nil for no limit.
  var bytesLeft: Int?
  /// Taken, and not served before the faults end.
  var isHeld = false

  private var isConnected = false
  private var isHalfOpen = false
  private var isOver = false
  private var hasClientEnded = false
  private var hasServerEnded = false
  private var isClientTold = false
  private var isServerTold = false
  /// The request that is being swallowed.
  private var isSwallowing = false
  /// A request has gone up whole, and nothing has come back.
  private var isAwaiting = false
  /// The client is told what stands in `down`, and then nothing more.
  private var endsAfterDown = false
  /// Bytes that a slow line may bring by now, and since when it is counted.
  private var credit = 0.0
  private var creditTime: Duration

  init(client: FaultProxySocket, proxy: FaultProxy) throws {
    self.client = client
    self.proxy = proxy
    creditTime = proxy.reactor.now
    server = try FaultProxySocket.connecting(to: proxy.upstreamPort)
    try server.watch(proxy.reactor, for: .writable) { [unowned self] in serverReady($0) }
    try client.watch(proxy.reactor, for: []) { [unowned self] in clientReady($0) }
    silenceTimer = proxy.reactor.makeTimer { [unowned self] in silenceEnded() }
  }

  /// Ends both sides with a reset.
  func reset() {
    guard !isOver else { return }
    client.reset()
    server.reset()
    finish()
  }

  func becomeHalfOpen() {
    isHalfOpen = true
    silenceTimer?.stop()
    proceed()
  }

  private func finish() {
    isOver = true
    silenceTimer?.cancel()
    silenceTimer = nil
    proxy.ended(self)
  }

  /// Bytes that were read and not yet written.
  var bufferedBytes: Int { up.count + down.count }

  private var isStopped: Bool { isHalfOpen || isHeld || proxy.isStalled }

  // MARK: - Copying

  private func serverReady(_ readiness: Readiness) {
    // What ends a connection lets go of it, and this function goes on.
    withExtendedLifetime(self) {
      if !isConnected {
        guard server.failure == 0 else { return reset() }
        isConnected = true
      }
      if !isStopped, readiness != .writable, down.isEmpty, !hasServerEnded { readServer() }
      proceed()
    }
  }

  private func clientReady(_ readiness: Readiness) {
    withExtendedLifetime(self) {
      if !isStopped, readiness != .writable, up.isEmpty, !hasClientEnded, !isOver { readClient() }
      proceed()
    }
  }

  private func readServer() {
    let allowed = allowance()
    guard allowed > 0 else { return }
    switch server.read(into: &block, atMost: allowed) {
    case .bytes(let bytes):
      isAwaiting = false
      armSilence()
      if proxy.bytesPerSecond != nil { credit -= Double(bytes.count) }
      down = bytes
    case .nothing: break
    case .end: hasServerEnded = true
    case .broken: reset()
    }
  }

  private func allowance() -> Int {
    guard let rate = proxy.bytesPerSecond else { return FaultProxy.blockBytes }
    let now = proxy.reactor.now
    credit += Double(rate) * ((now - creditTime) / .seconds(1))
    creditTime = now
    // A tenth of a second may be saved up, so that a pause is not followed by a flood.
    credit = min(credit, max(1, Double(rate) / 10))
    return min(FaultProxy.blockBytes, Int(credit))
  }

  private func readClient() {
    switch client.read(into: &block, atMost: FaultProxy.blockBytes) {
    case .bytes(let bytes): forward(bytes)
    case .nothing: break
    case .end: hasClientEnded = true
    case .broken: reset()
    }
  }

  private func forward(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    var forwarded: [UInt8] = []
    let wasOpaque = requests.isOpaque
    var isAsked = false
    while !rest.isEmpty {
      let part = requests.takePart(rest)
      rest = rest[part.bytes.endIndex...]
      if part.begins { isSwallowing = proxy.takeUnavailable() }
      if !isSwallowing { forwarded += part.bytes }
      guard part.ends else { continue }
      if isSwallowing {
        down += Self.answer("503 Service Unavailable", closes: false)
        isSwallowing = false
      } else {
        isAwaiting = true
        isAsked = true
      }
    }
    up = forwarded[...]
    // What a client says on an opaque connection is no sign of life of the upstream.
    if isAsked || requests.isOpaque != wasOpaque { armSilence() }
  }

  private static func answer(_ status: String, closes: Bool) -> [UInt8] {
    let end = closes ? "Connection: close\r\n" : ""
    return Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\(end)\r\n".utf8)
  }

  /// Writes what can be written, ends what has come to its end, and watches for what comes next.
  func proceed() {
    guard !isOver else { return }
    if !isStopped {
      writeUp()
      writeDown()
      if isOver { return }
      tellEnds()
      if isOver { return }
    }
    var client: Readiness = []
    var server: Readiness = []
    if !isStopped {
      if !isConnected { server = .writable }
      if up.isEmpty, !hasClientEnded, !endsAfterDown { client.insert(.readable) }
      if !down.isEmpty { client.insert(.writable) }
      if isConnected {
        if down.isEmpty, !hasServerEnded, mayReadServer { server.insert(.readable) }
        if !up.isEmpty { server.insert(.writable) }
      }
    }
    self.client.update(client)
    self.server.update(server)
  }

  /// On a slow line the next tick looks again.
  private var mayReadServer: Bool { proxy.bytesPerSecond == nil || allowance() > 0 }

  private func writeUp() {
    guard isConnected, !up.isEmpty else { return }
    guard let count = server.write(up) else { return reset() }
    proxy.counts.bytesUp += count
    up = up.dropFirst(count)
  }

  private func writeDown() {
    guard !isOver, !down.isEmpty else { return }
    guard let count = client.write(down.prefix(bytesLeft ?? .max)) else { return reset() }
    proxy.counts.bytesDown += count
    down = down.dropFirst(count)
    guard let left = bytesLeft else { return }
    bytesLeft = left - count
    if left <= count {
      proxy.counts.cut += 1
      reset()
    }
  }

  private func tellEnds() {
    if endsAfterDown, down.isEmpty { return close() }
    if hasClientEnded, up.isEmpty, isConnected, !isServerTold {
      isServerTold = true
      server.endSending()
    }
    if hasServerEnded, down.isEmpty, !isClientTold {
      isClientTold = true
      client.endSending()
    }
    if isServerTold, isClientTold { close() }
  }

  private func close() {
    client.close()
    server.close()
    finish()
  }

  // MARK: - Silence

  /// Begins to wait for the upstream anew, if it is waited for.
  func armSilence() {
    guard let silence = proxy.silence, !isHalfOpen, isAwaiting || requests.isOpaque else {
      silenceTimer?.stop()
      return
    }
    silenceTimer?.start(after: silence.limit)
  }

  private func silenceEnded() {
    guard let silence = proxy.silence, !isOver else { return }
    withExtendedLifetime(self) {
      proxy.counts.silenced += 1
      server.close()
      hasServerEnded = true
      hasClientEnded = true
      up = []
      endsAfterDown = true
      if silence.answer == .gatewayTimeout, isAwaiting {
        down += Self.answer("504 Gateway Time-out", closes: true)
      }
      proceed()
    }
  }
}
