import Report

/// Makes text from elsewhere safe to show on a terminal.
enum Printable {
  /// `text` with every character that could move the cursor, colour or hide something made visible.
  static func text(_ text: String) -> String { Visible.text(text) }
}
