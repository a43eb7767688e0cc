import YAML

extension ConfigurationReader {
  mutating func agents(_ node: YAMLNode, profile: Profile?) -> [Agent]? {
    let expected = "a list of at least one agent"
    guard let items = items(node, path: "agents", expected: expected, .refused) else { return nil }
    var agents: [Agent] = []
    var lines: [String: Int] = [:]
    for item in items {
      guard let section = section(item.node, path: item.path, ConfigurationKeys.agent) else {
        continue
      }
      let name = required("name", of: section, expected: "a name for the agent, such as alice")
        .flatMap { self.name($0, path: section.path(to: "name")) }
      if let name, let first = lines.updateValue(name.line, forKey: name.value) {
        fail(
          name.line, name.path, "\(name.value) is already the name of the agent on line \(first)")
      }
      let authentication = authentication(section, profile: profile)
      let headers = section.pairs["headers"].map {
        self.headers($0.value, path: section.path(to: "headers"))
      }
      guard let name else { continue }
      let agent = Agent(
        name: name.value, authentication: authentication, headers: headers ?? [])
      checkAuthorization(section, agent)
      agents.append(agent)
    }
    return agents
  }

  /// User and password go together; only a profile that asks for no password may go without both.
  mutating func login(_ section: SectionReading, profile: Profile?) -> Login? {
    // When the profile itself was not readable, that is noted; nothing more is known here.
    login(
      section,
      needed: profile?.requiresPassword == true
        ? "the profile gws-v2 logs in" : profile == nil ? nil : "one needs the other",
      mayBeAbsent: profile?.requiresPassword != true)
  }

  /// - Parameter reason: why both are needed; nil when that is not known.
  mutating func login(
    _ section: SectionReading, needed reason: String?, mayBeAbsent: Bool = false
  ) -> Login? {
    let user = section.pairs["user"].flatMap { self.user($0.value, section.path(to: "user")) }
    let password = section.pairs["password"].flatMap {
      secret($0.value, path: section.path(to: "password"), .warned)
    }
    let given = (user: section.pairs["user"] != nil, password: section.pairs["password"] != nil)
    if let reason, !mayBeAbsent || given.user || given.password {
      if !given.user {
        fail(
          section.line, section.path(to: "user"),
          "missing; expected the user that the agent logs in as (\(reason))")
      }
      if !given.password {
        fail(
          section.line, section.path(to: "password"),
          "missing; expected { file: PATH } or { env: NAME } (\(reason))")
      }
    }
    guard let user, let password else { return nil }
    return Login(user: user, password: password)
  }

  mutating func user(_ node: YAMLNode, _ path: String) -> String? {
    guard let text = text(node, path: path, expected: "the user that the agent logs in as") else {
      return nil
    }
    guard !text.value.contains(":") else {
      // RFC 7617, section 2: the first colon ends the user.
      fail(node.line, path, "expected a user without ':', which Basic credentials cannot carry")
      return nil
    }
    return text.value
  }
}
