import TestSupport
import Testing

private func configuration(password: String, more: String = "") -> String {
  """
  site: hq
  platform: { url: "https://gws.example" }
  store: /var/lib/recbridge/store.db
  socket: /run/recbridge/recbridge.sock
  agents:
    - name: alice
      user: alice
      password: \(password)
  \(more)
  """
}

@Test func `a good configuration is summed up in one line`() throws {
  try withFile("secret\n") { password in
    try withFile(configuration(password: "{ file: \(password) }")) { file in
      let ended = try recbridge(["check-config", file])
      #expect(ended.code == 0)
      #expect(ended.err.hasPrefix("warning: \(file): audit.key: nothing signs the audit"))
      #expect(ended.out == "\(file): good; site hq, gws-v2 at https://gws.example, 1 agent\n")
    }
  }
}

@Test func `what privacy and retention mean is said in words`() throws {
  let more = """
    privacy: { fields: { phoneNumbers: 30d, userData: 7d, fileNames: 1y } }
    retention: { events: { age: 90d, size: 20GB }, entries: { age: 7y } }
    """
  try withFile("secret\n") { password in
    try withFile(configuration(password: "{ file: \(password) }", more: more)) { file in
      let ended = try recbridge(["check-config", file])
      #expect(ended.code == 0, "\(ended)")
      #expect(
        ended.lines.dropFirst().joined(separator: "\n") == """
          privacy: phone numbers stand in the audit as commitments; their clear values are erased \
          after 30 days, in events too
          privacy: user data stand in the audit as commitments; their clear values are erased \
          after 7 days, in events too
          privacy: names of recordings stand in the audit as commitments; their clear values are \
          erased after 1 year, in events too
          retention: events are removed when they are older than 90 days, and while the store has \
          more than 20480 MB in use; never one that a group has not acknowledged
          retention: the records of audit entries are removed when they are older than 7 years; \
          their hashes stay, so every proof still works
          """)
    }
  }
}

@Test func `a warning does not make a configuration bad, and shows no secret`() throws {
  try withFile(configuration(password: "hunter2")) { file in
    let ended = try recbridge(["check-config", file])
    #expect(ended.code == 0)
    #expect(ended.err.hasPrefix("warning: \(file):8: agents[0].password: the secret stands in"))
    #expect(!(ended.out + ended.err).contains("hunter2"))
  }
}

@Test func `an unknown key names the file, the line and the key that was meant`() throws {
  let text = configuration(password: "{ env: ALICE }", more: "comands: { deadline: 10s }")
  try withFile(text) { file in
    for arguments in [["check-config", file], ["run", "--config=\(file)"]] {
      let ended = try recbridge(arguments, environment: ["ALICE": "x"])
      #expect(ended.code == 78)
      #expect(ended.out == "")
      #expect(ended.err == "\(file):9: comands: unknown key; did you mean commands?\n")
    }
  }
}

@Test func `a password file that is not there names its path and the line of its key`() throws {
  try withFile(configuration(password: "{ file: /nonexistent/alice }")) { file in
    let ended = try recbridge(["check-config", file])
    #expect(ended.code == 78)
    #expect(
      ended.err == "\(file):8: agents[0].password.file: cannot read /nonexistent/alice:"
        + " No such file or directory\n")
  }
}

@Test func `several mistakes are all reported`() throws {
  try withFile("site: a b\nstore: s\nsocket: /s\nplatform: { url: x }\nagents: []\n") { file in
    let ended = try recbridge(["check-config", file])
    #expect(ended.code == 78)
    #expect(
      ended.err == """
        \(file):1: site: expected a name of letters, digits, '.', '-' and '_' that begins with a \
        letter or digit, found "a b"
        \(file):2: store: expected the absolute path of the database, found "s"
        \(file):4: platform.url: expected an http or https URL, such as https://gws.example: \
        it does not begin with https://
        \(file):5: agents: expected a list of at least one agent, found an empty list

        """)
  }
}

@Test func `a configuration that is not there says so`() throws {
  let ended = try recbridge(["check-config", "/nonexistent.yaml"])
  #expect(ended.code == 78)
  #expect(ended.err == "/nonexistent.yaml: cannot read it: No such file or directory\n")
}
