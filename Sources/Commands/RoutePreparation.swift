extension Route {
  /// A request with every value in its place.
  package struct Outgoing: Equatable, Sendable {
    /// The verb.
    package let method: Method
    /// Path and query, behind the platform's base URL.
    package let target: String
    /// The route's headers; empty for a GET that only asks.
    package let headers: [Field]
    /// JSON, or nil for none.
    package let body: [UInt8]?
    /// What was in the places, for reading the answer.
    package let values: [String: String]
  }

  /// A header with its value.
  package struct Field: Equatable, Sendable {
    /// Its name.
    package let name: String
    /// Its value.
    package let value: String
  }

  /// What a request can be made of.
  package struct Knowledge: Equatable, Sendable {
    /// The given names, what the command says, and what look-ups found.
    package var values: [String: String]
    /// Why a look-up found nothing, by parameter.
    package var absent: [String: String] = [:]

    /// Takes what is known without a parameter, and the parameters that the command gives.
    package init(_ given: [Given: String], parameters: [String: String] = [:]) {
      values = parameters
      for (name, value) in given { values[name.rawValue] = value }
    }
  }

  /// What has to happen for a request to leave.
  package enum Preparation: Equatable, Sendable {
    case ready(Outgoing)
    /// The parameter has to be looked up first.
    case lookUp(String, Outgoing)
    /// It cannot be made, for this reason; nothing is to be sent.
    case impossible(String)
    /// It cannot be made because the command does not say what it has to, for this reason.
    case missing(String)
    /// It cannot be made because what was looked up was not there, for this reason.
    case notFound(String)
  }

  /// The request of an operation for its `attempt`, which counts from 1.
  package func prepare(
    _ operation: Operation, attempt: Int, _ knowledge: Knowledge
  ) -> Preparation {
    guard let action = operations[operation] else {
      let known = offered.map(\.rawValue).joined(separator: ", ")
      return .impossible(
        "route \(name) has no way to \(operation.rawValue) a recording; it has \(known)")
    }
    if let fallback = action.fallback, attempt > fallback.attempts {
      return prepare(fallback.exchange, knowledge)
    }
    let preparation = prepare(action.exchange, knowledge)
    guard let fallback = action.fallback else { return preparation }
    switch preparation {
    case .missing, .notFound: return prepare(fallback.exchange, knowledge)
    case .ready, .lookUp, .impossible: return preparation
    }
  }

  /// The GET that shows the effect of an operation.
  package func prepareLook(_ operation: Operation, _ knowledge: Knowledge) -> Preparation {
    let verification = verification(of: operation)
    return prepare(.get, verification.path, nil, needs: verification.names, knowledge)
  }

  /// Why a command cannot be taken, before anything is sent or looked up; nil when nothing speaks
  /// against it.
  package func objection(
    to operation: Operation, parameters given: [String: String], _ knowledge: Knowledge
  ) -> String? {
    let reason =
      objection(toNamesOf: given) ?? prepare(operation, attempt: 1, knowledge).obstacle
      ?? prepareLook(operation, knowledge).obstacle
    if let reason { return reason }
    // What it misses it may do without, as long as the first request can be made.
    if let fallback = operations[operation]?.fallback,
      case .impossible(let reason) = prepare(fallback.exchange, knowledge)
    {
      return reason
    }
    return nil
  }

  /// Why a command that somebody else sends cannot be looked after; nil when nothing speaks against
  /// it.
  package func objection(
    toObserving operation: Operation, parameters given: [String: String], _ knowledge: Knowledge
  ) -> String? {
    objection(toNamesOf: given) ?? prepareLook(operation, knowledge).obstacle
  }

  /// Why parameters cannot be the route's; nil when it has them all.
  package func objection(toNamesOf given: [String: String]) -> String? {
    let names = parameters.map(\.name)
    guard let unknown = given.keys.sorted().first(where: { !names.contains($0) }) else {
      return nil
    }
    let known = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
    return "route \(name) has no parameter '\(unknown.prefix(40))'; \(known)"
  }

  private func prepare(_ exchange: Exchange, _ knowledge: Knowledge) -> Preparation {
    prepare(
      exchange.method, exchange.path, exchange.body,
      needs: exchange.names + headers.flatMap(\.value.names), knowledge)
  }

  private func prepare(
    _ method: Method, _ path: Template, _ body: BodyTemplate?, needs names: [String],
    _ knowledge: Knowledge
  ) -> Preparation {
    var values = knowledge.values
    let needed = closure(of: names)
    for given in [Given.call, .agent] where needed.contains(given.rawValue) {
      if let problem = Self.problem(values[given.rawValue] ?? "") {
        return .impossible("\(given.rawValue) \(problem)")
      }
    }
    // The first one; what is given behind it is looked at all the same.
    var obstacle: Preparation?
    for parameter in parameters where needed.contains(parameter.name) {
      if values[parameter.name] == nil, obstacle == nil {
        if let standard = parameter.standard {
          values[parameter.name] = standard.filled(.plain, values)
        } else {
          obstacle = self.obstacle(parameter, knowledge, values)
        }
      }
      guard let value = values[parameter.name],
        obstacle == nil || parameter.pattern?.names.allSatisfy({ values[$0] != nil }) ?? true
      else { continue }
      if let problem = parameter.problem(value, values) { return .impossible(problem) }
    }
    return obstacle ?? .ready(outgoing(method, path, body, values))
  }

  /// What stands in the way when the command does not say what a parameter is.
  private func obstacle(
    _ parameter: Parameter, _ knowledge: Knowledge, _ values: [String: String]
  ) -> Preparation {
    if let reason = knowledge.absent[parameter.name] {
      return .notFound("\(parameter.name) was looked up, and \(reason)")
    }
    if let lookup = parameter.lookup {
      return .lookUp(parameter.name, outgoing(.get, lookup.path, nil, values))
    }
    let about = parameter.about.map { ": \($0)" } ?? ""
    return .missing("route \(name) needs the parameter \(parameter.name)\(about)")
  }

  private func outgoing(
    _ method: Method, _ path: Template, _ body: BodyTemplate?, _ values: [String: String]
  ) -> Outgoing {
    Outgoing(
      method: method, target: path.filled(.path, values),
      headers: method == .get
        ? [] : headers.map { Field(name: $0.name, value: $0.value.filled(.plain, values)) },
      body: body?.filled(values), values: values)
  }

  /// Those names, and what they refer to.
  func closure(of names: [String]) -> Set<String> { parameters.closure(of: names) }
}

extension [Route.Parameter] {
  /// Those names, and what they refer to. A parameter refers only to those before it.
  package func closure(of names: [String]) -> Set<String> {
    var needed = Set(names)
    for parameter in reversed() where needed.contains(parameter.name) {
      needed.formUnion(parameter.names)
    }
    return needed
  }
}

extension Route.Preparation {
  /// Why the command cannot be taken, if that is known before anything is asked.
  fileprivate var obstacle: String? {
    switch self {
    case .impossible(let reason), .missing(let reason): reason
    case .ready, .lookUp, .notFound: nil
    }
  }
}

extension Route.Parameter {
  /// What it refers to.
  package var names: [String] {
    (standard?.names ?? []) + (lookup?.names ?? []) + (pattern?.names ?? [])
  }
}
