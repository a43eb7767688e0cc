/// A piece of a text that should have been an array of values.
package enum JSONPiece: Sendable, Equatable {
  /// An element that is whole.
  case value(JSONValue)
  /// Bytes that are no JSON value, as they came, and why. No bytes: something is missing there,
  /// an element between two commas or the end of the array.
  case malformed(bytes: ArraySlice<UInt8>, JSONError)
}

extension JSONValue {
  /// Reads a text that should be an array of values (or one value that is not an array), and saves
  /// every whole value around what cannot be read.
  ///
  /// A broken element costs itself alone as long as its brackets and quotes balance; otherwise the
  /// rest of the text is one malformed piece. Nothing is looked for inside a malformed piece: what
  /// stands in a string there must never become a message. No byte is dropped but white space, the
  /// array's own punctuation and a byte order mark: it is in a value or in a malformed piece. A
  /// number that the end of the text cuts off may have lost digits, so it is malformed. The offset
  /// of each error, like the slice's indices, counts from the start of `bytes`.
  package static func salvage(_ bytes: [UInt8]) -> [JSONPiece] {
    do throws(JSONError) {
      let value = try parse(bytes)
      return value.kind == .array ? value.elements.map { .value($0) } : [.value(value)]
    } catch {
      return salvageElements(of: bytes, wholeError: error)
    }
  }

  private static func salvageElements(of bytes: [UInt8], wholeError: JSONError) -> [JSONPiece] {
    var position = skipWhiteSpace(bytes, from: byteOrderMarkEnd(bytes.span))
    guard position < bytes.count, bytes[position] == UInt8(ascii: "[") else {
      return [.malformed(bytes: bytes[...], wholeError)]
    }
    var pieces: [JSONPiece] = []
    position = skipWhiteSpace(bytes, from: position + 1)
    let isEmpty = position < bytes.count && bytes[position] == UInt8(ascii: "]")
    while position < bytes.count {
      let end = boundary(in: bytes, from: position)
      if !isEmpty { pieces.append(piece(bytes, from: position, to: end)) }
      guard end < bytes.count else { break }
      if bytes[end] == UInt8(ascii: "]") { return noteTrailing(pieces, bytes, behind: end + 1) }
      position = skipWhiteSpace(bytes, from: end + 1)
    }
    return noteCut(pieces, bytes)
  }

  /// The element between two bounds: a value only if it fills the room up to white space.
  private static func piece(_ bytes: [UInt8], from start: Int, to bound: Int) -> JSONPiece {
    let slice = trimmed(bytes[start..<bound])
    do throws(JSONError) {
      let nodes = try JSONParser.element(bytes.span, at: start)
      let end = Int(nodes[0].end)
      guard end == slice.endIndex else { throw JSONError(.unexpectedByte, at: firstByte(end)) }
      guard nodes[0].kind != .number || bound < bytes.count else {
        throw JSONError(.endOfText, at: bytes.count)
      }
      return .value(JSONValue(text: JSONText(bytes: bytes, nodes: nodes), index: 0))
    } catch {
      return .malformed(bytes: slice, error)
    }
    func firstByte(_ index: Int) -> Int { skipWhiteSpace(bytes, from: index) }
  }

  /// The text ended before its array did: when no piece says so, an empty malformed one does.
  private static func noteCut(_ pieces: [JSONPiece], _ bytes: [UInt8]) -> [JSONPiece] {
    if case .malformed(_, let error)? = pieces.last, error.reason == .endOfText { return pieces }
    let missing = JSONError(.endOfText, at: bytes.count)
    return pieces + [.malformed(bytes: bytes[bytes.endIndex...], missing)]
  }

  private static func noteTrailing(
    _ pieces: [JSONPiece], _ bytes: [UInt8], behind end: Int
  ) -> [JSONPiece] {
    let rest = trimmed(bytes[skipWhiteSpace(bytes, from: end)...])
    if rest.isEmpty { return pieces }
    return pieces + [.malformed(bytes: rest, JSONError(.trailingBytes, at: rest.startIndex))]
  }

  /// Where the element that begins at `start` seems to end: at the comma or bracket of the array
  /// around it, found by counting brackets outside strings.
  private static func boundary(in bytes: [UInt8], from start: Int) -> Int {
    var depth = 0
    var inString = false
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if inString {
        if byte == UInt8(ascii: "\\") { index += 1 }
        if byte == UInt8(ascii: "\"") { inString = false }
      } else {
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        case UInt8(ascii: "]"):
          if depth <= 0 { return index }
          depth -= 1
        case UInt8(ascii: ","):
          if depth <= 0 { return index }
        default: break
        }
      }
      index += 1
    }
    return bytes.count
  }

  private static func skipWhiteSpace(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start
    while index < bytes.count, isWhiteSpace(bytes[index]) { index += 1 }
    return index
  }

  /// Without the white space at its end.
  private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = slice.endIndex
    while end > slice.startIndex, isWhiteSpace(slice[end - 1]) { end -= 1 }
    return slice[slice.startIndex..<end]
  }
}
