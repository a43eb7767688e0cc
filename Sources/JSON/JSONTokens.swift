/// Behind the string whose quote stands at `start`.
func endOfString(
  _ bytes: Span<UInt8>, from start: Int, hasEscapes: inout Bool
) throws(JSONError) -> Int {
  var index = start + 1
  while true {
    index = endOfPlainRun(bytes, from: index)
    guard index < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
    switch bytes[index] {
    case UInt8(ascii: "\""): return index + 1
    case UInt8(ascii: "\\"):
      hasEscapes = true
      index = try endOfEscape(bytes, from: index)
    case 0x80...: index = try endOfCharacter(bytes, from: index)
    default: throw JSONError(.controlCharacter, at: index)
    }
  }
}

/// Behind `text`, which must stand at `start`.
func endOfLiteral(
  _ bytes: Span<UInt8>, _ text: String, from start: Int
) throws(JSONError) -> Int {
  var index = start
  for expected in text.utf8 {
    guard index < bytes.count else { throw JSONError(.endOfText, at: index) }
    guard bytes[index] == expected else { throw JSONError(.invalidLiteral, at: start) }
    index += 1
  }
  return index
}

/// Behind the number that begins at `start`.
func endOfNumber(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
  var index = start
  if bytes[index] == UInt8(ascii: "-") { index += 1 }
  if index < bytes.count, bytes[index] == UInt8(ascii: "0") {
    index += 1
    if index < bytes.count, isDigit(bytes[index]) { throw JSONError(.invalidNumber, at: index) }
  } else {
    index = try endOfDigits(bytes, from: index)
  }
  if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
    index = try endOfDigits(bytes, from: index + 1)
  }
  if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
    index += 1
    if index < bytes.count,
      bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
    {
      index += 1
    }
    index = try endOfDigits(bytes, from: index)
  }
  return index
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// Behind one digit or more.
private func endOfDigits(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
  guard start < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
  guard isDigit(bytes[start]) else { throw JSONError(.invalidNumber, at: start) }
  var index = start + 1
  while index < bytes.count, isDigit(bytes[index]) { index += 1 }
  return index
}
