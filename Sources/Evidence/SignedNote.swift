/// A text with the signatures of one or more keys: C2SP signed-note.
///
/// Its text means nothing before a signature of a key that is trusted has been verified.
package struct SignedNote: Equatable, Sendable {
  /// What is signed: it ends in a line break.
  package let text: String
  /// In the order of their lines.
  package let signatures: [NoteSignature]

  /// More than anybody needs, and as many as the reference implementation reads.
  static let signaturesMax = 100
  /// A checkpoint has some 200 bytes; keys of other kinds may add some kilobytes each.
  package static let sizeMaxBytes = 1 << 20

  package init(text: String, signatures: [NoteSignature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Nil for anything that is not a note, in whatever way.
  package init?(_ note: String) {
    guard note.utf8.count <= Self.sizeMaxBytes, note.utf8.last == UInt8(ascii: "\n"),
      !note.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" })
    else { return nil }
    // The last empty line separates the text, which may have empty lines, from the signatures.
    let lines = note.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard let separator = lines.lastIndex(of: ""), separator > 0 else { return nil }
    let rest = lines[(separator + 1)...]
    guard !rest.isEmpty, rest.count <= Self.signaturesMax else { return nil }
    var signatures: [NoteSignature] = []
    for line in rest {
      guard let signature = NoteSignature(line: line) else { return nil }
      signatures.append(signature)
    }
    text = lines[..<separator].map { $0 + "\n" }.joined()
    self.signatures = signatures
  }

  /// What a look for a key's signature finds.
  package enum Finding: Equatable, Sendable {
    case valid
    /// The key is named, and its signature is not of this text: nothing of the note counts.
    case invalid
    case absent
  }

  /// Looks for the signature of `key`; `verify` gets message, signature and public key.
  package func finding(
    of key: VerifierKey,
    _ verify: (_ message: [UInt8], _ signature: [UInt8], _ key: [UInt8]) -> Bool
  ) -> Finding {
    let ours = signatures.filter { $0.name == key.name && $0.keyID == key.id }
    if ours.isEmpty { return .absent }
    let message = Array(text.utf8)
    return ours.allSatisfy { verify(message, $0.signature, key.publicKey) } ? .valid : .invalid
  }
}

extension SignedNote: CustomStringConvertible {
  /// The note, as it is stored and sent.
  package var description: String {
    text + "\n" + signatures.map { "\($0)\n" }.joined()
  }
}

/// One signature under a note.
package struct NoteSignature: Equatable, Sendable {
  /// The key's.
  package let name: String
  /// The key's.
  package let keyID: UInt32
  /// Of Ed25519: 64 bytes.
  package let signature: [UInt8]

  package init(name: String, keyID: UInt32, signature: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.signature = signature
  }

  fileprivate init?(line: Substring) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "\u{2014}", VerifierKey.isName(parts[1]),
      let bytes = Base64.bytes(parts[2]), bytes.count > 4
    else { return nil }
    name = String(parts[1])
    keyID = Self.id(bytes)
    signature = Array(bytes.dropFirst(4))
  }

  /// Four bytes, the most significant first.
  static func id(_ bytes: [UInt8]) -> UInt32 {
    bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }
}

extension NoteSignature: CustomStringConvertible {
  package var description: String {
    let id = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: keyID >> $0) }
    return "\u{2014} \(name) \(Base64.text(id + signature))"
  }
}
