import Commands
import YAML

/// The names that a template may use where it stands.
struct RouteScope {
  /// In the order of declaration, each known to those behind it.
  var names = Route.givenNames
  var lists: Set<String> = []
}

/// The texts of a route that have places for values.
extension ConfigurationReader {
  mutating func template(
    _ node: YAMLNode, path: String, expected: String, _ scope: RouteScope
  ) -> Template? {
    guard let text = text(node, path: path, expected: expected) else { return nil }
    do throws(Template.Mistake) {
      let template = try Template(text.value)
      return areKnown(template.names, node, path, scope) ? template : nil
    } catch {
      fail(node.line, path, error.description)
      return nil
    }
  }

  private mutating func areKnown(
    _ names: [String], _ node: YAMLNode, _ path: String, _ scope: RouteScope
  ) -> Bool {
    guard let unknown = names.first(where: { !scope.names.contains($0) }) else { return true }
    let nearest = Suggestion.nearest(to: unknown, among: scope.names)
    let advice =
      nearest.map { "did you mean {\($0)}?" }
      ?? "known here: \(scope.names.joined(separator: ", ")); more with parameters"
    fail(node.line, path, "{\(unknown)} is not known; \(advice)")
    return false
  }

  mutating func routePath(_ node: YAMLNode, path: String, _ scope: RouteScope) -> Template? {
    let expected = "a path below the platform's URL that begins with '/'"
    guard let template = template(node, path: path, expected: expected, scope) else { return nil }
    // What stands in the places is escaped when it is put there.
    let sample = template.filled(.path, [:])
    let parts = sample.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard sample.hasPrefix("/"), BaseURL.isPath(String(parts[0])),
      parts.count == 1 || BaseURL.isQuery(String(parts[1]))
    else {
      fail(node.line, path, "expected \(expected), found \"\(sample)\"")
      return nil
    }
    return template
  }

  mutating func answerPlace(
    _ node: YAMLNode, path: String, _ scope: RouteScope
  ) -> AnswerPlace? {
    let expected = "a place in the answer, such as items[].status"
    guard let text = text(node, path: path, expected: expected) else { return nil }
    do throws(AnswerPlace.Mistake) {
      let place = try AnswerPlace(text.value)
      return areKnown(place.names, node, path, scope) ? place : nil
    } catch {
      fail(node.line, path, "expected \(expected): \(error.reason)")
      return nil
    }
  }

  /// JSON, written as YAML.
  mutating func body(_ node: YAMLNode, path: String, _ scope: RouteScope) -> BodyTemplate? {
    switch node.content {
    case .mapping(let pairs):
      return .object(
        pairs.compactMap { pair in
          body(pair.value, path: "\(path).\(pair.key)", scope).map { .init(pair.key, $0) }
        })
    case .sequence(let items):
      return .array(
        items.enumerated().compactMap { body($0.element, path: "\(path)[\($0.offset)]", scope) })
    case .scalar(let text, .plain) where PlainScalar(text) != .text:
      return literal(text, node, path)
    case .scalar("", _): return .literal("\"\"")
    case .scalar:
      guard let template = template(node, path: path, expected: "a text", scope) else { return nil }
      if let name = template.onlyName, scope.lists.contains(name) { return .list(name) }
      return .text(template)
    }
  }

  private mutating func literal(_ text: String, _ node: YAMLNode, _ path: String) -> BodyTemplate? {
    switch PlainScalar(text) {
    case .nothing: return .literal("null")
    case .boolean: return .literal(text.lowercased())
    case .number where Int64(text).map { String($0) == text } ?? false: return .literal(text)
    case .number, .text:
      fail(
        node.line, path, "expected a whole number or a text, found \"\(text)\"; put it in quotes")
      return nil
    }
  }

  mutating func routeHeaders(_ node: YAMLNode, _ scope: RouteScope) -> [Route.Header] {
    guard case .mapping(let pairs) = node.content else {
      fail(node.line, "headers", "expected header names with values, found \(node.kind)")
      return []
    }
    return pairs.compactMap { pair in
      let path = "headers.\(pair.key)"
      guard isToken(pair.key) else {
        fail(pair.line, path, "expected the name of a header, such as Accept")
        return nil
      }
      guard pair.key.lowercased() != "authorization" else {
        fail(
          pair.line, path,
          "credentials do not belong into a route; give them with the platform or the agents")
        return nil
      }
      return template(pair.value, path: path, expected: "its value", scope)
        .map { Route.Header(pair.key, $0) }
    }
  }
}
