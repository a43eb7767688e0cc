import YAML

extension ConfigurationReader {
  mutating func audit(_ node: YAMLNode) -> AuditSettings {
    var settings = AuditSettings()
    guard let section = section(node, path: "audit", ConfigurationKeys.audit) else {
      return settings
    }
    if let pair = section.pairs["key"] { settings.key = auditKey(pair.value) }
    if let pair = section.pairs["heartbeat"],
      let interval = duration(
        pair.value, path: "audit.heartbeat",
        AuditSettings.heartbeatMin...AuditSettings.heartbeatMax)
    {
      settings.heartbeat = interval
    }
    if let pair = section.pairs["anchors"] {
      settings.anchors = anchors(pair.value)
      if !settings.anchors.isEmpty, section.pairs["key"] == nil {
        fail(pair.line, "audit.anchors", "expected a key beside it: nothing is signed without one")
      }
    }
    return settings
  }

  /// A private key is never a text of the configuration, and nobody else may read its file: whoever
  /// has it can sign another audit.
  private mutating func auditKey(_ node: YAMLNode) -> Secret? {
    let path = "audit.key"
    let expected = "{ file: PATH } or { credential: NAME }"
    guard case .mapping = node.content else {
      fail(node.line, path, "expected \(expected), found \(node.kind)")
      return nil
    }
    guard let section = section(node, path: path, ConfigurationKeys.secretFile) else { return nil }
    guard section.pairs.count == 1, let source = section.pairs.values.first else {
      fail(node.line, path, "expected \(expected)")
      return nil
    }
    let isCredential = source.key == "credential"
    let sourcePath = section.path(to: source.key)
    let place =
      isCredential
      ? credentialPath(source.value, path: sourcePath)
      : absolutePath(source.value, path: sourcePath, of: "the audit's key")
    return place.flatMap { auditKey(in: $0, isCredential: isCredential) }
  }

  /// systemd keeps a credential from others by its folder, whatever the file's mode says.
  private mutating func auditKey(in file: Located<String>, isCredential: Bool) -> Secret? {
    do throws(ReadableFile.Failure) {
      let contents = try ReadableFile(file.value, sizeMax: SecretFile.sizeMax)
      guard isCredential || contents.permissions & 0o077 == 0 else {
        fail(
          file.line, file.path,
          "others may read or write \(file.value), which signs the audit; use mode 0600")
        return nil
      }
      return Secret(String(decoding: contents.bytes, as: UTF8.self), file: file.value)
    } catch {
      fail(file.line, file.path, error.description)
      return nil
    }
  }
}
