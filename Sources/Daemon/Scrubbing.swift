/// Takes secrets out of what a server says, because it may quote what we sent it.
enum Scrubbing {
  /// Shorter ones are too likely to stand there by chance, as `on` does in half of all sentences.
  private static let sizeMin = 4
  private static let replacement = Array("(secret)".utf8)

  /// `bytes` with every occurrence of a secret replaced.
  static func scrub(_ bytes: [UInt8], of secrets: [String]) -> [UInt8] {
    var result = bytes
    // Longest first, for one may be a part of another.
    for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count })
    where secret.utf8.count >= sizeMin {
      result.replace(Array(secret.utf8), with: replacement)
    }
    return result
  }
}
