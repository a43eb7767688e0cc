extension Route {
  /// What a look by the route is about: two commands whose subject is the same ask one question.
  package struct Subject: Equatable, Sendable {
    /// Path and query, behind the platform's base URL.
    package let target: String
    let verification: Verification
    let values: [String: String]
  }

  /// The subject of the GET that shows the effect of an operation; nil as long as something that it
  /// has to name is not known.
  package func subject(of operation: Operation, _ knowledge: Knowledge) -> Subject? {
    guard case .ready(let question) = prepareLook(operation, knowledge) else { return nil }
    let verification = verification(of: operation)
    let names = verification.names
    return Subject(
      target: question.target, verification: verification,
      values: question.values.filter { names.contains($0.key) })
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
}
