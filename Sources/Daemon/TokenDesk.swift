import Configuration
import HTTP
import OAuth2
import Reactor

/// Gets and renews the token of one identity at its token endpoint: the keeper with a client, a
/// timer and the credentials.
final class TokenDesk {
  /// An answer of a token endpoint is some kilobytes.
  private static let answerSizeMax = 256 << 10
  /// Longest silence of a token endpoint; as for the platform's own REST requests.
  private static let timeout = Duration.seconds(10)
  /// The whole of a small answer.
  private static let totalTimeout = Duration.seconds(20)

  /// What others should know.
  enum Note {
    case failed(reason: String)
    case recovered
  }

  private let settings: OAuth2Settings
  private let route: Route
  private let secrets: SecretFiles
  private var keeper: TokenKeeper
  private var waiting: [WaiterID: (Result<Token, NoToken>) -> Void] = [:]
  private var exchange: HTTPExchange?
  private var timer: (any ReactorTimer)?
  private let note: (Note) -> Void
  /// Tokens that were seen lately, to be kept out of what servers are quoted with.
  private var tokens: [Token] = []

  init(
    _ settings: OAuth2Settings, route: Route, secrets: SecretFiles, seed: UInt64,
    note: @escaping (Note) -> Void
  ) {
    self.settings = settings
    self.route = route
    self.secrets = secrets
    self.note = note
    keeper = TokenKeeper(seed: seed)
    timer = route.reactor.makeTimer { [weak self] in self?.feed(.wake) }
  }

  /// Gives the token, at once if it is there, and else as soon as it is, but not after `patience`.
  func want(
    _ waiter: WaiterID, patience: Duration,
    completion: @escaping (Result<Token, NoToken>) -> Void
  ) {
    waiting[waiter] = completion
    feed(.wanted(waiter, until: route.reactor.now + patience))
  }

  func abandon(_ waiter: WaiterID) {
    waiting[waiter] = nil
    feed(.abandoned(waiter))
  }

  func refused(_ token: Token) { feed(.refused(token)) }

  /// Whether its secrets come from one of these files.
  func uses(_ paths: Set<String>) -> Bool {
    [settings.clientSecret.file, settings.owner?.password.file].contains { path in
      path.map(paths.contains) ?? false
    }
  }

  func credentialsChanged() { feed(.credentialsChanged) }

  /// Asks for no token any more; whoever waits for one gets none.
  func close() {
    timer?.cancel()
    timer = nil
    exchange?.cancel()
    exchange = nil
    let waiting = waiting
    self.waiting = [:]
    for completion in waiting.values {
      completion(.failure(NoToken(reason: "these credentials are not used any more")))
    }
  }

  /// What must not be quoted, in the forms in which it travels.
  var hidden: [String] {
    let texts =
      [secrets.text(of: settings.clientSecret)]
      + (settings.owner.map { [secrets.text(of: $0.password)] } ?? [])
      + tokens.map { $0.reveal() }
    return texts + texts.map(TokenRequest.formEncoded) + [clientCredentials.encoded]
  }

  /// RFC 6749, section 2.3.1.
  private var clientCredentials: HTTPCredentials {
    HTTPCredentials(
      user: TokenRequest.formEncoded(settings.clientID),
      password: TokenRequest.formEncoded(secrets.text(of: settings.clientSecret)))
  }

  private func feed(_ input: TokenKeeper.Input) {
    for effect in keeper.handle(input, at: route.reactor.now) { perform(effect) }
    if let due = keeper.wakeAt {
      timer?.start(after: max(.zero, due - route.reactor.now))
    } else {
      timer?.stop()
    }
  }

  private func perform(_ effect: TokenKeeper.Effect) {
    switch effect {
    case .ask(let refresh): ask(refresh)
    case .grant(let waiter, let token):
      remember(token)
      waiting.removeValue(forKey: waiter)?(.success(token))
    case .fail(let waiter, let reason):
      waiting.removeValue(forKey: waiter)?(.failure(NoToken(reason: reason)))
    case .failed(let reason): note(.failed(reason: reason))
    case .recovered: note(.recovered)
    }
  }

  private func remember(_ token: Token) {
    guard !tokens.contains(token) else { return }
    tokens = tokens.suffix(1) + [token]
  }

  private func ask(_ refresh: Token?) {
    secrets.look(at: settings.clientSecret)
    let form: TokenRequest
    if let refresh {
      form = .refresh(refresh, scope: settings.scope)
    } else if let owner = settings.owner {
      secrets.look(at: owner.password)
      form = .password(
        user: owner.user, password: secrets.text(of: owner.password), scope: settings.scope)
    } else {
      form = .clientCredentials(scope: settings.scope)
    }
    var request = HTTPRequest(
      method: "POST", url: settings.tokenURL,
      headers: [
        HTTPHeader("Accept", "application/json"),
        HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
      ], body: form.body, timeout: Self.timeout)
    request.totalTimeout = Self.totalTimeout
    request.maxBodyBytes = Self.answerSizeMax
    request.credentials = clientCredentials
    exchange = route.send(request) { [weak self] outcome in self?.answered(outcome, to: refresh) }
  }

  private func answered(_ outcome: HTTPOutcome, to refresh: Token?) {
    exchange = nil
    switch outcome {
    case .response(let response):
      let hidden =
        hidden + route.hidden
        + (refresh.map { [$0.reveal(), TokenRequest.formEncoded($0.reveal())] } ?? [])
      // A token endpoint that quotes us in its error must not make us publish it.
      let isError = response.status != 200
      feed(
        .answered(
          .response(
            status: response.status,
            retryAfter: response.retryAfterSeconds.map { .seconds($0) },
            body: isError ? Scrubbing.scrub(response.body, of: hidden) : response.body)))
    case .failure(let failure): feed(.answered(.failed(reason: failure.message)))
    }
  }
}

/// Why there is no token; holds no secret.
struct NoToken: Error { let reason: String }
