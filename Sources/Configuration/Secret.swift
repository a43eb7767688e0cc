/// A text that is never printed: not by `print`, not by a dump, not as a part of another value.
///
/// It is not `Codable`, and has no way to its text but `reveal()`, so that every place where a
/// secret leaves this type can be found by that one word.
package struct Secret: Equatable, Sendable {
  private let text: String

  /// Keeps `text` as it is.
  package init(_ text: String) {
    self.text = text
  }

  /// The text itself, for the one request that needs it.
  package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "(secret)" }
  package var debugDescription: String { "(secret)" }
  /// Without children: a dump shows nothing inside.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
