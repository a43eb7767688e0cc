import YAML

/// What is said about a secret that stands in the configuration itself.
enum LiteralAdvice { case warned, accepted }

extension ConfigurationReader {
  /// A secret from where the configuration says that it is: a file, the environment, or itself.
  mutating func secret(_ node: YAMLNode, path: String, _ advice: LiteralAdvice) -> Secret? {
    let expected = "{ file: PATH }, { env: NAME } or a text"
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
    switch (section.pairs["file"], section.pairs["env"]) {
    case (let file?, nil): return secretFile(file.value, path: "\(path).file")
    case (nil, let variable?): return secretVariable(variable.value, path: "\(path).env")
    case (nil, nil):
      // Misspelled keys are noted already; a second complaint would not help.
      if pairs.isEmpty { fail(node.line, path, "expected \(expected), found an empty mapping") }
      return nil
    case (.some, .some):
      fail(node.line, path, "expected either file or env, found both")
      return nil
    }
  }

  private mutating func secretFile(_ node: YAMLNode, path: String) -> Secret? {
    guard let file = absolutePath(node, path: path, of: "a file that holds the secret") else {
      return nil
    }
    let contents: ReadableFile
    do throws(ReadableFile.Failure) {
      contents = try ReadableFile(file.value, sizeMax: Self.secretSizeMax)
    } catch {
      fail(node.line, path, error.description)
      return nil
    }
    if contents.isReadableByEveryone {
      warn(node.line, path, "every user of this machine can read \(file.value); use mode 0400")
    }
    var bytes = contents.bytes[...]
    // One line end, as every editor and `echo` leave it; more would be part of the secret.
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else {
      fail(node.line, path, "expected a secret in \(file.value), found an empty file")
      return nil
    }
    guard let text = String(validating: bytes, as: UTF8.self), isOneLine(text) else {
      fail(node.line, path, "expected one line of UTF-8 text in \(file.value), found other bytes")
      return nil
    }
    return Secret(text)
  }

  private mutating func secretVariable(_ node: YAMLNode, path: String) -> Secret? {
    let expected = "the name of an environment variable"
    guard let name = text(node, path: path, expected: expected) else { return nil }
    guard let value = environment(name.value), !value.isEmpty else {
      fail(node.line, path, "the environment variable \(name.value) is not set, or is empty")
      return nil
    }
    guard isOneLine(value) else {
      fail(node.line, path, "expected one line in the environment variable \(name.value)")
      return nil
    }
    return Secret(value)
  }

  /// Whether nothing in it could end a header line early.
  private func isOneLine(_ text: String) -> Bool {
    !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// A password or a token; what is larger is some other file.
  static let secretSizeMax = 16_384
}
