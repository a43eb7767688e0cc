import Configuration
import Testing

/// Each case: what stands in the minimal configuration, what replaces it, and the whole message.
@Test(arguments: [
  ("site: hq\n", "", "1: site: missing; expected the name of this site, such as hq"),
  (
    "site: hq", "siet: hq",
    "1: siet: unknown key; did you mean site?\n"
      + "c.yaml:1: site: missing; expected the name of this site, such as hq"
  ),
  ("site: hq", "site: 7", "1: site: expected \(name), found a number; put it in quotes"),
  ("site: hq", "site: true", "1: site: expected \(name), found a boolean; put it in quotes"),
  ("site: hq", "site:", "1: site: expected \(name), found nothing"),
  ("site: hq", "site: ''", "1: site: expected \(name), found an empty text"),
  ("site: hq", "site: a/b", "1: site: expected \(name), found \"a/b\""),
  ("site: hq", "site: .hq", "1: site: expected \(name), found \".hq\""),
  ("site: hq", "site: [hq]", "1: site: expected \(name), found a list"),
  (
    "site: hq", "site: " + String(repeating: "x", count: 65),
    "1: site: expected at most 64 characters, found 65"
  ),
  ("site: hq", "site: hq\nsite: b", "2: column 1: the key site is given twice, on lines 1 and 2"),
  (
    "site: hq", "site: hq\nplatform: {}",
    "3: column 1: the key platform is given twice,"
      + " on lines 2 and 3"
  ),
  (
    "site: hq", "site: hq\nmetrics: {}",
    "2: metrics: unknown key; expected one of site, platform,"
      + " routes, store, socket, socketMode, agents, commands, audit, groups, feeds, privacy,"
      + " retention"
  ),
  (
    "  url: https://gws.example", "  uri: https://gws.example",
    "3: platform.uri: unknown key; did you mean url?\n"
      + "c.yaml:3: platform.url: missing; expected the base URL, such as https://gws.example"
  ),
  ("https://gws.example", "gws.example", url("it does not begin with https://")),
  ("https://gws.example", "ftp://gws.example", url("the scheme is neither http nor https")),
  (
    "https://gws.example", "https://",
    url(
      "it has no host, or one with characters that a host"
        + " cannot have")
  ),
  (
    "https://gws.example", "https://u:pw@gws.example",
    url(
      "credentials do not belong into it;"
        + " give them with the agents")
  ),
  ("https://gws.example", "https://gws.example/?x", url("it has a query or a fragment")),
  ("https://gws.example", "https://gws.example:0", url("its port is not a number from 1 to 65535")),
  (
    "https://gws.example", "'https://gws.example/a b'",
    url(
      "its path has a character that must be"
        + " percent-encoded")
  ),
  (
    "https://gws.example", "https://gws.example\n  profile: gws-v3",
    "4: platform.profile: expected one of gws-v2, workspace-v3, bayeux, commands-only, found \"gws-v3\";"
      + " did you mean gws-v2?"
  ),
  (
    "https://gws.example", "https://gws.example\n  transports: [websocket]",
    "4: platform.transports: add long-polling: it is what goes on when a WebSocket cannot be opened"
  ),
  (
    "https://gws.example", "https://gws.example\n  livenessProbe: seldom",
    "4: platform.livenessProbe: expected a duration such as 10s, 500ms, 2m or 1h, or off,"
      + " found \"seldom\""
  ),
  (
    "https://gws.example", "https://gws.example\n  livenessProbe: 10ms",
    "4: platform.livenessProbe: expected a duration from 1s to 10m, found 10ms"
  ),
  (
    "https://gws.example", "https://gws.example\n  transports: []",
    "4: platform.transports: expected a list of transports, such as [websocket, long-polling],"
      + " found an empty list"
  ),
  (
    "https://gws.example", "https://gws.example\n  channels: [/a, /meta/x, b, /a, /a//b]",
    "4: platform.channels[1]: expected a channel that can be subscribed to; /meta and /service"
      + " cannot, found \"/meta/x\"\n"
      + "c.yaml:4: platform.channels[2]: expected a channel such as /v2/me/calls, found \"b\"\n"
      + "c.yaml:4: platform.channels[3]: expected each channel once, found /a again\n"
      + "c.yaml:4: platform.channels[4]: expected a channel such as /v2/me/calls, found \"/a//b\""
  ),
  (
    "https://gws.example", "https://gws.example\n  notifications: n",
    "4: platform.notifications: expected a path below the URL that begins with '/', found \"n\""
  ),
  (
    "https://gws.example", "https://gws.example\n  ca: /nonexistent.pem",
    "4: platform.ca: cannot read /nonexistent.pem: No such file or directory"
  ),
  (
    "https://gws.example", "http://gws.example\n  ca: /nonexistent.pem",
    "4: platform.ca: has no effect with http; use an https url or remove it"
  ),
  (
    "https://gws.example", "https://gws.example\n  headers: {Cookie: x, 'a b': x, X: y, x: y}",
    "4: platform.headers.Cookie: the bridge sets this header itself; remove it\n"
      + "c.yaml:4: platform.headers.a b: expected the name of a header, such as Origin\n"
      + "c.yaml:4: platform.headers.x: this header is given twice; case does not distinguish names"
  ),
  (
    "https://gws.example", "https://gws.example\n  headers: {X: \"a\\r\\nb: c\"}",
    "4: platform.headers.X: expected { file: PATH }, { credential: NAME }, { env: NAME } or"
      + " a text, found a text with"
      + " a control character"
  ),
  (
    "store: /var/lib/recbridge/store.db", "store: store.db",
    "4: store: expected the absolute path of the database, found \"store.db\""
  ),
  (
    "store: /var/lib/recbridge/store.db", "store: /run/recbridge/recbridge.sock",
    "5: socket: expected a path of its own, found that of store"
  ),
  (
    "/run/recbridge/recbridge.sock", "run/x.sock",
    "5: socket: expected the absolute path of the API's socket, found \"run/x.sock\""
  ),
  (
    "/run/recbridge/recbridge.sock", "/" + String(repeating: "x", count: 107),
    "5: socket: expected at most 107 bytes, the system's limit for a socket path, found 108"
  ),
  (
    "agents:", "socketMode: 660\nagents:",
    "6: socketMode: expected four octal digits such as 0660, at most 0777, found \"660\""
  ),
  (
    "agents:", "socketMode: \"0888\"\nagents:",
    "6: socketMode: expected four octal digits such as 0660, at most 0777, found \"0888\""
  ),
  (
    "agents:", "commands: 10s\nagents:",
    "6: commands: expected a mapping with the keys deadline, allow, found a text"
  ),
  (
    "agents:", "commands: { deadline: 10 }\nagents:",
    "6: commands.deadline: expected a duration such as 10s, 500ms, 2m or 1h, found \"10\""
  ),
  (
    "agents:", "commands: { deadline: 2h }\nagents:",
    "6: commands.deadline: expected a duration from 100ms to 1h, found 2h"
  ),
  (
    "agents:", "commands: { allow: { uids: [root, -1, 4294967295], gids: 5 } }\nagents:",
    "6: commands.allow.uids[0]: expected a numeric id, found \"root\"\n"
      + "c.yaml:6: commands.allow.uids[1]: expected a numeric id, found \"-1\"\n"
      + "c.yaml:6: commands.allow.uids[2]: expected a numeric id, found \"4294967295\"\n"
      + "c.yaml:6: commands.allow.gids: expected a list of numbers, such as [1000],"
      + " found a number"
  ),
  (
    "    user: alice\n", "",
    "7: agents[0].user: missing; expected the user that the agent logs in as"
      + " (the profile gws-v2 logs in)"
  ),
  (
    "    password: { env: ALICE }\n", "",
    "7: agents[0].password: missing; expected { file: PATH } or"
      + " { env: NAME } (the profile gws-v2 logs in)"
  ),
  (
    "user: alice", "user: a:b",
    "8: agents[0].user: expected a user without ':', which Basic"
      + " credentials cannot carry"
  ),
  (
    "- name: alice", "- nam: alice",
    "7: agents[0].nam: unknown key; did you mean name?\n"
      + "c.yaml:7: agents[0].name: missing; expected a name for the agent, such as alice"
  ),
  (
    "  - name: alice", "  - &a name",
    "8: column 9: mapping values are not allowed in this context; put a text that has ': ' in it in"
      + " quotes, and indent the keys of one mapping alike"
  ),
])
func `a mistake names its line, its key and what was expected`(
  part: String, replacement: String, said: String
) {
  #expect(minimal.contains(part))
  #expect(problems(minimal.replacing(part, with: replacement)) == "c.yaml:" + said)
}

