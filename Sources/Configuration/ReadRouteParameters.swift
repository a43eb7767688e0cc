import Commands
import YAML

/// What commands have to name.
extension ConfigurationReader {
  /// The parameters, which are added to the scope one after the other.
  mutating func parameters(_ node: YAMLNode, _ scope: inout RouteScope) -> [Route.Parameter] {
    guard case .mapping(let pairs) = node.content else {
      fail(node.line, "parameters", "expected names with what they are, found \(node.kind)")
      return []
    }
    scope.later = pairs.map(\.key)
    for pair in pairs {
      scope.later.removeFirst()
      let path = "parameters.\(pair.key)"
      if !Template.isName(pair.key) {
        fail(
          pair.line, path, "expected a name that begins with a letter and has letters and digits")
      } else if Route.givenNames.contains(pair.key) {
        fail(pair.line, path, "this name is always known; remove it, or use another")
      } else if let parameter = parameter(pair, path: path, scope) {
        scope.parameters.append(parameter)
      }
      scope.names.append(pair.key)
    }
    return scope.parameters
  }

  private mutating func parameter(
    _ pair: YAMLPair, path: String, _ scope: RouteScope
  ) -> Route.Parameter? {
    guard let section = section(pair.value, path: path, RouteKeys.parameter) else { return nil }
    var parameter = Route.Parameter(pair.key)
    parameter.about = section.pairs["about"].flatMap {
      text($0.value, path: section.path(to: "about"), expected: "what it is, for people")?.value
    }
    parameter.standard = section.pairs["default"].flatMap {
      template($0.value, path: section.path(to: "default"), expected: "its usual value", scope)
    }
    parameter.lookup = section.pairs["lookup"].flatMap {
      lookup($0.value, path: section.path(to: "lookup"), scope)
    }
    if let lookup = section.pairs["lookup"], section.pairs["default"] != nil {
      fail(
        lookup.line, section.path(to: "lookup"),
        "with a default nothing is looked up; remove one of the two")
    }
    parameter.choices =
      section.pairs["oneOf"].map {
        words($0.value, path: section.path(to: "oneOf"), expected: "a list of values")
      } ?? []
    parameter.pattern = section.pairs["like"].flatMap {
      template($0.value, path: section.path(to: "like"), expected: "a text with * in it", scope)
    }
    parameter.isList =
      section.pairs["list"].flatMap { flag($0.value, path: section.path(to: "list")) } ?? false
    if let pair = section.pairs["default"], let problem = problem(parameter) {
      fail(pair.value.line, section.path(to: "default"), problem)
    }
    return parameter
  }

  /// What is wrong with a default that is the same for every command.
  private func problem(_ parameter: Route.Parameter) -> String? {
    guard let standard = parameter.standard, standard.names.isEmpty else { return nil }
    var known = parameter
    if known.pattern?.names.isEmpty == false { known.pattern = nil }
    return known.problem(standard.filled(.plain, [:]), [:])
  }

  private mutating func lookup(
    _ node: YAMLNode, path: String, _ scope: RouteScope
  ) -> Route.Lookup? {
    guard let section = section(node, path: path, RouteKeys.lookup) else { return nil }
    let target = required("path", of: section, expected: "the path of a GET")
      .flatMap { routePath($0, path: section.path(to: "path"), scope) }
    let place = required(
      "at", of: section, expected: "where it stands in the answer, such as items[state=active].id"
    )
    .flatMap { answerPlace($0, path: section.path(to: "at"), scope) }
    guard let target, let place else { return nil }
    return Route.Lookup(target, place)
  }

  private mutating func words(_ node: YAMLNode, path: String, expected: String) -> [String] {
    (items(node, path: path, expected: expected, .refused) ?? []).compactMap {
      text($0.node, path: $0.path, expected: "a value")?.value
    }
  }
}
