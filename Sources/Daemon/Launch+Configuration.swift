import Bridge
import Configuration
import Crypto
import Evidence
import Glibc
import JSON
import Privacy
import Store

extension Launch {
  /// What a start puts on record of the configuration; no secret is in it.
  init(_ configuration: Configuration, key: AuditKey?, unsigned: Int64?, former: Former?) {
    let platform = configuration.platform
    self.init(
      version: Release.version, site: configuration.site, platform: platform.url,
      profile: platform.profile.rawValue, agents: configuration.agents.map(\.name),
      deadline: configuration.commands.deadline, uids: configuration.commands.allow.uids,
      gids: configuration.commands.allow.gids, uid: getuid(), key: key?.verifier.description,
      endorsement: key?.endorsement?.description, heartbeat: configuration.audit.heartbeat,
      configuration: Fingerprint(configuration), former: former)
    privacy = configuration.privacy
    self.unsigned = unsigned
  }
}

extension Launch.Former {
  /// The newest that the audit of `store` says; nil if there was no run before.
  static func read(_ store: Store) throws(StoreError) -> Launch.Former? {
    var configuration: Fingerprint?
    return try store.newestDaemonEntry { entry in
      guard let value = try? JSONValue.parse(entry.record) else { return nil }
      configuration = configuration ?? value["configuration"].flatMap { Fingerprint($0) }
      guard value["action"]?.string == "started" else { return nil }
      return Launch.Former(key: value["key"]?.string, configuration: configuration)
    }
  }
}

extension Fingerprint {
  /// Of every setting, whether it was written down or is a default. A secret counts by the file
  /// that it comes from, and nothing of its text does.
  init(_ configuration: Configuration) {
    let parts = Mirror(reflecting: configuration).children.map { child in
      Part(name: child.label ?? "", digest: Self.hash(SettingsText.of(child.value)))
    }
    self.init(parts: parts, digest: Self.hash(parts.map { "\($0.name) \($0.digest)\n" }.joined()))
  }

  private static func hash(_ text: String) -> String {
    Hex.text(SHA256.hash(Array(text.utf8)))
  }
}

/// Settings as one text, the same for the same settings. Found by reflection, so that no setting
/// that is added later can be forgotten.
private enum SettingsText {
  static func of(_ value: Any) -> String {
    if let secret = value as? Secret { return leaf(secret.file ?? "a text") }
    // Has parts that say nothing.
    if let duration = value as? Duration { return leaf("\(duration)") }
    let mirror = Mirror(reflecting: value)
    if mirror.children.isEmpty { return leaf(String(describing: value)) }
    var parts = mirror.children.map { leaf($0.label ?? "") + of($0.value) }
    // Those have no order of their own.
    if mirror.displayStyle == .dictionary || mirror.displayStyle == .set { parts.sort() }
    return "(\(parts.joined()))"
  }

  /// With its length, so that no text can look like two.
  private static func leaf(_ text: String) -> String { "\(text.utf8.count):\(text)" }
}
