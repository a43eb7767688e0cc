package import JSON

/// What an entry says in one place: the text, or a commitment to a text that is kept elsewhere, or
/// was erased there.
package enum Kept: Hashable, Sendable {
  case text(String)
  /// The salted hash that stands in its place.
  case commitment(String)

  /// For people; a commitment is told apart from others by its beginning.
  package var shown: String {
    switch self {
    case .text(let text): text
    case .commitment(let hash): "kept as a commitment (\(hash.prefix(Self.shownHashSize))…)"
    }
  }

  /// Enough digits to tell the commitments of a report apart.
  private static let shownHashSize = 12
}

extension JSONValue {
  /// What the member says; nil where there is none, or null.
  package func kept(_ name: String) -> Kept? {
    guard let value = self[name], !value.isNull else { return nil }
    if let text = value.string { return .text(text) }
    if let hash = value["commitment"] { return .commitment(hash.string ?? hash.rawText) }
    return .text(value.rawText)
  }

  /// The text as it stands.
  var rawText: String { String(decoding: raw, as: UTF8.self) }

  /// Writes the value without any member that is a commitment, for readers that know only texts.
  func writeWithoutCommitments(to writer: inout JSONWriter) {
    switch kind {
    case .object:
      writer.object { writer in
        for member in members where member.value["commitment"] == nil {
          writer.name(member.name)
          member.value.writeWithoutCommitments(to: &writer)
        }
      }
    case .array:
      writer.array { writer in
        for element in elements { element.writeWithoutCommitments(to: &writer) }
      }
    default: writer.value(self)
    }
  }
}
