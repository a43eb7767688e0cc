import Commands
import Configuration
import Foundation
import Testing

/// Mistakes of people who write their first route from the documentation: each is told with the way
/// out. Until it was, each of these routes was called good, or refused in words of YAML's grammar.
@Suite struct RouteMistakeTests {
  private static let good = """
    name: acme
    operations:
      stop:
        method: POST
        path: /calls/{call}/recording
        body: { cmd: HALT }
    status: { message: errorId }
    successes:
      - { status: 202, asynchronous: true }
    refusals:
      - { status: 423, words: E77, means: conflict }
      - { status: 404, means: gone }
    verification:
      path: /calls/{call}/recording
      at: data.rec.status
      states: { RUN: Recording, OFF: Stopped }

    """

  /// What is said of the good route after a change; warnings are marked.
  private func said(_ old: String, _ new: String) throws -> [String] {
    try #require(Self.good.contains(old))
    return try said(Self.good.replacing(old, with: new))
  }

  private func said(_ route: String) throws -> [String] {
    try withFile(route) { path in
      func shown(_ problem: ConfigurationProblem) -> String {
        "\(problem.line ?? 0): \(problem.key.map { "\($0): " } ?? "")\(problem.problem)"
      }
      do throws(ConfigurationError) {
        return try RouteFile.load(path: path).warnings.map { "warning: \(shown($0))" }
      } catch {
        return error.problems.map(shown)
      }
    }
  }

  @Test func `a good route, and each shipped one, has nothing to be said of it`() throws {
    #expect(try said(Self.good) == [])
    for file in RouteFile.shipped {
      let text = try #require(RouteFile.shippedText(file.route.name))
      let name = "name: \(file.route.name)\n"
      #expect(try said(text.replacing(name, with: "name: mine\n")) == [], "\(file.route.name)")
    }
  }

  // MARK: Names in braces

  @Test(arguments: [
    (
      "{ cmd: HALT }", "{ cmd: HALT, id: {call} }",
      "6: operations.stop.body.id: {call} without quotes is a mapping; write \"{call}\" for the"
        + " value, or { call: null } for the mapping"
    ),
    (
      "{ cmd: HALT }", "{call}",
      "6: operations.stop.body: {call} without quotes is a mapping; write \"{call}\" for the value,"
        + " or { call: null } for the mapping"
    ),
    (
      "path: /calls/{call}/recording\n    body", "path: {call}\n    body",
      "5: operations.stop.path: put the text that begins with { in quotes: \"{call}\""
    ),
    (
      "path: /calls/{call}/recording\n    body", "path: {call}/x\n    body",
      "5: column 17: did not find expected key while parsing a block mapping that begins on line 4;"
        + " put a text that begins with { in quotes"
    ),
    (
      "{ cmd: HALT }", "'{\"cmd\": \"HALT\"}'",
      "6: operations.stop.body: \"{\"cmd\": \"HALT\"}\" is no name; write JSON as a mapping, such as"
        + " { cmd: HALT }, and {{ and }} for the braces themselves"
    ),
    (
      "path: /calls/{call}/recording\n    body", "path: calls/{call}/recording\n    body",
      "5: operations.stop.path: expected a path below the platform's URL that begins with '/', found"
        + " \"calls/{call}/recording\""
    ),
    (
      "path: /calls/{call}/recording\n    body", "path: /calls/${call}/recording\n    body",
      "5: operations.stop.path: a value stands in braces alone: write {call}, or %24{call} for the $"
        + " itself"
    ),
    (
      "path: /calls/{call}/recording\n    body", "path: /calls/:call/recording\n    body",
      "5: operations.stop.path: a value stands in braces: write {call}, or %3Acall for the text"
        + " itself"
    ),
    (
      "{ cmd: HALT }", "{ cmd: HALT, id: \"${call}\" }",
      "warning: 6: operations.stop.body.id: the $ is sent as it stands: a value is in braces alone"
    ),
  ])
  func `a place for a value that is none`(_ old: String, _ new: String, _ message: String) throws {
    #expect(try said(old, new) == [message])
  }

  @Test func `a null that is written out may stand in a body`() throws {
    #expect(try said("{ cmd: HALT }", "{ cmd: { call: null }, a: { b: ~ } }") == [])
  }

