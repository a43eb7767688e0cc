package import JSON

/// The part of JSON Schema 2020-12 that the schemas of this project use.
package struct Schema {
  private let root: JSONValue

  /// Reads a schema, by its path in the package.
  package init(file: String) throws(JSONError) {
    root = try JSONValue.parse(Array((readText("\(packageFolder)/\(file)") ?? "").utf8))
  }

  /// What is wrong with an event by the schema of its type.
  package static func violations(_ event: JSONValue) throws(JSONError) -> [String] {
    let name = (event["type"]?.string ?? "").dropFirst("recbridge.".count)
    return try Schema(file: "schemas/events/\(name).schema.json").violations(event)
  }

  /// What is wrong with a value.
  package func violations(_ value: JSONValue) -> [String] { check(value, root, at: "") }

  private func check(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    var found: [String] = []
    if let constant = schema["const"], constant != value { found.append("\(path) is not constant") }
    if let words = schema["enum"], !words.elements.contains(value) {
      found.append("\(path) is none of the words")
    }
    if let type = schema["type"]?.string, !isOf(value, type) {
      return found + ["\(path) is not of type \(type)"]
    }
    if let pattern = schema["pattern"]?.string, let text = value.string {
      let regex = try? Regex(pattern)
      if regex.flatMap({ text.firstMatch(of: $0) }) == nil {
        found.append("\(path) does not match \(pattern)")
      }
    }
    if let items = schema["items"] {
      for element in value.elements { found += check(element, items, at: path + "[]") }
    }
    return found + members(of: value, schema, at: path)
  }

  private func members(of value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    guard value.kind == .object else { return [] }
    var found: [String] = []
    let prefix = path.isEmpty ? "" : path + "."
    for name in schema["required"].map({ Array($0.elements) }) ?? [] {
      let name = name.string ?? ""
      if value[name] == nil { found.append("\(prefix)\(name) is missing") }
    }
    let properties = schema["properties"]
    for member in value.members {
      if let property = properties?[member.name] {
        found += check(member.value, property, at: prefix + member.name)
      } else if schema["additionalProperties"]?.bool == false {
        found.append("\(prefix)\(member.name) is not in the schema")
      }
    }
    return found
  }

  private func isOf(_ value: JSONValue, _ type: String) -> Bool {
    switch type {
    case "object": value.kind == .object
    case "array": value.kind == .array
    case "string": value.kind == .string
    case "integer": value.integer != nil
    case "number": value.kind == .number
    case "boolean": value.bool != nil
    default: false
    }
  }
}
