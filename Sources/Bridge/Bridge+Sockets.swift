import Bayeux
import Commands

/// The WebSockets of the sessions: each gets a name of the bridge's own, as requests do.
extension Bridge {
  /// Whose a WebSocket is.
  struct SocketOwner: Equatable, Sendable {
    let agent: Int
    let socket: SocketID
  }

  mutating func openSocket(_ socket: SocketID, _ agent: Int) {
    let id = nextConnection()
    socketOwners[id] = SocketOwner(agent: agent, socket: socket)
    agents[agent].sockets[socket] = id
    var headers = [Header("Origin", settings.dialect.origin)]
    if let protection = agents[agent].forgeryProtection { headers.append(protection) }
    turn.effects.append(
      .openSocket(
        SocketRequest(
          id: id, agent: agents[agent].name, target: settings.dialect.notifications,
          headers: headers)))
  }

  mutating func transmit(_ bytes: [UInt8], on socket: SocketID, _ agent: Int) {
    guard let id = agents[agent].sockets[socket] else { return }
    turn.effects.append(.transmit(id, bytes))
  }

  mutating func closeSocket(_ socket: SocketID, _ agent: Int) {
    guard let id = agents[agent].sockets.removeValue(forKey: socket) else { return }
    socketOwners[id] = nil
    turn.effects.append(.closeSocket(id))
  }

  mutating func socketHappened(_ id: ConnectionID, _ event: SocketEvent, at now: Moment) {
    guard let owner = socketOwners[id] else { return }  // Closed meanwhile.
    if case .closed = event {
      socketOwners[id] = nil
      agents[owner.agent].sockets[owner.socket] = nil
    }
    feedSession(owner.agent, .socket(owner.socket, event), at: now)
  }
}
