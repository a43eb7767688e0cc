import HTTP
import Loop
import Testing

/// A loop, a client and a server with its script, torn down in order when the test ends.
final class Scene {
  let loop: EventLoop
  let client: HTTPClient
  let server: ScriptedServer

  private init(
    greeting: [ScriptedServer.Step], options: HTTPClient.Options,
    script: @escaping (ScriptedServer.Received) -> [ScriptedServer.Step]
  ) throws {
    loop = try EventLoop()
    client = HTTPClient(reactor: loop, options: options)
    server = try ScriptedServer(loop, greeting: greeting, script: script)
  }

  /// Runs `body`; afterwards no handle of the client's may be left on the loop.
  static func run(
    greeting: [ScriptedServer.Step] = [], options: HTTPClient.Options = .init(),
    script: @escaping (ScriptedServer.Received) -> [ScriptedServer.Step],
    _ body: (Scene) throws -> Void
  ) throws {
    let scene = try Scene(greeting: greeting, options: options, script: script)
    defer { scene.loop.close() }
    defer {
      scene.client.close()
      scene.server.close()
      #expect(scene.client.exchangeCount == 0)
      // The loop's own two.
      #expect(scene.loop.handleCount == 2)
    }
    try body(scene)
  }

  func get(_ path: String = "/", timeout: Duration = .seconds(20)) -> HTTPRequest {
    HTTPRequest(method: "GET", url: server.url + path, timeout: timeout)
  }

  func post(_ path: String, _ body: String, timeout: Duration = .seconds(20)) -> HTTPRequest {
    HTTPRequest(
      method: "POST", url: server.url + path,
      headers: [HTTPHeader("Content-Type", "application/json")], body: Array(body.utf8),
      timeout: timeout)
  }

  /// Sends and turns the loop until it has ended.
  func outcome(_ request: HTTPRequest) throws -> HTTPOutcome {
    var outcome: HTTPOutcome?
    client.send(request) { outcome = $0 }
    #expect(outcome == nil, "the completion was called before send returned")
    #expect(loop.run { outcome != nil })
    return try #require(outcome)
  }

  func response(_ request: HTTPRequest) throws -> HTTPResponse {
    let outcome = try outcome(request)
    guard case .response(let response) = outcome else {
      throw Unexpected(outcome: outcome)
    }
    return response
  }

  func failure(_ request: HTTPRequest) throws -> HTTPFailure {
    let outcome = try outcome(request)
    guard case .failure(let failure) = outcome else {
      throw Unexpected(outcome: outcome)
    }
    return failure
  }

  struct Unexpected: Error { let outcome: HTTPOutcome }
}

/// A complete answer with a length.
func ok(_ body: String, status: String = "200 OK", headers: [String] = []) -> ScriptedServer.Step {
  let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
  return .send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
}

extension HTTPResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
}
