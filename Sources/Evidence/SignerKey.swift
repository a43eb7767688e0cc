/// An Ed25519 private key with its name, in the one-line form that the Go implementation of signed
/// notes writes: `PRIVATE+KEY+NAME+ID+KEY`. Never printed but by ``reveal()``.
package struct SignerKey: Sendable {
  package let name: String
  /// As the text says; whoever derives the public key compares it with ``VerifierKey/idText``.
  package let idText: String
  /// The 32 bytes that RFC 8032 calls the private key.
  package let seed: [UInt8]

  private static let prefix = "PRIVATE+KEY+"

  /// A key that was just made.
  package init(_ key: VerifierKey, seed: [UInt8]) {
    name = key.name
    idText = key.idText
    self.seed = seed
  }

  /// Nil for anything but such a line.
  package init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count)
      .split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, VerifierKey.isName(parts[0]), let key = Base64.bytes(parts[2]),
      key.first == VerifierKey.algorithm, key.count == 1 + VerifierKey.keySizeBytes
    else { return nil }
    name = String(parts[0])
    idText = String(parts[1])
    seed = Array(key.dropFirst())
  }

  /// The line, with the secret in it.
  package func reveal() -> String {
    "\(Self.prefix)\(name)+\(idText)+\(Base64.text([VerifierKey.algorithm] + seed))"
  }
}

extension SignerKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "(private key \(name)+\(idText))" }
  /// Without children: a dump shows nothing inside.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
