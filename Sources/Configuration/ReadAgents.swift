import YAML

/// The agents that were read, and where each of them stands.
private struct AgentsReading {
  var agents: [Agent] = []
  var places: [String: (file: String, line: Int)] = [:]
}

extension ConfigurationReader {
  /// The agents: a list of them, or the file or the folder that has them.
  mutating func agents(_ node: YAMLNode, profile: Profile?) -> [Agent]? {
    var reading = AgentsReading()
    guard case .mapping(let pairs) = node.content else {
      list(node, path: "agents", profile, .refused, into: &reading)
      return reading.agents
    }
    guard let section = section(node, path: "agents", ConfigurationKeys.agentsElsewhere) else {
      return nil
    }
    switch (section.pairs["file"], section.pairs["directory"]) {
    case (let file?, nil):
      guard let path = absolutePath(file.value, path: "agents.file", of: "a file with agents")
      else { return nil }
      agentFile(path, profile, .refused, into: &reading)
    case (nil, let folder?): agentFolder(folder.value, profile, into: &reading)
    case (.some, .some): fail(node.line, "agents", "expected either file or directory, found both")
    case (nil, nil):
      // Misspelled keys are noted already; a second complaint would not help.
      guard pairs.isEmpty else { return nil }
      fail(node.line, "agents", "expected a list, { file: PATH } or { directory: PATH }")
    }
    return reading.agents
  }

  private mutating func agentFolder(
    _ node: YAMLNode, _ profile: Profile?, into reading: inout AgentsReading
  ) {
    let key = "agents.directory"
    guard let folder = absolutePath(node, path: key, of: "a folder with files of agents") else {
      return
    }
    do throws(ReadableFile.Failure) {
      for path in try AgentFiles.list(folder.value) {
        let file = Located(value: path, line: node.line, path: key)
        agentFile(file, profile, .accepted, into: &reading)
      }
    } catch {
      return fail(node.line, key, error.description)
    }
    if reading.agents.isEmpty, problems.isEmpty {
      fail(
        node.line, key,
        "expected at least one agent in the files of \(folder.value) that end in .yaml or .yml,"
          + " found none")
    }
  }

  /// A file holds a list of agents, or a single one as a mapping.
  private mutating func agentFile(
    _ path: Located<String>, _ profile: Profile?, _ emptiness: Emptiness,
    into reading: inout AgentsReading
  ) {
    within(path) { reader, root in
      if case .mapping = root.content {
        reader.agent(root, path: "", profile, into: &reading)
      } else {
        reader.list(root, path: "", profile, emptiness, into: &reading)
      }
    }
  }

  private mutating func list(
    _ node: YAMLNode, path: String, _ profile: Profile?, _ emptiness: Emptiness,
    into reading: inout AgentsReading
  ) {
    let expected = "a list of at least one agent"
    guard let items = items(node, path: path, expected: expected, emptiness) else { return }
    for item in items { agent(item.node, path: item.path, profile, into: &reading) }
  }

  private mutating func agent(
    _ node: YAMLNode, path: String, _ profile: Profile?, into reading: inout AgentsReading
  ) {
    guard let section = section(node, path: path, ConfigurationKeys.agent) else { return }
    let name = required("name", of: section, expected: "a name for the agent, such as alice")
      .flatMap { self.name($0, path: section.path(to: "name")) }
    if let name, let first = reading.places.updateValue((file, name.line), forKey: name.value) {
      let place = first.file == file ? "line \(first.line)" : "\(first.file):\(first.line)"
      fail(name.line, name.path, "\(name.value) is already the name of the agent on \(place)")
    }
    let authentication = authentication(section, profile: profile)
    let headers = section.pairs["headers"].map {
      self.headers($0.value, path: section.path(to: "headers"))
    }
    guard let name else { return }
    let agent = Agent(name: name.value, authentication: authentication, headers: headers ?? [])
    checkAuthorization(section, agent)
    reading.agents.append(agent)
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
