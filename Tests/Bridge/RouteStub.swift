import Commands
import JSON

@testable import Bridge

/// A platform that answers as the source of a route says: one call `C1` with one recording.
struct RouteStub {
  /// What it says to a command, and what comes of it.
  struct Reply: Sendable {
    var status: Int
    /// The platform's own, where its answers have one.
    var code: Int?
    var message: String?
    var retryAfter: Int?
    /// The recording is in the story's last state from then on.
    var hasEffect = false
    /// Who brought that about, and whether those who listen are told.
    var told = Telling.byCommand

    /// It does what was asked for, at once.
    var isGood: Bool { hasEffect && told == .byCommand }

    enum Telling: Sendable { case byCommand, byOthers, never, failure }

    static func yes(_ status: Int = 200, code: Int? = nil) -> Reply {
      Reply(status: status, code: code, hasEffect: true)
    }
    static func accepts(_ status: Int = 202, code: Int? = nil) -> Reply {
      Reply(status: status, code: code)
    }
    static func no(
      _ status: Int, code: Int? = nil, _ message: String? = nil, after seconds: Int? = nil
    ) -> Reply {
      Reply(status: status, code: code, message: message, retryAfter: seconds)
    }
    /// It says no, and somebody else brings it about at the same time.
    static func overtaken(_ status: Int, code: Int? = nil, _ message: String? = nil) -> Reply {
      Reply(status: status, code: code, message: message, hasEffect: true, told: .byOthers)
    }
    /// It says yes and does it, and no notification comes.
    static func silent(code: Int) -> Reply {
      Reply(status: 200, code: code, hasEffect: true, told: .never)
    }
    /// It says yes, and tells later that it failed.
    static func fails(code: Int, _ message: String) -> Reply {
      Reply(status: 200, code: code, message: message, told: .failure)
    }
  }

  /// The word for a call that is over, where calls are listed.
  static let gone = "gone"

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
  private var notifying: NotifyingStub?
  private(set) var commands: [String] = []
  private(set) var questions: [String] = []

  init(
    _ route: String, from state: String, to lastState: String, _ replies: [Reply],
    unknownFor: Duration = .zero
  ) {
    self.route = route
    self.state = state
    self.lastState = lastState
    self.replies = replies
    self.unknownFor = unknownFor
    notifying = NotifyingStub(route: route)
  }

  /// Answers a request, and with it perhaps others that were held.
  mutating func arrive(
    _ request: PlatformRequest, after time: Duration
  ) throws -> [(id: RequestID, answer: Answer)] {
    if let answers = try notifying?.arrive(request) { return answers }
    guard request.method != .get else { return [(request.id, look(request.target, after: time))] }
    commands.append("\(request.method.rawValue) \(request.target)")
    if time < unknownFor { return [(request.id, answer(.no(403)))] }
    let reply = replies.isEmpty ? .no(500) : replies[min(commands.count, replies.count) - 1]
    if reply.hasEffect { state = lastState }
    return [(request.id, answer(reply))] + (try tell(reply, of: request))
  }

  private mutating func tell(
    _ reply: Reply, of request: PlatformRequest
  ) throws -> [(id: RequestID, answer: Answer)] {
    let operation = try request.body.flatMap { try JSONValue.parse($0)["operationId"]?.string }
    return switch reply.told {
    case .byCommand where reply.hasEffect:
      notifying?.tell(state, operation: operation) ?? []
    case .byOthers: notifying?.tell(state, operation: nil) ?? []
    case .failure:
      notifying?.tellFailure(reply.message ?? "", operation: operation ?? "") ?? []
    case .byCommand, .never: []
    }
  }

  private mutating func look(_ target: String, after time: Duration) -> Answer {
    questions.append(target)
    if let looks { return answer(looks) }
    guard time >= unknownFor, let body = notifying?.list(state) ?? description(target) else {
      return .response(status: 404, headers: [], body: [])
    }
    return .response(status: 200, headers: [], body: Array(body.utf8))
  }

  private func answer(_ reply: Reply) -> Answer {
    let plain = reply.message.map { #"{"message":"\#($0)"}"# } ?? "{}"
    return .response(
      status: reply.status,
      headers: reply.retryAfter.map { [Header("Retry-After", String($0))] } ?? [],
      body: Array((notifying?.body(reply) ?? plain).utf8))
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
