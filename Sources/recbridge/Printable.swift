/// Makes text from elsewhere safe to show on a terminal.
enum Printable {
  /// `text` with every character that could move the cursor, colour or hide something made visible.
  ///
  /// A caller's name comes from the telephone network; it must not be able to rewrite the screen on
  /// which somebody reads whether a recording was stopped.
  static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isUnsafe(scalar) {
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// Controls, line ends, and the invisible characters that reorder or hide their neighbours.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
    default: false
    }
  }
}
