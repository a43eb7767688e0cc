/// A personal value of a record that holds its commitment: what opens it.
package struct ClearValue: Equatable, Sendable {
  /// Where its commitment begins in the record, in bytes.
  package let place: Int
  package let field: PersonalField
  /// `Salts.sizeBytes` random bytes, used for nothing else.
  package let salt: [UInt8]
  /// The value's exact JSON.
  package let value: [UInt8]

  /// A value as it was committed, or read back.
  package init(place: Int, field: PersonalField, salt: [UInt8], value: [UInt8]) {
    self.place = place
    self.field = field
    self.salt = salt
    self.value = value
  }
}
