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

  /// A new store's identity: 128 bits as 32 hexadecimal digits.
  static func storeIdentity() -> String {
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
    return digits(seed()) + digits(seed())
  }
}
