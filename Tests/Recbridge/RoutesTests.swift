import TestSupport
import Testing

private func route(name: String, path: String = "/agents/{agent}") -> String {
  """
  name: \(name)
  operations:
    pause: { method: POST, path: "\(path)" }
  verification: { path: "/calls/{call}", at: state, states: { on: Recording } }

  """
}

@Test func `routes check warns of what a good route may not mean`() throws {
  try withFile(route(name: "acme")) { file in
    let ended = try recbridge(["routes", "check", file])
    #expect(ended.code == 0)
    #expect(ended.out == "\(file): good; route acme with pause\n")
    #expect(ended.err.hasPrefix("warning: \(file):3: operations.pause.path: names only the agent"))
  }
  try withFile(route(name: "acme", path: "/calls/{call}")) { file in
    let ended = try recbridge(["routes", "check", file])
    #expect(ended.code == 0)
    #expect(ended.err == "")
  }
}

@Test func `routes check refuses what a configuration would refuse`() throws {
  try withFile(route(name: "gws-v2")) { file in
    let ended = try recbridge(["routes", "check", file])
    #expect(ended.code == 78)
    #expect(ended.out == "")
    #expect(
      ended.err == "\(file):1: name: gws-v2 is the name of a shipped route; choose another\n")
  }
}

@Test func `the warnings of a route are those of its configuration as well`() throws {
  try withFile(route(name: "acme")) { routeFile in
    let configuration = """
      site: hq
      platform: { profile: commands-only, url: "https://a.example", route: acme, bearer: x }
      routes: [\(routeFile)]
      store: /var/lib/recbridge/store.db
      socket: /run/recbridge/recbridge.sock
      agents: [{ name: desk }]

      """
    try withFile(configuration) { file in
      let ended = try recbridge(["check-config", file])
      #expect(ended.code == 0)
      #expect(ended.err.contains("warning: \(routeFile):3: operations.pause.path: names only"))
    }
  }
}
