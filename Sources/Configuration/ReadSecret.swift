import YAML

/// What is said about a secret that stands in the configuration itself.
enum LiteralAdvice { case warned, accepted }

extension ConfigurationReader {
  /// A secret from where the configuration says that it is: a file, a credential of
  /// systemd, the environment, or itself.
  mutating func secret(_ node: YAMLNode, path: String, _ advice: LiteralAdvice) -> Secret? {
    let expected = "{ file: PATH }, { credential: NAME }, { env: NAME } or a text"
    guard case .mapping(let pairs) = node.content else {
      guard let literal = text(node, path: path, expected: expected) else { return nil }
      if advice == .warned {
        warn(
          node.line, path,
          "the secret stands in the configuration, where every reader of the file sees it;"
            + " use { file: PATH }")
      }
      return Secret(literal.value)
    }
    guard let section = section(node, path: path, ConfigurationKeys.secret) else { return nil }
    let given = section.pairs.values.sorted { $0.line < $1.line }
    guard given.count <= 1 else {
      fail(node.line, path, "expected one of file, credential and env, found several")
      return nil
    }
    guard let source = given.first else {
      // Misspelled keys are noted already; a second complaint would not help.
      if pairs.isEmpty { fail(node.line, path, "expected \(expected), found an empty mapping") }
      return nil
    }
    let sourcePath = section.path(to: source.key)
    switch source.key {
    case "file": return secretFile(source.value, path: sourcePath)
    case "credential": return secretCredential(source.value, path: sourcePath)
    default: return secretVariable(source.value, path: sourcePath)
    }
  }

  private mutating func secretFile(_ node: YAMLNode, path: String) -> Secret? {
    absolutePath(node, path: path, of: "a file that holds the secret")
      .flatMap { secret(inFile: $0) }
  }

  private mutating func secretCredential(_ node: YAMLNode, path: String) -> Secret? {
    credentialPath(node, path: path).flatMap { secret(inFile: $0) }
  }

  /// The file of a credential that systemd hands over (systemd.exec(5), LoadCredential=).
  mutating func credentialPath(_ node: YAMLNode, path: String) -> Located<String>? {
    guard let name = text(node, path: path, expected: "the name of a credential") else {
      return nil
    }
    guard !name.value.contains("/"), name.value != ".", name.value != ".." else {
      fail(node.line, path, "expected the name of a credential, found a path")
      return nil
    }
    guard let folder = environment("CREDENTIALS_DIRECTORY"), folder.hasPrefix("/") else {
      fail(
        node.line, path,
        "CREDENTIALS_DIRECTORY is not set; systemd sets it when the unit has"
          + " LoadCredential=\(name.value):PATH")
      return nil
    }
    return Located(value: "\(folder)/\(name.value)", line: node.line, path: path)
  }

  private mutating func secret(inFile file: Located<String>) -> Secret? {
    do throws(SecretFile.Failure) {
      let contents = try SecretFile(file.value)
      if contents.isReadableByEveryone { warnOfExposure(file) }
      return Secret(contents.text, file: file.value)
    } catch {
      fail(file.line, file.path, error.reason)
      return nil
    }
  }

  mutating func warnOfExposure(_ file: Located<String>) {
    warn(
      file.line, file.path, "every user of this machine can read \(file.value); use mode 0400")
  }

  private mutating func secretVariable(_ node: YAMLNode, path: String) -> Secret? {
    let expected = "the name of an environment variable"
    guard let name = text(node, path: path, expected: expected) else { return nil }
    guard let value = environment(name.value), !value.isEmpty else {
      fail(node.line, path, "the environment variable \(name.value) is not set, or is empty")
      return nil
    }
    guard value.isOneLine else {
      fail(node.line, path, "expected one line in the environment variable \(name.value)")
      return nil
    }
    return Secret(value)
  }
}
