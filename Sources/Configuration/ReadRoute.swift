import Calls
import Commands
import YAML

/// A route as its file has it.
struct RouteReading {
  let value: Route
  let source: String?
  /// Where its name stands.
  let line: Int
}

extension ConfigurationReader {
  /// The route in a file of its own, or nil when something that it cannot be without was not
  /// readable.
  mutating func route(_ root: YAMLNode) -> RouteReading? {
    guard let section = section(root, path: "", RouteKeys.root) else { return nil }
    let name = required("name", of: section, expected: "what configurations call it, such as acme")
      .flatMap { self.name($0, path: "name") }
    var scope = RouteScope()
    let parameters = section.pairs["parameters"].map { self.parameters($0.value, &scope) } ?? []
    let headers = section.pairs["headers"].map { routeHeaders($0.value, scope) } ?? []
    scope.headerNames = headers.flatMap(\.value.names)
    let rules = rules(section)
    let verification =
      required("verification", of: section, expected: "a mapping with path, at and states")
      .flatMap { self.verification($0, path: "verification", scope) }
    let operations =
      required("operations", of: section, expected: "a mapping with \(Self.atLeastOne)")
      .flatMap { self.operations($0, scope, verification) }
    let namesOperations = section.pairs["namesOperations"].flatMap {
      flag($0.value, path: "namesOperations")
    }
    let about = section.pairs["about"].flatMap {
      text($0.value, path: "about", expected: "one line that says what this is")
    }
    let source = section.pairs["source"].flatMap {
      text($0.value, path: "source", expected: "where this is described")
    }
    guard let name, let operations, let verification else { return nil }
    var route = Route(name: name.value, verification: verification)
    route.about = about?.value ?? ""
    route.parameters = parameters
    route.operations = operations
    route.headers = headers
    if let status = rules.status { route.status = status }
    route.successes = rules.successes?.map(\.value) ?? [.usual]
    route.refusals = rules.refusals.map(\.value)
    route.namesOperations = namesOperations ?? false
    return RouteReading(value: route, source: source?.value, line: name.line)
  }

  /// How its answers read.
  private mutating func rules(_ section: SectionReading) -> RouteRules {
    let status = section.pairs["status"]
    let rules = RouteRules(
      status: status.flatMap { statusMembers($0.value) },
      successes: section.pairs["successes"].map { successes($0.value) },
      refusals: section.pairs["refusals"].map { refusals($0.value) } ?? [])
    checkReach(rules, status: status)
    return rules
  }

  /// A route of a user, whose name is its own.
  mutating func ownRoute(_ root: YAMLNode) -> RouteReading? {
    guard let route = route(root) else { return nil }
    guard RouteFile.shipped(route.value.name) == nil else {
      fail(route.line, "name", "\(route.value.name) is the name of a shipped route; choose another")
      return nil
    }
    return route
  }

  mutating func flag(_ node: YAMLNode, path: String) -> Bool? {
    guard case .scalar(let text, let style) = node.content else {
      fail(node.line, path, "expected true or false, found \(node.kind)")
      return nil
    }
    let isFlag = PlainScalar(text) == .boolean
    guard style == .plain, isFlag else {
      let meant = isFlag ? text.lowercased() : Self.otherFlags[text.lowercased()]
      let advice = meant.map { "; write \($0)\(isFlag ? " without quotes" : "")" } ?? ""
      fail(node.line, path, "expected true or false, found \(node.shown)\(advice)")
      return nil
    }
    return text.lowercased() == "true"
  }

  /// What some write for true and false, and YAML 1.1 took for it.
  private static let otherFlags = [
    "yes": "true", "on": "true", "y": "true", "1": "true",
    "no": "false", "off": "false", "n": "false", "0": "false",
  ]

  // MARK: Operations

  private static let atLeastOne = "at least one of start, stop, pause and resume"

  private mutating func operations(
    _ node: YAMLNode, _ scope: RouteScope, _ common: Route.Verification?
  ) -> [Operation: Route.Action]? {
    guard let section = section(node, path: "operations", RouteKeys.operations) else { return nil }
    if section.pairs.isEmpty {
      // A word that is no operation is noted already.
      if case .mapping(let pairs) = node.content, pairs.isEmpty {
        fail(node.line, "operations", "expected \(Self.atLeastOne), found an empty mapping")
      }
    }
    var operations: [Operation: Route.Action] = [:]
    for operation in Operation.allCases {
      guard let pair = section.pairs[operation.rawValue] else { continue }
      operations[operation] = action(
        pair.value, path: section.path(to: operation.rawValue), scope, common)
    }
    return operations
  }

  private mutating func action(
    _ node: YAMLNode, path: String, _ scope: RouteScope, _ common: Route.Verification?
  ) -> Route.Action? {
    guard let section = section(node, path: path, RouteKeys.operation) else { return nil }
    let exchange = exchange(section, scope)
    let fallback = section.pairs["fallback"].flatMap {
      self.fallback($0.value, path: section.path(to: "fallback"), scope)
    }
    let verification = section.pairs["verification"].flatMap {
      ownVerification($0, path: section.path(to: "verification"), scope, common)
    }
    return exchange.map { Route.Action($0, fallback: fallback, verification: verification) }
  }

