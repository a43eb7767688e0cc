/// Swift source with the insides of its strings and comments blanked, line for line: what is left is
/// code, so that counting braces and looking for words cannot be misled.
///
/// It knows line and nested block comments, strings of one and several lines, raw strings,
/// interpolations with strings in them, and names in backticks. Regular expression literals it does not know; the house
/// uses none.
struct SourceText {
  private enum Place: Equatable {
    case code(parentheses: Int)
    case string(hashes: Int, isMultiline: Bool)
    case lineComment
    case blockComment(depth: Int)
  }

  /// In bytes, since the tree is large and characters are slow; all that matters here is ASCII.
  private var rest: ArraySlice<UInt8>
  private var places: [Place] = [.code(parentheses: 0)]
  private var code: [UInt8] = []

  static func code(of text: String) -> String {
    var source = SourceText(rest: Array(text.utf8)[...])
    while let place = source.places.last, !source.rest.isEmpty { source.step(place) }
    return String(decoding: source.code, as: UTF8.self)
  }

  private mutating func step(_ place: Place) {
    switch place {
    case .code(let parentheses): stepCode(parentheses)
    case .string(let hashes, let isMultiline): stepString(hashes, isMultiline)
    case .lineComment:
      if rest.first == UInt8(ascii: "\n") { replace(nil) } else { blank(1) }
    case .blockComment(let depth):
      if has("*/") {
        blank(2)
        replace(depth == 1 ? nil : .blockComment(depth: depth - 1))
      } else if has("/*") {
        blank(2)
        replace(.blockComment(depth: depth + 1))
      } else {
        blank(1)
      }
    }
  }

  private mutating func stepCode(_ parentheses: Int) {
    if has("//") { return enter(.lineComment, length: 2) }
    if has("/*") { return enter(.blockComment(depth: 1), length: 2) }
    switch rest.first {
    case UInt8(ascii: "`"): return blank(2 + rest.dropFirst().prefix { $0 != 0x60 }.count)
    case UInt8(ascii: "#"), UInt8(ascii: "\""):
      let hashes = rest.prefix { $0 == UInt8(ascii: "#") }.count
      if has("\"\"\"", behind: hashes) {
        return enter(.string(hashes: hashes, isMultiline: true), length: hashes + 3)
      }
      if has("\"", behind: hashes) {
        return enter(.string(hashes: hashes, isMultiline: false), length: hashes + 1)
      }
    case UInt8(ascii: "("): replace(.code(parentheses: parentheses + 1))
    // The parenthesis that closes an interpolation.
    case UInt8(ascii: ")") where parentheses == 0 && places.count > 1: replace(nil)
    case UInt8(ascii: ")"): replace(.code(parentheses: parentheses - 1))
    default: break
    }
    keep()
  }

  private mutating func stepString(_ hashes: Int, _ isMultiline: Bool) {
    let marks = String(repeating: "#", count: hashes)
    let quotes = isMultiline ? "\"\"\"" : "\""
    if has(quotes + marks) {
      blank(quotes.utf8.count + hashes)
      replace(nil)
    } else if has("\\" + marks + "(") {
      blank(1 + hashes)
      keep()
      places.append(.code(parentheses: 0))
    } else {
      blank(has("\\" + marks) ? 2 + hashes : 1)
    }
  }

  private func has(_ text: String, behind count: Int = 0) -> Bool {
    rest.dropFirst(count).starts(with: text.utf8)
  }

  private mutating func keep() {
    if let byte = rest.popFirst() { code.append(byte) }
  }

  private mutating func enter(_ place: Place, length: Int) {
    blank(length)
    places.append(place)
  }

  private mutating func replace(_ place: Place?) {
    places.removeLast()
    if let place { places.append(place) }
  }

  private mutating func blank(_ count: Int) {
    for byte in rest.prefix(count) {
      code.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
    }
    rest = rest.dropFirst(count)
  }
}

extension String {
  /// The lines with their numbers, from 1. A line is what ends at U+000A and nothing else.
  var numberedLines: [(number: Int, text: Substring)] {
    split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
      (number: $0.offset + 1, text: $0.element)
    }
  }

  /// Whether `word` stands here with no letter, digit or underscore beside it.
  func contains(word: String) -> Bool {
    var from = startIndex
    while let found = self[from...].firstRange(of: word) {
      let before = self[..<found.lowerBound].last
      let after = self[found.upperBound...].first
      if !isPartOfWord(before), !isPartOfWord(after) { return true }
      from = found.upperBound
    }
    return false
  }
}

private func isPartOfWord(_ character: Character?) -> Bool {
  character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
}
