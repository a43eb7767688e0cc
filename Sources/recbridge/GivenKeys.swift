import Daemon
import Evidence

/// The public keys that somebody trusts, as `--key` names them.
struct GivenKeys {
  private(set) var keys: [VerifierKey] = []
  /// Of a PEM file, which says no name.
  private(set) var nameless: [[UInt8]] = []

  /// A key itself, `NAME+ID+KEY`; or a file with such lines, as keygen prints them; or one in PEM,
  /// as openssl and exports have it.
  init(_ text: String) throws(OutsideCheckpoint.Failure) {
    if let key = VerifierKey(text, EntryHashing.hasher) {
      keys = [key]
      return
    }
    guard let file = TextFile.read(text, sizeMax: 65_536) else {
      throw OutsideCheckpoint.Failure(
        reason: "\(Printable.text(text)): neither a public key nor a file that can be read")
    }
    if file.contains("-----BEGIN") {
      guard let key = VerifierKey.publicKey(pem: file) else {
        throw OutsideCheckpoint.Failure(reason: "\(text): it is no Ed25519 public key in PEM")
      }
      nameless = [key]
      return
    }
    // What keygen says of a key stands behind a number sign.
    for line in file.split(separator: "\n") where !line.hasPrefix("#") {
      guard let key = VerifierKey(String(line), EntryHashing.hasher) else {
        throw OutsideCheckpoint.Failure(
          reason: "\(text): a line is no public key of the form NAME+ID+KEY")
      }
      keys.append(key)
    }
    guard !keys.isEmpty else { throw OutsideCheckpoint.Failure(reason: "\(text): it is empty") }
  }
}

extension VerifierKey {
  /// SHA-256 of the 32 bytes of the key, in hexadecimal: what people compare.
  var fingerprint: String { Hex.text(EntryHashing.sha256(publicKey)) }
}
