import CLinux

/// Randomness of the system, read once at the start: everything after it is seeded.
enum Randomness {
  /// 64 bits from getrandom(2), which cannot fail for so few bytes once the machine is up.
  static func seed() -> UInt64 {
    var seed: UInt64 = 0
    // The variable is valid for writing eight bytes during the call.
    let count = unsafe getrandom(&seed, MemoryLayout<UInt64>.size, 0)
    precondition(count == MemoryLayout<UInt64>.size, "getrandom(2) gave \(count) of 8 bytes")
    return seed
  }

  /// So many bytes of getrandom(2), at most 256, which it gives at once.
  static func bytes(_ count: Int) -> [UInt8] {
    precondition(count <= 256, "getrandom(2) may be interrupted for more than 256 bytes")
    var bytes = [UInt8](repeating: 0, count: count)
    // The array is valid for writing all its bytes during the call.
    let given = unsafe getrandom(&bytes, count, 0)
    precondition(given == count, "getrandom(2) gave \(given) of \(count) bytes")
    return bytes
  }

  /// A new store's identity: 128 bits as 32 hexadecimal digits.
  static func storeIdentity() -> String {
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
    return digits(seed()) + digits(seed())
  }
}
