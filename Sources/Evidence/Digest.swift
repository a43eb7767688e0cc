/// What SHA-256 (FIPS 180-4) makes of bytes: 32 of them.
package struct Digest: Hashable, Sendable {
  package static let sizeBytes = 32

  package let bytes: [UInt8]

  /// Nil for anything but 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.sizeBytes else { return nil }
    self.bytes = bytes
  }

  /// As 64 hexadecimal digits, which is what sha256sum prints.
  package var hex: String { Hex.text(bytes) }
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
