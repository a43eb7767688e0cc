import JSON

extension GWSModel {
  /// Answers everything below `/api` that is not Bayeux; nil when the answer goes later.
  mutating func answerREST(
    _ request: GWSRequest, as id: RequestID, login: Login, context: ReplyContext
  ) -> GWSResponse? {
    let fields = fields(of: login, method: request.method)
    guard request.path.hasPrefix("/api/v2/") else {
      return .html("Not Found", status: 404, headers: fields)
    }
    let path = request.path.dropFirst("/api/v2/".count).split(separator: "/").map(String.init)
    let wantsObjects = request.query["fields"] == "*"
    switch (request.method, path.first, path.count) {
    case ("GET", "me", 1): return .json(user(of: login.agent, request), headers: fields)
    case ("GET", "me", 2) where path[1] == "calls":
      return .json(callList(of: login.agent, asObjects: wantsObjects), headers: fields)
    case ("GET", "me", 2) where path[1] == "devices":
      return .json(deviceList(of: login.agent, asObjects: wantsObjects), headers: fields)
    case ("GET", "me", 3) where path[1] == "calls":
      return oneCall(path[2], of: login.agent, fields)
    case ("POST", "me", 1): return operateOnAgent(request, login: login, fields)
    case ("POST", "me", 3) where path[1] == "calls":
      return command(request, callID: path[2], as: id, login: login, context: context)
    case ("GET", "services", 1): return .json(Self.services, headers: fields)
    case ("GET", "diagnostics", 2) where path[1] == "version":
      return .json(Array(#"{"statusCode":0,"version":"8.5.202.96"}"#.utf8), headers: fields)
    default: return .status(6, "Object not found", http: 404, headers: fields)
    }
  }

  private static let services = Array(
    """
    {"statusCode":0,"services":[{"type":"Voice","state":"Active"},\
    {"type":"Provisioning","state":"Active"}]}
    """.utf8)

  /// Calls of the agent that are not released, oldest first.
  func liveCalls(of agent: String) -> [SimulatedCall] {
    (agents[agent]?.calls ?? []).compactMap { calls[$0] }.filter { $0.state != .released }
  }

  private func callList(of agent: String, asObjects: Bool) -> [UInt8] {
    let calls = liveCalls(of: agent)
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.member("statusCode", 0)
        if asObjects {
          writer.array("calls") { writer in writeCalls(calls, to: &writer) }
        } else {
          writer.member("uris", calls.map { "\(settings.internalURL)/api/v2/me/calls/\($0.id)" })
        }
      }
    }
  }

  private func writeCalls(_ calls: [SimulatedCall], to writer: inout JSONWriter) {
    for call in calls { call.write(to: &writer, internalURL: settings.internalURL, now: now) }
  }

  private func oneCall(
    _ callID: String, of agent: String, _ fields: [HTTPField]
  ) -> GWSResponse {
    guard let call = calls[callID], call.agent == agent, call.state != .released else {
      return .status(6, "Call '\(callID)' is not found.", http: 404, headers: fields)
    }
    let body = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("statusCode", 0)
        writer.name("call")
        call.write(to: &writer, internalURL: settings.internalURL, now: now)
      }
    }
    return .json(body, headers: fields)
  }

  private func deviceList(of agent: String, asObjects: Bool) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("statusCode", 0)
        if asObjects {
          writer.array("devices") { writer in writeDevice(of: agent, to: &writer) }
        } else if let device = agents[agent]?.deviceID {
          writer.member("uris", ["\(settings.internalURL)/api/v2/devices/\(device)"])
        }
      }
    }
  }

  private func writeDevice(of name: String, to writer: inout JSONWriter) {
    guard let agent = agents[name] else { return }
    writer.object { writer in
      writer.member("id", agent.deviceID)
      writer.member("deviceState", agent.isDeviceActive ? "Active" : "Inactive")
      writer.member("phoneNumber", agent.settings.phoneNumber)
      writer.member("e164Number", "")
      writer.member("telephonyNetwork", "Private")
      writer.member("doNotDisturb", "Off")
      writer.member("capabilities", ["DoNotDisturbOn", "ForwardCallsOn"])
      writer.member("channels", ["voice"])
    }
  }

  private func user(of name: String, _ request: GWSRequest) -> [UInt8] {
    let wanted = (request.query["subresources"] ?? "").split(separator: ",").map(String.init)
    func wants(_ part: String) -> Bool { wanted.contains(part) || wanted.contains("*") }
    let userID = agents[name]?.userID ?? ""
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.member("statusCode", 0)
        writer.object("user") { writer in
          writer.member("id", userID)
          writer.member("userName", name)
          writer.member("roles", ["ROLE_AGENT"])
          writer.member("enabled", true)
          if wants("features") {
            writer.array("features") { writer in
              for feature in ["api-voice", "api-voice-recording"] {
                writer.object { $0.member("id", feature) }
              }
            }
          }
          if wants("devices") {
            writer.array("devices") { writer in writeDevice(of: name, to: &writer) }
          }
          if wants("channels") {
            writer.array("channels") { _ in }
            writer.array("channelStates") { _ in }
          }
          if wants("calls") {
            writer.array("calls") { writer in
              writeCalls(liveCalls(of: name), to: &writer)
            }
          }
          writer.member("changePasswordOnFirstLogin", false)
          writer.member("contactCenterId", "07e55cb7-2413-4c93-a123-25958a4b28c2")
          writer.member("uri", "\(settings.internalURL)/api/v2/users/\(userID)")
          writer.member("path", "/users/\(userID)")
        }
      }
    }
  }

  /// The operations that log an agent in and out, counted so that a passive client can prove that
  /// it is one.
  private mutating func operateOnAgent(
    _ request: GWSRequest, login: Login, _ fields: [HTTPField]
  ) -> GWSResponse {
    let name = (try? JSONValue.parse(request.body))?["operationName"]?.string
    guard let name else { return .status(1, "operationName is missing", http: 400) }
    agents[login.agent]?.operations[name, default: 0] += 1
    switch name {
    case "StartContactCenterSession": agents[login.agent]?.isDeviceActive = true
    case "EndContactCenterSession":
      agents[login.agent]?.isDeviceActive = false
      httpSessions[login.httpSession] = nil
    default: return .status(10, "unknown operation", http: 400, headers: fields)
    }
    let device = JSONWriter.write { writer in
      writer.object { writer in
        writer.array("devices") { writer in writeDevice(of: login.agent, to: &writer) }
        writer.member("messageType", "DeviceStateChangeMessage")
        if settings.metrics == .included {
          writeMetrics(to: &writer, unixMilliseconds: unixMilliseconds)
        }
      }
    }
    deliver(device, on: "/v2/me/devices", to: login.agent)
    return .status(0, http: 200, headers: fields)
  }
}
