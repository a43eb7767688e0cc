import Commands
import YAML

/// What a request has to name, so that what is meant for one call never reaches another.
extension ConfigurationReader {
  /// Complains of a request that is the same for every call, or for every call of an agent.
  mutating func checkAim(
    of names: [String], _ purpose: Purpose, at node: YAMLNode?, _ path: String, _ scope: RouteScope
  ) {
    guard let line = node?.line else { return }
    switch scope.aim(of: names, purpose) {
    case .call: break
    case .agent:
      warn(
        line, path,
        "names only the agent, so it is about whatever call the agent has then; name {call}, or a"
          + " parameter that leads to the call, where the platform can")
    case .nothing:
      fail(
        line, path,
        "names no call, so every call would share it; put {call}, or a parameter that a command"
          + " gives or that is looked up by {call}, into \(purpose.places)")
    }
  }

  enum Purpose {
    case command, look

    var places: String {
      switch self {
      case .command: "path or body"
      case .look: "path or at"
      }
    }
  }
}

/// What a request is about.
private enum Aim { case call, agent, nothing }

extension RouteScope {
  fileprivate func aim(of names: [String], _ purpose: ConfigurationReader.Purpose) -> Aim {
    let needed = parameters.closure(of: names)
    let isNamed = needed.contains { name in
      switch Route.Given(rawValue: name) {
      case .call: true
      // The platform knows what its own operation was about.
      case .operationId: purpose == .look
      case .agent, .origin: false
      // What was not right is not blamed a second time.
      case nil: parameters.first { $0.name == name }?.isGiven ?? true
      }
    }
    if isNamed { return .call }
    return needed.contains(Route.Given.agent.rawValue) ? .agent : .nothing
  }
}

extension Route.Parameter {
  /// Whether each command says what it is; one of a few words says nothing of a call.
  fileprivate var isGiven: Bool { standard == nil && lookup == nil && choices.isEmpty }
}
