/// What SHA-256 (FIPS 180-4) makes of bytes: 32 of them.
///
/// They lie in the value itself: a tree is made of millions, and an array for each would cost a
/// third of the hash.
package struct Digest: Sendable {
  package static let sizeBytes = 32

  let storage: InlineArray<32, UInt8>

  package init(_ bytes: InlineArray<32, UInt8>) { storage = bytes }

  /// Nil for anything but 32 bytes.
  package init?(_ bytes: [UInt8]) { self.init(bytes.span) }

  /// The same of bytes that are lent.
  package init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.sizeBytes else { return nil }
    var storage = InlineArray<32, UInt8>(repeating: 0)
    for index in bytes.indices { storage[index] = bytes[index] }
    self.storage = storage
  }

  /// An array of them.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  /// Writes them behind others.
  package func append(to bytes: inout [UInt8]) {
    for index in storage.indices { bytes.append(storage[index]) }
  }

  /// As 64 hexadecimal digits, which is what sha256sum prints.
  package var hex: String { Hex.text(bytes) }
}

extension Digest: Equatable {
  package static func == (left: Digest, right: Digest) -> Bool {
    left.word(0) == right.word(0) && left.word(8) == right.word(8)
      && left.word(16) == right.word(16) && left.word(24) == right.word(24)
  }

  /// Eight bytes as a number: one load for the compiler.
  @inline(__always)
  private func word(_ start: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in 0..<8 { word |= UInt64(storage[start + offset]) << UInt64(offset * 8) }
    return word
  }
}

extension Digest: CustomStringConvertible {
  /// In base64, as checkpoints and proofs have it.
  package var description: String { Base64.text(bytes) }
}

/// Bytes as hexadecimal digits.
package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  package static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
