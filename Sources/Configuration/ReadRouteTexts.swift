import Commands
import YAML

/// The names that a template may use where it stands.
struct RouteScope {
  /// In the order of declaration, each known to those behind it. Also such as were not right, so
  /// that nothing else is blamed for them.
  var names = Route.givenNames
  /// Those that were right.
  var parameters: [Route.Parameter] = []
  /// What is declared further below.
  var later: [String] = []
  /// What the headers of every command name.
  var headerNames: [String] = []

  /// Whether a name stands for a list of values.
  func isList(_ name: String) -> Bool { parameters.contains { $0.name == name && $0.isList } }

  /// What messages offer.
  var usable: [String] {
    names.indices.filter { Template.isName(names[$0]) && !names[..<$0].contains(names[$0]) }
      .map { names[$0] }
  }
}

/// The texts of a route that have places for values.
extension ConfigurationReader {
  /// A text of a body, a header or a parameter.
  mutating func template(
    _ node: YAMLNode, path: String, expected: String, _ scope: RouteScope
  ) -> Template? {
    let template = places(node, path: path, expected: expected, scope)
    if template != nil, case .scalar(let text, _) = node.content, text.contains("${") {
      warn(node.line, path, "the $ is sent as it stands: a value is in braces alone")
    }
    return template
  }

  private mutating func places(
    _ node: YAMLNode, path: String, expected: String, _ scope: RouteScope
  ) -> Template? {
    if let name = node.bareName {
      fail(node.line, path, "put the text that begins with { in quotes: \"{\(name)}\"")
      return nil
    }
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
    fail(node.line, path, "{\(unknown)} is not known; \(advice(on: unknown, scope))")
    return false
  }

  private func advice(on unknown: String, _ scope: RouteScope) -> String {
    if scope.later.contains(unknown) {
      return "it is declared further below: put it before what refers to it"
    }
    return Suggestion.nearest(to: unknown, among: scope.usable).map { "did you mean {\($0)}?" }
      ?? "known here: \(scope.usable.joined(separator: ", ")); more with parameters"
  }

  mutating func routePath(_ node: YAMLNode, path: String, _ scope: RouteScope) -> Template? {
    let expected = "a path below the platform's URL that begins with '/'"
    guard let template = places(node, path: path, expected: expected, scope) else { return nil }
    // What stands in the places is escaped when it is put there.
    let sample = template.filled(.path, [:])
    let parts = sample.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard sample.hasPrefix("/"), BaseURL.isPath(String(parts[0])),
      parts.count == 1 || BaseURL.isQuery(String(parts[1]))
    else {
      fail(node.line, path, "expected \(expected), found \(node.shown)")
      return nil
    }
    if let problem = otherPlaceholder(node) {
      fail(node.line, path, problem)
      return nil
    }
    return template
  }

  /// How other programs write a place for a value, which here would be sent as it stands.
  private func otherPlaceholder(_ node: YAMLNode) -> String? {
    guard case .scalar(let text, _) = node.content else { return nil }
    if let start = text.firstRange(of: "${")?.upperBound {
      let name = text[start...].prefix { $0 != "}" }
      return "a value stands in braces alone: write {\(name)}, or %24{\(name)} for the $ itself"
    }
    let segments = text.prefix { $0 != "?" }.split(separator: "/")
    guard let segment = segments.first(where: { $0.first == ":" }),
      Template.isName(String(segment.dropFirst()))
    else { return nil }
    let name = segment.dropFirst()
    return "a value stands in braces: write {\(name)}, or %3A\(name) for the text itself"
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
      if let name = node.bareName {
        fail(
          node.line, path,
          "{\(name)} without quotes is a mapping; write \"{\(name)}\" for the value, or"
            + " { \(name): null } for the mapping")
        return nil
      }
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
      if let name = template.onlyName, scope.isList(name) { return .list(name) }
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

extension YAMLNode {
  /// The name in a place for a value that was written without quotes: a mapping for YAML, with one
  /// key and nothing behind it.
  fileprivate var bareName: String? {
    guard case .mapping(let pairs) = content, pairs.count == 1,
      pairs[0].value.content == .scalar("", .plain), Template.isName(pairs[0].key)
    else { return nil }
    return pairs[0].key
  }
}
