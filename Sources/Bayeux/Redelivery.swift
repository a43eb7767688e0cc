import JSON

/// Tells which notifications of a repeated batch were delivered already.
///
/// A connect whose answer is lost is sent again with the same acknowledgement, and the server
/// answers with everything since, in the same order and multiplicity. Notifications carry no id, so
/// the ones saved from a broken answer are remembered by their content. Two equal ones in one batch
/// stay two: what counts is how often an answer held it, compared with how often it was delivered.
struct Redelivery: Equatable, Sendable {
  /// Whether the server will send the notifications of an answer again.
  enum Repetition {
    /// It keeps none: the session does not acknowledge, or they did not come with a connect.
    case impossible
    /// They came with their reply; the next connect acknowledges them.
    case over
    /// Their reply did not come, so the same acknowledgement is sent again.
    case coming
  }

  private var delivered: [Fingerprint: Int] = [:]
  private var count = 0
  /// What the parts of the present answer held so far.
  private var seen: [Fingerprint: Int] = [:]

  init() {}

  var isEmpty: Bool { delivered.isEmpty }

  /// As the next answer, which begins from the start, is to be compared with.
  var beforeNextAnswer: Redelivery {
    var copy = self
    copy.seen = [:]
    return copy
  }

  /// The notifications of an answer that were not delivered yet.
  ///
  /// - Parameter isPart: More of the same answer follows.
  mutating func fresh(
    _ deliveries: [Delivery], _ repetition: Repetition, isPart: Bool = false
  ) -> [Delivery] {
    if repetition == .impossible { return deliveries }
    defer {
      if repetition == .over { self = Redelivery() }
      if !isPart { seen = [:] }
    }
    // The common case: nothing to compare with and nothing to remember, so nothing is hashed.
    if repetition == .over, delivered.isEmpty { return deliveries }
    return deliveries.filter { delivery in
      let print = Fingerprint(delivery)
      let times = (seen[print] ?? 0) + 1
      seen[print] = times
      if times <= delivered[print] ?? 0 { return false }
      if repetition == .coming, count < SessionBounds.fingerprintsMax {
        delivered[print] = times
        count += 1
      }
      return true
    }
  }
}

// MARK: - As JSON

extension Redelivery {
  /// Writes one flat array: three numbers for each notification, which are its fingerprint and how
  /// often it was delivered.
  func write(to writer: inout JSONWriter) {
    writer.array { writer in
      for (print, times) in delivered.sorted(by: {
        $0.key.halves.lexicographicallyPrecedes($1.key.halves)
      }) {
        for half in print.halves { writer.value(Int64(bitPattern: half)) }
        writer.value(times)
      }
    }
  }

  /// Reads back what ``write(to:)`` wrote; absent is empty, anything else is nil.
  init?(_ value: JSONValue?) {
    guard let value else { return }
    let numbers = value.elements.map(\.integer)
    guard value.kind == .array, numbers.count.isMultiple(of: 3),
      numbers.count <= 3 * SessionBounds.fingerprintsMax
    else { return nil }
    for start in stride(from: 0, to: numbers.count, by: 3) {
      guard let first = numbers[start], let second = numbers[start + 1],
        let times = numbers[start + 2].flatMap(Int.init(exactly:)),
        (1...SessionBounds.fingerprintsMax).contains(times)
      else { return nil }
      delivered[Fingerprint(UInt64(bitPattern: first), UInt64(bitPattern: second))] = times
      count += times
    }
  }
}

/// 128 bits of a notification's channel and data: two lanes of multiply and xor (FNV-1a) with
/// different primes. The server is trusted not to forge collisions; chance will not.
struct Fingerprint: Hashable, Sendable {
  private var first: UInt64 = 0xCBF2_9CE4_8422_2325
  private var second: UInt64 = 0x9E37_79B9_7F4A_7C15

  var halves: [UInt64] { [first, second] }

  init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }

  init(_ delivery: Delivery) {
    for byte in delivery.channel.utf8 { add(byte) }
    add(0)
    for byte in (delivery.data ?? delivery.message).raw { add(byte) }
  }

  private mutating func add(_ byte: UInt8) {
    first = (first ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    second = (second ^ UInt64(byte)) &* 0xD6E8_FEB8_6659_FD93
    second ^= second >> 32
  }
}
