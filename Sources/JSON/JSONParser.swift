/// Validates a text against RFC 8259 in one pass and notes where each value begins and ends.
struct JSONParser {
  private let bytes: [UInt8]
  private let end: Int
  private(set) var position: Int
  private var nodes: [JSONNode] = []

  init(_ bytes: [UInt8], from start: Int = 0) {
    self.bytes = bytes
    end = bytes.count
    position = start
  }

  /// A whole text: one value and nothing but white space around it.
  mutating func parseText() throws(JSONError) -> [JSONNode] {
    guard end <= JSONLimits.textBytes else { throw JSONError(.tooLong, at: JSONLimits.textBytes) }
    // Twelve bytes a value is usual for platform messages; a wrong guess costs one growth.
    nodes.reserveCapacity(end / 12 + 4)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    try value(depth: 0)
    skipWhiteSpace()
    guard position == end else { throw JSONError(.trailingBytes, at: position) }
    return nodes
  }

  /// One value that begins at or behind the position; leaves the position behind it.
  mutating func parseValue() throws(JSONError) { try value(depth: 1) }

  mutating func skipWhiteSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(JSONError) {
    skipWhiteSpace()
    guard position < end else { throw JSONError(.endOfText, at: end) }
    switch bytes[position] {
    case UInt8(ascii: "{"): try object(depth: depth)
    case UInt8(ascii: "["): try array(depth: depth)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    case UInt8(ascii: "t"): try literal("true", .true)
    case UInt8(ascii: "f"): try literal("false", .false)
    case UInt8(ascii: "n"): try literal("null", .null)
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }

  private mutating func open(_ kind: JSONValue.Kind, depth: Int) throws(JSONError) -> Int {
    guard depth < JSONLimits.depth else { throw JSONError(.tooDeep, at: position) }
    nodes.append(JSONNode(kind: kind, start: UInt32(position), end: 0, next: 0))
    position += 1
    return nodes.count - 1
  }

  private mutating func close(_ index: Int) {
    position += 1
    nodes[index].end = UInt32(position)
    nodes[index].next = UInt32(nodes.count)
  }

  private mutating func append(
    _ kind: JSONValue.Kind, from start: Int, hasEscapes: Bool = false
  ) {
    nodes.append(
      JSONNode(
        kind: kind, hasEscapes: hasEscapes, start: UInt32(start), end: UInt32(position),
        next: UInt32(nodes.count + 1)))
  }

  private mutating func object(depth: Int) throws(JSONError) {
    let index = try open(.object, depth: depth)
    if try peek() == UInt8(ascii: "}") { return close(index) }
    while true {
      guard try peek() == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: position) }
      try string()
      guard try peek() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
      position += 1
      try value(depth: depth + 1)
      switch try peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"): return close(index)
      default: throw JSONError(.unexpectedByte, at: position)
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) {
    let index = try open(.array, depth: depth)
    if try peek() == UInt8(ascii: "]") { return close(index) }
    while true {
      try value(depth: depth + 1)
      switch try peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"): return close(index)
      default: throw JSONError(.unexpectedByte, at: position)
      }
    }
  }

  /// The next byte that is not white space.
  private mutating func peek() throws(JSONError) -> UInt8 {
    skipWhiteSpace()
    guard position < end else { throw JSONError(.endOfText, at: end) }
    return bytes[position]
  }

  private mutating func literal(
    _ text: StaticString, _ kind: JSONValue.Kind
  ) throws(JSONError) {
    let start = position
    for expected in text.description.utf8 {
      guard position < end else { throw JSONError(.endOfText, at: end) }
      guard bytes[position] == expected else { throw JSONError(.invalidLiteral, at: start) }
      position += 1
    }
    append(kind, from: start)
  }

  private mutating func number() throws(JSONError) {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < end, bytes[position] == UInt8(ascii: "0") {
      position += 1
      if position < end, isDigit(bytes[position]) { throw JSONError(.invalidNumber, at: position) }
    } else {
      try digits()
    }
    if position < end, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < end,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try digits()
    }
    append(.number, from: start)
  }

  private mutating func digits() throws(JSONError) {
    guard position < end else { throw JSONError(.endOfText, at: end) }
    guard isDigit(bytes[position]) else { throw JSONError(.invalidNumber, at: position) }
    while position < end, isDigit(bytes[position]) { position += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private mutating func string() throws(JSONError) {
    let start = position
    var hasEscapes = false
    position += 1
    while position < end {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return append(.string, from: start, hasEscapes: hasEscapes)
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try escape()
      } else if byte < 0x20 {
        throw JSONError(.controlCharacter, at: position)
      } else if byte < 0x80 {
        position += 1
      } else {
        try multibyte(byte)
      }
    }
    throw JSONError(.endOfText, at: end)
  }

  private mutating func escape() throws(JSONError) {
    let start = position
    guard position + 1 < end else { throw JSONError(.endOfText, at: end) }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      let unit = try hexUnit()
      if unit & 0xFC00 == 0xDC00 { throw JSONError(.loneSurrogate, at: start) }
      if unit & 0xFC00 == 0xD800 {
        guard position + 1 < end else { throw JSONError(.endOfText, at: end) }
        guard bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u"),
          try hexUnit() & 0xFC00 == 0xDC00
        else { throw JSONError(.loneSurrogate, at: start) }
      }
    default: throw JSONError(.invalidEscape, at: start)
    }
  }

  /// Reads `\uXXXX` at the position.
  private mutating func hexUnit() throws(JSONError) -> UInt16 {
    guard position + 6 <= end else { throw JSONError(.endOfText, at: end) }
    var unit: UInt16 = 0
    for offset in 2..<6 {
      guard let digit = hexDigit(bytes[position + offset]) else {
        throw JSONError(.invalidEscape, at: position)
      }
      unit = unit << 4 | UInt16(digit)
    }
    position += 6
    return unit
  }

  /// One character of two to four bytes, by table 3-7 of the Unicode standard: no overlong form,
  /// no surrogate, nothing above U+10FFFF.
  private mutating func multibyte(_ lead: UInt8) throws(JSONError) {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: throw JSONError(.invalidUTF8, at: position)
    }
    for offset in 1..<length {
      guard position + offset < end else { throw JSONError(.endOfText, at: end) }
      let allowed = offset == 1 ? second : 0x80...0xBF
      guard allowed.contains(bytes[position + offset]) else {
        throw JSONError(.invalidUTF8, at: position)
      }
    }
    position += length
  }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// Resolves the escapes of a string that has been validated.
func unescape(_ content: ArraySlice<UInt8>) -> String {
  var result: [UInt8] = []
  result.reserveCapacity(content.count)
  var index = content.startIndex
  func unit(at index: Int) -> UInt32 {
    content[index..<(index + 4)].reduce(0) { $0 << 4 | UInt32(hexDigit($1) ?? 0) }
  }
  while index < content.endIndex {
    guard content[index] == UInt8(ascii: "\\") else {
      result.append(content[index])
      index += 1
      continue
    }
    let letter = content[index + 1]
    index += 2
    switch letter {
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = unit(at: index)
      index += 4
      if scalar & 0xFC00 == 0xD800 {
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + unit(at: index + 2) & 0x3FF
        index += 6
      }
      let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
      result.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
    default: result.append(letter)
    }
  }
  return String(decoding: result, as: UTF8.self)
}
