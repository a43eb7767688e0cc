import Bridge
import Commands
import JSON

/// A Workspace v3 platform as a value: requests in, answers out, in the shapes that the vendor's
/// client libraries and simulator show.
///
/// It does nothing by itself: a test says when the workspace is ready, when an operation is carried
/// out and when it fails. Until the workspace is ready the list of calls is empty, which no document
/// excludes and which is the worst that it could be.
struct WorkspaceStub {
  typealias Answer = BayeuxStub.Answer

  /// An operation that was accepted.
  struct Accepted {
    let id: String
    let call: String
    /// The last segment of its path, as `stop-recording`.
    let verb: String
  }

  /// The recording state of each call.
  var calls = ["C1": "Recording"]
  /// The id that the calls had before, if they say so.
  var previous: String?
  /// The status of an accepted command: the documents show 200; 202 is as good.
  var acceptedStatus = 200
  /// Answers the next commands instead of taking them.
  var refusals: [(status: Int, body: String)] = []
  private(set) var accepted: [Accepted] = []
  private(set) var targets: [String] = []
  private(set) var initializations = 0
  var subscribed: Set<String> { bayeux.subscribed }
  private var isInitialized = false
  private var isReady = false
  private var bayeux = BayeuxStub()

  // MARK: - Requests

  mutating func arrive(_ request: PlatformRequest) throws -> [Answer] {
    targets.append("\(request.method.rawValue) \(request.target)")
    let segments = request.target.split(separator: "/").map(String.init)
    if request.target.hasPrefix("/workspace/v3/notifications") {
      return try bayeux.arrive(request)
    }
    if request.target == "/workspace/v3/initialize-workspace", request.method == .post {
      initializations += 1
      isInitialized = true
      isReady = false
      return [answer(request, 200, #"{"status":{"code":1}}"#)]
    }
    guard isInitialized else {
      return [answer(request, 403, #"{"status":{"code":603,"message":"Unauthorized"}}"#)]
    }
    if request.target == "/workspace/v3/voice/calls", request.method == .get {
      let list = isReady ? calls.keys.sorted().map { call($0) }.joined(separator: ",") : ""
      return [answer(request, 200, #"{"status":{"code":0},"data":{"calls":[\#(list)]}}"#)]
    }
    guard segments.count == 6, segments[..<4] == ["workspace", "v3", "voice", "calls"] else {
      return [answer(request, 404, "")]
    }
    return [try command(request, call: segments[4], verb: segments[5])]
  }

  private mutating func command(
    _ request: PlatformRequest, call: String, verb: String
  ) throws -> Answer {
    if !refusals.isEmpty {
      let refusal = refusals.removeFirst()
      return answer(request, refusal.status, refusal.body)
    }
    guard calls[call] != nil else {
      return answer(request, 500, "Call with \(call) id does not exist for alice")
    }
    let id = try JSONValue.parse(request.body ?? [])["operationId"]?.string ?? ""
    accepted.append(Accepted(id: id, call: call, verb: verb))
    return answer(
      request, acceptedStatus, #"{"status":{"code":1},"operationId":"\#(id)"}"#)
  }

  private func answer(_ request: PlatformRequest, _ status: Int, _ body: String) -> Answer {
    Answer(id: request.id, status: status, body: body)
  }

  // MARK: - What happens

  /// Sends a message to the agent.
  mutating func say(_ data: String, on channel: String = "/workspace/v3/voice") -> [Answer] {
    bayeux.say(data, on: channel)
  }

  /// The platform has set the agent's session up, or failed to.
  mutating func finishInitialization(_ state: String = "Complete") -> [Answer] {
    isReady = state == "Complete"
    return say(
      #"{"state":"\#(state)","messageType":"WorkspaceInitializationComplete"}"#,
      on: "/workspace/v3/initialization")
  }

  /// Carries an accepted operation out and tells so; `naming` says by which id.
  mutating func perform(_ index: Int, naming id: String? = nil) -> [Answer] {
    let operation = accepted[index]
    let states = [
      "start-recording": "Recording", "resume-recording": "Recording",
      "pause-recording": "Paused", "stop-recording": "Stopped",
    ]
    calls[operation.call] = states[operation.verb]
    return say(
      #"{"messageType":"CallStateChanged","notificationType":"CallRecordingStateChange","#
        + #""operationId":"\#(id ?? operation.id)","call":\#(call(operation.call))}"#)
  }

  /// Tells that an accepted operation has failed.
  mutating func fail(_ index: Int) -> [Answer] {
    say(
      #"{"messageType":"EventError","error":{"errorCode":185,"errorMessage":"Unknown call"},"#
        + #""operationId":"\#(accepted[index].id)"}"#)
  }

  private func call(_ id: String) -> String { Self.call(id, calls[id] ?? "", previous: previous) }

  /// A call whose witnesses agree.
  static func call(_ id: String, _ state: String, previous: String? = nil) -> String {
    let (gsip, capabilities) =
      switch state {
      case "Recording": ("ON", #""pause-recording","stop-recording""#)
      case "Paused": ("PAUSED", #""resume-recording","stop-recording""#)
      default: ("OFF", #""start-recording""#)
      }
    let previous = previous.map { #","previousConnId":"\#($0)""# } ?? ""
    return #"{"id":"\#(id)","connId":"\#(id)","state":"Established","duration":12,"#
      + #""recordingState":"\#(state)","capabilities":["hold","release",\#(capabilities)],"#
      + #""userData":[{"key":"GSIP_RECORD","type":"str","value":"\#(gsip)"}]\#(previous)}"#
  }
}
