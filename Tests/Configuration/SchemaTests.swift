import Commands
import Configuration
import Glibc
import Testing
import YAML

/// The schema is JSON, which is YAML; reading it with our own reader needs nothing else installed.
private func schema(_ name: String = "config") throws -> YAMLNode {
  let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let path = "/\(package)/schemas/\(name).schema.json"
  // Opened, read and closed here; each call gets a buffer with its own size.
  let file = unsafe fopen(path, "r")
  let stream = try unsafe #require(file)
  defer { unsafe fclose(stream) }
  var bytes = [UInt8](repeating: 0, count: 1_000_000)
  let size = unsafe fread(&bytes, 1, bytes.count, stream)
  return try YAMLDocument.parse(Array(bytes[..<size]))
}

private func member(_ key: String, of node: YAMLNode) -> YAMLNode? {
  guard case .mapping(let pairs) = node.content else { return nil }
  return pairs.first { $0.key == key }?.value
}

/// Every key that the schema allows, in the form of `ConfigurationKeys.all`.
private func keys(_ node: YAMLNode, _ path: String, root: YAMLNode) -> [String] {
  if case .scalar(let reference, _)? = member("$ref", of: node)?.content {
    let target = reference.split(separator: "/").dropFirst().reduce(root) {
      member(String($1), of: $0) ?? $0
    }
    return keys(target, path, root: root)
  }
  var found: [String] = []
  if case .mapping(let pairs)? = member("properties", of: node)?.content {
    for pair in pairs {
      let key = path.isEmpty ? pair.key : "\(path).\(pair.key)"
      found += [key] + keys(pair.value, key, root: root)
    }
  }
  if let items = member("items", of: node) { found += keys(items, path + "[]", root: root) }
  if let others = member("additionalProperties", of: node) {
    found += keys(others, path + ".*", root: root)
  }
  if case .sequence(let choices)? = member("oneOf", of: node)?.content {
    for choice in choices { found += keys(choice, path, root: root) }
  }
  return found
}

@Test func `the schema and the code know the same keys`() throws {
  let schema = try schema()
  #expect(keys(schema, "", root: schema).sorted() == ConfigurationKeys.all.sorted())
}

@Test func `the schema of routes and the code know the same keys`() throws {
  let schema = try schema("route")
  #expect(keys(schema, "", root: schema).sorted() == RouteKeys.all.sorted())
}

@Test func `the schema of routes has the words that the code has`() throws {
  let words = try words(schema("route"))
  for known in [
    Cause.allCases.map(\.rawValue), Route.Refusal.Meaning.allCases.map(\.rawValue),
    Route.Method.allCases.filter { $0 != .get }.map(\.rawValue), Route.givenNames,
  ] {
    #expect(words.contains(known), "\(known)")
  }
}

/// Every `enum` of a schema.
private func words(_ node: YAMLNode) -> [[String]] {
  switch node.content {
  case .scalar: []
  case .sequence(let items): items.flatMap(words)
  case .mapping(let pairs):
    pairs.flatMap { pair -> [[String]] in
      guard pair.key == "enum", case .sequence(let items) = pair.value.content else {
        return words(pair.value)
      }
      return [items.compactMap { if case .scalar(let text, _) = $0.content { text } else { nil } }]
    }
  }
}

/// A mapping that forgot `additionalProperties: false` would let a misspelled key pass.
@Test(arguments: ["config", "route"])
func `the schema refuses unknown keys wherever the code does`(_ name: String) throws {
  var open: [String] = []
  func visit(_ node: YAMLNode, _ path: String) {
    switch node.content {
    case .mapping(let pairs):
      let closed = member("additionalProperties", of: node) != nil
      let isObject = member("type", of: node)?.content == .scalar("object", .quoted)
      if isObject, !closed { open.append(path) }
      for pair in pairs { visit(pair.value, "\(path)/\(pair.key)") }
    case .sequence(let items): items.forEach { visit($0, path) }
    case .scalar: break
    }
  }
  visit(try schema(name), "")
  #expect(open.isEmpty)
}
