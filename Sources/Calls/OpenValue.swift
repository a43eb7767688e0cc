/// A word of the platform that is kept as it came, known to us or not.
///
/// Platforms add words without notice; a closed enum would turn each into a lost notification.
package protocol OpenValue: RawRepresentable, Hashable, Sendable, CustomStringConvertible
where RawValue == String {
  /// Every text is a value.
  init(rawValue: String)
}

extension OpenValue {
  /// The word as the platform writes it.
  package var description: String { rawValue }
}
