import Calls
import JSON
import Testing

@testable import Commands

/// What each route sends and how it reads what its source describes: one line a case, in the words
/// of the source.
@Suite struct RouteTableTests {
  typealias Meaning = Route.Refusal.Meaning

  /// What a route has to be told besides the call `C1` of the platform `https://p.example`.
  static let parameters = [
    "genesys-cloud-actions": ["recording": "R1"],
    "genesys-cloud-sessions": ["session": "S1"],
  ]
  /// What a look-up has found.
  static let found = [
    "genesys-cloud": ["participant": "P1"], "genesys-cloud-recordings": ["recording": "R1"],
    "genesys-cloud-events": ["conversation": "C1"],
  ]

  private func route(_ name: String) throws -> Route { try #require(Route.shipped(name)) }

  private func knowledge(_ name: String, given more: [String: String] = [:]) -> Route.Knowledge {
    let parameters = (Self.parameters[name] ?? [:]).merging(more) { _, new in new }
    var knowledge = Route.Knowledge(
      [.call: "C1", .agent: "alice", .operationId: "cmd-1", .origin: "https://p.example"],
      parameters: parameters)
    knowledge.values.merge(Self.found[name] ?? [:]) { given, _ in given }
    return knowledge
  }

  private func line(_ preparation: Route.Preparation) -> String {
    switch preparation {
    case .ready(let outgoing): line(outgoing)
    case .lookUp(let parameter, let outgoing): "\(parameter)? \(line(outgoing))"
    case .impossible(let reason), .missing(let reason), .notFound(let reason): reason
    }
  }

  private func line(_ outgoing: Route.Outgoing) -> String {
    let body = outgoing.body.map { " " + String(decoding: $0, as: UTF8.self) } ?? ""
    return "\(outgoing.method.rawValue) \(outgoing.target)\(body)"
  }

  @Test(
    arguments: [
      ("gws-v2", .stop, #"POST /api/v2/me/calls/C1 {"operationName":"StopCallRecording"}"#),
      (
        "workspace-v3", .pause,
        #"POST /workspace/v3/voice/calls/C1/pause-recording {"operationId":"cmd-1"}"#
      ),
      (
        "genesys-cloud", .pause,
        #"PATCH /api/v2/conversations/C1/recordingstate {"recordingState":"PAUSED"}"#
      ),
      (
        "genesys-cloud", .resume,
        #"PATCH /api/v2/conversations/C1/recordingstate {"recordingState":"ACTIVE"}"#
      ),
      (
        "genesys-cloud", .start,
        "POST /api/v2/conversations/calls/C1/participants/P1/snippet/record"
          + #" {"type":"snippet","record":true}"#
      ),
      (
        "genesys-cloud", .stop,
        "POST /api/v2/conversations/calls/C1/participants/P1/snippet/record"
          + #" {"type":"snippet","record":false}"#
      ),
      ("genesys-cloud-recordings", .stop, #"PATCH /api/v2/recordings/R1 {"action":"stop"}"#),
      ("genesys-cloud-actions", .stop, "POST /api/v2/recording/recordings/R1/actions/stop"),
      (
        "genesys-cloud-events", .start,
        #"POST /api/v2/recordings/conversations/C1/events {"type":"start"}"#
      ),
      (
        "genesys-cloud-events", .stop,
        #"POST /api/v2/recordings/conversations/C1/events {"type":"stop"}"#
      ),
      (
        "genesys-cloud-sessions", .start,
        #"POST /api/v2/recording-sessions/S1/start {"recordingType":"call","mediaTypes":["audio"],"#
          + #""sessionUri":"https://p.example/api/v2/conversations/C1"}"#
      ),
    ] as [(String, Operation, String)])
  func `each operation is sent as its source writes it`(
    _ name: String, _ operation: Operation, _ expected: String
  ) throws {
    let route = try route(name)
    #expect(line(route.prepare(operation, attempt: 1, knowledge(name))) == expected)
    #expect(route.objection(to: operation, parameters: [:], knowledge(name)) == nil)
  }

  @Test(
    arguments: [
      ("genesys-cloud", .stop, "GET /api/v2/conversations/calls/C1"),
      ("genesys-cloud", .pause, "GET /api/v2/conversations/calls/C1"),
      ("genesys-cloud-recordings", .stop, "GET /api/v2/recordings/R1"),
      ("genesys-cloud-actions", .stop, "GET /api/v2/recording/recordings/R1"),
      ("genesys-cloud-events", .stop, "GET /api/v2/recordings/conversations/C1"),
      ("genesys-cloud-sessions", .start, "GET /api/v2/recording-sessions/S1"),
    ] as [(String, Operation, String)])
  func `each route looks where its source says`(
    _ name: String, _ operation: Operation, _ expected: String
  ) throws {
    #expect(line(try route(name).prepareLook(operation, knowledge(name))) == expected)
  }

  @Test(
    arguments: [
      ("genesys-cloud", 202, "", nil), ("genesys-cloud", 403, "{}", .permanent),
      ("genesys-cloud", 404, "{}", .gone), ("genesys-cloud", 429, "{}", .throttled),
      ("genesys-cloud", 400, "{}", .malformed), ("genesys-cloud", 401, "{}", .notAuthenticated),
      ("genesys-cloud", 503, "", .transient),
      ("genesys-cloud-recordings", 200, "{}", nil),
      (
        "genesys-cloud-recordings", 409,
        #"{"message":"The recording is not in a startable state."}"#, .conflict
      ),
      ("genesys-cloud-recordings", 404, "", .gone),
      ("genesys-cloud-recordings", 403, "", .permanent),
      ("genesys-cloud-actions", 204, "", nil),
      (
        "genesys-cloud-actions", 403,
        #"{"code":"bad_request","message":"You do not have permission to perform this action.","#
          + #""status":403}"#, .permanent
      ),
      ("genesys-cloud-actions", 404, "", .gone),
      ("genesys-cloud-events", 202, "{}", nil), ("genesys-cloud-events", 200, "{}", .transient),
      ("genesys-cloud-events", 403, "{}", .permanent), ("genesys-cloud-events", 404, "{}", .gone),
      ("genesys-cloud-events", 409, "{}", .conflict),
      ("genesys-cloud-events", 429, "{}", .throttled),
      ("genesys-cloud-events", 401, "{}", .notAuthenticated),
      ("genesys-cloud-sessions", 202, #"{"id":"R1"}"#, nil),
      ("genesys-cloud-sessions", 403, "{}", .permanent),
      (
        "genesys-cloud-sessions", 400,
        #"{"message":"Session is not in a state that allows starting recording."}"#, .malformed
      ),
    ] as [(String, Int, String, Meaning?)])
  func `each answer that a source names reads as it says`(
    _ name: String, _ status: Int, _ body: String, _ expected: Meaning?
  ) throws {
    switch try route(name).read(status: status, body: Array(body.utf8)) {
    case .accepted(let code, let isAsynchronous):
      #expect(expected == nil)
      #expect(code == nil)
      #expect(isAsynchronous)
    case .refused(let meaning, _, _, let isDoubtful):
      #expect(meaning == expected)
      // Only these are told apart by the verifying GET alone.
      let told = [
        403: ["genesys-cloud-recordings", "genesys-cloud-actions", "genesys-cloud-sessions"],
        400: ["genesys-cloud-sessions"],
      ]
      #expect(isDoubtful == told[status]?.contains(name) ?? false)
    }
  }

  @Test(
    arguments: [
      ("genesys-cloud-recordings", 200, #"{"id":"R1","state":"started"}"#, .state(.recording)),
      ("genesys-cloud-recordings", 200, #"{"id":"R1","state":"stopped"}"#, .state(.stopped)),
      ("genesys-cloud-actions", 200, #"{"status":"in-progress"}"#, .state(.recording)),
      ("genesys-cloud-actions", 200, #"{"status":"complete"}"#, .state(.stopped)),
      ("genesys-cloud-events", 200, #"{"items":[{"status":"recording"}]}"#, .state(.recording)),
      ("genesys-cloud-events", 200, #"{"items":[{"status":"ended"}]}"#, .state(.stopped)),
      // One that has ended says nothing of another that goes on.
      (
        "genesys-cloud-events", 200, #"{"items":[{"status":"ended"},{"status":"recording"}]}"#,
        .state(.recording)
      ),
      (
        "genesys-cloud-events", 200, #"{"items":[]}"#,
        .notThere("the answer shows no recording at items[].status")
      ),
      ("genesys-cloud-events", 404, "", .notThere("HTTP status 404")),
      (
        "genesys-cloud-events", 200, #"{"items":[{"status":"ended"},{"status":"?"}]}"#,
        .unclear(#"the answer says "?" at items[].status, which the route does not know"#)
      ),
      ("genesys-cloud-events", 200, "<html>", .unclear("HTTP status 200")),
      ("genesys-cloud-events", 429, "", .refused(.throttled, "HTTP status 429")),
      ("genesys-cloud-events", 401, "", .refused(.notAuthenticated, "HTTP status 401")),
      ("genesys-cloud-events", 500, "", .refused(.transient, "HTTP status 500")),
      ("genesys-cloud-sessions", 200, #"{"status":"active"}"#, .state(.stopped)),
      ("genesys-cloud-sessions", 200, #"{"status":"recording"}"#, .state(.recording)),
      ("genesys-cloud-sessions", 200, #"{"status":"completed"}"#, .state(.stopped)),
    ] as [(String, Int, String, Route.View)])
  func `each state that a source names is seen`(
    _ name: String, _ status: Int, _ body: String, _ expected: Route.View
  ) throws {
    let route = try route(name)
    let view = route.view(
      route.verification, status: status, body: Array(body.utf8), knowledge(name).values)
    #expect(view == expected)
  }

  @Test func `pause and snippet of the published API have states of their own`() throws {
    let route = try route("genesys-cloud")
    let body = Array(
      #"""
      {"participants":[
        {"id":"P0","purpose":"customer","state":"connected","recordingState":"none"},
        {"id":"P1","purpose":"agent","state":"connected","recordingState":"paused",
         "recordersState":{"adhocState":"NONE","snippetState":"ACTIVE"}}]}
      """#.utf8)
    var values = knowledge("genesys-cloud").values
    func view(_ operation: Operation) -> Route.View {
      route.view(route.verification(of: operation), status: 200, body: body, values)
    }
    values["type"] = "snippet"
    #expect(view(.pause) == .state(.paused))
    #expect(view(.stop) == .state(.recording))
    values["type"] = "adhoc"
    #expect(view(.stop) == .state(.stopped))
  }

  // MARK: What has to be known

  @Test(
    arguments: [
      ("genesys-cloud-recordings", .stop, "recording? GET /api/v2/conversations/C1"),
      (
        "genesys-cloud-events", .stop,
        "conversation? GET /api/v2/communications?state=active&types=voice"
      ),
      ("genesys-cloud", .start, "participant? GET /api/v2/conversations/calls/C1"),
      (
        "genesys-cloud-actions", .stop,
        "route genesys-cloud-actions needs the parameter recording: the id of the recording, as the"
          + " webhook or the conversation shows it"
      ),
      (
        "genesys-cloud-sessions", .stop,
        "route genesys-cloud-sessions has no way to stop a recording; it has start"
      ),
    ] as [(String, Operation, String)])
  func `what is not known is looked up, or asked for`(
    _ name: String, _ operation: Operation, _ expected: String
  ) throws {
    let knowledge = Route.Knowledge([.call: "C1", .agent: "alice", .origin: "https://p.example"])
    #expect(line(try route(name).prepare(operation, attempt: 1, knowledge)) == expected)
  }

  @Test(arguments: [
    (
      "genesys-cloud-recordings",
      #"{"recordings":[{"id":"R0","state":"stopped"},{"id":"R1","state":"started"}]}"#, "R1"
    ),
    ("genesys-cloud-events", #"{"items":[{"id":"C0"},{"id":"C1"}]}"#, "C1"),
    (
      "genesys-cloud",
      #"{"participants":[{"id":"P0","purpose":"customer","state":"connected"},"#
        + #"{"id":"P1","purpose":"agent","state":"connected"}]}"#, "P1"
    ),
  ])
  func `a look-up finds what belongs to the call`(
    _ name: String, _ body: String, _ expected: String
  ) throws {
    let route = try route(name)
    let lookup = try #require(route.parameters.compactMap(\.lookup).first)
    let values = ["call": "C1", "conversation": "C1"]
    let view = route.view(lookup, status: 200, body: Array(body.utf8), values)
    #expect(view == .found(expected))
    let nothing = route.view(lookup, status: 200, body: Array("{}".utf8), values)
    #expect(nothing == .notThere("the answer has nothing at \(lookup.place.description(values))"))
  }

  // Mutation tried: the first of several taken.
  @Test func `two recordings that run are none: a stop must not reach the wrong one`() throws {
    let route = try route("genesys-cloud-recordings")
    let lookup = try #require(route.parameters.compactMap(\.lookup).first)
    let body = #"{"recordings":[{"id":"R1","state":"started"},{"id":"R2","state":"started"}]}"#
    let view = route.view(lookup, status: 200, body: Array(body.utf8), [:])
    #expect(
      view == .notThere("the answer has 2 different ones at recordings[state=started].id"))
  }

  @Test func `the fallback takes over after two attempts, or when nothing can be named`() throws {
    let route = try route("genesys-cloud-recordings")
    let fallback = #"PATCH /api/v2/conversations/C1 {"action":"stopRecording"}"#
    var known = knowledge("genesys-cloud-recordings")
    let first = #"PATCH /api/v2/recordings/R1 {"action":"stop"}"#
    #expect(line(route.prepare(.stop, attempt: 2, known)) == first)
    #expect(line(route.prepare(.stop, attempt: 3, known)) == fallback)
    known.values["recording"] = nil
    known.absent["recording"] = "there was none"
    #expect(line(route.prepare(.stop, attempt: 1, known)) == fallback)
  }

  // Mutations tried: the pattern not looked at; stars of a value taken for stars of the pattern.
  @Test(
    arguments: [
      (["sessionUri": "https://p.example/api/v2/conversations/C2"], "must look like"),
      (["sessionUri": "https:///api/v2/conversations/C1"], "must look like"),
      (["conversation": "*"], nil),
      (
        ["conversation": "*", "sessionUri": "https://p.example/api/v2/conversations/C1"],
        "must look"
      ),
      (["recordingType": "video"], "must be one of call, screen, co-browse, and is 'video'"),
      (["mediaTypes": "audio, chat"], nil),
      (["mediaTypes": "audio,video"], "must be some of audio, screen, chat, and is 'audio,video'"),
      (["mediaTypes": ","], "must be some of"),
      (["session": ".."], "be more than dots"), (["session": ""], "must have 1 to 1024 bytes"),
      (["session": "a\nb"], "without control characters"),
      (
        ["sessoin": "S1"], "has no parameter 'sessoin'; it has session, conversation, recordingType"
      ),
    ] as [([String: String], String?)])
  func `what cannot be right is refused before anything is sent`(
    _ given: [String: String], _ problem: String?
  ) throws {
    let route = try route("genesys-cloud-sessions")
    let known = knowledge("genesys-cloud-sessions", given: given)
    let objection = route.objection(to: .start, parameters: given, known)
    if let problem {
      #expect(objection?.contains(problem) == true, "\(objection ?? "nothing")")
    } else {
      #expect(objection == nil)
    }
  }

  @Test func `a given value that cannot be right is refused, although there is a fallback`() throws
  {
    let route = try route("genesys-cloud-recordings")
    for given in [["recording": ".."], ["recording": ""], ["conversation": "."]] {
      let known = Route.Knowledge(
        [.call: "C1", .agent: "alice", .origin: "https://p.example"], parameters: given)
      let objection = route.objection(to: .stop, parameters: given, known)
      #expect(objection?.contains("must have 1 to 1024 bytes") == true, "\(given)")
      #expect(line(route.prepare(.stop, attempt: 1, known)) == objection)
    }
  }

  @Test(arguments: ["..", ".", "", "a\nb", String(repeating: "x", count: 1_025)])
  func `a call that would change the path is refused before anything is sent`(
    _ call: String
  ) throws {
    for name in ["gws-v2", "workspace-v3", "genesys-cloud", "genesys-cloud-recordings"] {
      let known = Route.Knowledge([.call: call, .agent: "alice", .origin: "https://p.example"])
      let objection = try route(name).objection(to: .stop, parameters: [:], known)
      #expect(objection?.contains("must have 1 to 1024 bytes") == true, "\(name)")
    }
    var own = try route("gws-v2")
    own.operations[.stop] = .init(.init(.post, try Template("/agents/{agent}/stop")))
    let known = Route.Knowledge([.call: "C1", .agent: call])
    #expect(own.objection(to: .stop, parameters: [:], known)?.hasPrefix("agent must") == true)
  }

  @Test func `a list becomes a list, and no value can leave its place`() throws {
    let route = try route("genesys-cloud-sessions")
    let given = ["session": "../a?b", "mediaTypes": "audio, screen"]
    let known = knowledge("genesys-cloud-sessions", given: given)
    guard case .ready(let outgoing) = route.prepare(.start, attempt: 1, known) else {
      Issue.record("it cannot be sent")
      return
    }
    #expect(outgoing.target == "/api/v2/recording-sessions/..%2Fa%3Fb/start")
    let body = try JSONValue.parse(#require(outgoing.body))
    #expect(body["mediaTypes"]?.elements.compactMap(\.string) == ["audio", "screen"])
  }
}