  @Test func `what is offered for an unknown name can be used, and each once`() throws {
    let parameters = """
      name: acme
      parameters:
        call: { about: x }
        rec-id: { about: y }
        foo: { default: "{bar}" }
        baz: { default: "{qqqqqq}" }
        bar: { about: z }
      """
    let said = try said("name: acme", parameters)
    #expect(
      said.suffix(2) == [
        "5: parameters.foo.default: {bar} is not known; it is declared further below: put it before"
          + " what refers to it",
        "6: parameters.baz.default: {qqqqqq} is not known; known here: call, agent, operationId,"
          + " origin, foo; more with parameters",
      ])
  }

  // MARK: Which call

  /// Also with a parameter of a fixed value, or one that is looked up by nothing. Tried: to take
  /// every parameter for one that leads to a call, and to leave verifications out.
  @Test(arguments: [
    ("", "/recording", "names no call"),
    ("  kind: { default: video }\n", "/recording/{kind}", "names no call"),
    ("  kind: { oneOf: [call, screen] }\n", "/recording/{kind}", "names no call"),
    (
      "  kind: { lookup: { path: /recorders, at: items.id } }\n", "/recording/{kind}",
      "names no call"
    ),
    ("", "/recording?host={origin}", "names no call"),
    ("", "/agents/{agent}/recording", "names only the agent"),
    (
      "  kind: { lookup: { path: \"/agents/{agent}\", at: id } }\n", "/recording/{kind}",
      "names only the agent"
    ),
    ("  kind: { about: the id of the session }\n", "/sessions/{kind}", ""),
    ("  kind: { default: \"{call}\" }\n", "/sessions/{kind}", ""),
    ("  kind: { lookup: { path: \"/calls/{call}\", at: id } }\n", "/sessions/{kind}", ""),
    ("  kind: { lookup: { path: /calls, at: \"items[id={call}].r\" } }\n", "/x/{kind}", ""),
  ])
  func `a request that is the same for every call`(
    _ parameter: String, _ path: String, _ message: String
  ) throws {
    let declared = parameter.isEmpty ? "" : "parameters:\n\(parameter)"
    let text = Self.good.replacing("operations:\n", with: "\(declared)operations:\n")
    let operation = try said(
      text.replacing(
        "path: /calls/{call}/recording\n    body", with: "path: \(path)\n    body"))
    let look = try said(
      text.replacing("path: /calls/{call}/recording\n  at", with: "path: \(path)\n  at"))
    if message.isEmpty {
      #expect(operation == [])
      #expect(look == [])
    } else {
      let mark = message.contains("agent") ? "warning: " : ""
      let line = 5 + (parameter.isEmpty ? 0 : 2)
      #expect(operation.count == 1 && look.count == 1)
      #expect(
        operation[0].hasPrefix("\(mark)\(line): operations.stop.path: \(message)"), "\(operation)")
      #expect(look[0].hasPrefix("\(mark)\(line + 9): verification.path: \(message)"), "\(look)")
    }
  }

  @Test func `the call may stand in the body, in a header or in the place of the answer`() throws {
    let bare = Self.good.replacing(
      "/calls/{call}/recording\n    body", with: "/recording\n    body")
    #expect(try said(bare.replacing("cmd: HALT", with: "id: \"{call}\"")) == [])
    #expect(
      try said(
        bare.replacing("operations:\n", with: "headers: { X-Call: \"{call}\" }\noperations:\n"))
        == [])
    #expect(
      try said(
        "path: /calls/{call}/recording\n  at: data.rec.status",
        "path: /recordings\n  at: data.rec[call={call}].status") == [])
    // The platform knows what its own operation was about.
    #expect(
      try said(
        "path: /calls/{call}/recording\n  at", "path: \"/operations/{operationId}\"\n  at") == [])
    #expect(
      try said(
        "path: /calls/{call}/recording\n    body", "path: \"/operations/{operationId}\"\n    body"
      ).count == 1)
  }

  @Test func `a fallback names its call as well`() throws {
    let said = try said(
      "    body: { cmd: HALT }\n",
      "    body: { cmd: HALT }\n    fallback: { after: 2, method: POST, path: /halt }\n")
    #expect(said.count == 1)
    #expect(said[0].hasPrefix("7: operations.stop.fallback.path: names no call"))
  }

  // MARK: Places in answers

  @Test(arguments: [
    ("$.data.rec.status", "a place begins with the name of a member; write data.rec.status"),
    ("'$[0].status'", "a place begins with the name of a member; write [0].status"),
    ("data/rec/status", "names have dots between them; write data.rec.status"),
    ("/data/rec", "names have dots between them; write data.rec"),
    ("'data.rec[0].status'", "\"0\" is no condition; write key=value, or [] for any element"),
  ])
  func `a place in another notation`(_ place: String, _ message: String) throws {
    let said = try said("at: data.rec.status", "at: \(place)")
    #expect(said.count == 1)
    #expect(
      said[0] == "15: verification.at: expected a place in the answer, such as items[].status:"
        + " \(message)")
  }

  @Test func `a slash is part of a name where names have dots between them`() throws {
    #expect(try said("at: data.rec.status", "at: data.a/b.status") == [])
  }

  // MARK: Rules that nothing reaches

  @Test(arguments: [
    (
      "status: { message: errorId }\n", "",
      "status: 423, words: E77", "codes: [77]",
      [
        "10: refusals[0].codes: fits no answer: say with status.code where answers have the"
          + " platform's code"
      ]
    ),
    (
      "", "", "status: 202, asynchronous: true", "status: 202, codes: present",
      [
        "9: successes[0].codes: fits no answer: say with status.code where answers have the"
          + " platform's code"
      ]
    ),
    (
      "status: { message: errorId }", "status: { code: number }", "", "",
      [
        "warning: 7: status.message: missing, so that refusals[0].words fits only answers that are"
          + " not JSON; say where answers have their words, such as message"
      ]
    ),
    ("status: { message: errorId }\n", "", "", "", []),
    (
      "", "", "  - { status: 423,", "  - { status: 400-499, means: permanent }\n  - { status: 423,",
      [
        "12: refusals[1]: never reached: refusals[0] fits every such answer; put this one before it",
        "13: refusals[2]: never reached: refusals[0] fits every such answer; put this one before it",
      ]
    ),
    (
      "", "", "- { status: 404, means: gone }", "- { status: 423, words: e77, means: gone }",
      ["12: refusals[1]: never reached: refusals[0] fits every such answer; remove one of the two"]
    ),
    (
      "", "", "- { status: 404, means: gone }", "- { status: 423, words: E777, means: gone }",
      ["12: refusals[1]: never reached: refusals[0] fits every such answer; put this one before it"]
    ),
    ("", "", "- { status: 404, means: gone }", "- { status: 423, words: E7, means: gone }", []),
    ("", "", "- { status: 404, means: gone }", "- { status: 423, means: gone }", []),
    (
      "", "", "status: 202, asynchronous: true", "status: 100-599",
      [
        "9: successes[0]: takes errors (400 and above) for a yes as well; end it at 399, give a rule"
          + " of its own to a status that means yes, or say with codes which answers do"
      ]
    ),
    (
      "", "", "status: 202, asynchronous: true", "status: 404",
      ["12: refusals[1]: never reached: successes[0] takes every such answer for a yes"]
    ),
    (
      "successes:\n  - { status: 202, asynchronous: true }\n", "", "status: 404", "status: 204",
      [
        "10: refusals[1]: never reached: successes, by default 200-299, takes every such answer for a"
          + " yes"
      ]
    ),
    (
      "", "", "  - { status: 202,", "  - { status: 200-299 }\n  - { status: 202,",
      [
        "10: successes[1]: never reached: successes[0] fits every such answer; put this one before it"
      ]
    ),
  ])
  func `a rule that no answer reaches`(
    _ old: String, _ new: String, _ otherOld: String, _ otherNew: String, _ messages: [String]
  ) throws {
    var text = Self.good
    for (old, new) in [(old, new), (otherOld, otherNew)] where !old.isEmpty {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    #expect(try said(text) == messages)
  }

  /// Tried: to take any codes for covered by any others.
  @Test func `a rule with codes leaves the other codes to those behind it`() throws {
    let text = Self.good.replacing("{ message: errorId }", with: "{ code: n, message: errorId }")
    func rules(_ rules: String...) throws -> Int {
      let lines = rules.map { "  - { \($0), means: gone }\n" }.joined()
      return try said(
        text.replacing("  - { status: 404, means: gone }\n", with: lines)
      ).count
    }
    #expect(try rules("codes: [1, 2]", "codes: [3]", "codes: present", "status: 404") == 0)
    #expect(try rules("codes: absent", "codes: present", "codes: [1]") == 1)
    #expect(try rules("codes: [1, 2]", "codes: [2]") == 1)
    #expect(try rules("status: 404, codes: [1]", "status: 400-499, codes: [1]") == 0)
    #expect(try rules("status: 400-499, codes: [1]", "status: 404, codes: [1]") == 1)
    #expect(
      try said(
        text.replacing("status: 202, asynchronous: true", with: "status: 100-599, codes: [0]"))
        == [])
  }

  // MARK: What to write instead

  @Test(arguments: [
    (
      "words: E77", "codes: [E77]",
      "11: refusals[0].codes: expected absent, present, or a list of the platform's codes such as"
        + " [6], found \"E77\", which is no whole number; a code that is a text is found by words:"
        + " E77 instead of codes, with status.message saying where it stands"
    ),
    (
      "words: E77", "codes: [\"77\"]",
      "11: refusals[0].codes: expected absent, present, or a list of the platform's codes such as"
        + " [6], found \"77\", which is no whole number; write it without quotes"
    ),
    (
      "asynchronous: true", "asynchronous: yes",
      "9: successes[0].asynchronous: expected true or false, found \"yes\"; write true"
    ),
    (
      "asynchronous: true", "asynchronous: \"false\"",
      "9: successes[0].asynchronous: expected true or false, found \"false\"; write false without"
        + " quotes"
    ),
    (
      "asynchronous: true", "async: true",
      "9: successes[0].async: unknown key; did you mean asynchronous?"
    ),
    (
      "status: 404", "status: [404, 410]",
      "12: refusals[1].status: expected an HTTP status such as 409, or a range such as 400-499,"
        + " found a list; write a rule for each of them"
    ),
    (
      "status: 404", "status: 5xx",
      "12: refusals[1].status: expected an HTTP status such as 409, or a range such as 400-499,"
        + " found \"5xx\"; write 500-599"
    ),
    ("  stop:\n", "  unpause:\n", "3: operations.unpause: unknown key; did you mean resume?"),
    ("  stop:\n", "  halt:\n", "3: operations.halt: unknown key; did you mean stop?"),
    (
      "means: gone", "means: busy",
      "12: refusals[1].means: expected one of permanent, conflict, gone, not-authenticated,"
        + " throttled, transient, malformed, found \"busy\"; permanent: it will never be carried"
        + " out; conflict: the state does not allow it now; gone: there is no such call or"
        + " recording; not-authenticated: the login or the token is not good; throttled: too many"
        + " requests; transient: nobody knows whether it was carried out; malformed: the request was"
        + " not understood"
    ),
    (
      "    method: POST\n    path: /calls/{call}/recording\n    body: { cmd: HALT }\n", "",
      "3: operations.stop: expected a mapping with the keys method, path, body, fallback,"
        + " verification, found nothing"
    ),
    (
      "name: acme", "name: gws-v2", "1: name: gws-v2 is the name of a shipped route; choose another"
    ),
  ])
  func `a mistake says what to write`(_ old: String, _ new: String, _ message: String) throws {
    #expect(try said(old, new) == [message])
  }

  @Test func `a route needs one operation, whichever it is`() throws {
    let operations = try #require(
      Self.good.components(separatedBy: "operations:\n").last?
        .components(separatedBy: "status:").first)
    let expected = "at least one of start, stop, pause and resume"
    #expect(
      try said("operations:\n\(operations)", "operations: {}\n")
        == ["2: operations: expected \(expected), found an empty mapping"])
    #expect(
      try said("operations:\n\(operations)", "")
        == ["1: operations: missing; expected a mapping with \(expected)"])
    #expect(try said("  stop:\n", "  pause:\n") == [])
  }
}
