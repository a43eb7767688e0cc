import JSON

/// The way back from a record with commitments.
package enum Restoration {
  /// The record with these values in the place of their commitments: byte for byte what it was, if
  /// they are all that were committed. Nil if one of them is not what was committed at its place.
  package static func restore(
    _ record: [UInt8], _ values: [ClearValue], sha256: ([UInt8]) -> [UInt8]
  ) -> [UInt8]? {
    var out: [UInt8] = []
    var end = 0
    for value in values.sorted(by: { $0.place < $1.place }) {
      guard let range = range(of: value, in: record, sha256), range.lowerBound >= end else {
        return nil
      }
      out += record[end..<range.lowerBound]
      out += value.value
      end = range.upperBound
    }
    return out + record[end...]
  }

  /// Whether the value is what was committed at its place.
  package static func opens(
    _ value: ClearValue, in record: [UInt8], sha256: ([UInt8]) -> [UInt8]
  ) -> Bool {
    range(of: value, in: record, sha256) != nil
  }

  /// Where its commitment stands.
  private static func range(
    of value: ClearValue, in record: [UInt8], _ sha256: ([UInt8]) -> [UInt8]
  ) -> Range<Int>? {
    let parsed = value.field == .userData ? try? JSONValue.parse(value.value) : nil
    let placeholder = Placeholder.bytes(
      salt: value.salt, value: value.value, witness: parsed.flatMap(UserDataWitness.word), sha256)
    guard value.place >= 0, value.place <= record.count - placeholder.count else { return nil }
    let range = value.place..<(value.place + placeholder.count)
    return record[range].elementsEqual(placeholder) ? range : nil
  }

  /// How many commitments a record holds. By their look: no text can hold these bytes, because
  /// quotes within texts are escaped.
  package static func commitmentCount(_ record: [UInt8]) -> Int {
    var count = 0
    var index = 0
    while index <= record.count - opening.count {
      if record[index] == opening[0], record[index + 2] == opening[2],
        record[index..<(index + opening.count)].elementsEqual(opening)
      {
        count += 1
        index += opening.count
      } else {
        index += 1
      }
    }
    return count
  }

  private static let opening = Array(#"{"commitment":""#.utf8)
}
