extension JSONValue {
  /// Validates a text as ``parse(_:)`` does, and hands out where the members of its object stand,
  /// in order, quotes included; nothing if it is no object.
  ///
  /// Nothing is noted and nothing kept, for whoever reads millions and looks at each once: a third
  /// of the time. What it has handed out before it throws means nothing.
  ///
  /// - Parameter body: whether to go on; what is behind a member at which it is not is not looked
  ///   at.
  package static func forEachMember(
    of bytes: Span<UInt8>, _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Bool
  ) throws(JSONError) {
    guard bytes.count <= JSONLimits.textBytes else {
      throw JSONError(.tooLong, at: JSONLimits.textBytes)
    }
    let start = try nextToken(bytes, from: byteOrderMarkEnd(bytes))
    var end = try endOfValue(bytes, from: start, depth: 0, body)
    while end < bytes.count, isWhiteSpace(bytes[end]) { end += 1 }
    guard end == bytes.count else { throw JSONError(.trailingBytes, at: end) }
  }

  /// The first member with this name, in a text whose names have no escapes; nil if there is none,
  /// or the text is no object up to there.
  package static func member(_ name: String, of bytes: [UInt8]) -> JSONValue? {
    let wanted = Array("\"\(name)\"".utf8)
    let text = bytes.span
    var found: Range<Int>?
    do throws(JSONError) {
      try forEachMember(of: text) { name, value in
        if name.count == wanted.count, wanted.elementsEqual(bytes[name]) { found = value }
        return found == nil
      }
    } catch {
      return nil
    }
    return found.flatMap { try? parse(Array(bytes[$0])) }
  }
}

/// Behind the value that begins at `start`. The position goes from hand to hand in a register: that
/// is what makes it faster than a parser that has one.
private func endOfValue(
  _ bytes: Span<UInt8>, from start: Int, depth: Int,
  _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Bool
) throws(JSONError) -> Int {
  switch bytes[start] {
  case UInt8(ascii: "\""):
    var hasEscapes = false
    return try endOfString(bytes, from: start, hasEscapes: &hasEscapes)
  case UInt8(ascii: "{"): return try endOfObject(bytes, from: start, depth: depth, body)
  case UInt8(ascii: "["): return try endOfArray(bytes, from: start, depth: depth)
  case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
    return try endOfNumber(bytes, from: start)
  case UInt8(ascii: "t"): return try endOfLiteral(bytes, "true", from: start)
  case UInt8(ascii: "f"): return try endOfLiteral(bytes, "false", from: start)
  case UInt8(ascii: "n"): return try endOfLiteral(bytes, "null", from: start)
  default: throw JSONError(.unexpectedByte, at: start)
  }
}

/// Behind the object whose brace stands at `start`, or behind the text where `body` has what it
/// wants; members of inner objects are nobody's business.
private func endOfObject(
  _ bytes: Span<UInt8>, from start: Int, depth: Int,
  _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Bool
) throws(JSONError) -> Int {
  guard depth < JSONLimits.depth else { throw JSONError(.tooDeep, at: start) }
  var index = try nextToken(bytes, from: start + 1)
  if bytes[index] == UInt8(ascii: "}") { return index + 1 }
  while true {
    guard bytes[index] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: index) }
    var hasEscapes = false
    let endOfName = try endOfString(bytes, from: index, hasEscapes: &hasEscapes)
    let colon = try nextToken(bytes, from: endOfName)
    guard bytes[colon] == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: colon) }
    let value = try nextToken(bytes, from: colon + 1)
    let end = try endOfValue(bytes, from: value, depth: depth + 1) { _, _ in true }
    guard body(index..<endOfName, value..<end) else { return bytes.count }
    index = try nextToken(bytes, from: end)
    if bytes[index] == UInt8(ascii: "}") { return index + 1 }
    guard bytes[index] == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte, at: index) }
    index = try nextToken(bytes, from: index + 1)
  }
}

/// Behind the array whose bracket stands at `start`.
private func endOfArray(
  _ bytes: Span<UInt8>, from start: Int, depth: Int
) throws(JSONError) -> Int {
  guard depth < JSONLimits.depth else { throw JSONError(.tooDeep, at: start) }
  var index = try nextToken(bytes, from: start + 1)
  if bytes[index] == UInt8(ascii: "]") { return index + 1 }
  while true {
    let end = try endOfValue(bytes, from: index, depth: depth + 1) { _, _ in true }
    index = try nextToken(bytes, from: end)
    if bytes[index] == UInt8(ascii: "]") { return index + 1 }
    guard bytes[index] == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte, at: index) }
    index = try nextToken(bytes, from: index + 1)
  }
}

/// The next byte that is not white space. Between two tokens of a compact text there is none, so a
/// call would be most of it.
@inline(__always)
private func nextToken(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
  var index = start
  while index < bytes.count {
    if bytes[index] > 0x20 || !isWhiteSpace(bytes[index]) { return index }
    index += 1
  }
  throw JSONError(.endOfText, at: bytes.count)
}
