import CISAL

/// CRC-32C over a row's values, in the order they are added.
///
/// SQLite finds a broken page structure, not a flipped bit inside a value; this does. CRC-32C
/// (Castagnoli, RFC 3720 appendix B.4) because it finds every burst of up to 32 bits, any tool can
/// recompute it, and processors have it as an instruction, which Intel's ISA-L uses where it is
/// there. It guards against accidents of the disk; who means harm can recompute it.
///
/// Each value is preceded by a marker or its length, so that bytes cannot move between neighbours.
struct Checksum {
  private var state: UInt32 = 0xFFFF_FFFF

  /// The checksum of everything added, as SQLite stores it: 0 ... 2^32 - 1.
  var value: Int64 { Int64(state ^ 0xFFFF_FFFF) }

  mutating func add(_ value: Int64) {
    var bytes = value.littleEndian
    // Safe: eight bytes that are read for the length of the call.
    unsafe withUnsafeMutableBytes(of: &bytes) { unsafe addBytes($0.baseAddress, $0.count) }
  }

  mutating func add(_ value: Int64?) {
    add(value == nil ? Int64(-1) : 1)
    if let value { add(value) }
  }

  mutating func add(_ text: String) {
    add(Int64(text.utf8.count))
    addBytes(text.utf8Span.span)
  }

  mutating func add(_ text: String?) {
    guard let text else { return add(Int64(-1)) }
    add(text)
  }

  mutating func add(_ bytes: [UInt8]) {
    add(Int64(bytes.count))
    addBytes(bytes.span)
  }

  mutating func addBytes(_ span: Span<UInt8>) {
    // Safe: the library reads as many bytes as there are, and writes none.
    unsafe span.withUnsafeBytes { bytes in
      unsafe addBytes(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
  }

  private mutating func addBytes(_ start: UnsafeMutableRawPointer?, _ count: Int) {
    guard count > 0 else { return }
    let bytes = unsafe start?.assumingMemoryBound(to: UInt8.self)
    state = unsafe crc32_iscsi(bytes, Int32(count), state)
  }
}
