import JSON

/// A text with places for identifiers: part of a request as a route describes it.
///
/// Written as a literal with the identifiers interpolated: `"/calls/\(.call)/stop-recording"`.
package struct Template: Equatable, Sendable, ExpressibleByStringInterpolation {
  /// What a route may need to know of a command.
  package enum Identifier: String, CaseIterable, Sendable {
    /// The platform's id of the call.
    case call
    /// The agent who carries the command.
    case agent
    /// The command's own id, for platforms that give it back in their notifications.
    case operationId
    /// `scheme://host[:port]` of the platform.
    case origin
  }

  /// How an identifier is written where it stands.
  package enum Place: Sendable {
    /// In a path or a query: all but unreserved characters are escaped (RFC 3986 section 2.3).
    case path
    /// Within the quotes of a JSON string (RFC 8259 section 7).
    case json
    /// In the value of a header, as it is.
    case header
  }

  fileprivate enum Piece: Equatable, Sendable {
    case text(String)
    case identifier(Identifier)
  }

  /// Collects the pieces of a literal.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    /// The compiler gives sizes; nothing is reserved for them.
    package init(literalCapacity: Int, interpolationCount: Int) {}

    /// Text that stays as it is.
    package mutating func appendLiteral(_ text: String) { pieces.append(.text(text)) }

    /// A place for an identifier.
    package mutating func appendInterpolation(_ identifier: Identifier) {
      pieces.append(.identifier(identifier))
    }
  }

  private let pieces: [Piece]

  /// A text without a place for anything.
  package init(stringLiteral text: String) { pieces = [.text(text)] }

  /// A text with places.
  package init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  /// The text with every identifier in its place.
  package func filled(_ place: Place, _ value: (Identifier) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .identifier(let identifier): Self.written(value(identifier), place)
      }
    }.joined()
  }

  private static func written(_ value: String, _ place: Place) -> String {
    switch place {
    case .header: value
    case .json:
      String(
        decoding: JSONWriter.write { $0.value(value) }.dropFirst().dropLast(), as: UTF8.self)
    case .path: percentEncoded(value)
    }
  }

  private static func percentEncoded(_ segment: String) -> String {
    var result = ""
    for byte in segment.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
