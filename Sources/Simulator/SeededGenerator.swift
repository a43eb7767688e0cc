/// The simulator's only source of chance: the same seed gives the same identifiers in the same
/// order. SplitMix64, which is enough for names and not meant for secrets.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// `length` characters of `alphabet`, which is ASCII.
  mutating func text(_ length: Int, of alphabet: String) -> String {
    let letters = alphabet.utf8
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    for _ in 0..<length {
      let index = Int.random(in: 0..<letters.count, using: &self)
      bytes.append(letters[letters.index(letters.startIndex, offsetBy: index)])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  mutating func hex(_ length: Int) -> String { text(length, of: "0123456789abcdef") }

  /// In the shape of RFC 9562, version 4.
  mutating func uuid() -> String {
    "\(hex(8))-\(hex(4))-4\(hex(3))-a\(hex(3))-\(hex(12))"
  }
}
