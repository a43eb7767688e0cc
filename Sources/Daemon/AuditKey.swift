import Crypto
package import Evidence

/// The key that signs the audit, as `recbridge audit keygen` writes it: the private key in one line
/// and, if a key of before has signed for this one, its note behind it.
package struct AuditKey: Sendable {
  package let verifier: VerifierKey
  /// The note in which the key of before names this one.
  package let endorsement: SignedNote?
  private let signer: SignerKey

  /// What is wrong with a key; nothing of the key in it.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
  }

  /// Reads what a key's file holds.
  package init(_ text: String) throws(Failure) {
    let line = text.prefix { $0 != "\n" }
    guard let signer = SignerKey(String(line)), let key = Ed25519.publicKey(of: signer.seed),
      let verifier = VerifierKey(name: signer.name, publicKey: key, EntryHashing.hasher),
      verifier.idText == signer.idText
    else {
      throw Failure("it is no key that recbridge audit keygen has written")
    }
    self.signer = signer
    self.verifier = verifier
    let rest = text.dropFirst(line.count).drop { $0 == "\n" }
    guard !rest.isEmpty else {
      endorsement = nil
      return
    }
    guard let note = SignedNote(String(rest)), Self.endorsed(by: note, verifier) else {
      throw Failure("what stands behind the key is no note that names it")
    }
    endorsement = note
  }

  /// A new key; `previous` signs for it.
  package init(name: String, previous: AuditKey? = nil) throws(Failure) {
    guard VerifierKey.isName(name) else {
      throw Failure("the name of a key is not empty and has no space, plus or control character")
    }
    guard let seed = Ed25519.newPrivateKey(), let key = Ed25519.publicKey(of: seed),
      let verifier = VerifierKey(name: name, publicKey: key, EntryHashing.hasher)
    else { throw Failure("libcrypto has made no key") }
    self.verifier = verifier
    signer = SignerKey(verifier, seed: seed)
    endorsement = previous?.sign(Self.endorsement(of: verifier))
  }

  /// What the file holds, with the secret in it.
  package func reveal() -> String {
    signer.reveal() + "\n" + (endorsement.map { "\n\($0)" } ?? "")
  }

  /// Signs a text, which must end in a line break.
  package func sign(_ text: String) -> SignedNote {
    guard let signature = Ed25519.signature(of: Array(text.utf8), by: signer.seed) else {
      preconditionFailure("libcrypto cannot sign")
    }
    return SignedNote(
      text: text,
      signatures: [
        NoteSignature(name: verifier.name, keyID: verifier.id, signature: signature)
      ])
  }

  private static func endorsement(of key: VerifierKey) -> String {
    "\(endorsementTitle)\n\(key)\n"
  }

  private static let endorsementTitle = "recbridge audit key, next"

  /// Whether a note names `key` as the next one; who signed it is another question.
  package static func endorsed(by note: SignedNote, _ key: VerifierKey) -> Bool {
    note.text == endorsement(of: key)
  }
}

extension SignedNote {
  /// What becomes of the note under `key`.
  package func finding(of key: VerifierKey) -> Finding {
    finding(of: key) { Ed25519.isValid($1, of: $0, by: $2) }
  }
}

/// How entries are hashed.
package enum EntryHashing {
  package static let hasher = TreeHasher { SHA256.hash($0, $1) }

  /// Of one piece of bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { SHA256.hash(bytes) }
}
