import Bayeux
import Commands

@testable import Bridge

/// What the bridge makes of a session's exchanges and sockets, under the session's own numbers.
extension PlatformRequest {
  init(_ exchange: Exchange, of agent: String, _ dialect: Dialect) {
    self.init(
      id: RequestID(rawValue: exchange.id.number), agent: agent, method: .post,
      target: dialect.notifications + exchange.pathSuffix,
      headers: dialect.headers(hasBody: true), body: exchange.body, timeout: exchange.timeout)
  }
}

extension SocketRequest {
  init(_ socket: SocketID, of agent: String, _ dialect: Dialect) {
    self.init(
      id: ConnectionID(rawValue: socket.number), agent: agent, target: dialect.notifications,
      headers: [Header("Origin", dialect.origin)])
  }
}

extension Session.Reply {
  init(_ answer: Answer) {
    switch answer {
    case .response(let status, let headers, let body):
      let seconds = headers.first("Retry-After").flatMap { Int64($0) }
      self = .response(status: status, body: body, retryAfter: seconds.map { .seconds($0) })
    case .failed(let reason, let mayHaveReachedServer, let partialBody):
      self = .failed(
        TransportFailure(
          reason: reason, mayHaveReachedServer: mayHaveReachedServer, partialBody: partialBody))
    }
  }
}
