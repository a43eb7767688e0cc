import Configuration
import Testing

private let text = """
  site: hq
  platform: { url: "https://gws.example", proxy: PROXY }
  store: /s.db
  socket: /s.sock
  agents: [{ name: a, user: a, password: { env: ALICE } }]

  """

private func proxy(
  _ setting: String, environment: [String: String] = [:]
) throws(ConfigurationError) -> ProxySetting? {
  let variables = environment.merging(["ALICE": "wonder land"]) { $1 }
  return try Configuration.read(
    Array(text.replacing("PROXY", with: setting).utf8), file: "c.yaml"
  ) { variables[$0] }.configuration.platform.proxy
}

@Test func `a proxy that is set is used for everything, with its credentials`() throws {
  let setting = try proxy("{ url: \"http://p:3128/\", user: u, password: { env: ALICE } }")
  let expected = Proxy(
    url: "http://p:3128", login: Login(user: "u", password: Secret("wonder land")))
  for url in ["https://gws.example/x", "http://localhost", "wss://gws.example/n"] {
    #expect(setting?.proxy(for: url) == expected)
  }
}

@Test func `the environment is asked only when the setting says so`() throws {
  let variables = [
    "HTTPS_PROXY": "http://u%3a1:p%40ss@p:1", "http_proxy": "q:2", "HTTP_PROXY": "http://r:3",
    "NO_PROXY": "internal.example, .corp,10.0.0.0/8,[::1],host.example:8443",
  ]
  // A user with a colon cannot be sent.
  #expect(throws: ConfigurationError.self) { try proxy("environment", environment: variables) }
  var environment = variables
  environment["HTTPS_PROXY"] = "http://u:p%40ss@p:1"
  let setting = try #require(try proxy("environment", environment: environment))
  let secure = setting.proxy(for: "https://gws.example")
  #expect(secure?.url == "http://p:1")
  #expect(secure?.login?.password.reveal() == "p@ss")
  #expect(setting.proxy(for: "ws://gws.example")?.url == "http://q:2")
  let fixed = try proxy("http://p:3128", environment: environment)
  #expect(fixed?.secure?.url == "http://p:3128")
}

@Test(arguments: [
  ("internal.example", "https://internal.example/x", true),
  ("internal.example", "https://a.internal.example", true),
  ("internal.example", "https://notinternal.example", false),
  (".corp", "https://gws.corp:8443", true),
  ("*.corp", "https://gws.corp", true),
  ("10.0.0.0/8", "https://10.200.3.4/", true),
  ("10.0.0.0/8", "https://11.0.0.1/", false),
  ("10.0.0.5", "https://10.0.0.5", true),
  ("[::1]", "https://[::1]:443/", true),
  ("gws.example:8443", "https://gws.example", false),
  ("gws.example:443", "https://gws.example", true),
  ("*", "https://anything", true),
  ("10.0.0.0/99", "https://10.0.0.1", false),
  ("", "https://anything", false),
])
func `what NO_PROXY names goes without a proxy`(exceptions: String, url: String, isDirect: Bool) {
  let one = Proxy(url: "http://p:1")
  let setting = ProxySetting(
    plain: one, secure: one, exceptions: exceptions.isEmpty ? [] : [exceptions])
  #expect((setting.proxy(for: url) == nil) == isDirect)
}
