/// Salts from one secret of the process: without it none can be told, and from the secret of now
/// none of before, because it is replaced with each.
package struct Salts: Sendable {
  /// Of each salt. Nobody tries 2^128 of them, however few phone numbers there are.
  package static let sizeBytes = 16
  /// Of the secret: 256 bits of the system's randomness.
  package static let secretSizeBytes = 32

  private var secret: [UInt8]
  private let sha256: @Sendable ([UInt8]) -> [UInt8]

  /// - Parameter secret: `secretSizeBytes` random bytes, new for each process.
  package init(secret: [UInt8], sha256: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    precondition(secret.count == Self.secretSizeBytes, "salts need 32 bytes of randomness")
    self.secret = secret
    self.sha256 = sha256
  }

  mutating func next() -> [UInt8] {
    let salt = Array(sha256([0] + secret).prefix(Self.sizeBytes))
    secret = sha256([1] + secret)
    return salt
  }
}
