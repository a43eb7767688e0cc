/// Where a report comes from: who made it, of which store, and what a verification of that store
/// has shown.
package struct Provenance: Sendable {
  /// What made the report, with its version.
  package let program: String
  /// Wall time since the Unix epoch.
  package let madeAt: Duration
  package let storePath: String
  /// What every cursor of the store begins with.
  package let storeIdentity: String
  package let verification: Verification

  package init(
    program: String, madeAt: Duration, storePath: String, storeIdentity: String,
    verification: Verification
  ) {
    self.program = program
    self.madeAt = madeAt
    self.storePath = storePath
    self.storeIdentity = storeIdentity
    self.verification = verification
  }
}

/// What was found when the whole store was recomputed and held against what was signed.
package struct Verification: Sendable {
  /// What is wrong; empty if nothing is.
  package var findings: [String] = []
  /// Findings that are not listed.
  package var findingsLeftOut = 0
  /// What is worth knowing and not wrong.
  package var remarks: [String] = []
  /// How many entries the store has.
  package var size: Int64 = 0
  /// How many of them have no record, of which only the hash can be held against what was signed.
  package var prunedCount: Int64 = 0
  /// Up to here a checkpoint fits.
  package var signedSize: Int64 = 0
  /// Up to here a checkpoint that was kept elsewhere fits.
  package var anchoredSize: Int64 = 0
  /// The keys that count.
  package var keys: [Key] = []
  /// They were given from outside, and are not the store's own word.
  package var isKeyGiven = false
  /// The newest checkpoint of the store.
  package var checkpoint: NewestCheckpoint?

  package init() {}

  package var isVerified: Bool { findings.isEmpty && findingsLeftOut == 0 }

  /// A public key.
  package struct Key: Sendable {
    package let name: String
    /// `NAME+ID+KEY`.
    package let text: String
    /// SHA-256 of the 32 bytes of the key, in hexadecimal.
    package let fingerprint: String

    package init(name: String, text: String, fingerprint: String) {
      self.name = name
      self.text = text
      self.fingerprint = fingerprint
    }
  }

  /// A checkpoint, read.
  package struct NewestCheckpoint: Sendable {
    package let size: Int64
    /// As the note has it, in base64.
    package let root: String
    /// Wall time since the Unix epoch.
    package let signedAt: Duration
    /// The signed note.
    package let note: String
    /// The key that signed it, if it is one of those that count.
    package let key: Key?

    package init(size: Int64, root: String, signedAt: Duration, note: String, key: Key?) {
      self.size = size
      self.root = root
      self.signedAt = signedAt
      self.note = note
      self.key = key
    }
  }
}
