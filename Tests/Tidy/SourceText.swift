/// Swift source with the insides of its strings and comments blanked, line for line: what is left is
/// code, so that counting braces and looking for words cannot be misled.
///
/// It knows line and nested block comments, strings of one and several lines, raw strings, and
/// interpolations with strings in them. Regular expression literals it does not know; the house
/// uses none.
struct SourceText {
  private enum Place: Equatable {
    case code(parentheses: Int)
    case string(hashes: Int, isMultiline: Bool)
    case lineComment
    case blockComment(depth: Int)
  }

  private var rest: Substring
  private var places: [Place] = [.code(parentheses: 0)]
  private var code = ""

  static func code(of text: String) -> String {
    var source = SourceText(rest: text[...])
    while let place = source.places.last, !source.rest.isEmpty { source.step(place) }
    return source.code
  }

  private mutating func step(_ place: Place) {
    switch place {
    case .code(let parentheses): stepCode(parentheses)
    case .string(let hashes, let isMultiline): stepString(hashes, isMultiline)
    case .lineComment:
      if rest.first?.isNewline == true { places.removeLast() } else { blank(1) }
      if places.last == .lineComment { return }
    case .blockComment(let depth):
      if rest.hasPrefix("*/") {
        blank(2)
        replace(depth == 1 ? nil : .blockComment(depth: depth - 1))
      } else if rest.hasPrefix("/*") {
        blank(2)
        replace(.blockComment(depth: depth + 1))
      } else {
        blank(1)
      }
    }
  }

  private mutating func stepCode(_ parentheses: Int) {
    if rest.hasPrefix("//") { return enter(.lineComment, length: 2) }
    if rest.hasPrefix("/*") { return enter(.blockComment(depth: 1), length: 2) }
    let hashes = rest.prefix { $0 == "#" }.count
    let quoted = rest.dropFirst(hashes)
    if quoted.hasPrefix("\"\"\"") {
      return enter(.string(hashes: hashes, isMultiline: true), length: hashes + 3)
    }
    if quoted.hasPrefix("\"") {
      return enter(.string(hashes: hashes, isMultiline: false), length: hashes + 1)
    }
    switch rest.first {
    case "(": replace(.code(parentheses: parentheses + 1))
    // The parenthesis that closes an interpolation.
    case ")" where parentheses == 0 && places.count > 1: replace(nil)
    case ")": replace(.code(parentheses: parentheses - 1))
    default: break
    }
    code.append(rest.removeFirst())
  }

  private mutating func stepString(_ hashes: Int, _ isMultiline: Bool) {
    let marks = String(repeating: "#", count: hashes)
    let quotes = isMultiline ? "\"\"\"" : "\""
    if rest.hasPrefix(quotes + marks) {
      blank(quotes.count + hashes)
      replace(nil)
    } else if rest.hasPrefix("\\" + marks + "(") {
      blank(1 + hashes)
      code.append(rest.removeFirst())
      places.append(.code(parentheses: 0))
    } else if rest.hasPrefix("\\" + marks) {
      blank(min(rest.count, 2 + hashes))
    } else {
      blank(1)
    }
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
    for character in rest.prefix(count) { code.append(character.isNewline ? character : " ") }
    rest.removeFirst(count)
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
