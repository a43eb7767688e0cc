/// Text from elsewhere, safe to show on a screen or on paper.
package enum Visible {
  /// `text` with every character that could move the cursor, reorder or hide its neighbours, or
  /// break a document, written as `\u{…}`.
  ///
  /// A caller's name comes from the telephone network; it must not be able to rewrite what somebody
  /// reads about whether a recording was stopped.
  package static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isHarmful(scalar) {
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// Controls, line ends, and the invisible characters that reorder or hide their neighbours.
  /// Everything that XML 1.0 does not allow is among them.
  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
    default: false
    }
  }
}
