import Bridge
import Commands
import Configuration
import HTTP
import Loop
import OAuth2

/// Carries the bridge's requests to the platform: one cookie jar and one set of credentials for
/// each agent.
final class PlatformClient {
  /// An answer may take so many times its longest silence: a backlog of 64 MB over a slow line
  /// does, and a server that trickles is given up.
  private static let totalFactor = 6
  /// Refusals have short bodies; a long one is searched for secrets up to here and cut off.
  private static let refusalSizeMax = 64 << 10
  /// From so many agents on memory counts more than the speed of large answers.
  private static let agentsToSaveFor = 500

  /// A request that waits for its token, or is under way.
  private enum Sending {
    case waiting(WaiterID, agent: String)
    case underWay(HTTPExchange)
  }

  private let route: Route
  let credentials: Credentials
  let base: String
  private var jars: [String: CookieJar] = [:]
  /// The jars' cookies as text, until an answer may have changed them.
  var keepsakes: [String: Keepsake] = [:]
  private var sendings: [RequestID: Sending] = [:]
  private let dialect: Dialect
  private let answered: (RequestID, Answer) -> Void

  init(
    _ configuration: Configuration, dialect: Dialect, loop: EventLoop, seed: UInt64,
    note: @escaping (Credentials.Note) -> Void,
    answered: @escaping (RequestID, Answer) -> Void
  ) {
    let secrets = SecretFiles { note(.secret($0)) }
    route = Route(
      configuration.platform, reactor: loop, secrets: secrets,
      savesMemory: configuration.agents.count >= Self.agentsToSaveFor)
    credentials = Credentials(
      configuration.platform, agents: configuration.agents, route: route, secrets: secrets,
      seed: seed, note: note)
    base = configuration.platform.requestURL
    self.dialect = dialect
    self.answered = answered
  }

  /// Takes the credentials and headers of another configuration for the same platform. An agent
  /// that is another user now gets a jar of its own: the old one's cookies are the old user.
  func take(_ configuration: Configuration) {
    for agent in credentials.take(configuration.platform, configuration.agents) {
      dropCookies(of: agent)
    }
  }

  /// An agent that was removed has said goodbye.
  func forget(_ agent: String) {
    credentials.forget(agent)
    dropCookies(of: agent)
  }

  private func dropCookies(of agent: String) {
    jars[agent] = nil
    keepsakes[agent] = nil
  }

  func send(_ request: PlatformRequest) {
    if request.isLogin { credentials.look(for: request.agent) }
    let waiter = credentials.authorize(request.agent, patience: request.patience) {
      [unowned self] result in
      switch result {
      case .success(let authorization): send(request, authorization)
      case .failure(let failure):
        sendings[request.id] = nil
        answered(
          request.id,
          .failed(reason: failure.reason, mayHaveReachedServer: false, partialBody: []))
      }
    }
    if let waiter { sendings[request.id] = .waiting(waiter, agent: request.agent) }
  }

  private func send(_ request: PlatformRequest, _ authorization: Authorization) {
    let agent = request.agent
    var message = HTTPRequest(
      method: request.method.rawValue, url: base + request.target,
      headers: request.headers.map { HTTPHeader($0.name, $0.value) }
        + credentials.headers(of: agent),
      body: request.body, timeout: request.timeout)
    message.totalTimeout = request.timeout * Self.totalFactor
    message.jar = jar(of: agent)
    switch authorization {
    case .none: break
    case .basic(let login): message.credentials = login
    case .bearer:
      if let value = authorization.headerValue {
        message.headers.append(HTTPHeader("Authorization", value))
      }
    }
    let exchange = route.send(message) { [unowned self] outcome in
      sendings[request.id] = nil
      if outcome.mayHaveSetCookies { keepsakes[agent] = nil }
      let answer = scrubbed(Answer(outcome), of: agent)
      // First, so that the login that follows does not carry the refused token again.
      if case .bearer = authorization, dialect.refusesCredentials(answer) {
        credentials.refused(authorization, of: agent)
      }
      answered(request.id, answer)
    }
    sendings[request.id] = .underWay(exchange)
  }

  func cancel(_ id: RequestID) {
    switch sendings.removeValue(forKey: id) {
    case .waiting(let waiter, let agent): credentials.abandon(waiter, of: agent)
    case .underWay(let exchange): exchange.cancel()
    case nil: break
    }
  }

  /// Ends a request that waits for its token, as one that never left.
  func withdraw(_ id: RequestID) {
    guard case .waiting(let waiter, let agent) = sendings[id] else { return }
    sendings[id] = nil
    credentials.abandon(waiter, of: agent)
    answered(
      id,
      .failed(
        reason: "not sent: something else was asked for while it waited for an access token",
        mayHaveReachedServer: false, partialBody: []))
  }

  func close() {
    credentials.close()
    route.close()
    sendings = [:]
  }

  /// A refusal that quotes what we sent must not carry it into events and the log.
  private func scrubbed(_ answer: Answer, of agent: String) -> Answer {
    guard case .response(let status, let headers, let body) = answer, status >= 400 else {
      return answer
    }
    let quoted = Scrubbing.scrub(
      Array(body.prefix(Self.refusalSizeMax)), of: credentials.hidden(of: agent))
    return .response(status: status, headers: headers, body: quoted)
  }
}

// What lives beside a session: cookies and whose they are.
extension PlatformClient {
  /// What the agent's session needs besides itself to be resumed by another process.
  func keepsake(of agent: String) -> Keepsake? {
    if let known = keepsakes[agent] { return known }
    guard let identity = credentials.identity(of: agent) else { return nil }
    let keepsake = Keepsake(platform: base, user: identity, cookies: jar(of: agent).cookies)
    keepsakes[agent] = keepsake
    return keepsake
  }

  /// Puts the cookies back; false when they are of another platform or another user, so that the
  /// session kept with them is not ours to go on with.
  func restore(_ keepsake: Keepsake, of agent: String) -> Bool {
    guard keepsake.platform == base, keepsake.user == credentials.identity(of: agent) else {
      return false
    }
    jar(of: agent).restore(keepsake.cookies)
    return true
  }

  /// Drops the agent's cookies, those that balance load included: the next request is a stranger's.
  func forgetCookies(of agent: String) {
    jars[agent]?.clear()
    keepsakes[agent] = nil
  }

  /// Two agents in one jar would be one browser to the server, which then only lets them poll.
  func jar(of agent: String) -> CookieJar {
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