  private mutating func fallback(
    _ node: YAMLNode, path: String, _ scope: RouteScope
  ) -> Route.Fallback? {
    guard let section = section(node, path: path, RouteKeys.fallback) else { return nil }
    let attempts = required(
      "after", of: section, expected: "how often the first request is sent before, such as 2"
    )
    .flatMap { number($0, path: section.path(to: "after"), 1...9) }
    let exchange = exchange(section, scope)
    guard let attempts, let exchange else { return nil }
    return Route.Fallback(after: attempts, exchange)
  }

  private mutating func exchange(
    _ section: SectionReading, _ scope: RouteScope
  ) -> Route.Exchange? {
    let problemsBefore = problems.count
    let method = required("method", of: section, expected: "a verb such as POST")
      .flatMap { verb($0, path: section.path(to: "method")) }
    let path = required("path", of: section, expected: "a path such as /calls/{call}/stop")
      .flatMap { routePath($0, path: section.path(to: "path"), scope) }
    let body = section.pairs["body"].flatMap {
      self.body($0.value, path: section.path(to: "body"), scope)
    }
    guard let method, let path else { return nil }
    let exchange = Route.Exchange(method, path, body: body)
    if problems.count == problemsBefore {
      checkAim(
        of: exchange.names + scope.headerNames, .command, at: section.pairs["path"]?.value,
        section.path(to: "path"), scope)
    }
    return exchange
  }

  private mutating func verb(_ node: YAMLNode, path: String) -> Route.Method? {
    // Whoever carries a GET may repeat it, and a command is never repeated behind our back.
    if case .scalar("GET", _) = node.content {
      fail(node.line, path, "a GET only asks; expected one of \(Verb.list)")
      return nil
    }
    return choice(node, path: path, Verb.self).flatMap { Route.Method(rawValue: $0.rawValue) }
  }

  /// What changes something.
  private enum Verb: String, CaseIterable {
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    static let list = allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// The calls are asked for at one place for everybody who looks, so no operation has them to
  /// itself, or does without them.
  private mutating func ownVerification(
    _ pair: YAMLPair, path: String, _ scope: RouteScope, _ common: Route.Verification?
  ) -> Route.Verification? {
    if common?.reading == .calls {
      fail(
        pair.line, path, "the route's verification reads calls, for every operation; remove this")
      return nil
    }
    return verification(pair.value, path: path, scope, isOwn: true)
  }

  private mutating func verification(
    _ node: YAMLNode, path: String, _ scope: RouteScope, isOwn: Bool = false
  ) -> Route.Verification? {
    guard let section = section(node, path: path, RouteKeys.verification) else { return nil }
    let target = required("path", of: section, expected: "the path of a GET that shows the state")
      .flatMap { routePath($0, path: section.path(to: "path"), scope) }
    if let pair = section.pairs["as"] {
      guard let word = choice(pair.value, path: section.path(to: "as"), AnswerForm.self) else {
        return nil
      }
      for key in ["at", "states"] where section.pairs[key] != nil {
        fail(pair.line, section.path(to: key), "remove it: as \(word.rawValue) says how to read")
      }
      if isOwn {
        fail(
          pair.line, section.path(to: "as"), "only the route's verification can; give at, states")
      }
      if let unknown = target?.names.first(where: { $0 != Route.Given.agent.rawValue }) {
        fail(
          section.pairs["path"]?.value.line ?? pair.line, section.path(to: "path"),
          "all calls of an agent are asked for: {\(unknown)} is not known here, only {agent}")
      }
      return target.map { Route.Verification($0, .calls) }
    }
    let place = required(
      "at", of: section, expected: "where the state stands in the answer, such as items[].status"
    )
    .flatMap { answerPlace($0, path: section.path(to: "at"), scope) }
    let states = required(
      "states", of: section, expected: "what its words mean, such as { active: Recording }"
    )
    .flatMap { self.states($0, path: section.path(to: "states")) }
    guard let target, let place, let states else { return nil }
    let verification = Route.Verification(target, .states(place, states))
    checkAim(
      of: verification.names, .look, at: section.pairs["path"]?.value, section.path(to: "path"),
      scope)
    return verification
  }

  private enum AnswerForm: String, CaseIterable { case calls }

  private enum StateWord: String, CaseIterable {
    case recording = "Recording"
    case paused = "Paused"
    case stopped = "Stopped"
  }

  private mutating func states(_ node: YAMLNode, path: String) -> [String: RecordingState]? {
    guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
      fail(node.line, path, "expected words of the platform with their state, found \(node.kind)")
      return nil
    }
    var states: [String: RecordingState] = [:]
    for pair in pairs {
      guard let word = choice(pair.value, path: "\(path).\(pair.key)", StateWord.self) else {
        continue
      }
      states[pair.key] = RecordingState(rawValue: word.rawValue)
    }
    return states
  }
}
