/// What an export says of itself, and what it does not prove.
enum ExportReadMe {
  static func text(_ call: String, _ numbers: [Int64], hasTimestamp: Bool) -> String {
    """
    Entries of a recbridge audit about call \(Printable.text(call)): \(numbers.count), numbers
    \(numbers.map { String($0) }.joined(separator: ", ")).

      N.json         entry N, the exact bytes that were hashed when it was written
      N.tlog-proof   its proof: c2sp.org/tlog-proof, the hashing is that of RFC 6962
      checkpoint     what the proofs lead to: c2sp.org/tlog-checkpoint, signed with Ed25519
      key.pem        the public key for openssl; key.vkey: the same as c2sp.org/signed-note has it
      verify.sh      checks what is below with openssl and sha256sum
    \(hasTimestamp ? timestamp : "")
    Run "sh verify.sh". It prints the key's fingerprint: compare that with the one that you were
    given on another way, or say "sh verify.sh KEY" with a key that you have, as PEM or as a line
    NAME+ID+KEY. Read verify.sh first: it is short, and it came with what it is to check.

    It checks that each N.json is entry N, byte for byte, of the audit whose root the checkpoint
    has; that each proof belongs to an entry and leads to this checkpoint; that the checkpoint is
    signed with the key; and that key.vkey is that key. Proved is then that these entries are in the
    audit that the key's owner has signed, each at its place.

    It does not check this README, which anybody can have written, nor whether entries were left
    out: take an N.json away with its N.tlog-proof, and it verifies the rest. Which entries there
    are about this call is shown by the store alone, with "recbridge audit verify".
    \(AuditSummary.notProved).

    """
  }

  private static let timestamp = """
      timestamp.token  when an authority outside saw the checkpoint: RFC 3161, DER

    "sh verify.sh KEY TSA-CA.pem" checks the timestamp as well, with the certificate of who
    stands behind the authority, if that has not expired since.

    """
}
