import HTTPServer
import Loop
import WebSocket

/// Carries the platform's WebSockets: what happens on them goes to the model, what the model wants
/// goes to them.
final class SocketCarrier {
  enum Input {
    case upgrade(GWSSocketID, GWSRequest)
    case message(GWSSocketID, [UInt8])
    case closed(GWSSocketID)
  }

  /// What may wait for one client: any backlog that somebody wants to see survive.
  private static let queueBytes = 1 << 30

  private let server: WebSocketServer
  private let onInput: (Input) -> SocketAdmission
  /// Sockets that the model knows and has not ended.
  private var peers: [GWSSocketID: WebSocketPeer] = [:]
  private var last: UInt64 = 0

  init(loop: EventLoop, onInput: @escaping (Input) -> SocketAdmission) throws(ServerError) {
    self.onInput = onInput
    var options = WebSocketServer.Options()
    options.queueBytes = Self.queueBytes
    do throws(WebSocketError) {
      // Safe: the loop outlives its simulator, which closes this.
      server = try unsafe WebSocketServer(
        reactor: loop, nativeLoop: loop.nativeLoop, options: options)
    } catch {
      throw ServerError(
        .system, operation: "start", subject: "WebSocket server", cause: "\(error)",
        nextStep: "check the limits on memory and open files")
    }
  }

  /// Takes over a connection whose unread bytes ask for an upgrade.
  func adopt(_ descriptor: Int32) {
    last += 1
    let id = GWSSocketID(last)
    peers[id] = server.adopt(
      descriptor,
      onUpgrade: { [weak self] in
        self?.verdict(on: $0, id) ?? .refuse(status: 503, headers: [])
      },
      onEvent: { [weak self] _, event in self?.received(event, on: id) })
  }

  private func verdict(on upgrade: WebSocketUpgrade, _ id: GWSSocketID) -> WebSocketVerdict {
    let path = upgrade.target.prefix { $0 != "?" }
    let request = GWSRequest(
      "GET", String(path), headers: upgrade.headers.map { HTTPField($0.name, $0.value) })
    switch onInput(.upgrade(id, request)) {
    case .accepted: return .accept(headers: [])
    case .refused(let status):
      peers[id] = nil
      return .refuse(status: status, headers: [])
    }
  }

  private func received(_ event: WebSocketPeerEvent, on id: GWSSocketID) {
    guard peers[id] != nil else { return }
    switch event {
    case .opened: break
    case .message(let bytes): _ = onInput(.message(id, bytes))
    case .closed:
      peers[id] = nil
      _ = onInput(.closed(id))
    }
  }

  /// Does what the model wants of a socket. Returns a socket that ended for it: its client takes
  /// too little of what it is sent.
  func perform(_ effect: SimulatorEffect) -> GWSSocketID? {
    switch effect {
    case .send(let id, let message):
      guard let peer = peers[id], !peer.send(message) else { return nil }
      peers[id] = nil
      peer.drop()
      return id
    case .closeSocket(let id, let code):
      peers.removeValue(forKey: id)?.close(code: UInt16(clamping: code))
    case .resetSocket(let id): peers.removeValue(forKey: id)?.drop()
    case .silenceSocket(let id): peers[id]?.silence()
    case .respond, .cut, .drop: break
    }
    return nil
  }

  /// Ends every socket; returns those that the model still knows.
  func close() -> [GWSSocketID] {
    let open = peers.keys.sorted { $0.number < $1.number }
    peers = [:]
    server.close()
    return open
  }
}
