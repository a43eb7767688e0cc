package import JSON

/// Where a platform's answers say how a request went, besides the HTTP status.
package struct StatusMembers: Equatable, Sendable {
  /// The names that lead to the code, from the outside in; empty where answers have none.
  package let code: [String]
  /// The names that lead to the words for people.
  package let message: [String]

  /// Takes both places.
  package init(code: [String], message: [String]) {
    self.code = code
    self.message = message
  }

  /// The code, if there is one and it is an integer.
  package func code(in body: JSONValue?) -> Int64? {
    code.isEmpty ? nil : Self.member(code, of: body)?.integer
  }

  /// The platform's words, if it has any.
  package func message(in body: JSONValue?) -> String? { Self.member(message, of: body)?.string }

  /// One line for people: what the answer says, or that it says nothing that we can read. `body` is
  /// nil when it is not JSON; of a body in plain text the first line is quoted.
  package func describe(
    status: Int, _ body: JSONValue?, plainText: String = ""
  ) -> String {
    let name = code.joined(separator: ".")
    var text = "HTTP status \(status)"
    if let code = code(in: body) { text += ", \(name) \(code)" }
    let line = plainText.first == "<" ? nil : plainText.split(whereSeparator: \.isNewline).first
    let words = message(in: body) ?? line.map(String.init)
    if let words { text += ": \(words.prefix(Self.quotedCharacters))" }
    if code.isEmpty || line != nil {
      return text
    } else if body == nil {
      text += ", and the body is not JSON"
    } else if Self.member(code, of: body) == nil {
      text += ", and the body has no \(name)"
    }
    return text
  }

  /// Of the platform's words: enough for a sentence, too little for a page of markup.
  private static let quotedCharacters = 200

  private static func member(_ path: [String], of body: JSONValue?) -> JSONValue? {
    path.reduce(body) { $0?[$1] }
  }
}
