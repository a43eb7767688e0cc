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
  /// Which trusted key signs from which entry on, in order.
  private var terms: [(entry: Int64, key: VerifierKey)] = []
  /// What is wrong with the keys that the audit names.
  private(set) var findings: [String] = []
  /// Given as bytes alone: the audit's own starts say by which name they sign.
  private let nameless: [[UInt8]]

  init(given: [VerifierKey], nameless: [[UInt8]] = []) {
    keys = given
    isGiven = !given.isEmpty || !nameless.isEmpty
    self.nameless = nameless
  }

  /// A start names the key that signs from then on.
  mutating func take(_ key: VerifierKey, endorsement: SignedNote?, entry: Int64) {
    if keys.isEmpty, !isGiven { keys.append(key) }
    if nameless.contains(key.publicKey), !keys.contains(key) { keys.append(key) }
    guard !keys.contains(key) else { return begin(key, entry) }
    let isEndorsed = keys.contains { known in
      endorsement.map { note in
        AuditKey.endorsed(by: note, key) && note.finding(of: known) == .valid
      } ?? false
    }
    if isEndorsed {
      keys.append(key)
      begin(key, entry)
    } else if !named.contains(key) {
      named.append(key)
      findings.append(
        "entry \(entry): from here on \(Self.short(key)) signs, a key that is not trusted and that"
          + " no trusted key has signed for; if it is yours, name it with --key as well")
    }
  }

  private mutating func begin(_ key: VerifierKey, _ entry: Int64) {
    if terms.last?.key != key { terms.append((entry, key)) }
  }

  /// Nil if the trusted key whose turn it was has signed the note; else what is wrong with it.
  func problem(_ note: SignedNote, _ checkpoint: Checkpoint) -> String? {
    var signers: [VerifierKey] = []
    for key in keys {
      switch note.finding(of: key) {
      case .valid: signers.append(key)
      case .invalid: return "the signature of \(Self.short(key)) is not of this text"
      case .absent: break
      }
    }
    guard let first = signers.first else {
      let names = note.signatures.map { "\($0.name)+\(VerifierKey.idText($0.keyID))" }
      return "it is signed by \(names.joined(separator: ", ")), which is no trusted key"
    }
    let term = terms.last { $0.entry <= checkpoint.size }
    if let term, !signers.contains(term.key) {
      return "it is signed by \(Self.short(first)), and from entry \(term.entry) on"
        + " \(Self.short(term.key)) signs"
    }
    let signer = term?.key ?? first
    return checkpoint.origin == signer.name
      ? nil
      : "it is of the audit \(Printable.text(checkpoint.origin)), and signed by"
        + " \(Self.short(signer))"
  }

  static func short(_ key: VerifierKey) -> String { "\(key.name)+\(key.idText)" }
}
