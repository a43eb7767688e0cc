import Bridge
import Commands
import Configuration
import Foundation
import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

@testable import Daemon

/// The imaginary platform of `docs/routes.md`, over real sockets: one call on one recorder.
private final class Acme {
  private(set) var seen: [String] = []
  private var server: HTTPServer?
  private var state = "on"

  func start(_ loop: EventLoop) throws -> UInt16 {
    let server = try HTTPServer(reactor: loop) { [unowned self] in receive($0, $1) }
    self.server = server
    return try server.listen(onTCP: "127.0.0.1", port: 0)
  }

  func stop() { server?.stop() }

  private func receive(_ request: ServerRequest, _ responder: Responder) {
    seen.append("\(request.method) \(request.path) \(request.header("Authorization") ?? "-")")
    switch "\(request.method) \(request.path)" {
    // As source document 001 has it; there nothing ever stops.
    case "GET /api/v2/recording/recordings/R1": answer(responder, #"{"status":"in-progress"}"#)
    case "POST /api/v2/recording/recordings/R1/actions/stop": answer(responder, "{}")
    case "GET /v3/calls/C1": answer(responder, #"{"recorders":[{"id":7,"active":true}]}"#)
    case "GET /v3/recorders/7": answer(responder, #"{"recording":{"state":"\#(state)"}}"#)
    case "DELETE /v3/recorders/7/recording":
      state = "off"
      answer(responder, "{}", status: 202)
    default: answer(responder, #"{"error":{"text":"what?"}}"#, status: 404)
    }
  }

  private func answer(_ responder: Responder, _ body: String, status: Int = 200) {
    responder.respond(ServerResponse(status: status, body: Array(body.utf8)))
  }
}

/// A route of a user's own, from the file to the wire and back.
@Suite(.serialized) struct RouteTests {
  /// The file that the documentation shows.
  private func documented() throws -> RouteFile {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let page = String(
      decoding: try Data(contentsOf: URL(filePath: "/\(package)/docs/routes.md")), as: UTF8.self)
    let block = try #require(page.components(separatedBy: "```yaml\n").last)
    let text = try #require(block.components(separatedBy: "```").first)
    return try RouteFile(Array(text.utf8), file: "acme.yaml", path: nil)
  }

  @Test func `the calls are listed where the route says, if it reads them`() throws {
    func calls(_ verification: String) throws -> String? {
      let text = """
        name: own
        operations: { stop: { method: POST, path: "/stop/{call}" } }
        verification: \(verification)
        """
      var platform = Platform(profile: .gwsV2, url: "https://gws.example")
      platform.route = try RouteFile(Array(text.utf8), file: "own.yaml", path: nil).route
      let configuration = Configuration(
        site: "hq", platform: platform, store: "/s", socket: "/k", agents: [])
      return BridgeSettings(configuration, store: "s1").dialect.calls?
        .filled(.path, ["agent": "a b"])
    }
    #expect(try calls(#"{ path: "/calls?of={agent}", as: calls }"#) == "/calls?of=a%20b")
    let states = #"{ path: "/calls/{call}", at: state, states: { on: Recording } }"#
    #expect(try calls(states) == "/api/v2/me/calls?fields=*")
  }

  @Test func `a stop by a user's own route is looked up, sent and confirmed by asking`() throws {
    let stage = try Stage()
    defer { stage.close() }
    let acme = Acme()
    defer { acme.stop() }
    let port = try acme.start(stage.loop)
    stage.configuration.platform = Platform(
      profile: .commandsOnly, url: "http://127.0.0.1:\(port)",
      headers: [Header(name: "Authorization", value: Secret("Bearer t1"))])
    stage.configuration.platform.route = try documented().route
    stage.configuration.agents = [Agent(name: "desk", login: nil)]
    try stage.start()
    let command = try stage.command("stop", "C1")
    #expect(command["grade"]?.string == "confirmed.polled")
    #expect(command["evidence"]?["state"]?.string == "Stopped")
    let look = try stage.event("look")
    #expect(look["data"]?["route"]?.string == "acme")
    for event in try stage.events() { #expect(try Schema.violations(event) == []) }
    try stage.stop()
    // Which recorder, does it record, stop, does it still record.
    #expect(
      acme.seen
        == [
          "GET /v3/calls/C1", "GET /v3/recorders/7", "DELETE /v3/recorders/7/recording",
          "GET /v3/recorders/7",
        ].map { "\($0) Bearer t1" })
  }

  @Test func `agents of a platform that notifies nobody come and go with SIGHUP`() throws {
    let stage = try Stage()
    defer { stage.close() }
    let acme = Acme()
    defer { acme.stop() }
    let port = try acme.start(stage.loop)
    let path = stage.folder + "/file"
    func write(agent: String, token: String) throws {
      try writeText(
        """
        site: test
        platform:
          profile: commands-only
          url: "http://127.0.0.1:\(port)"
          route: genesys-cloud-actions
          headers: { Authorization: "Bearer \(token)" }
        store: \(stage.configuration.store)
        socket: \(stage.configuration.socket)
        agents: [{ name: \(agent) }]
        """, to: path)
    }
    func ask() throws -> String {
      let body = #"{"call":"C1","operation":"stop","parameters":{"recording":"R1"}}"#
      return try #require(try stage.post("/v1/commands", body).json?["command"]?.string)
    }
    try write(agent: "desk", token: "t1")
    stage.configuration = try Configuration.load(path: path).configuration
    try stage.start()
    let first = try ask()
    let stop = "POST /api/v2/recording/recordings/R1/actions/stop Bearer"
    try stage.wait("the stop has arrived") { acme.seen.contains("\(stop) t1") }
    try write(agent: "front", token: "t2")
    stage.daemon?.reload(path)
    // It has nobody to say goodbye to, so its command ends at once.
    #expect(try stage.final(first)["grade"]?.string == "unobservable")
    try stage.wait("front serves") { try stage.get("/readyz").status == 200 }
    let sessions = try #require(try stage.get("/v1/sessions").json?["sessions"])
    #expect(sessions.elements.compactMap { $0["agent"]?.string } == ["front"])
    let second = try ask()
    try stage.wait("the next stop has arrived") { acme.seen.contains("\(stop) t2") }
    #expect(try stage.get("/v1/commands/\(second)").json?["agent"]?.string == "front")
  }
}
