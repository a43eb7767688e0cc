import Commands

@testable import Bridge

/// A platform that answers as the source of a route says: one call `C1` with one recording.
struct RouteStub {
  /// What it says to a command.
  struct Reply: Sendable {
    var status: Int
    var message: String?
    var retryAfter: Int?
    /// The recording is in the story's last state from then on.
    var hasEffect = false

    static func yes(_ status: Int = 200) -> Reply { Reply(status: status, hasEffect: true) }
    static func accepts(_ status: Int = 202) -> Reply { Reply(status: status) }
    static func no(_ status: Int, _ message: String? = nil, after seconds: Int? = nil) -> Reply {
      Reply(status: status, message: message, retryAfter: seconds)
    }
    /// It says no, and somebody else brings it about at the same time.
    static func overtaken(_ status: Int) -> Reply { Reply(status: status, hasEffect: true) }
  }

  let route: String
  /// The word for the state of the recording.
  var state: String
  let lastState: String
  /// In the order of the commands; the last one goes on.
  let replies: [Reply]
  /// Seconds until it knows the recording; before, it refuses with 403 and 404.
  var unknownFor = Duration.zero
  /// What it says to every GET; nil for the truth.
  var looks: Reply?
  private(set) var commands: [String] = []
  private(set) var questions: [String] = []

  init(
    _ route: String, from state: String, to lastState: String, _ replies: [Reply],
    unknownFor: Duration = .zero, looks: Reply? = nil
  ) {
    self.route = route
    self.state = state
    self.lastState = lastState
    self.replies = replies
    self.unknownFor = unknownFor
    self.looks = looks
  }

  mutating func answer(_ request: PlatformRequest, after time: Duration) -> Answer {
    if request.method == .get {
      questions.append(request.target)
      if let looks { return Self.answer(looks) }
      guard time >= unknownFor, let body = description(request.target) else {
        return .response(status: 404, headers: [], body: [])
      }
      return .response(status: 200, headers: [], body: Array(body.utf8))
    }
    commands.append("\(request.method.rawValue) \(request.target)")
    if time < unknownFor { return Self.answer(.no(403)) }
    let reply = replies.isEmpty ? .no(500) : replies[min(commands.count, replies.count) - 1]
    if reply.hasEffect { state = lastState }
    return Self.answer(reply)
  }

  private static func answer(_ reply: Reply) -> Answer {
    .response(
      status: reply.status,
      headers: reply.retryAfter.map { [Header("Retry-After", String($0))] } ?? [],
      body: Array((reply.message.map { #"{"message":"\#($0)"}"# } ?? "{}").utf8))
  }

  /// What a GET shows, as the source of the route writes it.
  private func description(_ target: String) -> String? {
    switch target {
    case "/api/v2/conversations/calls/C1":
      #"{"participants":[{"id":"P0","purpose":"customer","state":"connected"},"#
        + #"{"id":"P1","purpose":"agent","state":"connected","recordingState":"\#(state)","#
        + #""recordersState":{"snippetState":"\#(state)"}}]}"#
    case "/api/v2/conversations/C1":
      #"{"recordings":[{"id":"R0","state":"stopped"},{"id":"R1","state":"\#(state)"}]}"#
    case "/api/v2/recordings/R1": #"{"id":"R1","state":"\#(state)"}"#
    case "/api/v2/recording/recordings/R1": #"{"id":"R1","status":"\#(state)"}"#
    case "/api/v2/communications?state=active&types=voice":
      #"{"items":[{"id":"C0","state":"active"},{"id":"C1","state":"active"}]}"#
    case "/api/v2/recordings/conversations/C1": #"{"items":[{"status":"\#(state)"}]}"#
    case "/api/v2/recording-sessions/S1": #"{"id":"S1","status":"\#(state)"}"#
    default: nil
    }
  }
}
