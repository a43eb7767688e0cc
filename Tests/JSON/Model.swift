import JSON

/// What a text means, free of how it was written; strings are code units, since `==` of two
/// `String`s takes canonically equivalent ones for equal.
indirect enum Model: Equatable {
  struct Member: Equatable {
    let name: [UInt8]
    let value: Model
  }

  case object([Member])
  case array([Model])
  case string([UInt8])
  /// As it is written.
  case number([UInt8])
  case bool(Bool)
  case null

  init(_ value: JSONValue) {
    switch value.kind {
    case .object:
      self = .object(
        value.members.map { Member(name: Array($0.name.utf8), value: Model($0.value)) })
    case .array: self = .array(value.elements.map { Model($0) })
    case .string: self = .string(Array((value.string ?? "").utf8))
    case .number: self = .number(Array(value.raw))
    case .true: self = .bool(true)
    case .false: self = .bool(false)
    case .null: self = .null
    }
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.object { writer in
        for member in members {
          writer.name(String(decoding: member.name, as: UTF8.self))
          member.value.write(to: &writer)
        }
      }
    case .array(let elements):
      writer.array { writer in for element in elements { element.write(to: &writer) } }
    case .string(let units): writer.value(String(decoding: units, as: UTF8.self))
    case .number(let digits): writer.raw(digits)
    case .bool(let bool): writer.value(bool)
    case .null: writer.null()
    }
  }
}

/// The grammar of RFC 8259 a second time, as plainly as can be and sharing nothing with the reader:
/// it works on Unicode scalars, and the standard library decides what UTF-8 is.
struct ReferenceReader {
  private var scalars: ArraySlice<Unicode.Scalar>

  static func read(_ bytes: [UInt8]) -> Model? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    var reader = ReferenceReader(scalars: Array(text.unicodeScalars)[...])
    if reader.scalars.first == "\u{FEFF}" { reader.scalars.removeFirst() }
    guard let model = reader.value(room: JSONLimits.depth) else { return nil }
    reader.space()
    return reader.scalars.isEmpty ? model : nil
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard scalars.first == scalar else { return false }
    scalars.removeFirst()
    return true
  }

  private mutating func takeAll(_ text: String) -> Bool {
    guard scalars.starts(with: text.unicodeScalars) else { return false }
    scalars.removeFirst(text.unicodeScalars.count)
    return true
  }

  private mutating func space() {
    while let next = scalars.first, " \t\r\n".unicodeScalars.contains(next) {
      scalars.removeFirst()
    }
  }

  private mutating func value(room: Int) -> Model? {
    space()
    if takeAll("true") { return .bool(true) }
    if takeAll("false") { return .bool(false) }
    if takeAll("null") { return .null }
    if take("\"") { return string().map { .string($0) } }
    if take("[") { return room == 0 ? nil : array(room: room - 1) }
    if take("{") { return room == 0 ? nil : object(room: room - 1) }
    return number()
  }

  private mutating func array(room: Int) -> Model? {
    var elements: [Model] = []
    space()
    if take("]") { return .array([]) }
    repeat {
      guard let element = value(room: room) else { return nil }
      elements.append(element)
      space()
    } while take(",")
    return take("]") ? .array(elements) : nil
  }

  private mutating func object(room: Int) -> Model? {
    var members: [Model.Member] = []
    space()
    if take("}") { return .object([]) }
    repeat {
      space()
      guard take("\""), let name = string() else { return nil }
      space()
      guard take(":"), let value = value(room: room) else { return nil }
      members.append(Model.Member(name: name, value: value))
      space()
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func number() -> Model? {
    let start = scalars
    _ = take("-")
    if !take("0"), !digits() { return nil }
    if take("."), !digits() { return nil }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if !digits() { return nil }
    }
    return .number(start.prefix(start.count - scalars.count).map { UInt8(ascii: $0) })
  }

  private mutating func digits() -> Bool {
    let rest = scalars.drop { ("0"..."9").contains($0) }
    defer { scalars = rest }
    return rest.count < scalars.count
  }

  /// The rest of a string as UTF-8: through UTF-16, in which two surrogates are a character and one
  /// is an error that the standard library finds.
  private mutating func string() -> [UInt8]? {
    var units: [UInt16] = []
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\"":
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
      case "\\":
        guard let unit = escape() else { return nil }
        units.append(unit)
      case "\u{00}"..."\u{1F}": return nil
      default: units.append(contentsOf: UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter)
      }
    }
    return nil
  }

  private mutating func escape() -> UInt16? {
    guard let letter = scalars.popFirst() else { return nil }
    switch letter {
    case "\"", "\\", "/": return UInt16(letter.value)
    case "b": return 8
    case "t": return 9
    case "n": return 10
    case "f": return 12
    case "r": return 13
    case "u":
      let digits = String(String.UnicodeScalarView(scalars.prefix(4)))
      guard digits.unicodeScalars.count == 4, digits.first != "+", digits.first != "-" else {
        return nil
      }
      scalars.removeFirst(4)
      return UInt16(digits, radix: 16)
    default: return nil
    }
  }
}
