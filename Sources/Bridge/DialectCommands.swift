import Commands

/// Commands through the profile's route.
extension Dialect {
  /// What the route's places can be filled with for a command.
  func knowledge(of command: Command) -> Route.Knowledge {
    Route.Knowledge(
      [
        .call: command.call, .agent: command.agent, .operationId: command.id, .origin: origin,
      ])
  }

  /// What the answer to a command says of it.
  func commandReply(_ answer: Answer) -> PlatformReply {
    guard let route else { return .ambiguous(reason: "there is no route") }
    switch answer {
    case .failed(let reason, _, _): return .ambiguous(reason: reason)
    case .response(let status, _, let body):
      if answer.refusesForgery { return .notAuthenticated(reason: Answer.forgeryReason) }
      switch route.read(status: status, body: body) {
      case .accepted(let code, _): return .accepted(statusCode: code.map { Int($0) } ?? status)
      case .refused(let meaning, let code, let text, _):
        switch meaning {
        case .permanent, .conflict, .gone, .malformed:
          return .rejected(
            statusCode: code.map { Int($0) }, httpStatus: status, message: text)
        case .notAuthenticated: return .notAuthenticated(reason: text)
        case .throttled, .transient: return .ambiguous(reason: text)
        }
      }
    }
  }

  /// The id by which a notification names the operation that it answers; nil where the platform has
  /// no such ids, whatever else may stand there.
  func operationId(_ given: String?) -> String? {
    route?.namesOperations == true ? given : nil
  }
}
