import Configuration
import Daemon
import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

/// A platform and a token endpoint in one, that refuse everything and quote in their
/// refusals every header and body that they were sent.
private final class Tattletale {
  private(set) var quotes: [String] = []
  private(set) var base = ""
  /// What the token endpoint says to those it does not refuse.
  static let token = "issued-t0ken-s3cret"
  private var server: HTTPServer?

  init(_ loop: EventLoop) throws {
    let server = try HTTPServer(reactor: loop) { [unowned self] request, responder in
      responder.respond(answer(request))
    }
    base = "http://127.0.0.1:\(try server.listen(onTCP: "127.0.0.1", port: 0))"
    self.server = server
  }

  func stop() { server?.stop() }

  private func answer(_ request: ServerRequest) -> ServerResponse {
    let head = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: " ")
    let quote = head + " " + String(decoding: request.body, as: UTF8.self)
    quotes.append(quote)
    let text = quote.replacing("\\", with: "").replacing("\"", with: "")
    switch request.path {
    case "/token/good":
      return .json(
        #"{"access_token":"\#(Self.token)","refresh_token":"refresh-s3cret","expires_in":60}"#)
    case "/token/bad":
      return .json(
        #"{"error":"invalid_client","error_description":"\#(text)"}"#, status: 400)
    default:
      // Every kind of refusal in turn, each with what we sent.
      switch quotes.count % 4 {
      case 0: return .json("you sent \(quote)", status: 401)
      case 1: return .json(#"{"statusCode":20,"statusMessage":"\#(text)"}"#, status: 403)
      case 2: return .json("Missing or invalid Csrf token \(quote)", status: 403)
      default: return .json(#"{"statusCode":4,"statusMessage":"\#(text)"}"#, status: 500)
      }
    }
  }
}

@Suite(.serialized) struct SecrecyTests {
  private static let secrets = [
    "basic-p4ss word", "bearer-t0ken-s3cret", "cl&ent-s3cret", "own&r-p4ss", "key-s3cret",
    "file-p4ss-one", "file-p4ss-two", Tattletale.token, "refresh-s3cret", "pr0xy-p4ss",
  ]
  /// How the same travel: in base64 with the user in front, or in a form.
  private static let travelling = [
    "YWxpY2U6YmFzaWMtcDRzcyB3b3Jk", "own%26r-p4ss", "YnJpZGdlOmNsJTI2ZW50LXMzY3JldA==",
    "Z2F0ZTpwcjB4eS1wNHNz",
  ]

  private func agents(_ base: String, file: String) -> [Agent] {
    func oauth2(_ path: String, owner: Login? = nil) -> Authentication {
      .oauth2(
        OAuth2Settings(
          tokenURL: base + path, clientID: "bridge", clientSecret: Secret("cl&ent-s3cret"),
          owner: owner))
    }
    let key = [Header(name: "x-api-key", value: Secret("key-s3cret"))]
    return [
      Agent(
        name: "alice",
        authentication: .basic(Login(user: "alice", password: Secret("basic-p4ss word"))),
        headers: key),
      Agent(name: "bob", authentication: .bearer(Secret("bearer-t0ken-s3cret"))),
      Agent(name: "carol", authentication: oauth2("/token/good"), headers: key),
      Agent(name: "dave", authentication: oauth2("/token/bad")),
      Agent(
        name: "erin",
        authentication: oauth2(
          "/token/bad", owner: Login(user: "erin", password: Secret("own&r-p4ss")))),
      Agent(name: "frank", authentication: oauth2("/nobody")),
      Agent(
        name: "grace",
        login: Login(user: "grace", password: Secret("file-p4ss-one", file: file))),
    ]
  }

  /// Every kind of secret, every kind of refusal, with peers that quote all they get.
  ///
  /// Mutations tried, each of which it finds: refusals of the platform not scrubbed; those of the
  /// token endpoint not scrubbed; the proxy's password not hidden.
  @Test func `no event, no log line, no document and no byte of the store has a secret`() throws {
    try withFile("file-p4ss-one\n") { file in
      let stage = try Stage()
      defer { stage.close() }
      let tattletale = try Tattletale(stage.loop)
      defer { tattletale.stop() }
      stage.configuration.platform = Platform(
        url: tattletale.base, headers: [Header(name: "X-Tenant", value: Secret("hq"))])
      // It is its own proxy as well, and quotes that password too.
      let proxy = Proxy(
        url: tattletale.base, login: Login(user: "gate", password: Secret("pr0xy-p4ss")))
      stage.configuration.platform.proxy = ProxySetting(plain: proxy, secure: nil)
      stage.configuration.agents = agents(tattletale.base, file: file)
      try stage.start(isReady: false)
      try stage.wait("every login has failed") {
        let failed = try stage.events("session").filter {
          $0["data"]?["state"]?.string == "login-failed"
        }
        return Set(failed.compactMap { $0["data"]?["agent"]?.string }).count == 7
      }
      try writeText("file-p4ss-two\n", to: file)
      try stage.wait("the new password is in use") {
        // grace:file-p4ss-two
        tattletale.quotes.contains { $0.contains("Z3JhY2U6ZmlsZS1wNHNzLXR3bw==") }
      }
      _ = try stage.post("/v1/commands", #"{"call":"C","operation":"stop","agent":"alice"}"#)
      try writeText("", to: file)
      try stage.wait("the file is complained about") {
        stage.log.contains { $0.contains("secret-unusable") }
      }
      let quoted = tattletale.quotes.joined(separator: "\n")
      for secret in Self.travelling + ["bearer-t0ken-s3cret", "key-s3cret", Tattletale.token] {
        #expect(quoted.contains(secret), "\(secret) was never sent, so this proves nothing")
      }
      try expectNoSecret(stage)
    }
  }

  private func expectNoSecret(_ stage: Stage) throws {
    let paths = [
      "/v1/events?limit=1000&after=earliest", "/v1/sessions", "/v1/calls", "/v1/commands",
      "/v1/exceptions", "/readyz", "/healthz",
    ]
    var shown = stage.log.joined()
    for path in paths { shown += String(decoding: try stage.get(path).body, as: UTF8.self) }
    for name in ["store.db", "store.db-wal"] {
      shown += readText("\(stage.folder)/\(name)") ?? ""
    }
    shown += "\(stage.configuration)"
    #expect(shown.contains("login-failed") && shown.contains("(secret)"))
    for secret in Self.secrets + Self.travelling {
      #expect(!shown.contains(secret), "\(secret) is shown")
    }
  }
}
