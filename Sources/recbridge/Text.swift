import JSON

/// JSON values in words.
enum Text {
  /// A value on one line: texts as they are, lists and objects as their parts.
  static func of(_ value: JSONValue) -> String {
    switch value.kind {
    case .string: Printable.text(value.string ?? "")
    case .array: value.elements.map(of).joined(separator: ", ")
    case .object:
      value.members.map { "\(Printable.text($0.name)) \(of($0.value))" }.joined(separator: ", ")
    case .null: "-"
    case .number, .true, .false: String(decoding: value.raw, as: UTF8.self)
    }
  }

  /// A text of at most `sizeMax` characters; of a longer one the beginning and the end.
  static func shortened(_ text: String, to sizeMax: Int) -> String {
    guard text.count > sizeMax else { return text }
    let half = (sizeMax - 1) / 2
    return "\(text.prefix(sizeMax - 1 - half))…\(text.suffix(half))"
  }

  /// A number of milliseconds with its unit; tenths only where they matter. Nil for what is none.
  static func milliseconds(_ value: JSONValue) -> String? {
    guard let number = value.double, let whole = Int64(exactly: number.rounded()) else {
      return nil
    }
    let tenths = (number * 10).rounded() / 10
    return tenths < 10 && tenths != tenths.rounded() ? "\(tenths) ms" : "\(whole) ms"
  }
}
