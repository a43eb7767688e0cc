import Configuration
import Crypto
package import Privacy
package import Store

extension Commitments {
  /// What keeps the configured fields out of entries, with salts that nothing else has; nil where
  /// nothing is to be kept out.
  init?(_ settings: PrivacySettings) {
    guard !settings.fields.isEmpty else { return nil }
    let salts = Salts(
      secret: Randomness.bytes(Salts.secretSizeBytes), sha256: { SHA256.hash($0) })
    self.init(settings, salts: salts, sha256: { SHA256.hash($0) })
  }
}

extension StoreSettings {
  /// Whoever wants something forgotten wants it gone from the file.
  init(_ configuration: Configuration) {
    self.init()
    overwritesRemoved =
      !configuration.privacy.fields.isEmpty || configuration.retention != Retention()
  }
}

extension StoredClearValue {
  init(_ value: ClearValue) {
    self.init(
      offset: Int64(value.place), field: value.field.rawValue, salt: value.salt,
      value: value.value)
  }
}

extension ClearValue {
  /// As it was stored; nil for a field of another version.
  package init?(_ stored: StoredClearValue) {
    guard let field = PersonalField(rawValue: stored.field) else { return nil }
    self.init(
      place: Int(stored.offset), field: field, salt: stored.salt, value: stored.value)
  }
}
