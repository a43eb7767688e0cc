/// CRC-32C over a row's values, in the order they are added.
///
/// SQLite finds a broken page structure, not a flipped bit inside a value; this does. CRC-32C
/// (Castagnoli, RFC 3720 appendix B.4) because it finds every burst of up to 32 bits, any tool can
/// recompute it, and eight bytes a step cost less than the copy that SQLite makes anyway. It guards
/// against accidents of the disk; who means harm can recompute it.
///
/// Each value is preceded by a marker or its length, so that bytes cannot move between neighbours.
struct Checksum {
  private var state: UInt32 = 0xFFFF_FFFF

  /// The checksum of everything added, as SQLite stores it: 0 ... 2^32 - 1.
  var value: Int64 { Int64(state ^ 0xFFFF_FFFF) }

  mutating func add(_ value: Int64) {
    step(UInt64(bitPattern: value), Self.tables.span)
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
    // Safe: every bit pattern of a UInt8 may be looked at as a raw byte.
    let bytes = unsafe span.bytes
    let tables = Self.tables.span
    var offset = 0
    while offset &+ 8 <= bytes.byteCount {
      // Safe: any eight bytes are a UInt64, and the offset is checked against the span's end.
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      step(UInt64(littleEndian: word), tables)
      offset &+= 8
    }
    while offset < bytes.byteCount {
      let index = Int((state ^ UInt32(span[offset])) & 0xFF)
      state = tables[index] ^ (state >> 8)
      offset &+= 1
    }
  }

  /// Eight bytes at once, least significant first: table k holds the effect of a byte that is
  /// followed by k zero bytes.
  private mutating func step(_ word: UInt64, _ tables: Span<UInt32>) {
    let mixed = word ^ UInt64(state)
    var next: UInt32 = 0
    next ^= tables[1792 + Int(mixed & 0xFF)]
    next ^= tables[1536 + Int((mixed >> 8) & 0xFF)]
    next ^= tables[1280 + Int((mixed >> 16) & 0xFF)]
    next ^= tables[1024 + Int((mixed >> 24) & 0xFF)]
    next ^= tables[768 + Int((mixed >> 32) & 0xFF)]
    next ^= tables[512 + Int((mixed >> 40) & 0xFF)]
    next ^= tables[256 + Int((mixed >> 48) & 0xFF)]
    next ^= tables[Int(mixed >> 56)]
    state = next
  }

  /// Eight tables of 256, one after the other.
  private static let tables: [UInt32] = {
    let polynomial: UInt32 = 0x82F6_3B78  // reversed 0x1EDC6F41
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder & 1 == 1 ? polynomial ^ (remainder >> 1) : remainder >> 1
      }
      tables[byte] = remainder
    }
    for index in 256..<(8 * 256) {
      let shorter = tables[index - 256]
      tables[index] = tables[Int(shorter & 0xFF)] ^ (shorter >> 8)
    }
    return tables
  }()
}
