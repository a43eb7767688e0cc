extension Route {
  /// What a look by the route asks next: an answer counts for every command whose question it is.
  package struct Question: Equatable, Sendable {
    /// What is looked for in the answer.
    enum Aim: Equatable, Sendable {
      case state(Verification)
      case parameter(String)
    }

    let aim: Aim
    /// Path and query, behind the platform's base URL.
    let target: String
    /// What the place in the answer refers to.
    let values: [String: String]
  }

  /// The question of a look for an operation that is prepared so; nil when nothing can be asked.
  package func question(of operation: Operation, _ preparation: Preparation) -> Question? {
    switch preparation {
    case .ready(let outgoing):
      let verification = verification(of: operation)
      return Question(.state(verification), outgoing, naming: verification.names)
    case .lookUp(let name, let outgoing):
      let names = parameters.first { $0.name == name }?.lookup?.names ?? []
      return Question(.parameter(name), outgoing, naming: names)
    case .impossible, .missing, .notFound: return nil
    }
  }

  /// Whether two commands on one call are about the same recording, as far as they name any: the
  /// same GET shows their effect, with the same given values.
  func concernsOneRecording(_ one: Command, _ other: Command) -> Bool {
    let verification = verification(of: one.operation)
    guard verification == self.verification(of: other.operation) else { return false }
    let names = closure(of: verification.names)
    func named(_ command: Command) -> [String: String] {
      command.parameters.filter { names.contains($0.key) }
    }
    return named(one) == named(other)
  }
}

extension Route.Question {
  fileprivate init(_ aim: Aim, _ outgoing: Route.Outgoing, naming names: [String]) {
    self.aim = aim
    target = outgoing.target
    values = outgoing.values.filter { names.contains($0.key) }
  }
}
