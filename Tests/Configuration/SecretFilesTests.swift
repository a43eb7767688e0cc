import Configuration
import Glibc
import Testing

/// Writes the file anew, as an editor or a configuration tool does: another file takes the name.
private func replace(_ path: String, with text: String) throws {
  try withFile(text) { new in
    // Both paths are texts that end with a zero for the time of the call.
    try #require(unsafe rename(new, path) == 0)
  }
}

@Test func `a secret is read again when its file has changed, and only then`() throws {
  var notes: [SecretFiles.Note] = []
  let files = SecretFiles { notes.append($0) }
  try withFile("first\n") { path in
    let secret = Secret("first", file: path)
    #expect(files.text(of: secret) == "first")
    #expect(!files.look(at: secret))
    #expect(notes == [])
    try replace(path, with: "second\n")
    #expect(files.text(of: secret) == "first", "nothing is read when nobody looks")
    #expect(files.lookAtNext(5) == [path])
    #expect(files.text(of: secret) == "second")
    #expect(files.lookAtNext(5) == [])
    #expect(notes == [.changed(path: path)])
  }
}

@Test func `a secret's file that became unusable keeps the last good secret, and says so once`()
  throws
{
  var notes: [SecretFiles.Note] = []
  let files = SecretFiles { notes.append($0) }
  try withFile("first\n") { path in
    let secret = Secret("first", file: path)
    #expect(!files.look(at: secret))
    try replace(path, with: "")
    #expect(!files.look(at: secret) && !files.look(at: secret))
    #expect(files.text(of: secret) == "first")
    #expect(
      notes == [
        .unusable(path: path, reason: "expected a secret in \(path), found an empty file")
      ])
    try replace(path, with: "third")
    #expect(files.look(at: secret))
    #expect(files.text(of: secret) == "third")
    // As above.
    _ = unsafe chmod(path, 0o644)
    #expect(!files.look(at: secret))
    #expect(notes.suffix(2) == [.changed(path: path), .exposed(path: path)])
  }
}

@Test func `a secret without a file stays as it is`() {
  let files = SecretFiles { _ in }
  #expect(files.text(of: Secret("x")) == "x")
  #expect(!files.look(at: Secret("x")))
  #expect(files.count == 0)
}

@Test func `many files are looked at in turn`() throws {
  let files = SecretFiles { _ in }
  try withFile("a") { a in
    try withFile("b") { b in
      for path in [a, b] { _ = files.text(of: Secret("old", file: path)) }
      let first = files.lookAtNext(1)
      let second = files.lookAtNext(1)
      #expect(Set(first + second) == [a, b])
    }
  }
}

@Test func `a credential of systemd is a file in its folder`() throws {
  try withFile("from systemd\n") { path in
    let parts = path.split(separator: "/")
    let text = minimal.replacing("{ env: ALICE }", with: "{ credential: \(parts[1]) }")
    let loaded = try Configuration.read(Array(text.utf8), file: "c.yaml") { name in
      name == "CREDENTIALS_DIRECTORY" ? "/tmp" : nil
    }
    let password = loaded.configuration.agents[0].login?.password
    #expect(password?.reveal() == "from systemd")
    #expect(password?.file == path)
  }
  #expect(
    problems(minimal.replacing("{ env: ALICE }", with: "{ credential: ../x }"))
      == "c.yaml:9: agents[0].password.credential: expected the name of a credential, found a path")
}
