package import HTTPServer
package import Loop
import Reactor

/// A GWS server on the loop: good enough to be fooled by, and made to fail on request.
///
/// It is the wiring between `GWSModel`, which decides, and the HTTP server, which carries. Calls
/// and faults come through the methods here or, from outside, through the switchboard below
/// `/sim/`. Everything happens on the loop thread. Stop it before the loop is closed.
package final class Simulator {
  package let settings: SimulatorSettings
  /// The platform's state, to look at.
  package private(set) var model: GWSModel

  private let loop: EventLoop
  private var server: HTTPServer?
  private var timer: (any ReactorTimer)?
  private var responders: [RequestID: Responder] = [:]
  private var lastRequest: UInt64 = 0
  private var sockets: SocketCarrier?

  /// A simulator that does not listen yet; its time begins now.
  package init(settings: SimulatorSettings, loop: EventLoop) {
    self.settings = settings
    self.loop = loop
    model = GWSModel(settings: settings, unixTimeAtZero: loop.wallClock - loop.now)
  }

  /// Listens where the settings say, and returns the port.
  package func start() throws(ServerError) -> UInt16 {
    try start(host: settings.listen.host, port: settings.listen.port)
  }

  /// Listens on a numeric address; port 0 picks a free one. Returns the port.
  ///
  /// After `stop` it can be started again and is the platform it was, as after a network failure.
  package func start(host: String, port: UInt16) throws(ServerError) -> UInt16 {
    var limits = ServerLimits()
    limits.connections = Self.connectionLimit
    limits.bodySizeBytes = Self.bodyLimitBytes
    let server = try HTTPServer(reactor: loop, limits: limits, tls: settings.tls) {
      [weak self] request, responder in
      self?.receive(request, responder)
    }
    if settings.webSocket == .offered, settings.tls == nil {
      let sockets = try SocketCarrier(loop: loop) { [weak self] in
        self?.received($0) ?? .refused(status: 503)
      }
      self.sockets = sockets
    }
    let bound = try server.listen(
      onTCP: host, port: port,
      onUpgrade: sockets.map { sockets in { sockets.adopt($0) } })
    self.server = server
    timer = loop.makeTimer { [weak self] in self?.change { _ in } }
    armTimer()
    return bound
  }

  /// Closes every connection, so that held connects lose their clients. Idempotent.
  package func stop() {
    timer?.cancel()
    timer = nil
    for id in sockets?.close() ?? [] { model.socketClosed(id, at: loop.now) }
    sockets = nil
    let open = responders
    responders = [:]
    for (id, responder) in open {
      responder.cut()
      model.disconnected(id, at: loop.now)
    }
    perform()
    server?.stop()
    server = nil
  }

  deinit {
    timer?.cancel()
    _ = sockets?.close()
    server?.stop()
  }

  /// Two connections for each of some thousand sessions, and room for whoever drives the test.
  private static let connectionLimit = 20_000
  /// A published message may be as big as anything a test wants to see survive.
  private static let bodyLimitBytes = 64 * 1024 * 1024

  /// From now on these access tokens are good, and no others; each is an agent's.
  package func acceptBearer(_ tokens: [String: String]) {
    change { $0.bearerTokens = tokens }
  }

  /// Lets time pass up to now, makes a change, and does what follows from both.
  @discardableResult
  func change<Result, Failure>(
    _ body: (inout GWSModel) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    model.advance(to: loop.now)
    defer { perform() }
    return try body(&model)
  }

  private func receive(_ request: ServerRequest, _ responder: Responder) {
    lastRequest += 1
    let id = RequestID(lastRequest)
    responders[id] = responder
    responder.onDisconnect { [weak self] in self?.disconnected(id) }
    let received = GWSRequest(
      request.method, request.path,
      query: Dictionary(request.query.map { ($0.name, $0.value) }) { _, last in last },
      headers: request.headers.map { HTTPField($0.name, $0.value) }, body: request.body)
    // Where WebSocket is not offered, the refusal is an answer like any other.
    let asks = received.header("Upgrade")?.lowercased().contains("websocket") == true
    if asks, received.method == "GET",
      case .refused(let status) = model.socketOpened(GWSSocketID(id.number), received, at: loop.now)
    {
      responders.removeValue(forKey: id)?
        .respond(ServerResponse(status: status, headers: [], body: []))
    } else {
      model.receive(received, as: id, at: loop.now)
    }
    perform()
  }

  /// What happened on a WebSocket. The answer counts for an upgrade only.
  private func received(_ input: SocketCarrier.Input) -> SocketAdmission {
    defer { perform() }
    switch input {
    case .upgrade(let id, let request): return model.socketOpened(id, request, at: loop.now)
    case .message(let id, let bytes): model.socketMessage(id, bytes, at: loop.now)
    case .closed(let id): model.socketClosed(id, at: loop.now)
    }
    return .accepted
  }

  private func disconnected(_ id: RequestID) {
    guard responders.removeValue(forKey: id) != nil else { return }
    model.disconnected(id, at: loop.now)
    perform()
  }

  private func perform() {
    var effects = model.takeEffects()
    while !effects.isEmpty {
      for effect in effects { perform(effect) }
      effects = model.takeEffects()
    }
    armTimer()
  }

  private func perform(_ effect: SimulatorEffect) {
    switch effect {
    case .respond(let id, let response):
      responders.removeValue(forKey: id)?.respond(serverResponse(response))
    case .cut(let id, let response, let bodyBytes):
      responders.removeValue(forKey: id)?.respond(serverResponse(response), cutAfter: bodyBytes)
    case .drop(let id):
      responders.removeValue(forKey: id)?.cut()
    case .send, .closeSocket, .resetSocket, .silenceSocket:
      guard let id = sockets?.perform(effect) else { return }
      model.socketClosed(id, at: loop.now)
    }
  }

  private func serverResponse(_ response: GWSResponse) -> ServerResponse {
    ServerResponse(
      status: response.status,
      headers: response.headers.map { ServerHeader($0.name, $0.value) }, body: response.body)
  }

  private func armTimer() {
    guard let next = model.nextDeadline else { return }
    timer?.start(after: max(next - loop.now, .zero))
  }
}
