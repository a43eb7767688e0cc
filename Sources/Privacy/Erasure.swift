import JSON

/// Takes personal values out of what is in no tree: the lines of events.
package enum Erasure {
  /// The line with a mark in the place of each personal value; the same line if there is none. Only
  /// what is no JSON is replaced as a whole, for nobody could say what is whose.
  package static func erase(
    _ line: [UInt8], _ fields: Set<PersonalField>, unread: PersonalField?
  ) -> [UInt8] {
    guard let root = try? JSONValue.parse(line) else { return Array(#"{"erased":true}"#.utf8) }
    var out: [UInt8] = []
    var end = 0
    for found in PersonalSearch.values(in: root, of: fields, unread: unread, .stored) {
      out += line[end..<found.range.lowerBound]
      let first = line[found.range.lowerBound]
      let isContainer = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
      out += Mark.erased(found, isText: !isContainer)
      end = found.range.upperBound
    }
    return out + line[end...]
  }

  /// How many personal values a record still says in clear.
  package static func clearCount(_ record: [UInt8]) -> Int {
    guard let root = try? JSONValue.parse(record) else { return 0 }
    return PersonalSearch.values(
      in: root, of: Set(PersonalField.allCases), unread: .userData, .stored
    ).count
  }
}
