import Configuration
import HTTPServer
import JSON
import Loop
import Testing

/// A Workspace v3 platform over real sockets, with one call: as much of it as shows what the daemon
/// sends. Its shapes are those of the vendor's client libraries and simulator.
private final class WorkspaceServer {
  struct Seen {
    let line: String
    let authorization: String?
    let key: String?
    let cookie: String?
    let type: String?
  }

  private(set) var seen: [Seen] = []
  private var server: HTTPServer?
  private var state = "Recording"
  private var queue: [String] = []
  private var connects = 0
  private var held: (responder: Responder, id: String)?

  func start(_ loop: EventLoop) throws -> UInt16 {
    let server = try HTTPServer(reactor: loop) { [unowned self] in receive($0, $1) }
    self.server = server
    return try server.listen(onTCP: "127.0.0.1", port: 0)
  }

  func stop() {
    held?.responder.cut()
    held = nil
    server?.stop()
  }

  private func receive(_ request: ServerRequest, _ responder: Responder) {
    seen.append(
      Seen(
        line: "\(request.method) \(request.path)", authorization: request.header("Authorization"),
        key: request.header("x-api-key"), cookie: request.header("Cookie"),
        type: request.header("Content-Type")))
    let json = try? JSONValue.parse(request.body)
    switch seen[seen.count - 1].line {
    case "POST /workspace/v3/initialize-workspace":
      answer(responder, #"{"status":{"code":1}}"#, cookie: "WORKSPACE_SESSIONID=s1; Path=/")
      queue.append(
        #"{"channel":"/workspace/v3/initialization","data":{"state":"Complete","#
          + #""messageType":"WorkspaceInitializationComplete"}}"#)
    case "GET /workspace/v3/voice/calls":
      answer(responder, #"{"status":{"code":0},"data":{"calls":[\#(call)]}}"#)
    case "POST /workspace/v3/voice/calls/C1/stop-recording":
      let id = json?["operationId"]?.string ?? ""
      answer(responder, #"{"status":{"code":1},"operationId":"\#(id)"}"#)
      state = "Stopped"
      queue.append(
        #"{"channel":"/workspace/v3/voice","data":{"messageType":"CallStateChanged","#
          + #""notificationType":"CallRecordingStateChange","operationId":"\#(id)","#
          + #""call":\#(call)}}"#)
      if let (responder, id) = held {
        held = nil
        answerConnect(responder, id)
      }
    default:
      guard let message = json.flatMap({ Array($0.elements).first }) else { return responder.cut() }
      bayeux(message, responder)
    }
  }

  private func bayeux(_ message: JSONValue, _ responder: Responder) {
    let id = message["id"]?.string ?? ""
    let channel = message["channel"]?.string ?? ""
    var more = ""
    switch channel {
    case "/meta/handshake":
      more = #","clientId":"w1","version":"1.0","supportedConnectionTypes":["long-polling"]"#
    case "/meta/subscribe":
      let names = message["subscription"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "[]"
      more = #","subscription":\#(names)"#
    case "/meta/connect":
      connects += 1
      if connects > 1, queue.isEmpty {
        held = (responder, id)
        return
      }
      return answerConnect(responder, id)
    default: break
    }
    answer(responder, #"[{"id":"\#(id)","channel":"\#(channel)","successful":true\#(more)}]"#)
  }

  private func answerConnect(_ responder: Responder, _ id: String) {
    let reply = #"{"id":"\#(id)","channel":"/meta/connect","successful":true}"#
    answer(responder, "[\((queue + [reply]).joined(separator: ","))]")
    queue = []
  }

  private func answer(_ responder: Responder, _ body: String, cookie: String? = nil) {
    responder.respond(
      ServerResponse(
        status: 200, headers: cookie.map { [ServerHeader("Set-Cookie", $0)] } ?? [],
        body: Array(body.utf8)))
  }

  private var call: String {
    let (gsip, capabilities) =
      state == "Recording"
      ? ("ON", #""pause-recording","stop-recording""#) : ("OFF", #""start-recording""#)
    return #"{"id":"C1","connId":"C1","state":"Established","recordingState":"\#(state)","#
      + #""capabilities":["release",\#(capabilities)],"#
      + #""userData":[{"key":"GSIP_RECORD","type":"str","value":"\#(gsip)"}]}"#
  }
}

/// Profile `workspace-v3` from the configuration to the wire.
@Suite(.serialized) struct WorkspaceTests {
  // Mutation tried: the profile of the configuration taken for gws-v2.
  @Test func `a stop reaches a Workspace v3 platform and comes back confirmed`() throws {
    let stage = try Stage()
    defer { stage.close() }
    let server = WorkspaceServer()
    defer { server.stop() }
    let port = try server.start(stage.loop)
    stage.configuration.platform = Platform(
      profile: .workspaceV3, url: "http://127.0.0.1:\(port)",
      headers: [
        Header(name: "Authorization", value: Secret("Bearer t1")),
        Header(name: "x-api-key", value: Secret("k1")),
      ])
    stage.configuration.agents = [Agent(name: "alice", login: nil)]
    try stage.start()
    let command = try stage.command("stop", "C1")
    #expect(command["grade"]?.string == "confirmed.notified")
    #expect(command["evidence"]?["statusCode"]?.integer == 1)
    #expect(server.seen.first?.line == "POST /workspace/v3/initialize-workspace")
    #expect(server.seen.first?.type == nil)
    #expect(server.seen.allSatisfy { $0.authorization == "Bearer t1" && $0.key == "k1" })
    #expect(
      server.seen.dropFirst().allSatisfy { $0.cookie?.contains("WORKSPACE_SESSIONID=s1") == true })
    #expect(server.seen.contains { $0.line == "POST /workspace/v3/notifications/handshake" })
    try stage.stop()
    #expect(
      Set(server.seen.map(\.line)) == [
        "POST /workspace/v3/initialize-workspace",
        "POST /workspace/v3/notifications/handshake", "POST /workspace/v3/notifications",
        "POST /workspace/v3/notifications/connect", "POST /workspace/v3/notifications/disconnect",
        "GET /workspace/v3/voice/calls", "POST /workspace/v3/voice/calls/C1/stop-recording",
      ])
  }
}
