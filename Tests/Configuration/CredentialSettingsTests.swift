import Configuration
import Testing

private let tail = """
  store: /s.db
  socket: /s.sock

  """

/// A configuration with these lines in its platform and these agents.
private func site(
  _ platform: String, agents: String = "[{ name: a, user: a, password: { env: ALICE } }]"
)
  -> String
{
  let lines = platform.split(separator: "\n").map { "\n  \($0)" }.joined()
  return "site: hq\nplatform:\n  url: https://gws.example\(lines)\n\(tail)agents: \(agents)\n"
}

private let oauth2 = """
  oauth2:
    tokenURL: https://auth.example/oauth/token
    clientID: "bridge:1"
    clientSecret: { env: ALICE }
    scope: calls recordings
  """

@Test func `agents with a site's client credentials share one identity, and need no password`()
  throws
{
  let loaded = try read(site(oauth2, agents: "[{ name: a }, { name: b }]"))
  #expect(loaded.warnings.isEmpty)
  let expected = OAuth2Settings(
    tokenURL: "https://auth.example/oauth/token", clientID: "bridge:1",
    clientSecret: Secret("wonder land"), scope: "calls recordings")
  #expect(
    loaded.configuration.agents.map(\.authentication) == [.oauth2(expected), .oauth2(expected)])
}

@Test func `with the grant password each agent is an identity of its own`() throws {
  let loaded = try read(
    site(
      oauth2 + "\n  grant: password",
      agents: "[{ name: a, user: u1, password: { env: ALICE } }, { name: b, bearer: tok }]"))
  guard case .oauth2(let settings)? = loaded.configuration.agents[0].authentication else {
    Issue.record("\(loaded.configuration.agents)")
    return
  }
  #expect(settings.owner?.user == "u1")
  #expect(loaded.configuration.agents[1].authentication == .bearer(Secret("tok")))
}

@Test func `an agent's own headers stand beside the platform's`() throws {
  let loaded = try read(
    site(
      "headers: { X-Tenant: t }",
      agents: "[{ name: a, user: a, password: { env: ALICE }, headers: { x-api-key: k } }]"))
  #expect(loaded.configuration.agents[0].headers == [Header(name: "x-api-key", value: Secret("k"))])
}

/// A configuration that is refused, and what is said of it, in pieces of a line's width.
struct Mistake: CustomTestStringConvertible {
  let text: String
  let said: String
  var testDescription: String { said }

  init(_ text: String, _ pieces: String...) {
    self.text = text
    said = pieces.joined()
  }
}

private let mistakes: [Mistake] = [
  Mistake(
    site(oauth2), "11: agents[0].user: has no use with the grant client-credentials; remove it\n",
    "c.yaml:11: agents[0].password: has no use with the grant client-credentials; remove it"
  ),
  Mistake(
    site(oauth2 + "\n  grant: password", agents: "[{ name: a }]"),
    "12: agents[0].user: missing; expected the user that the agent logs in as",
    " (the grant password asks with them)\n",
    "c.yaml:12: agents[0].password: missing; expected { file: PATH } or { env: NAME }",
    " (the grant password asks with them)"
  ),
  Mistake(
    site("oauth2: { tokenURL: ftp://x, grant: implicit }"),
    "4: platform.oauth2.tokenURL: expected an https URL such as",
    " https://auth.example/oauth/token: the scheme is neither http nor https\n",
    "c.yaml:4: platform.oauth2.clientID: missing; expected the client's identifier\n",
    "c.yaml:4: platform.oauth2.clientSecret: missing; expected { file: PATH } or { env: NAME }\n",
    "c.yaml:4: platform.oauth2.grant: expected one of client-credentials, password,",
    " found \"implicit\""
  ),
  Mistake(
    site("bearer: abcd\n\(oauth2)", agents: "[{ name: a }]"),
    "4: platform.bearer: expected either oauth2 or bearer, found both"
  ),
  Mistake(
    site("headers: { Authorization: x }", agents: "[{ name: a, bearer: abcd }]"),
    "7: agents[0]: has a token and a header Authorization as well; remove one of them"
  ),
  Mistake(
    site("bearer: abcd"), "7: agents[0].user: has no use with bearer; remove it\n",
    "c.yaml:7: agents[0].password: has no use with bearer; remove it"
  ),
  Mistake(
    site("tls: { minimum: 1.1, serverName: a/b, insecure: 1, sertificate: /x }"),
    "4: platform.tls.sertificate: unknown key; did you mean certificate?\n",
    "c.yaml:4: platform.tls.minimum: expected 1.2 or 1.3, found \"1.1\"\n",
    "c.yaml:4: platform.tls.serverName: expected a host name such as gws.example,",
    " found \"a/b\"\n",
    "c.yaml:4: platform.tls.insecure: expected true or false, found \"1\""
  ),
  Mistake(
    site("tls: { key: { credential: k } }"),
    "4: platform.tls.key: expected the key of a certificate, found no certificate beside it\n",
    "c.yaml:4: platform.tls.key.credential: CREDENTIALS_DIRECTORY is not set; systemd sets it",
    " when the unit has LoadCredential=k:PATH"
  ),
  Mistake(
    site("tls: { certificate: /nonexistent.pem }"),
    "4: platform.tls.certificate: cannot read /nonexistent.pem: No such file or directory"
  ),
  Mistake(
    site("tls: {}").replacing("https://gws", with: "http://127.0.0.1/gws"),
    "4: platform.tls: has no effect with http; use an https url or remove it"
  ),
  Mistake(
    site("proxy: https://p:3128"),
    "4: platform.proxy: expected the URL of a proxy, such as http://proxy.example:3128:",
    " the way to the proxy itself can only be http"
  ),
  Mistake(
    site("proxy: http://u:pw@p:3128"),
    "4: platform.proxy: expected the URL of a proxy, such as http://proxy.example:3128:",
    " credentials do not belong into it; give them with the agents;",
    " give them as user and password beside url"
  ),
  Mistake(
    site("proxy: { url: http://p:3128, user: u }"),
    "4: platform.proxy.password: missing; one needs the other"
  ),
]

