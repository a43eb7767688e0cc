import Configuration
import HTTP
import OAuth2
import Reactor

/// The credentials of all agents as they are now: passwords from files that change, tokens that
/// are renewed.
final class Credentials {
  /// Every file is looked at once in this many seconds: soon enough that nobody restarts for it,
  /// and thousands of files cost a few hundred system calls a second.
  private static let lookSeconds = 5

  /// What the operator, and the agents' sessions, should know.
  enum Note {
    case secret(SecretFiles.Note)
    case tokenFailed(clientID: String, reason: String)
    /// What was wrong with these agents' credentials may be right now.
    case changed(agents: [String])
  }

  let secrets: SecretFiles
  private var agents: [String: Agent]
  /// Of agents that have left the configuration and still say goodbye.
  private var leaving: [String: Agent] = [:]
  private var siteHeaders: [Header]
  private let route: Route
  private var desks: [OAuth2Settings: TokenDesk] = [:]
  private var random: UInt64
  private var lastWaiter: UInt64 = 0
  private var timer: (any ReactorTimer)?
  private let note: (Note) -> Void

  init(
    _ platform: Platform, agents: [Agent], route: Route, secrets: SecretFiles, seed: UInt64,
    note: @escaping (Note) -> Void
  ) {
    self.agents = Dictionary(agents.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    siteHeaders = platform.headers
    self.route = route
    self.secrets = secrets
    random = seed
    self.note = note
    timer = route.reactor.makeTimer { [weak self] in self?.lookAtSome() }
    for secret in allSecrets(of: platform, agents) { _ = secrets.text(of: secret) }
    if secrets.count > 0 { timer?.start(after: .seconds(1)) }
  }

  /// Takes the agents and headers of another configuration for the same platform, and looks at
  /// every secret file now. Returns the agents that are other users than before.
  func take(_ platform: Platform, _ next: [Agent]) -> [String] {
    let identities = agents.keys.map { ($0, identity(of: $0)) }
    var gone = agents
    for agent in next { gone[agent.name] = nil }
    leaving.merge(gone) { _, newer in newer }
    agents = Dictionary(next.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for agent in next { leaving[agent.name] = nil }
    dropUnusedTokens()
    siteHeaders = platform.headers
    for secret in allSecrets(of: platform, next) {
      _ = secrets.text(of: secret)
      secrets.look(at: secret)
    }
    if secrets.count > 0 { timer?.start(after: .seconds(1)) }
    return identities.filter { agents[$0.0] != nil && identity(of: $0.0) != $0.1 }.map(\.0)
  }

  /// An agent that left has said goodbye.
  func forget(_ agent: String) {
    leaving[agent] = nil
    dropUnusedTokens()
  }

  /// A token whose last agent is gone, or has other credentials now, is not kept.
  private func dropUnusedTokens() {
    let used = Set([agents, leaving].flatMap(\.values).compactMap(\.oauth2))
    for settings in desks.keys where !used.contains(settings) {
      desks.removeValue(forKey: settings)?.close()
    }
  }

  private func settings(of agent: String) -> Agent? { agents[agent] ?? leaving[agent] }

  func close() {
    timer?.cancel()
    for desk in desks.values { desk.close() }
  }

  /// The platform's headers with the agent's own; of two with one name, the agent's.
  func headers(of agent: String) -> [HTTPHeader] {
    let own = settings(of: agent)?.headers ?? []
    let names = Set(own.map { $0.name.lowercased() })
    return (siteHeaders.filter { !names.contains($0.name.lowercased()) } + own).map {
      HTTPHeader($0.name, secrets.text(of: $0.value))
    }
  }

  /// Whose session it is, as far as a restarted process must know; nil without credentials. Names
  /// no secret.
  func identity(of agent: String) -> String? {
    switch settings(of: agent)?.authentication {
    case .basic(let login): login.user
    case .bearer: "bearer"
    case .oauth2(let settings):
      "oauth2 "
        + ([settings.clientID] + (settings.owner.map { [$0.user] } ?? [])).joined(
          separator: " ")
    case nil: nil
    }
  }

  /// Gives what a request of the agent has to carry: at once, or when the token is there, but not
  /// after `patience`.
  ///
  /// - Returns: what ``abandon(_:of:)`` takes, if the completion has not been called yet.
  func authorize(
    _ agent: String, patience: Duration,
    completion: @escaping (Result<Authorization, NoToken>) -> Void
  ) -> WaiterID? {
    switch settings(of: agent)?.authentication {
    case nil: completion(.success(.none))
    case .basic(let login):
      let password = secrets.text(of: login.password)
      completion(.success(.basic(HTTPCredentials(user: login.user, password: password))))
    case .bearer(let token): completion(.success(.bearer(Token(secrets.text(of: token)))))
    case .oauth2(let settings):
      lastWaiter += 1
      let waiter = WaiterID(rawValue: lastWaiter)
      var isDone = false
      desk(settings).want(waiter, patience: patience) { result in
        isDone = true
        completion(result.map { .bearer($0) })
      }
      return isDone ? nil : waiter
    }
    return nil
  }

  /// Nobody waits for that authorization any more.
  func abandon(_ waiter: WaiterID, of agent: String) {
    if case .oauth2(let settings)? = settings(of: agent)?.authentication {
      desk(settings).abandon(waiter)
    }
  }

  /// The platform refused a request that carried this.
  func refused(_ authorization: Authorization, of agent: String) {
    guard case .bearer(let token) = authorization,
      case .oauth2(let settings)? = settings(of: agent)?.authentication
    else { return }
    desk(settings).refused(token)
  }

  /// Looks at the agent's secret files now, as before a login.
  func look(for agent: String) {
    guard let agent = settings(of: agent) else { return }
    for secret in agent.secrets { secrets.look(at: secret) }
  }

  /// The agent's secrets in all their forms, to be kept out of what the platform is quoted with.
  func hidden(of agent: String) -> [String] {
    var hidden = (settings(of: agent)?.secrets ?? []).map { secrets.text(of: $0) }
    hidden += siteHeaders.filter(\.isLikelySecret).map { secrets.text(of: $0.value) }
    hidden += route.hidden
    switch settings(of: agent)?.authentication {
    case .basic(let login):
      let password = secrets.text(of: login.password)
      hidden.append(HTTPCredentials(user: login.user, password: password).encoded)
    case .oauth2(let settings): hidden += desks[settings]?.hidden ?? []
    case .bearer, nil: break
    }
    return hidden
  }

  private func desk(_ settings: OAuth2Settings) -> TokenDesk {
    if let desk = desks[settings] { return desk }
    // Another seed for each, so that their renewals spread.
    random &+= 0x9E37_79B9_7F4A_7C15
    let desk = TokenDesk(settings, route: route, secrets: secrets, seed: random) {
      [unowned self] note in
      switch note {
      case .failed(let reason):
        self.note(.tokenFailed(clientID: settings.clientID, reason: reason))
      case .recovered: self.note(.changed(agents: agentsWith { $0 == .oauth2(settings) }))
      }
    }
    desks[settings] = desk
    return desk
  }

  private func agentsWith(_ isMeant: (Authentication?) -> Bool) -> [String] {
    agents.values.filter { isMeant($0.authentication) }.map(\.name).sorted()
  }

  private func lookAtSome() {
    timer?.start(after: .seconds(1))
    let changed = Set(
      secrets.lookAtNext((secrets.count + Self.lookSeconds - 1) / Self.lookSeconds))
    guard !changed.isEmpty else { return }
    for desk in desks.values where desk.uses(changed) { desk.credentialsChanged() }
    let concerned = agents.values.filter { agent in
      (agent.secrets + siteHeaders.map(\.value)).contains { $0.file.map(changed.contains) ?? false }
    }
    note(.changed(agents: concerned.map(\.name).sorted()))
  }

  private func allSecrets(of platform: Platform, _ agents: [Agent]) -> [Secret] {
    agents.flatMap(\.secrets) + platform.headers.map(\.value) + route.proxyLogins.map(\.password)
  }
}

extension Agent {
  fileprivate var oauth2: OAuth2Settings? {
    if case .oauth2(let settings)? = authentication { settings } else { nil }
  }

  fileprivate var secrets: [Secret] {
    let proof: [Secret] =
      switch authentication {
      case .basic(let login): [login.password]
      case .bearer(let token): [token]
      case .oauth2(let settings):
        [settings.clientSecret] + (settings.owner.map { [$0.password] } ?? [])
      case nil: []
      }
    return proof + headers.map(\.value)
  }
}

extension Header {
  /// A value such as the name of a tenant is no secret, and may rightly stand in what the platform
  /// says; a key or a token is one.
  fileprivate var isLikelySecret: Bool {
    let name = name.lowercased()
    return ["authorization", "key", "token", "secret"].contains { name.contains($0) }
  }
}
