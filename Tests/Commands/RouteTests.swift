import JSON
import Testing

@testable import Commands

/// Routes: what is sent for an operation, and what the answers mean.
@Suite struct RouteTests {
  typealias Meaning = Route.Refusal.Meaning

  struct Answer: Sendable, CustomTestStringConvertible {
    var status: Int
    var body: String
    var code: Int64?
    var text: String?

    init(_ status: Int, _ body: String, code: Int64? = nil, text: String? = nil) {
      self.status = status
      self.body = body
      self.code = code
      self.text = text
    }

    var testDescription: String { "\(status) \(body)" }
  }

  private let gwsV2: Route
  private let workspaceV3: Route

  init() throws {
    gwsV2 = try #require(Route.shipped("gws-v2"))
    workspaceV3 = try #require(Route.shipped("workspace-v3"))
  }

  private static let strange = Route.Knowledge([
    .call: "01/ä ?", .agent: "alice", .operationId: #"cmd-"1\"#, .origin: "https://gws.example",
  ])

  private func sent(
    _ route: Route, _ operation: Operation, _ knowledge: Route.Knowledge = strange
  ) throws -> Route.Outgoing {
    guard case .ready(let outgoing) = route.prepare(operation, attempt: 1, knowledge) else {
      throw NotReady()
    }
    return outgoing
  }

  private struct NotReady: Error {}

