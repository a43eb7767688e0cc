/// Validates a text against RFC 8259 in one pass and notes where each value begins and ends.
///
/// The bytes are a parameter of every step: a span cannot be stored, and reading through one is
/// bounds-checked but, unlike an array that is a property, neither counted nor copied.
struct JSONParser {
  private var position: Int
  private(set) var nodes: [JSONNode] = []

  private init(at start: Int) { position = start }

  /// A whole text: one value, and around it nothing but white space and a byte order mark in front.
  static func text(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONNode] {
    guard bytes.count <= JSONLimits.textBytes else {
      throw JSONError(.tooLong, at: JSONLimits.textBytes)
    }
    var parser = JSONParser(at: byteOrderMarkEnd(bytes))
    // A value in twelve bytes is usual for platform messages; a wrong guess costs one growth.
    parser.nodes.reserveCapacity(bytes.count / 12 + 4)
    try parser.value(bytes, depth: 0)
    parser.skipWhiteSpace(bytes)
    guard parser.position == bytes.count else {
      throw JSONError(.trailingBytes, at: parser.position)
    }
    return parser.nodes
  }

  /// The one value that begins at `start`, as an element of an array around it; what follows it is
  /// not looked at.
  static func element(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> [JSONNode] {
    guard bytes.count <= JSONLimits.textBytes else {
      throw JSONError(.tooLong, at: JSONLimits.textBytes)
    }
    var parser = JSONParser(at: start)
    try parser.value(bytes, depth: 1)
    return parser.nodes
  }

  private mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
    while position < bytes.count, isWhiteSpace(bytes[position]) { position += 1 }
  }

  /// The next byte that is not white space, at which the position then is.
  private mutating func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      if !isWhiteSpace(byte) { return byte }
      position += 1
    }
    throw JSONError(.endOfText, at: bytes.count)
  }

  private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
    switch try peek(bytes) {
    case UInt8(ascii: "\""): try string(bytes)
    case UInt8(ascii: "{"): try object(bytes, depth: depth)
    case UInt8(ascii: "["): try array(bytes, depth: depth)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(bytes)
    case UInt8(ascii: "t"): try literal(bytes, "true", .true)
    case UInt8(ascii: "f"): try literal(bytes, "false", .false)
    case UInt8(ascii: "n"): try literal(bytes, "null", .null)
    default: throw JSONError(.unexpectedByte, at: position)
    }
  }

  private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
    let index = try open(.object, depth: depth)
    if try peek(bytes) == UInt8(ascii: "}") { return close(index) }
    while true {
      guard try peek(bytes) == UInt8(ascii: "\"") else {
        throw JSONError(.unexpectedByte, at: position)
      }
      try string(bytes)
      guard try peek(bytes) == UInt8(ascii: ":") else {
        throw JSONError(.unexpectedByte, at: position)
      }
      position += 1
      try value(bytes, depth: depth + 1)
      switch try peek(bytes) {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"): return close(index)
      default: throw JSONError(.unexpectedByte, at: position)
      }
    }
  }

  private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
    let index = try open(.array, depth: depth)
    if try peek(bytes) == UInt8(ascii: "]") { return close(index) }
    while true {
      try value(bytes, depth: depth + 1)
      switch try peek(bytes) {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"): return close(index)
      default: throw JSONError(.unexpectedByte, at: position)
      }
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

  /// Notes a value without parts, from the position to `end`, and goes on behind it.
  private mutating func append(_ kind: JSONValue.Kind, to end: Int, hasEscapes: Bool = false) {
    nodes.append(
      JSONNode(
        kind: kind, hasEscapes: hasEscapes, start: UInt32(position), end: UInt32(end),
        next: UInt32(nodes.count + 1)))
    position = end
  }

  private mutating func string(_ bytes: Span<UInt8>) throws(JSONError) {
    var hasEscapes = false
    let end = try endOfString(bytes, from: position, hasEscapes: &hasEscapes)
    append(.string, to: end, hasEscapes: hasEscapes)
  }

  private mutating func literal(
    _ bytes: Span<UInt8>, _ text: String, _ kind: JSONValue.Kind
  ) throws(JSONError) {
    append(kind, to: try endOfLiteral(bytes, text, from: position))
  }

  private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
    append(.number, to: try endOfNumber(bytes, from: position))
  }
}

/// Behind the byte order mark that RFC 8259 section 8.1 lets a reader pass over; 0 without one.
func byteOrderMarkEnd(_ bytes: Span<UInt8>) -> Int {
  bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
}

func isWhiteSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}
