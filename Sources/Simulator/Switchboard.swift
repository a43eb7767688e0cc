import JSON

/// The switchboard: the simulator's own interface over HTTP, below `/sim/`, JSON in and out.
///
///     GET    /sim/status                what was counted: requests, logins, connects and so on
///     GET    /sim/agents                agents, the operations on themselves they asked for
///     GET    /sim/sessions              Bayeux sessions: subscriptions, queued events, held or not
///     POST   /sim/sessions/disconnect   {"agent"?}     the server itself ends sessions
///     POST   /sim/sessions/forget       {"agent"?, "mode"?: "unknown" | "late-none"}
///     POST   /sim/sessions/expire-http  {"agent"?}     HTTP sessions end, Bayeux sessions live on
///     POST   /sim/sessions/cut          {"agent"?}     held connects break without an answer
///     POST   /sim/sockets/close         {"agent"?, "code"?: 1001}
///     POST   /sim/sockets/reset         {"agent"?}     as a TCP reset does
///     POST   /sim/sockets/silence       {"agent"?}     open, and nothing gets through any more
///     POST   /sim/notifications         {"agent"?, "count"?: 1, "sizeBytes"?, "perSecond"?,
///                                        "queuedMax"?} -> 201 {"first", "count", "agents"}
///     DELETE /sim/notifications         loads end where they are
///     GET    /sim/calls, /sim/calls/ID  true states; "received" and "accepted" count commands
///     POST   /sim/calls                 {"agent", "state"?, "recording"?, "callType"?, "from"?,
///                                        "userData"?: {}} -> 201 {"id"}
///     POST   /sim/calls/ID/state        {"state": "Ringing" | "Established" | "Held" | ...}
///     POST   /sim/calls/ID/recording    {"state": "Recording" | "Stopped" | "Paused" | null,
///                                        "lying"?: WITNESS, "silent"?: true}
///     POST   /sim/calls/ID/userdata     {name: value, ...}
///     POST   /sim/calls/ID/burst        {"count", "intervalMs"?}    numbered by userData.seq
///     DELETE /sim/calls/ID              the call is released
///     POST   /sim/publish               {"agent", "channel", "data": any JSON} or
///                                       {"agent", "channel", "message": any text, sent as it is}
///     GET    /sim/faults                what is armed, and how often each has struck
///     POST   /sim/faults                {"kind", "agent"?, "count"?: 1 | N | "forever", ...}
///                                       -> 201 {"id"}
///     DELETE /sim/faults, /sim/faults/N disarm
///
/// Kinds of faults and their own members:
///
///     unavailable {"paths", "httpStatus": 503, "retryAfterSeconds"?}
///     html {"paths", "httpStatus": 200}
///     cut {"paths"}, truncate {"paths"}
///     refuse-login, refuse-subscription {"channel"?}
///     refuse-connect, stale-route, refuse-upgrade {"httpStatus": 400}, silent-socket
///     refuse-command {"statusCode": 2, "httpStatus"?}, ignore-command, fail-command-late
///     swallow-notification, delay-notification {"delayMs": 1000}
///     notification-first {"delayMs": 50}, lying-witness {"witness"}
///     drop-event, duplicate-event, swap-events, invalid-utf8, without-call
///     big-userdata {"sizeBytes": 307200}
///
/// `paths` is bayeux, rest, commands or all (the default); WITNESS is recordingState, GSIP_RECORD
/// or capabilities. Without "agent", everybody. `userData.Sequence` of the notifications counts on
/// for each agent; without "perSecond" and "queuedMax" all come at once. Requests to the
/// switchboard need no login and are never hit by a fault. What is wrong with one comes back as 400
/// or 404 with `{"error"}`.
extension GWSModel {
  mutating func receiveSwitchboard(_ request: GWSRequest, as id: RequestID) {
    do throws(SimulatorError) {
      answer(id, try switchboard(request))
    } catch {
      let status =
        switch error {
        case .unknownAgent, .unknownCall: 404
        case .invalid: 400
        }
      answer(
        id,
        .json(
          JSONWriter.write { $0.object { $0.member("error", error.description) } }, status: status))
    }
  }

