import Configuration
import Testing

private func withPassword(_ source: String) -> String {
  minimal.replacing("{ env: ALICE }", with: source)
}

@Test func `a secret is never printed, however it is printed`() throws {
  let loaded = try read(minimal).configuration
  let password = try #require(loaded.agents[0].login?.password)
  #expect(password.reveal() == "wonder land")
  var dumped = ""
  dump(loaded, to: &dumped)
  dump(password, to: &dumped)
  for text in ["\(loaded)", "\(password)", String(reflecting: loaded), "\([password])", dumped] {
    #expect(!text.contains("wonder"), "\(text)")
  }
}

@Test func `a password file gives its line without the line end`() throws {
  for (contents, expected) in [
    ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), (" s p ", " s p "),
  ] {
    try withFile(contents) { path in
      let (configuration, warnings) = try read(withPassword("{ file: \(path) }"))
      #expect(configuration.agents[0].login?.password.reveal() == expected)
      #expect(warnings.isEmpty)
    }
  }
}

@Test func `a password file that everybody can read is warned about`() throws {
  try withFile("secret\n", mode: 0o644) { path in
    let warnings = try read(withPassword("{ file: \(path) }")).warnings
    #expect(
      warnings.map(\.description) == [
        "c.yaml:9: agents[0].password.file: every user of this machine can read \(path);"
          + " use mode 0400"
      ])
  }
}

@Test func `a password file that cannot be read says why, with its path`() {
  let missing = "/nonexistent/alice"
  #expect(
    problems(withPassword("{ file: \(missing) }"))
      == "c.yaml:9: agents[0].password.file: cannot read \(missing): No such file or directory")
  #expect(
    problems(withPassword("{ file: /tmp }"))
      == "c.yaml:9: agents[0].password.file: cannot read /tmp: it is a directory")
  #expect(
    problems(withPassword("{ file: /dev/zero }"))
      == "c.yaml:9: agents[0].password.file: cannot read /dev/zero: it is not a file")
}

@Test func `a password file with anything but one line is refused, and not shown`() throws {
  for contents in ["", "\n"] {
    try withFile(contents) { path in
      #expect(
        problems(withPassword("{ file: \(path) }"))
          == "c.yaml:9: agents[0].password.file: expected a secret in \(path), found an empty file")
    }
  }
  for contents in ["one\ntwo\n", "a\0b", "x\n\n"] {
    try withFile(contents) { path in
      #expect(
        problems(withPassword("{ file: \(path) }"))
          == "c.yaml:9: agents[0].password.file: expected one line of UTF-8 text in \(path),"
          + " found other bytes")
    }
  }
  try withFile(String(repeating: "x", count: 16_385)) { path in
    #expect(problems(withPassword("{ file: \(path) }")).hasSuffix("it has more than 16384 bytes"))
  }
}

@Test(arguments: [
  ("{ env: NOBODY }", "password.env: the environment variable NOBODY is not set, or is empty"),
  ("{ env: EMPTY }", "password.env: the environment variable EMPTY is not set, or is empty"),
  ("{ env: LINES }", "password.env: expected one line in the environment variable LINES"),
  ("{ file: /a, env: B }", "password: expected one of file, credential and env, found several"),
  (
    "{}",
    "password: expected { file: PATH }, { credential: NAME }, { env: NAME } or a text,"
      + " found an empty mapping"
  ),
  ("{ fil: /a }", "password.fil: unknown key; did you mean file?"),
  (
    "{ file: alice }",
    "password.file: expected the absolute path of a file that holds the secret,"
      + " found \"alice\""
  ),
  (
    "12345",
    "password: expected { file: PATH }, { credential: NAME }, { env: NAME } or a text, found a number;"
      + " put it in quotes"
  ),
  (
    "[hunter2]",
    "password: expected { file: PATH }, { credential: NAME }, { env: NAME } or a text, found a list"
  ),
])
func `a password that comes from nowhere says what was expected`(source: String, said: String) {
  #expect(problems(withPassword(source)) == "c.yaml:9: agents[0].\(said)")
}