  private func meaning(_ route: Route, _ answer: Answer) -> Meaning? {
    guard
      case .refused(let meaning, let code, let text, _) = route.read(
        status: answer.status, body: Array(answer.body.utf8))
    else { return nil }
    #expect(code == answer.code)
    if let expected = answer.text { #expect(text == expected) }
    return meaning
  }

  @Test func `every operation of every shipped route has its request`() throws {
    for route in [gwsV2, workspaceV3] {
      #expect(route.offered == Operation.allCases)
      for operation in route.offered {
        let outgoing = try sent(route, operation)
        #expect(outgoing.target.contains("/01%2F%C3%A4%20%3F"))
        #expect(try JSONValue.parse(#require(outgoing.body)).kind == .object)
        #expect(outgoing.headers.first == .init(name: "Origin", value: "https://gws.example"))
      }
    }
  }

  @Test(arguments: [
    (Operation.start, "StartCallRecording", "start-recording"),
    (.stop, "StopCallRecording", "stop-recording"),
    (.pause, "PauseCallRecording", "pause-recording"),
    (.resume, "ResumeCallRecording", "resume-recording"),
  ])
  func `v2 names the operation in the body, v3 in the path, and gives it the command's id`(
    _ operation: Operation, _ name: String, _ segment: String
  ) throws {
    let v2 = try sent(gwsV2, operation, .init([.call: "C1", .origin: "o"]))
    #expect(v2.method == .post)
    #expect(v2.target == "/api/v2/me/calls/C1")
    #expect(v2.body == Array(#"{"operationName":"\#(name)"}"#.utf8))
    let v3 = try sent(
      workspaceV3, operation, .init([.call: "C1", .operationId: #"cmd-"1\"#, .origin: "o"]))
    #expect(v3.method == .post)
    #expect(v3.target == "/workspace/v3/voice/calls/C1/\(segment)")
    // An id may have any character and stays one string.
    let body = try JSONValue.parse(#require(v3.body))
    #expect(body["operationId"]?.string == #"cmd-"1\"#)
  }

  // Vendor's return values of 8.6.0. Moving the rule for any code in front of the others is caught
  // here, as is a rule by status that looks at answers with a code.
  @Test(
    arguments: [
      (Meaning.malformed, [1, 10, 11]), (.gone, [6]),
      (.conflict, [2, 4, 12, 13, 14, 15, 16, 17, 18, 19]), (.transient, [7]),
      (.notAuthenticated, [20]), (.permanent, [3, 5, 8, 99]),
    ] as [(Meaning, [Int64])])
  func `each code of v2 has its meaning, whatever the HTTP status`(
    _ expected: Meaning, _ codes: [Int64]
  ) {
    for code in codes {
      for status in [200, 403, 429, 500] {
        let answer = Answer(
          status, #"{"statusCode":\#(code),"statusMessage":"no"}"#, code: code,
          text: "HTTP status \(status), statusCode \(code): no")
        #expect(meaning(gwsV2, answer) == expected, "\(answer)")
      }
    }
  }

  @Test(arguments: [
    (Meaning.notAuthenticated, Answer(401, "")), (.notAuthenticated, Answer(403, "<html>")),
    (.throttled, Answer(429, "{}")), (.transient, Answer(408, "")), (.permanent, Answer(404, "")),
    (.transient, Answer(200, "<html>", text: "HTTP status 200, and the body is not JSON")),
    (.transient, Answer(202, "")), (.transient, Answer(503, "")), (.transient, Answer(302, "")),
    (.transient, Answer(500, #"{"statusCode":"x"}"#)),
  ])
  func `an answer without a code is read by its HTTP status`(
    _ expected: Meaning, _ answer: Answer
  ) {
    #expect(meaning(gwsV2, answer) == expected)
    #expect(meaning(workspaceV3, Answer(answer.status, answer.body)) == expected)
  }

  @Test func `success is one of the codes that say so, and never an error status`() {
    func read(_ route: Route, _ status: Int, _ body: String) -> Route.Reading {
      route.read(status: status, body: Array(body.utf8))
    }
    for code in [0, 9] as [Int64] {
      #expect(
        read(gwsV2, 200, #"{"statusCode":\#(code)}"#)
          == .accepted(code: code, isAsynchronous: true))
    }
    #expect(
      read(workspaceV3, 200, #"{"status":{"code":0}}"#)
        == .accepted(code: 0, isAsynchronous: false))
    for status in [200, 202] {
      #expect(
        read(workspaceV3, status, #"{"status":{"code":1},"operationId":"x"}"#)
          == .accepted(code: 1, isAsynchronous: true))
    }
    #expect(meaning(gwsV2, Answer(500, #"{"statusCode":0}"#, code: 0)) == .permanent)
    #expect(meaning(workspaceV3, Answer(500, #"{"status":{"code":1}}"#, code: 1)) == .transient)
    #expect(meaning(workspaceV3, Answer(200, #"{"statusCode":0}"#)) == .transient)
  }

  // What the vendor's documents and simulator show of v3: 603, and the texts of 500 and 501. The
  // other codes are made up, because no table of them is published.
  @Test(arguments: [
    (
      Meaning.notAuthenticated,
      Answer(
        403, #"{"status":{"code":603,"message":"Unauthorized"}}"#, code: 603,
        text: "HTTP status 403, status.code 603: Unauthorized")
    ),
    (.notAuthenticated, Answer(401, #"{"status":{"code":7}}"#, code: 7)),
    (.permanent, Answer(403, #"{"status":{"code":7}}"#, code: 7)),
    (.permanent, Answer(400, #"{"status":{"code":7}}"#, code: 7)),
    (.permanent, Answer(200, #"{"status":{"code":7}}"#, code: 7)),
    (.throttled, Answer(429, #"{"status":{"code":7}}"#, code: 7)),
    (.transient, Answer(503, #"{"status":{"code":7}}"#, code: 7)),
    (.gone, Answer(500, "Call with C1 id does not exist for alice")),
    (.transient, Answer(500, "Something else does not exist")),
    (.permanent, Answer(501, "Not Implemented")),
  ])
  func `the refusals of v3 that are documented read as they should`(
    _ expected: Meaning, _ answer: Answer
  ) {
    #expect(meaning(workspaceV3, answer) == expected)
  }

  @Test func `only v3 names the operation in its notifications`() {
    #expect(!gwsV2.namesOperations)
    #expect(workspaceV3.namesOperations)
    #expect(workspaceV3.verification.path.filled(.path, [:]) == "/workspace/v3/voice/calls")
  }
}