  private mutating func switchboard(
    _ request: GWSRequest
  ) throws(SimulatorError) -> GWSResponse {
    let path = request.path.split(separator: "/").dropFirst().map(String.init)
    let body: JSONValue
    do {
      body = try JSONValue.parse(request.body.isEmpty ? Array("{}".utf8) : request.body)
    } catch {
      throw .invalid("the body is \(error)")
    }
    switch (request.method, path.first, path.count) {
    case ("GET", "status", 1): return .json(writeStatus())
    case ("GET", "agents", 1): return .json(writeAgents())
    case ("GET", "sessions", 1): return .json(writeSessions())
    case ("POST", "sessions", 2): return try changeSessions(path[1], body)
    case ("POST", "sockets", 2): return try changeSockets(path[1], body)
    case ("POST", "notifications", 1): return try startLoad(body)
    case ("DELETE", "notifications", 1):
      stopLoads()
      return done
    case ("GET", "calls", 1): return .json(writeCalls())
    case ("POST", "calls", 1):
      return Self.created(quoted(try createCall(readCallPlan(body))))
    case ("GET", "calls", 2):
      guard let call = calls[path[1]] else { throw .unknownCall(path[1]) }
      return .json(JSONWriter.write { write(call, to: &$0) })
    case ("DELETE", "calls", 2):
      try endCall(path[1])
      return done
    case ("POST", "calls", 3): return try changeCall(path[1], path[2], body)
    case ("POST", "publish", 1): return try publish(body)
    case ("GET", "faults", 1): return .json(writeFaults())
    case ("POST", "faults", 1):
      return Self.created(Array(String(arm(try Fault.read(body))).utf8))
    case ("DELETE", "faults", 1):
      clearFaults()
      return done
    case ("DELETE", "faults", 2):
      clearFaults(Int(path[1]) ?? 0)
      return done
    default: throw .invalid("the switchboard has no \(request.method) \(request.path)")
    }
  }

  private var done: GWSResponse { .json(Array("{}".utf8)) }

  /// Static: the receiver of a call is copied before its arguments are worked out, and with it
  /// every table that an argument changes.
  private static func created(_ id: [UInt8]) -> GWSResponse {
    .json(JSONWriter.write { $0.object { $0.member("id", raw: id) } }, status: 201)
  }

  private mutating func changeSessions(
    _ verb: String, _ body: JSONValue
  ) throws(SimulatorError) -> GWSResponse {
    let agent = try readAgent(body)
    switch verb {
    case "disconnect": disconnectSessions(of: agent)
    case "forget":
      guard let mode = Forgetting(rawValue: body["mode"]?.string ?? "unknown") else {
        throw .invalid("\"mode\" is unknown or late-none")
      }
      forgetSessions(of: agent, mode)
    case "expire-http": expireHTTPSessions(of: agent)
    case "cut": cutHeldConnects(of: agent)
    default: throw .invalid("sessions can be told to forget, disconnect, expire-http or cut")
    }
    return done
  }

  private mutating func changeSockets(
    _ verb: String, _ body: JSONValue
  ) throws(SimulatorError) -> GWSResponse {
    let agent = try readAgent(body)
    switch verb {
    case "close":
      closeSockets(of: agent, code: try readNumber(body, "code") ?? CloseCode.goingAway)
    case "reset": resetSockets(of: agent)
    case "silence": silenceSockets(of: agent)
    default: throw .invalid("sockets can be told to close, reset or silence")
    }
    return done
  }

  private mutating func startLoad(_ body: JSONValue) throws(SimulatorError) -> GWSResponse {
    var plan = LoadPlan(agent: try readAgent(body), count: try readNumber(body, "count") ?? 1)
    plan.sizeBytes = try readNumber(body, "sizeBytes")
    plan.perSecond = try readNumber(body, "perSecond")
    plan.queuedMax = try readNumber(body, "queuedMax")
    let first = try startLoad(plan)
    return .json(
      JSONWriter.write { writer in
        writer.object { writer in
          writer.member("first", first)
          writer.member("count", plan.count)
          writer.member("agents", plan.agent == nil ? agentOrder.count : 1)
        }
      }, status: 201)
  }

