import Daemon
import Evidence
import Glibc

/// `audit keygen`: the key that signs the audit.
enum AuditKeygenCommand {
  static let subcommand = Subcommand(
    "audit", "keygen", summary: "make a key that signs the audit's checkpoints",
    operands: [.init(name: "FILE", help: "where the private key goes; it must not be there yet")],
    options: [.name, .previous],
    details: """
      Writes the private key to FILE with mode 0600, for audit: key: of the configuration, and
      prints the public key, NAME+ID+KEY, and its fingerprint. Give both to whoever is to check the
      audit, on a way of its own. KEY is base64 of a byte 01 and the key's 32 bytes; the fingerprint
      is SHA-256 of these 32 bytes, and is what verify.sh and the report show. audit verify --key
      and verify.sh take the printed lines in a file, and PEM as exports have it. One
      key for each store: two with the same key look like a fork. To replace a key, name the one
      until now with --previous; whoever trusts it then trusts the new one too.
      """
  ) { arguments throws(UsageError) in
    let name = try arguments.required(.name)
    do throws(AuditKey.Failure) {
      let previous = try arguments.value(.previous).map { (file) throws(AuditKey.Failure) in
        try key(in: file)
      }
      let new = try AuditKey(name: name, previous: previous)
      guard SecretText.create(arguments.operands[0], new.reveal()) else {
        // Safe: the text belongs to the C library and is copied at once.
        let cause = unsafe String(cString: strerror(errno))
        Terminal.complain("recbridge audit keygen: cannot make \(arguments.operands[0]): \(cause)")
        return .failure
      }
      Terminal.say(new.verifier.description)
      Terminal.say("# fingerprint, SHA-256 of the key's 32 bytes: \(new.verifier.fingerprint)")
      return .success
    } catch {
      Terminal.complain("recbridge audit keygen: \(error)")
      return .badInput
    }
  }

  private static func key(in file: String) throws(AuditKey.Failure) -> AuditKey {
    guard let text = TextFile.read(file, sizeMax: 65_536) else {
      throw AuditKey.Failure("\(file) cannot be read")
    }
    return try AuditKey(text)
  }
}

/// A file that nobody else may read.
private enum SecretText {
  /// False, with errno, if it could not be made; it is never overwritten.
  static func create(_ path: String, _ text: String) -> Bool {
    // Safe: the path lives through the call.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    // Safe: the bytes live through the call.
    return unsafe write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
  }
}
