/// An access token or a refresh token; printing does not show it.
package struct Token: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  /// Keeps `text` as it is.
  package init(_ text: String) { self.text = text }

  /// The token itself, for the one request that needs it.
  package func reveal() -> String { text }

  package var description: String { "(token)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
