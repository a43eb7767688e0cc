import Commands
import JSON

/// A checkpoint with the word of an authority outside on when it saw it (RFC 3161).
package struct StampedCheckpoint: Equatable, Sendable {
  /// The anchor that asked.
  package let anchor: String
  package let checkpoint: SignedCheckpoint
  /// The authority's time, since the Unix epoch.
  package let time: Duration
  /// The rules by which the authority says that it works: an object identifier.
  package let policy: String
  /// The authority's number of the token, in hexadecimal digits.
  package let serial: String
  /// The token (CMS, DER) in base64: a signature over the SHA-256 of the checkpoint's note.
  package let token: String

  package init(
    anchor: String, checkpoint: SignedCheckpoint, time: Duration, policy: String, serial: String,
    token: String
  ) {
    self.anchor = anchor
    self.checkpoint = checkpoint
    self.time = time
    self.policy = policy
    self.serial = serial
    self.token = token
  }

  /// With the note, so that the entry can be checked without the store.
  func write(to writer: inout JSONWriter) {
    writer.member("anchor", anchor)
    writer.member("size", checkpoint.size)
    writer.member("note", checkpoint.note)
    writer.member("stampedAt", time: time)
    writer.member("policy", policy)
    writer.member("serial", serial)
    writer.member("token", token)
  }
}
