import Calls
import Commands
import Configuration
import Foundation
import Testing

/// Routes as files: what is understood, and what is said of a mistake.
@Suite struct RouteFileTests {
  /// The route of `docs/routes.md`: what the documentation shows is what works.
  private static func documented() throws -> String {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(package)/docs/routes.md"
    let page = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let block = try #require(page.components(separatedBy: "```yaml\n").last)
    return try #require(block.components(separatedBy: "```").first)
  }

  private func read(_ text: String) throws(ConfigurationError) -> Route {
    try RouteFile(Array(text.utf8), file: "acme.yaml", path: nil).route
  }

  private func problems(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func `the seven shipped routes are there, each with its origin`() {
    #expect(
      RouteFile.shipped.map(\.route.name) == [
        "gws-v2", "workspace-v3", "genesys-cloud", "genesys-cloud-recordings",
        "genesys-cloud-actions", "genesys-cloud-events", "genesys-cloud-sessions",
      ])
    for file in RouteFile.shipped {
      #expect(!file.route.about.isEmpty)
      #expect(file.source?.isEmpty == false)
      let text = RouteFile.shippedText(file.route.name)
      #expect(
        text?.contains("\nname: \(file.route.name)\n") ?? false
          || text?.hasPrefix("name: \(file.route.name)\n") ?? false)
    }
    let seeds = RouteFile.shipped.suffix(4)
    #expect(
      seeds.allSatisfy { $0.source?.contains("Absent from the vendor's published SDK") == true })
  }

  @Test func `the route of the documentation works`() throws {
    let route = try read(Self.documented())
    #expect(route.offered == [.start, .stop])
    var known = Route.Knowledge([.call: "C 1", .origin: "https://acme.example"])
    guard case .lookUp("recorder", let lookup) = route.prepare(.stop, attempt: 1, known) else {
      Issue.record("nothing is looked up")
      return
    }
    #expect(lookup.target == "/v3/calls/C%201")
    let parameter = try #require(route.parameters.first?.lookup)
    let answer = Array(#"{"recorders":[{"id":7,"active":false},{"id":8,"active":true}]}"#.utf8)
    #expect(route.view(parameter, status: 200, body: answer, lookup.values) == .found("8"))
    known.values["recorder"] = "8"
    guard case .ready(let start) = route.prepare(.start, attempt: 1, known) else {
      Issue.record("it cannot be sent")
      return
    }
    #expect(start.method == .put)
    #expect(start.target == "/v3/recorders/8/recording")
    #expect(start.body == Array(#"{"on":true,"call":"C 1"}"#.utf8))
    #expect(
      route.read(status: 500, body: Array(#"{"error":{"number":17,"text":"busy"}}"#.utf8))
        == .refused(.conflict, code: 17, text: "HTTP status 500, error.number 17: busy"))
    #expect(
      route.view(
        route.verification, status: 200, body: Array(#"{"recording":{"state":"off"}}"#.utf8), [:])
        == .state(.stopped))
  }

  @Test(arguments: [
    ("name: acme\n", "", "1: name: missing; expected what configurations call it, such as acme"),
    ("name: acme", "nmae: acme", "1: nmae: unknown key; did you mean name?"),
    (
      "    method: DELETE", "    metod: DELETE",
      ": operations.stop.metod: unknown key; did you mean method?"
    ),
    (
      "method: DELETE", "method: DELTE",
      ": operations.stop.method: expected one of POST, PUT, PATCH, DELETE, found \"DELTE\";"
        + " did you mean DELETE?"
    ),
    (
      "path: /v3/recorders/{recorder}\n", "path: /v3/recorders/{recorder}?state=in progress\n",
      ": verification.path: expected a path below the platform's URL that begins with '/', found"
        + " \"/v3/recorders/{recorder}?state=in progress\""
    ),
    (
      "path: /v3/recorders/{recorder}\n", "path: /v3/recorders/{recorder}?a=<b>\n",
      ": verification.path: expected a path"
    ),
    (
      "headers:\n", "  kind: { default: video, oneOf: [call, screen] }\nheaders:\n",
      ": parameters.kind.default: parameter kind must be one of call, screen, and is 'video'"
    ),
    (
      "headers:\n", "  kind: { default: 'a, c', oneOf: [a, b], list: true }\nheaders:\n",
      ": parameters.kind.default: parameter kind must be some of a, b, and is 'a, c'"
    ),
    (
      "headers:\n", "  kind: { default: abc, like: 'x*' }\nheaders:\n",
      ": parameters.kind.default: parameter kind must look like x*, and is 'abc'"
    ),
    (
      "  stop:\n", "  stop:\n    verification: { path: /calls, as: calls }\n",
      "operations.stop.verification.as: only the route's verification can; give at, states"
    ),
    (
      "  at: recording.state\n  states: { on: Recording, held: Paused, off: Stopped }",
      "  as: calls",
      "verification.path: all calls of an agent are asked for: {recorder} is not known here, only"
        + " {agent}"
    ),
    (
      "method: DELETE", "method: GET",
      ": operations.stop.method: a GET only asks; expected one of POST, PUT, PATCH, DELETE"
    ),
    (
      "path: /v3/recorders/{recorder}\n", "path: /v3/recorders/{recoder}\n",
      ": verification.path: {recoder} is not known; did you mean {recorder}?"
    ),
    (
      "path: /v3/calls/{call}", "path: /v3/calls/{recorder}",
      ": parameters.recorder.lookup.path: {recorder} is not known; known here: call, agent,"
        + " operationId, origin; more with parameters"
    ),
    (
      "path: /v3/calls/{call}", "path: v3/calls/{call}",
      ": parameters.recorder.lookup.path: expected a path below the platform's URL that begins with"
        + " '/', found \"v3/calls/{call}\""
    ),
    (
      "path: /v3/calls/{call}", "path: /v3/calls/{call",
      ": parameters.recorder.lookup.path: a { has no }; write {{ for the brace itself"
    ),
    (
      "at: recorders[active=true].id", "at: recorders[active].id",
      ": parameters.recorder.lookup.at: expected a place in the answer, such as items[].status:"
        + " \"active\" is no condition; write key=value, or [] for any element"
    ),
    (
      "  recorder:\n", "  call:\n",
      ": parameters.call: this name is always known; remove it, or use another"
    ),
    (
      "off: Stopped", "off: Stoped",
      ": verification.states.off: expected one of Recording, Paused, Stopped, found \"Stoped\"; did"
        + " you mean Stopped?"
    ),
    (
      "means: gone", "means: done",
      ": refusals[1].means: expected one of permanent, conflict, gone, not-authenticated,"
        + " throttled, transient, malformed, found \"done\"; did you mean gone?"
    ),
    (
      "status: 404,", "status: 40x,",
      ": refusals[1].status: expected an HTTP status such as 409, or a range such as 400-499, found"
        + " \"40x\""
    ),
    (
      "{ status: 404, means: gone }", "{ means: gone }",
      ": refusals[1]: expected at least one of status, codes and words"
    ),
    ("causes: [platform-busy]", "causes: [platform-bsy]", "did you mean platform-busy?"),
    (
      "codes: [17]", "codes: [x]",
      ": refusals[0].codes: expected absent, present, or a list of the platform's codes such as [6],"
        + " found \"x\", which is no whole number; a code that is a text is found by words: x instead"
        + " of codes, with status.message saying where it stands"
    ),
    (
      "  Content-Type:", "  Authorization:",
      ": headers.Authorization: credentials do not belong into a route; give them with the platform"
        + " or the agents"
    ),
    ("  at: recording.state\n", "", ": verification.at: missing; expected where the state stands"),
    (
      "on: true", "on: 1.50",
      ": operations.start.body.on: expected a whole number or a text, found \"1.50\"; put it in"
        + " quotes"
    ),
  ])
  func `a mistake names its line, its key and what was meant`(
    _ old: String, _ new: String, _ message: String
  ) throws {
    let text = try Self.documented()
    let place = try #require(text.firstRange(of: old))
    let said = problems(text.replacingCharacters(in: place, with: new))
    #expect(said.contains(message))
    // A key that is missing is missed where its mapping begins.
    guard message.first == ":", !message.contains("missing") else { return }
    let line = text[..<place.lowerBound].count { $0 == "\n" } + 1
    #expect(said.hasPrefix("acme.yaml:\(line):"))
  }

  @Test func `a route may leave out what has a usual meaning`() throws {
    let route = try read(
      """
      name: least
      operations:
        stop: { method: POST, path: "/stop/{call}" }
      verification: { path: "/calls/{call}", at: state, states: { on: Recording } }
      """)
    #expect(
      route.read(status: 204, body: []) == .accepted(code: nil, isAsynchronous: true))
    #expect(
      route.read(status: 409, body: Array(#"{"message":"busy"}"#.utf8))
        == .refused(.permanent, code: nil, text: "HTTP status 409: busy"))
  }

  @Test func `where the route reads calls, no operation reads anything else`() throws {
    let said = problems(
      """
      name: own
      operations:
        stop:
          method: POST
          path: "/stop/{call}"
          verification: { path: "/calls/{call}", at: state, states: { on: Recording } }
      verification: { path: "/calls?of={agent}", as: calls }
      """)
    #expect(
      said
        == "acme.yaml:6: operations.stop.verification: the route's verification reads calls, for"
        + " every operation; remove this")
  }

  // MARK: In a configuration

  private func configuration(_ platform: String, _ rest: String) throws -> Configuration {
    let text = minimal.replacing("  url:", with: "\(platform)  url:") + rest
    return try Configuration.read(Array(text.utf8), file: "c.yaml") { _ in "secret" }.configuration
  }

  @Test func `a configuration takes a shipped route, or one from a file`() throws {
    #expect(try configuration("", "").platform.route?.name == "gws-v2")
    #expect(try configuration("  profile: bayeux\n", "").platform.route == nil)
    let cloud = "  profile: commands-only\n  route: genesys-cloud\n"
    #expect(try configuration(cloud, "").platform.route?.name == "genesys-cloud")
    try withFile(Self.documented()) { path in
      let own = "  profile: commands-only\n  route: acme\n"
      let loaded = try configuration(own, "routes: [\(path)]\n")
      #expect(loaded.platform.route?.name == "acme")
      #expect(loaded.routes.map(\.path) == [path])
    }
  }

  @Test func `a route that is not there, is shipped or does not fit is refused`() throws {
    func said(_ platform: String, _ rest: String = "") -> String {
      do {
        _ = try configuration(platform, rest)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      said("  route: genesys-clod\n").contains(
        "c.yaml:3: platform.route: there is no route genesys-clod; did you mean genesys-cloud?"))
    #expect(said("  profile: commands-only\n").contains("platform.route: missing"))
    #expect(
      said("  profile: commands-only\n  route: gws-v2\n").contains(
        "c.yaml:4: platform.route: route gws-v2 reads the calls of a session"))
    #expect(
      said("  profile: bayeux\n  route: gws-v2\n").contains(
        "c.yaml:4: platform.route: route gws-v2 reads the calls of a session, for which profile"
          + " bayeux does not ask"))
    try withFile(Self.documented().replacing("name: acme", with: "name: gws-v2")) { path in
      #expect(
        said("", "routes: [\(path)]\n").contains(
          "\(path):1: name: gws-v2 is the name of a shipped route; choose another"))
    }
    // Its name may be that of the one that cannot be read.
    #expect(
      said("  route: acme\n", "routes: [acme.yaml]\n")
        == "c.yaml:11: routes[0]: expected the absolute path of a file with a route, found"
        + " \"acme.yaml\"")
    try withFile(Self.documented()) { path in
      #expect(
        said("", "routes: [\(path), \(path)]\n").contains("is the name of another of the routes"))
    }
  }
}
