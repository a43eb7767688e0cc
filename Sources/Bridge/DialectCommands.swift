import Commands

/// Commands through the profile's route.
extension Dialect {
  /// What the route's places can be filled with, whatever look-ups find.
  ///
  /// - Parameter call: the id that its call has now.
  func knowledge(of command: Command, call: String) -> Route.Knowledge {
    knowledge(call: call, agent: command.agent, id: command.id, parameters: command.parameters)
  }

  func knowledge(
    call: String, agent: String, id: String, parameters: [String: String]
  ) -> Route.Knowledge {
    Route.Knowledge(
      [.call: call, .agent: agent, .operationId: id, .origin: origin], parameters: parameters)
  }

  /// Why an operation cannot be sent.
  func without(_ operation: Operation) -> String {
    guard let route else {
      return
        "Profile \(profile.rawValue) has no way to send commands; choose one with platform.route"
    }
    let known = route.offered.map(\.rawValue).joined(separator: ", ")
    return "Route \(route.name) has no way to \(operation.rawValue) a recording; it has \(known)"
  }

  /// What the answer to a command says of it.
  func commandReply(_ answer: Answer) -> PlatformReply {
    guard let route else { return .ambiguous(reason: "there is no route") }
    switch answer {
    case .failed(let reason, _, _): return .ambiguous(reason: reason)
    case .response(let status, _, let body):
      if answer.refusesForgery {
        return .notAuthenticated(httpStatus: status, reason: Answer.forgeryReason)
      }
      switch route.read(status: status, body: body) {
      case .accepted(let code, _):
        return .accepted(statusCode: code.map { Int($0) }, httpStatus: status)
      case .refused(let meaning, let code, let text, let isDoubtful):
        let code = code.map { Int($0) }
        switch meaning {
        case _ where isDoubtful, .conflict, .gone:
          return .conflict(statusCode: code, httpStatus: status, message: text)
        case .permanent, .malformed:
          return .rejected(statusCode: code, httpStatus: status, message: text)
        case .notAuthenticated:
          return .notAuthenticated(statusCode: code, httpStatus: status, reason: text)
        case .throttled:
          return .throttled(
            statusCode: code, httpStatus: status, message: text + answer.wish,
            retryAfter: answer.retryAfter)
        case .transient:
          return .ambiguous(
            statusCode: code, httpStatus: status, reason: text + answer.wish,
            retryAfter: answer.retryAfter)
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
