import JSON

/// An accepted command that has not taken effect yet.
struct CommandPlan: Sendable {
  enum Effect: Sendable { case happens, nothing, lateError }
  enum Notification: Sendable { case atOnce, later(Duration), never }

  let operation: CallOperation
  var effect = Effect.happens
  var notification = Notification.atOnce
  var lyingWitness: Witness?
}

extension GWSModel {
  /// The HTTP status that goes with a statusCode. The platform's manual does not say; 20, 4 and 7
  /// were seen on a real one.
  static func httpStatus(ofStatusCode code: Int) -> Int {
    switch code {
    case 0, 7: 200
    case 1, 2, 10: 400
    case 3, 5, 20: 403
    case 6: 404
    default: 500
    }
  }

  /// Answers an operation on a call. Accepted means that it was passed on: what it does shows in a
  /// notification after a while, or never.
  mutating func command(
    _ request: GWSRequest, callID: String, as id: RequestID, login: Login, context: ReplyContext
  ) -> GWSResponse? {
    let headers = fields(of: login, method: request.method)
    func refuse(_ code: Int, _ message: String, status: Int? = nil) -> GWSResponse {
      .status(code, message, http: status ?? Self.httpStatus(ofStatusCode: code), headers: headers)
    }
    if request.header("Origin") == nil { counters.commandsWithoutOrigin += 1 }
    guard let body = try? JSONValue.parse(request.body),
      let name = body["operationName"]?.string
    else { return refuse(1, "Required parameter 'operationName' is missing.") }
    guard let call = calls[callID], call.agent == login.agent else {
      return refuse(6, "Call '\(callID)' is not found.")
    }
    calls[callID]?.received[name, default: 0] += 1
    let refusal = faults.take(for: login.agent) { kind -> GWSResponse? in
      guard case .refuseCommand(let code, let status) = kind else { return nil }
      return refuse(code, "Refused by request.", status: status)
    }
    if let refusal { return refusal }
    guard call.state != .released else { return refuse(6, "Call '\(callID)' is not found.") }
    guard let operation = CallOperation(rawValue: name) else {
      return refuse(10, "Operation '\(name)' is unknown.")
    }
    guard call.allows(operation) else {
      return refuse(2, "Operation '\(name)' is invalid in the current state of the call.")
    }
    calls[callID]?.accepted[name, default: 0] += 1
    let accepted = GWSResponse.status(0, http: 200, headers: headers)
    let plan = planCommand(operation, for: login.agent)
    let replyDelay = faults.take(for: login.agent) { kind -> Duration? in
      if case .notificationFirst(let delay) = kind { delay } else { nil }
    }
    if let replyDelay {
      apply(plan, to: callID)
      agenda.add(.respond(id, accepted, context), due: now + replyDelay)
      return nil
    }
    agenda.add(.applyCommand(callID: callID, plan), due: now + settings.notificationDelay)
    return accepted
  }

  private mutating func planCommand(_ operation: CallOperation, for agent: String) -> CommandPlan {
    var plan = CommandPlan(operation: operation)
    if faults.take(.ignoreCommand, for: agent) { plan.effect = .nothing }
    if faults.take(.failCommandLate, for: agent) { plan.effect = .lateError }
    if faults.take(.swallowNotification, for: agent) { plan.notification = .never }
    let delay = faults.take(for: agent) { kind -> Duration? in
      if case .delayNotification(let delay) = kind { delay } else { nil }
    }
    if let delay { plan.notification = .later(delay) }
    plan.lyingWitness = faults.take(for: agent) { kind -> Witness? in
      if case .lyingWitness(let witness) = kind { witness } else { nil }
    }
    return plan
  }

  /// Lets an accepted command take effect, unless the call's state has moved on meanwhile.
  mutating func apply(_ plan: CommandPlan, to callID: String) {
    guard var call = calls[callID] else { return }
    switch plan.effect {
    case .nothing: return
    case .lateError: return publishError(about: call)
    case .happens: break
    }
    guard call.allows(plan.operation) else { return }
    var type = "StatusChange"
    if let target = plan.operation.recordingTarget {
      type = "CallRecordingStateChange"
      call.setRecording(
        target, lying: plan.lyingWitness, at: now, unixSecond: unixMilliseconds / 1000)
    } else {
      switch plan.operation {
      case .hold: call.state = .held
      case .hangup: call.release(at: now)
      default: call.state = .established
      }
    }
    calls[callID] = call
    switch plan.notification {
    case .atOnce: publish(type, about: call)
    case .never: break
    case .later(let delay): publish(type, about: call, after: delay)
    }
  }

  private mutating func publishError(about call: SimulatedCall) {
    let data = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("messageType", "ErrorMessage")
        writer.member("errorMessage", "The switch refused the operation.")
        if settings.metrics == .included {
          writeMetrics(to: &writer, unixMilliseconds: unixMilliseconds)
        }
        writer.member("devicePath", "/devices/\(call.deviceID)")
        writer.member("deviceUri", "\(settings.internalURL)/api/v2/devices/\(call.deviceID)")
      }
    }
    deliver(data, on: "/v2/me/devices", to: call.agent)
  }
}
