/// A piece of a text that should have been an array of values.
package enum JSONPiece: Sendable, Equatable {
  case value(JSONValue)
  /// Bytes that are no JSON value, as they came, and why.
  case malformed(bytes: ArraySlice<UInt8>, JSONError)
}

extension JSONValue {
  /// Reads a text that should be an array of values (or one value that is not an array), and saves
  /// every whole value around what cannot be read.
  ///
  /// A broken element costs itself alone as long as its brackets and quotes balance; otherwise the
  /// rest of the text is one malformed piece. No byte other than white space and the array's own
  /// punctuation is dropped: it is in a value or in a malformed piece. The offset of each error
  /// counts from the start of `bytes`.
  package static func salvage(_ bytes: [UInt8]) -> [JSONPiece] {
    do throws(JSONError) {
      let value = try parse(bytes)
      return value.kind == .array ? value.elements.map { .value($0) } : [.value(value)]
    } catch {
      return salvageElements(of: bytes, wholeError: error)
    }
  }

  private static func salvageElements(of bytes: [UInt8], wholeError: JSONError) -> [JSONPiece] {
    var start = JSONParser(bytes, from: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    start.skipWhiteSpace()
    guard start.position < bytes.count, bytes[start.position] == UInt8(ascii: "[") else {
      return [.malformed(bytes: bytes[...], wholeError)]
    }
    var pieces: [JSONPiece] = []
    var position = start.position + 1
    while position < bytes.count {
      var element = JSONParser(bytes, from: position)
      element.skipWhiteSpace()
      let from = element.position
      guard from < bytes.count else { break }
      if bytes[from] == UInt8(ascii: "]"), position == start.position + 1 {
        position = from
      } else {
        let end = boundary(in: bytes, from: from)
        let slice = trimmed(bytes[from..<end])
        pieces.append(piece(slice, of: bytes))
        position = end
      }
      guard position < bytes.count else { return noteCut(pieces, bytes, wholeError) }
      if bytes[position] == UInt8(ascii: "]") {
        return noteTrailing(pieces, bytes, behind: position + 1)
      }
      position += 1
    }
    return noteCut(pieces, bytes, wholeError)
  }

  private static func piece(_ slice: ArraySlice<UInt8>, of bytes: [UInt8]) -> JSONPiece {
    do throws(JSONError) {
      return .value(try parse(Array(slice)))
    } catch {
      return .malformed(bytes: slice, JSONError(error.reason, at: error.offset + slice.startIndex))
    }
  }

  /// The text ended before its array did: when no piece says so, an empty malformed one does.
  private static func noteCut(
    _ pieces: [JSONPiece], _ bytes: [UInt8], _ error: JSONError
  ) -> [JSONPiece] {
    if case .malformed? = pieces.last { return pieces }
    return pieces + [
      .malformed(bytes: bytes[bytes.endIndex...], JSONError(.endOfText, at: bytes.count))
    ]
  }

  private static func noteTrailing(
    _ pieces: [JSONPiece], _ bytes: [UInt8], behind end: Int
  ) -> [JSONPiece] {
    let rest = trimmed(bytes[end...])
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

  private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool {
      byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
    var slice = slice.drop(while: isSpace)
    while let last = slice.last, isSpace(last) { slice = slice.dropLast() }
    return slice
  }
}
