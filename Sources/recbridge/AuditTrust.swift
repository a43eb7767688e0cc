import Daemon
import Evidence

/// Which keys count, and why.
///
/// Given keys count. Without any, the first key that the audit itself names does, which shows that
/// everything was signed by one, not whose it is. A key that one that counts has signed for counts
/// too: that is how a key is replaced.
struct AuditTrust {
  private(set) var keys: [VerifierKey]
  /// Keys came from outside, so that they are not the store's own word.
  let isGiven: Bool
  private var named: [VerifierKey] = []
  /// What is wrong with the keys that the audit names.
  private(set) var findings: [String] = []

  init(given: [VerifierKey]) {
    keys = given
    isGiven = !given.isEmpty
  }

  /// A start names the key that signs from then on.
  mutating func take(_ key: VerifierKey, endorsement: SignedNote?, entry: Int64) {
    if keys.isEmpty, !isGiven { keys.append(key) }
    guard !keys.contains(key) else { return }
    let isEndorsed = keys.contains { known in
      endorsement.map { note in
        AuditKey.endorsed(by: note, key) && note.finding(of: known) == .valid
      } ?? false
    }
    if isEndorsed {
      keys.append(key)
    } else if !named.contains(key) {
      named.append(key)
      findings.append(
        "entry \(entry): from here on \(Self.short(key)) signs, a key that is not trusted and that"
          + " no trusted key has signed for; if it is yours, name it with --key as well")
    }
  }

  /// Nil if a trusted key has signed the note; else what is wrong with it.
  func problem(_ note: SignedNote) -> String? {
    var isSigned = false
    for key in keys {
      switch note.finding(of: key) {
      case .valid: isSigned = true
      case .invalid: return "the signature of \(Self.short(key)) is not of this text"
      case .absent: break
      }
    }
    if isSigned { return nil }
    let signers = note.signatures.map { "\($0.name)+\(VerifierKey.idText($0.keyID))" }
    return "it is signed by \(signers.joined(separator: ", ")), which is no trusted key"
  }

  static func short(_ key: VerifierKey) -> String { "\(key.name)+\(key.idText)" }
}
