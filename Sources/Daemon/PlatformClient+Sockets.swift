import Bridge
import Configuration
import HTTP
import OAuth2

// What a WebSocket shares with the requests of its agent.
extension PlatformClient {
  /// As ``Credentials/authorize(_:patience:completion:)``.
  func authorize(
    _ agent: String, patience: Duration,
    completion: @escaping (Result<Authorization, NoToken>) -> Void
  ) -> WaiterID? {
    credentials.authorize(agent, patience: patience, completion: completion)
  }

  func abandon(_ waiter: WaiterID, of agent: String) { credentials.abandon(waiter, of: agent) }

  func refused(_ authorization: Authorization, of agent: String) {
    credentials.refused(authorization, of: agent)
  }

  /// The head of an upgrade to `target`, but for what proves who asks. Has secrets in it.
  func upgradeHeaders(_ request: SocketRequest) -> [(name: String, value: String)] {
    let cookies = jar(of: request.agent).header(for: base + request.target)
    return request.headers.map { (name: $0.name, value: $0.value) }
      + credentials.headers(of: request.agent).map { (name: $0.name, value: $0.value) }
      + (cookies.map { [(name: "Cookie", value: $0)] } ?? [])
  }

  /// Keeps the cookies that the answer to that upgrade has set.
  func store(setCookie values: [String], of request: SocketRequest) {
    guard !values.isEmpty else { return }
    jar(of: request.agent).store(setCookie: values, from: base + request.target)
    keepsakes[request.agent] = nil
  }
}
