import Evidence
import JSON

/// Puts commitments in the place of a record's personal values.
///
/// A commitment is SHA-256 over a salt and the value's exact JSON: whoever has both can show what
/// the record said, and once they are erased nobody can find it out. So the record may be hashed
/// and signed for ever, and forgets what it must.
package struct Commitments: Sendable {
  private let fields: Set<PersonalField>
  private let unread: PersonalField?
  private var salts: Salts
  private let sha256: @Sendable ([UInt8]) -> [UInt8]

  /// What a record became.
  package struct Committed: Equatable, Sendable {
    package let record: [UInt8]
    /// In the order of their places.
    package let values: [ClearValue]

    package init(record: [UInt8], values: [ClearValue]) {
      self.record = record
      self.values = values
    }
  }

  /// - Parameter sha256: FIPS 180-4.
  package init(
    _ settings: PrivacySettings, salts: Salts, sha256: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    fields = Set(settings.fields.keys)
    unread = settings.unread
    self.salts = salts
    self.sha256 = sha256
  }

  /// The record with commitments. What is no JSON is left as it is: nobody could say what in it is
  /// whose.
  package mutating func commit(_ record: [UInt8]) -> Committed {
    guard !fields.isEmpty, let root = try? JSONValue.parse(record) else {
      return Committed(record: record, values: [])
    }
    var values: [ClearValue] = []
    var out: [UInt8] = []
    var end = 0
    for found in PersonalSearch.values(in: root, of: fields, unread: unread, .received) {
      let (salt, value) = (salts.next(), Array(record[found.range]))
      out += record[end..<found.range.lowerBound]
      values.append(ClearValue(place: out.count, field: found.field, salt: salt, value: value))
      out += Placeholder.bytes(salt: salt, value: value, witness: found.witness, sha256)
      end = found.range.upperBound
    }
    return Committed(record: out + record[end...], values: values)
  }
}

/// What stands in a record where a value was.
enum Placeholder {
  /// `{"commitment":"BASE64"}`, and the witness if user data has one.
  static func bytes(
    salt: [UInt8], value: [UInt8], witness: [UInt8]?, _ sha256: ([UInt8]) -> [UInt8]
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("commitment", Base64.text(sha256(salt + value)))
        if let witness { writer.member(UserDataWitness.name, raw: witness) }
      }
    }
  }
}
