/// A text with places for values: part of a request as a route describes it.
///
/// `{name}` is a place; `{{` and `}}` are the braces themselves.
package struct Template: Equatable, Sendable {
  /// How a value is written where it stands.
  package enum Place: Sendable {
    /// In a path or a query: all but unreserved characters are escaped (RFC 3986 section 2.3).
    case path
    /// As it is.
    case plain
  }

  /// A text that is not a template.
  package enum Mistake: Error, Equatable, Sendable, CustomStringConvertible {
    /// A `{` without its `}`.
    case open
    /// A `}` without its `{`.
    case close
    /// Between the braces stands no name; with quotes in it, it is JSON.
    case noName(String)

    /// One clause for whoever wrote it.
    package var description: String {
      switch self {
      case .open: "a { has no }; write {{ for the brace itself"
      case .close: "a } has no {; write }} for the brace itself"
      case .noName(let text) where text.contains("\""):
        "\"{\(text.count > 40 ? text.prefix(40) + "…" : text + "}")\" is no name; write JSON as a"
          + " mapping, such as { cmd: HALT }, and {{ and }} for the braces themselves"
      case .noName(let text):
        "\"{\(text)}\" names nothing: a name has letters and digits only; write {{ and }} for the"
          + " braces themselves"
      }
    }
  }

  enum Piece: Equatable, Sendable {
    case text(String)
    case value(String)
  }

  let pieces: [Piece]

  /// Reads a text with its places.
  package init(_ text: String) throws(Mistake) {
    var pieces: [Piece] = []
    var literal = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}":
        literal.append(character)
        rest.removeFirst()
      case "{":
        guard let end = rest.firstIndex(of: "}") else { throw .open }
        let name = String(rest[..<end])
        guard Self.isName(name) else { throw .noName(name) }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        literal = ""
        pieces.append(.value(name))
        rest = rest[rest.index(after: end)...]
      case "}": throw .close
      default: literal.append(character)
      }
    }
    if !literal.isEmpty { pieces.append(.text(literal)) }
    self.pieces = pieces
  }

  /// The names of its places, in the order of the text.
  package var names: [String] {
    pieces.compactMap { if case .value(let name) = $0 { name } else { nil } }
  }

  /// The name of the one place that is all of it, if it is.
  package var onlyName: String? { pieces.count == 1 ? names.first : nil }

  /// The text with every value in its place; a name without a value leaves it empty.
  package func filled(_ place: Place, _ values: [String: String]) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value(let name):
        place == .path ? Self.percentEncoded(values[name] ?? "") : values[name] ?? ""
      }
    }.joined()
  }

  /// Whether a place, and a parameter, can be called that: a letter, then letters and digits.
  package static func isName(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic
    else { return false }
    return text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
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
