/// Why a text is not JSON, and at which byte.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The closed set of reasons; the raw value is what a person reads.
  package enum Reason: String, Sendable {
    case endOfText = "the text ends inside a value"
    case unexpectedByte = "this byte cannot stand here"
    case trailingBytes = "bytes follow the value"
    case invalidLiteral = "only true, false and null are literals"
    case invalidNumber = "the number does not follow RFC 8259 section 6"
    case controlCharacter = "a control character in a string must be escaped"
    case invalidEscape = "the escape does not follow RFC 8259 section 7"
    case loneSurrogate = "a surrogate must be one half of a pair"
    case invalidUTF8 = "the text is not UTF-8"
    case tooDeep = "the nesting is deeper than the limit"
    case tooLong = "the text is longer than the limit"
  }

  /// What is wrong.
  package let reason: Reason
  /// Where it shows, in bytes from the start of the text: at the byte that cannot follow, or at the
  /// start of the literal, escape or character that is wrong. What stands in front of it begins a
  /// valid text. ``Reason/endOfText`` stands at the length of the text.
  package let offset: Int

  /// An error at `offset` of a text.
  package init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// One line for a log; it quotes nothing of the text, which may hold a secret.
  package var description: String { "not JSON at byte \(offset): \(reason.rawValue)" }
}

/// The bounds of the reader.
package enum JSONLimits {
  /// Arrays and objects inside each other, the outermost included. RFC 8259 section 9 allows a
  /// limit, and no platform message known nests deeper than eight. It bounds the reader's stack.
  package static let depth = 64
  /// Offsets are kept in 32 bits.
  package static let textBytes = Int(UInt32.max) - 1
}
