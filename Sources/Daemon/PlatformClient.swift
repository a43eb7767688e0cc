import Bridge
import Commands
import Configuration
import HTTP
import Loop

/// Carries the bridge's requests to the platform: one cookie jar and one set of credentials for
/// each agent.
final class PlatformClient {
  /// An answer may take so many times its longest silence: a backlog of 64 MB over a slow line
  /// does, and a server that trickles is given up.
  private static let totalFactor = 6

  private let client: HTTPClient
  private let base: String
  private let headers: [HTTPHeader]
  private let logins: [String: Login]
  private var jars: [String: CookieJar] = [:]
  /// The jars' cookies as text, until an answer may have changed them.
  private var keepsakes: [String: Keepsake] = [:]
  private var exchanges: [RequestID: HTTPExchange] = [:]
  private let answered: (RequestID, Answer) -> Void

  init(
    platform: Platform, logins: [String: Login], loop: EventLoop,
    answered: @escaping (RequestID, Answer) -> Void
  ) {
    client = HTTPClient(
      reactor: loop, options: HTTPClient.Options(caFile: platform.certificateAuthority))
    base = platform.url
    headers = platform.headers.map { HTTPHeader($0.name, $0.value.reveal()) }
    self.logins = logins
    self.answered = answered
  }

  func send(_ request: PlatformRequest) {
    var message = HTTPRequest(
      method: request.method.rawValue, url: base + request.target,
      headers: request.headers.map { HTTPHeader($0.name, $0.value) } + headers,
      body: request.body, timeout: request.timeout)
    message.totalTimeout = request.timeout * Self.totalFactor
    message.jar = jar(of: request.agent)
    if let login = logins[request.agent] {
      message.credentials = HTTPCredentials(user: login.user, password: login.password.reveal())
    }
    exchanges[request.id] = client.send(message) { [unowned self] outcome in
      exchanges[request.id] = nil
      if outcome.mayHaveSetCookies { keepsakes[request.agent] = nil }
      answered(request.id, Answer(outcome))
    }
  }

  func cancel(_ id: RequestID) { exchanges.removeValue(forKey: id)?.cancel() }

  func close() {
    client.close()
    exchanges = [:]
  }

  /// What the agent's session needs besides itself to be resumed by another process.
  func keepsake(of agent: String) -> Keepsake? {
    if let known = keepsakes[agent] { return known }
    guard let user = logins[agent]?.user else { return nil }
    let keepsake = Keepsake(platform: base, user: user, cookies: jar(of: agent).cookies)
    keepsakes[agent] = keepsake
    return keepsake
  }

  /// Puts the cookies back; false when they are of another platform or another user, so that the
  /// session kept with them is not ours to go on with.
  func restore(_ keepsake: Keepsake, of agent: String) -> Bool {
    guard keepsake.platform == base, keepsake.user == logins[agent]?.user else { return false }
    jar(of: agent).restore(keepsake.cookies)
    return true
  }

  /// Two agents in one jar would be one browser to the server, which then only lets them poll.
  private func jar(of agent: String) -> CookieJar {
    if let jar = jars[agent] { return jar }
    let jar = CookieJar()
    jars[agent] = jar
    return jar
  }
}

extension HTTPOutcome {
  /// An answer that broke off may have had a cookie among its headers, and does not show them.
  fileprivate var mayHaveSetCookies: Bool {
    switch self {
    case .response(let response): response.header("Set-Cookie") != nil
    case .failure: true
    }
  }
}
