/// The first index from `start` on whose byte needs a closer look inside a string: a quote, a
/// backslash, a control character or the start of a character that is not ASCII.
///
/// It looks at eight bytes at once, since most of a message is names and plain values. In the mask
/// a byte's top bit is set if that byte needs the look. A borrow can set one wrongly, but only
/// above a byte that needs it, so the lowest set bit is always right.
func endOfPlainRun(_ bytes: Span<UInt8>, from start: Int) -> Int {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let tops: UInt64 = 0x8080_8080_8080_8080
  var index = start
  while index <= bytes.count - 8 {
    // A window of a constant size: one check for all eight bytes, and one load.
    let window = bytes.extracting(index..<(index + 8))
    var word: UInt64 = 0
    for offset in 0..<8 { word |= UInt64(window[offset]) << UInt64(offset * 8) }
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let control = (word &- ones &* 0x20) & ~word
    let mask =
      (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control | word) & tops
    if mask != 0 { return index + mask.trailingZeroBitCount / 8 }
    index += 8
  }
  while index < bytes.count {
    let byte = bytes[index]
    if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
    index += 1
  }
  return index
}

/// Behind the escape that begins at `start`; a pair of surrogates is one escape.
func endOfEscape(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
  guard start + 1 < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
  switch bytes[start + 1] {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
    UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
    return start + 2
  case UInt8(ascii: "u"): break
  default: throw JSONError(.invalidEscape, at: start)
  }
  switch try codeUnit(bytes, escapedAt: start) & 0xFC00 {
  case 0xDC00: throw JSONError(.loneSurrogate, at: start)
  case 0xD800: break
  default: return start + 6
  }
  let low = start + 6
  guard low < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
  guard bytes[low] == UInt8(ascii: "\\") else { throw JSONError(.loneSurrogate, at: start) }
  guard low + 1 < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
  guard bytes[low + 1] == UInt8(ascii: "u"),
    try codeUnit(bytes, escapedAt: low) & 0xFC00 == 0xDC00
  else { throw JSONError(.loneSurrogate, at: start) }
  return low + 6
}

/// The number that the four hexadecimal digits of the `\u` escape at `start` write.
private func codeUnit(
  _ bytes: Span<UInt8>, escapedAt start: Int
) throws(JSONError) -> UInt32 {
  var unit: UInt32 = 0
  for index in (start + 2)..<(start + 6) {
    guard index < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
    guard let digit = hexDigit(bytes[index]) else { throw JSONError(.invalidEscape, at: start) }
    unit = unit << 4 | UInt32(digit)
  }
  return unit
}

/// Behind the character of two to four bytes that begins at `start`, by table 3-7 of the Unicode
/// standard: no overlong form, no surrogate, nothing above U+10FFFF.
func endOfCharacter(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xBF
  switch bytes[start] {
  case 0xC2...0xDF: length = 2
  case 0xE0: (length, second) = (3, 0xA0...0xBF)
  case 0xED: (length, second) = (3, 0x80...0x9F)
  case 0xE1...0xEF: length = 3
  case 0xF0: (length, second) = (4, 0x90...0xBF)
  case 0xF4: (length, second) = (4, 0x80...0x8F)
  case 0xF1...0xF3: length = 4
  default: throw JSONError(.invalidUTF8, at: start)
  }
  for offset in 1..<length {
    guard start + offset < bytes.count else { throw JSONError(.endOfText, at: bytes.count) }
    let allowed = offset == 1 ? second : 0x80...0xBF
    guard allowed.contains(bytes[start + offset]) else {
      throw JSONError(.invalidUTF8, at: start)
    }
  }
  return start + length
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
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
        // The other half stands behind a backslash and a u.
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
