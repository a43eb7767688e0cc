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

  /// From so many agents on memory counts more than the speed of large answers.
  private static let agentsToSaveFor = 500

  private let client: HTTPClient
  private let base: String
  private var headers: [HTTPHeader]
  private var logins: [String: Login]
  /// Of agents that have left the configuration and still say goodbye.
  private var oldLogins: [String: Login] = [:]
  private var jars: [String: CookieJar] = [:]
  /// The jars' cookies as text, until an answer may have changed them.
  private var keepsakes: [String: Keepsake] = [:]
  private var exchanges: [RequestID: HTTPExchange] = [:]
  private let answered: (RequestID, Answer) -> Void

  init(
    _ configuration: Configuration, loop: EventLoop,
    answered: @escaping (RequestID, Answer) -> Void
  ) {
    var options = HTTPClient.Options(caFile: configuration.platform.certificateAuthority)
    if configuration.agents.count >= Self.agentsToSaveFor {
      options.receiveBufferBytes = HTTPLimits.smallReceiveBufferBytes
    }
    client = HTTPClient(reactor: loop, options: options)
    base = configuration.platform.url
    headers = Self.headers(configuration)
    logins = Self.logins(configuration)
    self.answered = answered
  }

  private static func headers(_ configuration: Configuration) -> [HTTPHeader] {
    configuration.platform.headers.map { HTTPHeader($0.name, $0.value.reveal()) }
  }

  private static func logins(_ configuration: Configuration) -> [String: Login] {
    var logins: [String: Login] = [:]
    for agent in configuration.agents { logins[agent.name] = agent.login }
    return logins
  }

  /// Takes the logins and headers of another configuration for the same platform. An agent that is
  /// another user now gets a jar of its own: the old one's cookies are the old user.
  func take(_ configuration: Configuration) {
    headers = Self.headers(configuration)
    let old = logins
    logins = Self.logins(configuration)
    for (agent, login) in old {
      guard let new = logins[agent] else {
        oldLogins[agent] = login
        continue
      }
      if new.user != login.user { dropCookies(of: agent) }
    }
  }

  /// An agent that was removed has said goodbye.
  func forget(_ agent: String) {
    oldLogins[agent] = nil
    dropCookies(of: agent)
  }

  private func dropCookies(of agent: String) {
    jars[agent] = nil
    keepsakes[agent] = nil
  }

  func send(_ request: PlatformRequest) {
    var message = HTTPRequest(
      method: request.method.rawValue, url: base + request.target,
      headers: request.headers.map { HTTPHeader($0.name, $0.value) } + headers,
      body: request.body, timeout: request.timeout)
    message.totalTimeout = request.timeout * Self.totalFactor
    message.jar = jar(of: request.agent)
    if let login = logins[request.agent] ?? oldLogins[request.agent] {
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
