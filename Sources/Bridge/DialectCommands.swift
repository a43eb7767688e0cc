import Commands

/// Commands through the profile's route.
extension Dialect {
  /// What is to be sent for a command.
  struct CommandRequest: Equatable {
    let method: Route.Method
    let target: String
    let headers: [Header]
    let body: [UInt8]?
  }

  /// Nil when the route has nothing for the operation, or when there is no route.
  ///
  /// - Parameter call: the id that its call has now.
  func request(for command: Command, call: String) -> CommandRequest? {
    guard let route = profile.route, let exchange = route.exchanges[command.operation] else {
      return nil
    }
    func value(_ identifier: Template.Identifier) -> String {
      switch identifier {
      case .call: call
      case .agent: command.agent
      case .operationId: command.id
      case .origin: origin
      }
    }
    return CommandRequest(
      method: exchange.method, target: exchange.path.filled(.path, value),
      headers: route.headers.map { Header($0.name, $0.value.filled(.header, value)) },
      body: (exchange.body?.filled(.json, value)).map { Array($0.utf8) })
  }

  /// What the answer to a command says of it.
  func commandReply(_ answer: Answer) -> PlatformReply {
    guard let route = profile.route else { return .ambiguous(reason: "there is no route") }
    switch answer {
    case .failed(let reason, _, _): return .ambiguous(reason: reason)
    case .response(let status, _, let body):
      if answer.refusesForgery { return .notAuthenticated(reason: Answer.forgeryReason) }
      switch route.read(status: status, body: body) {
      case .accepted(let code, _): return .accepted(statusCode: Int(code))
      case .refused(let meaning, let code, let text):
        switch meaning {
        case .permanent, .malformed:
          return .rejected(
            statusCode: code.map { Int($0) }, httpStatus: status, message: text)
        case .conflict, .gone:
          return .conflict(
            statusCode: code.map { Int($0) }, httpStatus: status, message: text)
        case .notAuthenticated: return .notAuthenticated(reason: text)
        case .throttled:
          return .throttled(
            statusCode: code.map { Int($0) } ?? status, message: text,
            retryAfter: answer.retryAfter)
        case .transient: return .ambiguous(reason: text, retryAfter: answer.retryAfter)
        }
      }
    }
  }

  /// The id by which a notification names the operation that it answers; nil where the platform has
  /// no such ids, whatever else may stand there.
  func operationId(_ given: String?) -> String? {
    profile.route?.namesOperations == true ? given : nil
  }
}
