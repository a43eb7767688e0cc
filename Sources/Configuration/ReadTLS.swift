import YAML

extension ConfigurationReader {
  /// `platform.tls`, with the authority that stands beside it as `platform.ca`.
  mutating func tls(_ platform: SectionReading, url: Located<String>?) -> PlatformTLS {
    var tls = PlatformTLS()
    let isPlain = url?.value.lowercased().hasPrefix("http:") == true
    if let pair = platform.pairs["ca"] {
      tls.certificateAuthority = authority(pair.value, isPlain: isPlain)
    }
    guard let pair = platform.pairs["tls"] else { return tls }
    guard let section = section(pair.value, path: "platform.tls", ConfigurationKeys.tls) else {
      return tls
    }
    if isPlain {
      fail(pair.line, section.path, "has no effect with http; use an https url or remove it")
      return tls
    }
    readCertificate(section, into: &tls)
    if let pair = section.pairs["minimum"] {
      tls.minimum = version(pair.value, path: section.path(to: "minimum")) ?? .tls12
    }
    if let pair = section.pairs["serverName"] {
      tls.serverName = serverName(pair.value, path: section.path(to: "serverName"))
    }
    if let pair = section.pairs["insecure"] {
      tls.isInsecure = boolean(pair.value, path: section.path(to: "insecure")) ?? false
      if tls.isInsecure { checkInsecure(pair, tls) }
    }
    return tls
  }

  private mutating func checkInsecure(_ pair: YAMLPair, _ tls: PlatformTLS) {
    let path = "platform.tls.insecure"
    if tls.certificateAuthority != nil {
      fail(pair.line, path, "expected either ca or insecure, found both")
    }
    warn(
      pair.line, path,
      "the platform's certificate is not verified: whoever is on the way can read passwords and"
        + " change commands; mend the certificate, or name its authority with ca")
  }

  private mutating func authority(_ node: YAMLNode, isPlain: Bool) -> String? {
    let path = "platform.ca"
    guard let file = absolutePath(node, path: path, of: "a file of certificates") else {
      return nil
    }
    if isPlain {
      fail(file.line, path, "has no effect with http; use an https url or remove it")
    } else {
      check(file)
    }
    return file.value
  }

  mutating func readCertificate(_ section: SectionReading, into tls: inout PlatformTLS) {
    if let pair = section.pairs["certificate"] {
      let path = section.path(to: "certificate")
      let file = absolutePath(pair.value, path: path, of: "our certificate")
      if let file { check(file) }
      tls.certificate = file?.value
    }
    guard let pair = section.pairs["key"] else { return }
    let path = section.path(to: "key")
    if section.pairs["certificate"] == nil {
      fail(pair.line, path, "expected the key of a certificate, found no certificate beside it")
    }
    guard let file = keyFile(pair.value, path: path) else { return }
    check(file)
    if let contents = try? ReadableFile(file.value, sizeMax: ReadableFile.certificatesSizeMax) {
      if contents.isReadableByEveryone { warnOfExposure(file) }
      if contents.bytes.firstRange(of: "ENCRYPTED".utf8) != nil {
        fail(
          file.line, file.path,
          "expected a key without a passphrase, found an encrypted one; decrypt it into a file"
            + " that only the daemon can read")
      }
    }
    tls.key = file.value
  }

  /// A path, or a secret's file in the words that secrets have.
  private mutating func keyFile(_ node: YAMLNode, path: String) -> Located<String>? {
    guard case .mapping = node.content else {
      return absolutePath(node, path: path, of: "the certificate's key")
    }
    guard let section = section(node, path: path, ConfigurationKeys.secretFile) else { return nil }
    switch (section.pairs["file"], section.pairs["credential"]) {
    case (let file?, nil):
      return absolutePath(
        file.value, path: section.path(to: "file"), of: "the certificate's key")
    case (nil, let name?):
      return credentialPath(name.value, path: section.path(to: "credential"))
    case (nil, nil): fail(node.line, path, "expected { file: PATH } or { credential: NAME }")
    case (.some, .some): fail(node.line, path, "expected one of file and credential, found several")
    }
    return nil
  }

  mutating func check(_ file: Located<String>) {
    if let problem = ReadableFile.problem(file.value) { fail(file.line, file.path, problem) }
  }

  /// With or without quotes: without, YAML takes it for a number.
  private mutating func version(_ node: YAMLNode, path: String) -> PlatformTLS.Version? {
    if case .scalar(let text, _) = node.content, let version = PlatformTLS.Version(rawValue: text) {
      return version
    }
    fail(node.line, path, "expected 1.2 or 1.3, found \(node.shown)")
    return nil
  }

  private mutating func serverName(_ node: YAMLNode, path: String) -> String? {
    let expected = "a host name such as gws.example"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    guard let base = try? BaseURL("https://\(text.value)"), base.host == text.value.lowercased()
    else {
      fail(node.line, path, "expected \(expected), found \"\(text.value)\"")
      return nil
    }
    return base.host
  }

  private mutating func boolean(_ node: YAMLNode, path: String) -> Bool? {
    guard case .scalar(let text, .plain) = node.content, PlainScalar(text) == .boolean else {
      fail(node.line, path, "expected true or false, found \(node.shown)")
      return nil
    }
    return text.lowercased() == "true"
  }
}
