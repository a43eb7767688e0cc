import Configuration
import Testing

@Test func `the least configuration has production's defaults`() throws {
  let (configuration, warnings) = try read(minimal)
  #expect(warnings.isEmpty)
  let expected = Configuration(
    site: "hq", platform: Platform(url: "https://gws.example"),
    store: "/var/lib/recbridge/store.db", socket: "/run/recbridge/recbridge.sock",
    agents: [Agent(name: "alice", login: Login(user: "alice", password: Secret("wonder land")))])
  #expect(configuration == expected)
  #expect(configuration.platform.profile == .gwsV2)
  #expect(configuration.platform.notifications == "/api/v2/notifications")
  #expect(configuration.platform.channels == ["/v2/me/calls", "/v2/me/devices"])
  #expect(configuration.platform.transports == [.longPolling])
  #expect(configuration.platform.livenessProbe == .seconds(10))
  #expect(configuration.socketMode == 0o660)
  #expect(configuration.commands.deadline == .seconds(10))
  #expect(configuration.commands.allow == Access())
}

@Test func `every key is understood`() throws {
  try withFile("-----BEGIN CERTIFICATE-----\n") { authority in
    let (configuration, warnings) = try read(
      """
      site: hq-1
      platform:
        profile: gws-v2
        url: HTTPS://gws.example:8443/base//
        notifications: /n
        channels: [/v2/me/calls]
        transports: [websocket, long-polling]
        livenessProbe: 30s
        ca: \(authority)
        headers:
          Origin: https://gws.example
          X-Token: { env: ALICE }
      store: /s.db
      socket: /s.sock
      socketMode: 0600
      agents:
        - { name: a, user: "1001", password: { env: ALICE } }
        - { name: b, user: b, password: { env: ALICE } }
      commands:
        deadline: 500ms
        allow:
          uids: [1000]
          gids: [5, 6]
      """)
    #expect(warnings.isEmpty)
    #expect(configuration.platform.url == "HTTPS://gws.example:8443/base")
    #expect(configuration.platform.notifications == "/n")
    #expect(configuration.platform.channels == ["/v2/me/calls"])
    #expect(configuration.platform.transports == [.webSocket, .longPolling])
    #expect(configuration.platform.livenessProbe == .seconds(30))
    #expect(configuration.platform.tls.certificateAuthority == authority)
    #expect(configuration.platform.headers.map(\.name) == ["Origin", "X-Token"])
    #expect(configuration.platform.headers[1].value == Secret("wonder land"))
    #expect(configuration.socketMode == 0o600)
    #expect(configuration.agents.map(\.name) == ["a", "b"])
    #expect(configuration.agents[0].login?.user == "1001")
    #expect(configuration.commands.deadline == .milliseconds(500))
    #expect(configuration.commands.allow == Access(uids: [1000], gids: [5, 6]))
  }
}

@Test func `a bayeux server needs no logins and has its own path`() throws {
  let (configuration, warnings) = try read(
    """
    site: hq
    platform: { profile: bayeux, url: "http://127.0.0.1:8080/" }
    store: /s.db
    socket: /s.sock
    agents:
      - name: alice
      - { name: bob, user: bob, password: { env: ALICE } }
    """)
  #expect(warnings.isEmpty)
  #expect(configuration.platform.notifications == "/cometd")
  #expect(configuration.platform.url == "http://127.0.0.1:8080")
  #expect(configuration.agents.map(\.login?.user) == [nil, "bob"])
}

@Test(arguments: [
  ("1ms", nil), ("100ms", 100), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000), ("61m", nil),
  ("10", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("10 s", nil), ("99999999999ms", nil),
  ("1d", nil), ("", nil), ("9999999999h", nil),
])
func `a duration is a whole number and its unit, within bounds`(
  text: String, milliseconds: Int?
) {
  let loaded = try? read(minimal + "commands: { deadline: \(text) }\n")
  #expect(loaded?.configuration.commands.deadline == milliseconds.map { .milliseconds($0) })
}

@Test func `what is risky is accepted with a warning`() throws {
  let (configuration, warnings) = try read(
    """
    site: hq
    platform:
      url: http://gws.example
      headers: { Authorization: Bearer 1 }
    store: /s.db
    socket: /s.sock
    socketMode: "0666"
    agents:
      - name: alice
        user: alice
        password: hunter2
    """)
  #expect(configuration.agents[0].login?.password == Secret("hunter2"))
  #expect(
    warnings.map(\.description) == [
      "c.yaml:3: platform.url: http sends passwords and calls in the clear; use https",
      "c.yaml:4: platform.headers.Authorization: the secret stands in the configuration, where"
        + " every reader of the file sees it; use { file: PATH }",
      "c.yaml:7: socketMode: every user of this machine can connect to the socket",
      "c.yaml:11: agents[0].password: the secret stands in the configuration, where every reader"
        + " of the file sees it; use { file: PATH }",
    ])
}

@Test func `workspace-v3 brings its own path and channels, and takes a token for a password`()
  throws
{
  let (configuration, warnings) = try read(
    """
    site: hq
    platform:
      profile: workspace-v3
      url: https://gws.example
      headers:
        Authorization: { env: ALICE }
        x-api-key: { env: ALICE }
    store: /s.db
    socket: /s.sock
    agents: [{ name: alice }]
    """)
  #expect(warnings.isEmpty)
  let platform = configuration.platform
  #expect(platform.profile == .workspaceV3)
  #expect(platform.notifications == "/workspace/v3/notifications")
  #expect(platform.channels == ["/workspace/v3/voice", "/workspace/v3/initialization"])
  #expect(configuration.agents == [Agent(name: "alice", login: nil)])
}

// Without it the end of a login would never be heard.
@Test(arguments: [
  (["/workspace/v3/voice"], ["/workspace/v3/voice", "/workspace/v3/initialization"]),
  (
    ["/workspace/v3/initialization", "/workspace/v3/media"],
    ["/workspace/v3/initialization", "/workspace/v3/media"]
  ),
])
func `workspace-v3 subscribes to its initialization whatever the configuration says`(
  _ given: [String], _ expected: [String]
) {
  let platform = Platform(
    profile: .workspaceV3, url: "https://gws.example", channels: given)
  #expect(platform.channels == expected)
}
