import Bayeux
import Bridge
import Configuration
import Loop
import OAuth2
import WebSocket

/// Carries the bridge's WebSockets to the platform: with the cookies and credentials that the
/// agent's requests carry, through the same proxy and the same TLS.
final class PlatformSockets {
  /// How long an upgrade waits for a token before it counts as failed; the session goes on over
  /// long-polling meanwhile.
  private static let patience = WebSocketLimits.openingTime

  private enum Socket {
    case waiting(WaiterID, agent: String)
    case open(WebSocketConnection)
  }

  private let loop: EventLoop
  private let configuration: Platform
  private let platform: PlatformClient
  private var client: WebSocketClient?
  private var sockets: [ConnectionID: Socket] = [:]
  /// Reasons that were told.
  private var told: Set<String> = []
  /// A reason may name what changes from one opening to the next; the log must not follow it.
  private static let toldMax = 16
  private let note: (String) -> Void
  private let happened: (ConnectionID, SocketEvent) -> Void

  /// - Parameters:
  ///   - note: told why no WebSocket could be opened, each reason once.
  ///   - happened: told from the loop what happens on a socket, until it is closed.
  init(
    _ configuration: Platform, platform: PlatformClient, loop: EventLoop,
    note: @escaping (String) -> Void, happened: @escaping (ConnectionID, SocketEvent) -> Void
  ) {
    self.loop = loop
    self.note = note
    self.configuration = configuration
    self.platform = platform
    self.happened = happened
  }

  func open(_ request: SocketRequest) {
    let waiter = platform.authorize(request.agent, patience: Self.patience) {
      [unowned self] result in
      sockets[request.id] = nil
      switch result {
      case .success(let authorization): open(request, authorization)
      case .failure(let failure):
        happened(request.id, .closed(SocketClose(.unreachable, reason: failure.reason)))
      }
    }
    if let waiter { sockets[request.id] = .waiting(waiter, agent: request.agent) }
  }

  private func open(_ request: SocketRequest, _ authorization: Authorization) {
    let client: WebSocketClient
    do throws(WebSocketError) {
      client = try theClient()
    } catch {
      happened(request.id, .closed(SocketClose(.unreachable, reason: error.description)))
      return
    }
    var headers = platform.upgradeHeaders(request)
    if let value = authorization.headerValue { headers.append(("Authorization", value)) }
    let connection = client.open(
      WebSocketRequest(url: configuration.url + request.target, headers: headers)
    ) { [unowned self] event in
      switch event {
      case .opened(let cookies): platform.store(setCookie: cookies, of: request)
      case .closed(let close):
        sockets[request.id] = nil
        tellOnce(close)
        if close.kind == .refused(status: 401) {
          platform.refused(authorization, of: request.agent)
        }
      case .message, .stalled: break
      }
      happened(request.id, SocketEvent(event))
    }
    sockets[request.id] = .open(connection)
  }

  /// Why there is no WebSocket, in the log: the session goes on over long-polling and says nothing.
  /// Each reason once, for thousands of agents have the same.
  private func tellOnce(_ close: WebSocketClose) {
    switch close.kind {
    case .unreachable, .refused: break
    case .code, .broken: return
    }
    guard told.count < Self.toldMax, told.insert(close.reason).inserted else { return }
    note(close.reason)
  }

  /// Sends one message; silent for a socket that has ended, whose end is on its way.
  func send(_ message: [UInt8], on id: ConnectionID) {
    if case .open(let connection)? = sockets[id] { connection.send(message) }
  }

  func close(_ id: ConnectionID) {
    switch sockets.removeValue(forKey: id) {
    case .waiting(let waiter, let agent): platform.abandon(waiter, of: agent)
    case .open(let connection): connection.close()
    case nil: break
    }
  }

  /// Made with the first socket, because most sites have none.
  private func theClient() throws(WebSocketError) -> WebSocketClient {
    let proxy = configuration.proxy?.proxy(for: configuration.url).map {
      WebSocketOptions.Proxy(
        host: $0.host, port: $0.port, user: $0.login?.user,
        password: $0.login.map { platform.credentials.secrets.text(of: $0.password) })
    }
    if let client {
      client.use(proxy)
      return client
    }
    var options = WebSocketOptions(configuration.tls)
    options.proxy = proxy
    // Safe: the client is closed before the loop is.
    let client = try unsafe WebSocketClient(
      reactor: loop, nativeLoop: loop.nativeLoop, options: options)
    self.client = client
    return client
  }

  /// Ends every socket and tells nobody. Before the loop is closed.
  func close() {
    client?.close()
    client = nil
    sockets = [:]
  }
}

extension WebSocketOptions {
  fileprivate init(_ tls: PlatformTLS) {
    self.init()
    caFile = tls.certificateAuthority
    certificateFile = tls.certificate
    keyFile = tls.key ?? tls.certificate
    minimumTLS = tls.minimum == .tls13 ? .tls13 : .tls12
    serverName = tls.serverName
    isInsecure = tls.isInsecure
  }
}

extension SocketEvent {
  fileprivate init(_ event: WebSocketEvent) {
    self =
      switch event {
      case .opened: .opened
      case .message(let bytes): .message(bytes)
      case .stalled(let reason): .stalled(reason: reason)
      case .closed(let close): .closed(SocketClose(close))
      }
  }
}

extension SocketClose {
  fileprivate init(_ close: WebSocketClose) {
    let kind: Kind =
      switch close.kind {
      case .unreachable: .unreachable
      case .refused(let status): .refused(status: status)
      case .code(let code): .code(code)
      case .broken: .broken
      }
    self.init(kind, reason: close.reason)
  }
}
