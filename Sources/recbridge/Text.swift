import JSON

/// JSON values in words.
enum Text {
  /// A value on one line: texts as they are, lists and objects as their parts.
  static func of(_ value: JSONValue) -> String {
    switch value.kind {
    case .string: Printable.text(value.string ?? "")
    case .array: value.elements.map(of).joined(separator: ", ")
    case .object:
      value.members.map { "\(Printable.text($0.name)) \(of($0.value))" }
        .joined(separator: ", ")
    case .null: "-"
    case .number, .true, .false: Printable.text(String(decoding: value.raw, as: UTF8.self))
    }
  }
}