private let name = "a name of letters, digits, '.', '-' and '_' that begins with a letter or digit"

private func url(_ reason: String) -> String {
  "3: platform.url: expected an http or https URL, such as https://gws.example: \(reason)"
}

@Test func `all mistakes are reported at once, in the order of the file`() {
  #expect(
    problems(
      """
      siite: hq
      platform: { profile: gws-v2, url: gws }
      socket: s
      agents:
        - { name: alice, user: alice, password: { env: ALICE } }
        - { name: alice, user: alice, password: { env: NOBODY } }
        - bob
      """) == """
        c.yaml:1: siite: unknown key; did you mean site?
        c.yaml:1: site: missing; expected the name of this site, such as hq
        c.yaml:1: store: missing; expected the absolute path of the database
        c.yaml:2: platform.url: expected an http or https URL, such as https://gws.example: \
        it does not begin with https://
        c.yaml:3: socket: expected the absolute path of the API's socket, found "s"
        c.yaml:6: agents[1].name: alice is already the name of the agent on line 5
        c.yaml:6: agents[1].password.env: the environment variable NOBODY is not set, or is empty
        c.yaml:7: agents[2]: expected a mapping with the keys name, user, password, oauth2, \
        bearer, headers, found a text
        """)
}

@Test(arguments: [
  ("", "1: column 1: the document is empty"),
  (
    "hello",
    "1: expected a mapping with the keys site, platform, routes, store, socket, socketMode,"
      + " agents, commands, audit, groups, feeds, privacy, retention, found a text"
  ),
  ("a: [", "2: column 1: did not find expected node content while parsing a flow node"),
  (
    "agents: []\nsite: hq\nplatform: {profile: bayeux, url: 'https://x'}\nstore: /s\nsocket: /t\n",
    "1: agents: expected a list of at least one agent, found an empty list"
  ),
  (
    "agents: {name: a}\nsite: hq\nplatform: {url: 'https://x'}\nstore: /s\nsocket: /t\n",
    "1: agents.name: unknown key; expected one of file, directory"
  ),
  (
    "agents: [{name: a, user: b}]\nsite: hq\nplatform: {profile: bayeux, url: 'https://x'}\n"
      + "store: /s\nsocket: /t\n",
    "1: agents[0].password: missing; expected { file: PATH } or { env: NAME }"
      + " (one needs the other)"
  ),
])
func `a file that is something else says so`(text: String, said: String) {
  #expect(problems(text) == "c.yaml:" + said)
}

