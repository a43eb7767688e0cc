/// A piece of the page. What is put into it is escaped by its type: only pieces go in as they are,
/// and only literals and other pieces can become one.
///
/// It is XHTML and HTML at once, so that a reader of XML can check it.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  private(set) var html: String

  init(stringLiteral literal: String) { html = literal }

  init(stringInterpolation interpolation: Interpolation) { html = interpolation.html }

  /// The pieces one after the other.
  init(_ pieces: [Markup]) { html = pieces.map(\.html).joined() }

  static let nothing: Markup = ""

  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var html = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      html.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    mutating func appendLiteral(_ literal: String) { html += literal }

    /// Our own words, or text of which the direction cannot matter.
    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }

    /// Text from elsewhere, which may be written from right to left: kept apart from what stands
    /// beside it.
    mutating func appendInterpolation(foreign text: String) {
      html += "<bdi>\(Markup.escaped(text))</bdi>"
    }

    mutating func appendInterpolation(_ number: some BinaryInteger) { html += String(number) }

    mutating func appendInterpolation(_ piece: Markup) { html += piece.html }

    mutating func appendInterpolation(_ pieces: [Markup]) {
      for piece in pieces { html += piece.html }
    }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in Visible.text(text).unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
