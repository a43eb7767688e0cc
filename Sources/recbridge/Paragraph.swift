/// Text in lines that fit the narrowest terminal that people use.
enum Paragraph {
  /// The classic width, less one column for terminals that wrap too early.
  static let width = 79

  /// `text` in lines of at most `width` characters: the first behind `lead`, the others below its
  /// end. A word that is longer than a line, such as a file's name, is not cut.
  static func lines(_ lead: String, _ text: String) -> [String] {
    let indent = String(repeating: " ", count: lead.count)
    var lines: [String] = []
    var line = lead
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = indent
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }
}