  /// Nil for everybody.
  private func readAgent(_ body: JSONValue) throws(SimulatorError) -> String? {
    guard let given = body["agent"] else { return nil }
    let name = given.string ?? ""
    guard agents[name] != nil else { throw .unknownAgent(name) }
    return name
  }

  /// Largest number that a request may name: a load of it takes minutes.
  private static let numberMax: Int64 = 100_000_000

  private func readNumber(_ body: JSONValue, _ name: String) throws(SimulatorError) -> Int? {
    guard let given = body[name] else { return nil }
    guard let number = given.integer, (1...Self.numberMax).contains(number) else {
      throw .invalid("\"\(name)\" is a number from 1 to \(Self.numberMax)")
    }
    return Int(number)
  }

  private mutating func changeCall(
    _ id: String, _ verb: String, _ body: JSONValue
  ) throws(SimulatorError) -> GWSResponse {
    switch verb {
    case "state":
      guard let state = CallState(rawValue: body["state"]?.string ?? "") else {
        throw .invalid("\"state\" is Dialing, Ringing, Established, Held or Released")
      }
      try setCallState(id, state)
    case "recording":
      let state = try readRecording(body["state"])
      if body["silent"]?.bool == true {
        try setRecordingInSilence(id, state)
      } else {
        let lying: Witness? = body["lying"] == nil ? nil : try Fault.readWitness(body["lying"])
        try setRecording(id, state, lying: lying)
      }
    case "userdata": try attachData(id, body.members.map { ($0.name, Array($0.value.raw)) })
    case "burst":
      guard let count = body["count"]?.integer, count > 0 else {
        throw .invalid("a burst needs \"count\", a number from 1")
      }
      let interval = Duration.milliseconds(max(body["intervalMs"]?.integer ?? 0, 0))
      try startBurst(id, count: Int(count), interval: interval)
    default: throw .invalid("a call has state, recording, userdata and burst")
    }
    return done
  }

  private mutating func publish(_ body: JSONValue) throws(SimulatorError) -> GWSResponse {
    guard let agent = body["agent"]?.string, let channel = body["channel"]?.string else {
      throw .invalid("a publication needs \"agent\" and \"channel\"")
    }
    if let data = body["data"] {
      try publishRaw(agent: agent, channel: channel, data: Array(data.raw))
    } else if let message = body["message"]?.string {
      try publishRaw(agent: agent, channel: channel, message: Array(message.utf8))
    } else {
      throw .invalid("a publication needs \"data\", or \"message\" as a text")
    }
    return done
  }

  private func readCallPlan(_ body: JSONValue) throws(SimulatorError) -> CallPlan {
    guard let agent = body["agent"]?.string else { throw .invalid("a call needs \"agent\"") }
    var plan = CallPlan(agent: agent)
    if let given = body["state"] {
      guard let state = CallState(rawValue: given.string ?? "") else {
        throw .invalid("\"state\" is Dialing, Ringing, Established or Held")
      }
      plan.state = state
    }
    if let given = body["recording"] { plan.recording = try readRecording(given) }
    if let given = body["callType"] {
      guard let direction = SimulatedCall.Direction(rawValue: given.string ?? "") else {
        throw .invalid("\"callType\" is Inbound, Outbound or Internal")
      }
      plan.direction = direction
    }
    if let number = body["from"]?.string { plan.remoteNumber = number }
    plan.userData =
      (body["userData"]?.members).map { members in
        members.map { ($0.name, Array($0.value.raw)) }
      } ?? []
    return plan
  }

  private func readRecording(_ value: JSONValue?) throws(SimulatorError) -> RecordingState? {
    if value?.isNull == true { return nil }
    guard let state = RecordingState(rawValue: value?.string ?? "") else {
      throw .invalid("a recording state is Recording, Stopped, Paused or null")
    }
    return state
  }
}
