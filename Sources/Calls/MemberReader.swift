package import JSON

/// Reads the members of an object and names the one that is wrong.
///
/// A member that is null counts as absent, as does an empty text: the platform writes
/// `"e164Number":""` for a number it does not have.
package struct MemberReader: Sendable {
  /// The object that is read.
  package let value: JSONValue
  /// What errors call it.
  package let path: String

  /// Throws unless `value` is an object.
  package init(_ value: JSONValue, path: String) throws(MemberError) {
    guard value.kind == .object else {
      throw MemberError(path, .wrongType(expected: "an object", found: value.kind))
    }
    self.value = value
    self.path = path
  }

  /// The member of that name unless it is absent or null.
  package subscript(_ name: String) -> JSONValue? {
    guard let member = value[name], !member.isNull else { return nil }
    return member
  }

  /// A text, or a number as it was written; throws on anything else.
  package func text(_ name: String) throws(MemberError) -> String? {
    guard let member = self[name] else { return nil }
    guard let text = member.stringOrNumber else { throw wrongType(name, "a string", member) }
    return text.isEmpty ? nil : text
  }

  /// A text that has to be there, and not be empty.
  package func requiredText(_ name: String) throws(MemberError) -> String {
    guard let text = try text(name) else { throw missing(name, "a string") }
    return text
  }

  /// A text for people: anything that is no text counts as absent.
  package func lenientText(_ name: String) -> String? {
    guard let text = self[name]?.stringOrNumber, !text.isEmpty else { return nil }
    return text
  }

  /// A number written as an integer; throws on anything else.
  package func integer(_ name: String) throws(MemberError) -> Int64? {
    guard let member = self[name] else { return nil }
    guard let integer = member.integer else { throw wrongType(name, "an integer", member) }
    return integer
  }

  /// A nested object; throws when the member is something else.
  package func object(_ name: String) throws(MemberError) -> MemberReader? {
    guard let member = self[name] else { return nil }
    return try MemberReader(member, path: "\(path).\(name)")
  }

  /// The elements of an array, none when the member is absent.
  package func elements(_ name: String) throws(MemberError) -> [JSONValue] {
    guard let member = self[name] else { return [] }
    guard member.kind == .array else { throw wrongType(name, "an array", member) }
    return Array(member.elements)
  }

  /// The error that says that a member is not there.
  package func missing(_ name: String, _ expected: String) -> MemberError {
    MemberError("\(path).\(name)", .missing(expected: expected))
  }

  /// The error that says that a member is of another type.
  package func wrongType(_ name: String, _ expected: String, _ found: JSONValue) -> MemberError {
    MemberError("\(path).\(name)", .wrongType(expected: expected, found: found.kind))
  }
}
