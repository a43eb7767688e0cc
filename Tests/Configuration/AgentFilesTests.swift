import Configuration
import Testing
import TestSupport

/// Agents that stand in files of their own.
@Suite struct AgentFilesTests {
  private static func configuration(_ agents: String) -> String {
    let list = minimal.firstRange(of: "agents:").map { String(minimal[..<$0.lowerBound]) } ?? ""
    return list + "agents: \(agents)\n"
  }

  private static func agent(_ name: String) -> String {
    "name: \(name)\nuser: \(name)\npassword: { env: ALICE }\n"
  }

  private static func item(_ name: String) -> String {
    "- { name: \(name), user: \(name), password: { env: ALICE } }\n"
  }

  private func names(_ text: String) throws -> [String] {
    try read(text).configuration.agents.map(\.name)
  }

  @Test func `a file has a list of agents, or one`() throws {
    try withFolder { folder in
      try writeText(Self.item("alice") + Self.item("bob"), to: folder + "/list")
      #expect(try names(Self.configuration("{ file: \(folder)/list }")) == ["alice", "bob"])
      try writeText(Self.agent("carol"), to: folder + "/one")
      #expect(try names(Self.configuration("{ file: \(folder)/one }")) == ["carol"])
    }
  }

  @Test func `a folder's files are read in the order of their names, and no others`() throws {
    try withFolder { folder in
      try writeText(Self.item("zoe") + Self.item("yan"), to: folder + "/a.yaml")
      try writeText(Self.agent("alice"), to: folder + "/b.yml")
      try writeText("[]", to: folder + "/c.yaml")
      for name in [".hidden.yaml", "b.yml~", "notes.txt"] {
        try writeText("not: [YAML", to: folder + "/" + name)
      }
      let text = Self.configuration("{ directory: \(folder) }")
      #expect(try names(text) == ["zoe", "yan", "alice"])
    }
  }

  /// Mutation tried: problems named after the configuration instead of the file.
  @Test func `a mistake is told with its own file and line`() throws {
    try withFolder { folder in
      try writeText(Self.item("alice"), to: folder + "/a.yaml")
      try writeText(
        "\n" + Self.item("alice") + "- { nam: x, user: x, password: { env: ALICE } }\n",
        to: folder + "/b.yaml")
      try writeText("- [\n", to: folder + "/c.yaml")
      let text = Self.configuration("{ directory: \(folder) }")
      let said = problems(text.replacing("site: hq", with: "site: 7")).split(separator: "\n")
      #expect(said.count == 5)
      #expect(said.first?.hasPrefix("c.yaml:1: site: ") == true)
      #expect(
        said.dropFirst().first.map(String.init)
          == "\(folder)/b.yaml:2: [0].name: alice is already the name of the agent on"
          + " \(folder)/a.yaml:1")
      #expect(said.contains { $0.hasPrefix("\(folder)/b.yaml:3: [1].nam: unknown key") })
      #expect(said.contains { $0.hasPrefix("\(folder)/b.yaml:3: [1].name: missing") })
      #expect(said.last?.hasPrefix("\(folder)/c.yaml:2: column 1: ") == true)
    }
  }

  @Test func `where there are no agents, that is said`() throws {
    try withFolder { folder in
      func said(_ agents: String) -> String { problems(Self.configuration(agents)) }
      #expect(said("{ directory: \(folder) }").contains("agents.directory: expected at least one"))
      try writeText("[]", to: folder + "/empty")
      #expect(said("{ file: \(folder)/empty }").contains("\(folder)/empty:1: expected a list"))
      #expect(said("{ file: \(folder)/none }").contains("c.yaml:6: agents.file: cannot read"))
      #expect(said("{ directory: \(folder)/none }").contains("agents.directory: cannot read"))
      #expect(said("{ file: /a, directory: /b }").contains("either file or directory, found both"))
      #expect(said("{}").contains("expected a list, { file: PATH } or { directory: PATH }"))
      #expect(said("{ fil: /a }").contains("did you mean file?"))
    }
  }
}