@Test(arguments: mistakes)
func `a mistake in the credentials names its line, its key and what was expected`(
  mistake: Mistake
) {
  #expect(problems(mistake.text) == "c.yaml:" + mistake.said)
}

@Test func `insecure is warned about, with its line`() throws {
  let loaded = try read(site("tls: { insecure: true }"))
  #expect(loaded.configuration.platform.tls.isInsecure)
  #expect(
    loaded.warnings.map(\.description) == [
      "c.yaml:4: platform.tls.insecure: the platform's certificate is not verified: whoever is on"
        + " the way can read passwords and change commands; mend the certificate, or name its"
        + " authority with ca"
    ])
}

@Test func `an encrypted key is refused before anything asks for its passphrase`() throws {
  try withFile("-----BEGIN ENCRYPTED PRIVATE KEY-----\n") { path in
    #expect(
      problems(site("tls: { certificate: \(path), key: { file: \(path) } }"))
        == "c.yaml:4: platform.tls.key.file: expected a key without a passphrase, found an"
        + " encrypted one; decrypt it into a file that only the daemon can read")
  }
}

@Test func `the server's name becomes the host of every address, and url says where to connect`()
  throws
{
  let text = site("tls: { serverName: GWS.example, minimum: 1.3 }")
  for (url, request, connect) in [
    ("https://10.0.0.5", "https://gws.example", "10.0.0.5"),
    ("https://[::1]:8443/base/", "https://gws.example:8443/base", "::1"),
    ("https://lb.example:444", "https://gws.example:444", "lb.example"),
  ] {
    let platform = try read(text.replacing("https://gws.example", with: url)).configuration.platform
    #expect(platform.requestURL == request)
    #expect(platform.connectHost == connect)
    #expect(platform.tls.minimum == .tls13)
  }
  let plain = try read(minimal).configuration.platform
  #expect(plain.requestURL == plain.url)
  #expect(plain.connectHost == nil)
}

/// Every request would have said `Bearer Bearer tok`, and been answered with 401. In a header that
/// is written out the word belongs.
@Test func `a token that begins with the word Bearer is refused, wherever it stands`() throws {
  let said =
    "expected the bare token, found the word Bearer before it; requests get that word anyway"
  #expect(
    problems(site("bearer: Bearer tok", agents: "[{ name: a }]"))
      == "c.yaml:4: platform.bearer: \(said)")
  #expect(
    problems(site("", agents: "[{ name: a, bearer: bearer tok }]"))
      == "c.yaml:6: agents[0].bearer: \(said)")
  try withFile("Bearer tok\n") { path in
    #expect(
      problems(site("bearer: { file: \(path) }", agents: "[{ name: a }]"))
        == "c.yaml:4: platform.bearer: \(said)")
  }
  #expect(problems(site("bearer: Bearertok", agents: "[{ name: a }]")) == "")
}

private let commandsOnly = "profile: commands-only\nroute: genesys-cloud\n"

@Test func `commands that would leave without credentials are warned of, once`() throws {
  func warnings(_ platform: String, _ agents: String) throws -> [String] {
    try read(site(commandsOnly + platform, agents: agents)).warnings.map(\.description)
  }
  let said =
    "give bearer, oauth2 or headers, unless the platform wants none"
  #expect(
    try warnings("", "[{ name: a }]") == [
      "c.yaml:2: platform: no credentials go out with the commands of agent a; \(said)"
    ])
  #expect(
    try warnings(
      "", "[{ name: a }, { name: b, headers: { x-api-key: { env: ALICE } } }, { name: c }]")
      == ["c.yaml:2: platform: no credentials go out with the commands of 2 agents; \(said)"])
  #expect(try warnings("bearer: { env: ALICE }", "[{ name: a }]") == [])
  #expect(try warnings("headers: { x-api-key: { env: ALICE } }", "[{ name: a }]") == [])
  #expect(try warnings("", "[{ name: a, user: a, password: { env: ALICE } }]") == [])
  // Elsewhere a login is asked for, or there may be none.
  #expect(try read(site("profile: bayeux", agents: "[{ name: a }]")).warnings == [])
}

@Test func `what is about notifications has no use where nobody notifies`() throws {
  let keys = "notifications: /n\nchannels: [/c]\ntransports: [long-polling]\nlivenessProbe: off"
  let bearer = "bearer: { env: ALICE }\n"
  let loaded = try read(site(commandsOnly + bearer + keys, agents: "[{ name: a }]"))
  let said = "has no use with profile commands-only, where nobody notifies; remove it"
  #expect(
    loaded.warnings.map(\.description) == [
      "c.yaml:7: platform.notifications: \(said)", "c.yaml:8: platform.channels: \(said)",
      "c.yaml:9: platform.transports: \(said)", "c.yaml:10: platform.livenessProbe: \(said)",
    ])
  #expect(try read(site(keys)).warnings == [])
}
