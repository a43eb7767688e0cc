/// An Ed25519 public key with its name, as C2SP signed-note has it: what an auditor is given once,
/// on a way of its own, and trusts.
package struct VerifierKey: Hashable, Sendable {
  /// Also the origin of the log whose checkpoints the key signs.
  package let name: String
  /// The first four bytes of a hash over name and key: tells keys apart, proves nothing.
  package let id: UInt32
  /// 32 bytes, as RFC 8032 encodes them.
  package let publicKey: [UInt8]

  /// The byte that says "Ed25519" in keys and in the hash that gives their ids.
  static let algorithm: UInt8 = 1
  static let keySizeBytes = 32

  /// Nil unless the name is one (see ``isName(_:)``) and the key has 32 bytes.
  package init?(name: String, publicKey: [UInt8], _ hasher: TreeHasher) {
    guard Self.isName(name), publicKey.count == Self.keySizeBytes else { return nil }
    self.name = name
    self.publicKey = publicKey
    let digest = hasher.hash(
      Array(name.utf8) + [UInt8(ascii: "\n"), Self.algorithm] + publicKey)
    id = NoteSignature.id(digest.bytes)
  }

  /// Reads `NAME+ID+KEY`; nil for another algorithm, or an id that is not that of the key.
  package init?(_ text: String, _ hasher: TreeHasher) {
    // Base64 may hold a plus; the name and the id cannot.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let key = Base64.bytes(parts[2]), key.first == Self.algorithm else {
      return nil
    }
    self.init(name: String(parts[0]), publicKey: Array(key.dropFirst()), hasher)
    guard idText == parts[1] else { return nil }
  }

  /// The id as eight hexadecimal digits.
  package var idText: String { Self.idText(id) }

  /// The same for the id of a signature.
  package static func idText(_ id: UInt32) -> String {
    Hex.text([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) })
  }

  /// Whether it may name a key: not empty, no space, no plus, no control character.
  package static func isName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty
      && !name.unicodeScalars.contains {
        $0 == "+" || $0.properties.isWhitespace || $0.properties.generalCategory == .control
      }
  }

  /// The key for OpenSSL: a SubjectPublicKeyInfo (RFC 8410 section 4) in PEM.
  package var pem: String {
    "\(Self.pemBegin)\n\(Base64.text(Self.pemHeader + publicKey))\n\(Self.pemEnd)\n"
  }

  /// The key in such a PEM; nil for anything else, keys of other kinds included.
  package static func publicKey(pem: String) -> [UInt8]? {
    let lines = pem.split(whereSeparator: \.isNewline)
    guard lines.first == pemBegin[...], lines.last == pemEnd[...], lines.count > 2,
      let bytes = Base64.bytes(lines.dropFirst().dropLast().joined()),
      bytes.count == pemHeader.count + keySizeBytes, bytes.starts(with: pemHeader)
    else { return nil }
    return Array(bytes.suffix(keySizeBytes))
  }

  private static let pemBegin = "-----BEGIN PUBLIC KEY-----"
  private static let pemEnd = "-----END PUBLIC KEY-----"
  private static let pemHeader: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]
}

extension VerifierKey: CustomStringConvertible {
  /// `NAME+ID+KEY`, in one line.
  package var description: String {
    "\(name)+\(idText)+\(Base64.text([Self.algorithm] + publicKey))"
  }
}