@Test func `a thousand mistakes do not fill the screen`() {
  let agents = String(repeating: "  - bob\n", count: 1000)
  let said = problems(minimal.split(separator: "agents:")[0] + "agents:\n" + agents)
  let lines = said.split(separator: "\n")
  #expect(lines.count == 41)
  #expect(lines.last == "and 960 more")
}

@Test func `a file that cannot be read says why`() throws {
  #expect(throws: ConfigurationError.self) { try Configuration.load(path: "/nonexistent.yaml") }
  do throws(ConfigurationError) {
    _ = try Configuration.load(path: "/nonexistent.yaml")
  } catch {
    #expect("\(error)" == "/nonexistent.yaml: cannot read it: No such file or directory")
  }
  try withFile(minimal.replacing("{ env: ALICE }", with: "x")) { path in
    let loaded = try Configuration.load(path: path)
    #expect(loaded.configuration.site == "hq")
    #expect(loaded.warnings.map(\.file) == [path])
  }
}

@Test(arguments: [
  ("sotp", "stop"), ("Stop", "stop"), ("stopp", "stop"), ("x", nil), ("session", "sessions"),
  ("stat", "start"), ("--help", nil),
])
func `the nearest word is one that may have been meant`(word: String, nearest: String?) {
  #expect(Suggestion.nearest(to: word, among: ["start", "stop", "sessions"]) == nearest)
}
