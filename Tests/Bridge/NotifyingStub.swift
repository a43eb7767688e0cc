import Bridge
import Commands
import JSON

/// What a platform does that notifies, besides taking commands: logins, Bayeux, and telling what
/// happened to its one call.
struct NotifyingStub {
  private let profile: Dialect.Profile
  private var bayeux = BayeuxStub()

  /// Nil for a route whose platform notifies nobody.
  init?(route: String) {
    guard let profile = Dialect.Profile(rawValue: route) else { return nil }
    self.profile = profile
  }

  private var isWorkspace: Bool { profile == .workspaceV3 }

  /// What comes of a request that is about the session; nil for any other.
  mutating func arrive(_ request: PlatformRequest) throws -> [(id: RequestID, answer: Answer)]? {
    if request.target.contains("/notifications") {
      return try bayeux.arrive(request).map(Self.answer)
    }
    switch request.target {
    case "/api/v2/me":
      bayeux = BayeuxStub()
      return [(request.id, Self.good(#"{"statusCode":0,"user":{}}"#))]
    case "/workspace/v3/initialize-workspace":
      bayeux = BayeuxStub()
      let end = #"{"state":"Complete","messageType":"WorkspaceInitializationComplete"}"#
      _ = bayeux.say(end, on: "/workspace/v3/initialization")
      return [(request.id, Self.good(#"{"status":{"code":1}}"#))]
    default: return nil
    }
  }

  /// Tells how the call stands; `operation` is the one that brought it about, by its id.
  mutating func tell(
    _ state: String, operation: String?
  ) -> [(id: RequestID, answer: Answer)] {
    let name = operation.map { #""operationId":"\#($0)","# } ?? ""
    let data =
      #"{"messageType":"CallStateChangeMessage","notificationType":"CallRecordingStateChange","#
      + #"\#(name)"call":\#(call(state))}"#
    return bayeux.say(data, on: isWorkspace ? "/workspace/v3/voice" : "/v2/me/calls")
      .map(Self.answer)
  }

  /// Tells that an operation, by its id, has failed after all.
  mutating func tellFailure(
    _ message: String, operation: String
  ) -> [(id: RequestID, answer: Answer)] {
    let data =
      #"{"messageType":"EventError","error":{"errorCode":185,"errorMessage":"\#(message)"},"#
      + #""operationId":"\#(operation)"}"#
    return bayeux.say(data, on: "/workspace/v3/voice").map(Self.answer)
  }

  /// The list of the agent's calls.
  func list(_ state: String) -> String {
    let calls = state == RouteStub.gone ? "" : call(state)
    return isWorkspace
      ? #"{"status":{"code":0},"data":{"calls":[\#(calls)]}}"#
      : #"{"statusCode":0,"calls":[\#(calls)]}"#
  }

  /// An answer to a command as this platform writes it; without a code it is plain text.
  func body(_ reply: RouteStub.Reply) -> String {
    guard let code = reply.code else { return reply.message ?? "" }
    let words = reply.message.map { #","\#(isWorkspace ? "message" : "statusMessage")":"\#($0)""# }
    return isWorkspace
      ? #"{"status":{"code":\#(code)\#(words ?? "")}}"# : #"{"statusCode":\#(code)\#(words ?? "")}"#
  }

  private func call(_ state: String) -> String {
    if state == RouteStub.gone { return Scene.released() }
    return isWorkspace ? WorkspaceStub.call("C1", state) : Scene.call(state)
  }

  private static func good(_ body: String) -> Answer {
    .response(status: 200, headers: [], body: Array(body.utf8))
  }

  private static func answer(_ answer: BayeuxStub.Answer) -> (id: RequestID, answer: Answer) {
    (answer.id, good(answer.body))
  }
}
