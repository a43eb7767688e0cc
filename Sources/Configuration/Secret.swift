/// A text that is never printed: not by `print`, not by a dump, not as a part of another value.
///
/// It is not `Codable`, and has no way to its text but `reveal()`, so that every place where a
/// secret leaves this type can be found by that one word.
package struct Secret: Sendable {
  private let text: String
  /// The file it was read from, which may hold another one by now: see ``SecretFiles``.
  package let file: String?

  /// Keeps `text` as it is.
  package init(_ text: String, file: String? = nil) {
    self.text = text
    self.file = file
  }

  /// The text itself, as it was when the configuration was read.
  package func reveal() -> String { text }
}

/// Secrets are the same when they come from the same file, whatever that holds, or else have the
/// same text: a password that was changed in its file does not make another agent.
extension Secret: Hashable {
  package static func == (left: Secret, right: Secret) -> Bool {
    left.file == right.file && (left.file != nil || left.text == right.text)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(file ?? text) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "(secret)" }
  package var debugDescription: String { "(secret)" }
  /// Without children: a dump shows nothing inside.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
