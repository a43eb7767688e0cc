import JSON

/// The data attached to a call, in either shape: an object, or a list of key, type and value.
struct UserData {
  let value: JSONValue?
  private let path: String

  init(_ call: MemberReader) throws(MemberError) {
    value = call["userData"]
    path = call.path + ".userData"
    if let value, value.kind != .object, value.kind != .array {
      throw call.wrongType("userData", "an object or a list of pairs", value)
    }
  }

  /// A text that describes; nil when it is absent or of another type.
  func text(_ key: String) -> String? {
    guard let text = self[key]?.stringOrNumber, !text.isEmpty else { return nil }
    return text
  }

  /// A text that is evidence: one of another type is an error, not an absence.
  func evidence(_ key: String) throws(MemberError) -> String? {
    guard let found = self[key], !found.isNull else { return nil }
    guard let text = found.stringOrNumber else {
      throw MemberError("\(path).\(key)", .wrongType(expected: "a string", found: found.kind))
    }
    return text.isEmpty ? nil : text
  }

  private subscript(_ key: String) -> JSONValue? {
    guard let value else { return nil }
    if value.kind == .object { return value[key] }
    var found: JSONValue?
    for pair in value.elements where pair["key"]?.isString(key) ?? false { found = pair["value"] }
    return found
  }
}
