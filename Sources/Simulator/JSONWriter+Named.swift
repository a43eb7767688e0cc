import JSON

extension JSONWriter {
  /// A member whose value is an object.
  mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
    member(name, object: body)
  }

  /// A member whose value is an array.
  mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
    member(name, array: body)
  }
}
