import HTTPServer
import Loop
import TestSupport
import Testing

/// A server, the proxy in front of it, and clients; all on one loop, gone after the test.
final class Line {
  let loop: EventLoop
  let proxy: FaultProxy
  let serverPort: UInt16
  private var server: HTTPServer?

  /// Requests that reached the server: method, path and size of the body.
  private(set) var requests: [String] = []
  /// Answers that the server holds back, for paths that begin with `/held`.
  private var held: [() -> Void] = []

  private init() throws {
    loop = try EventLoop()
    var receive: ((ServerRequest, Responder) -> Void)?
    let server = try HTTPServer(reactor: loop) { receive?($0, $1) }
    serverPort = try server.listen(onTCP: "127.0.0.1", port: 0)
    proxy = try FaultProxy(reactor: loop, upstreamPort: serverPort)
    self.server = server
    receive = { [unowned self] in answer($0, $1) }
  }

  static func run(_ body: (Line) throws -> Void) throws {
    let line = try Line()
    defer { line.loop.close() }
    defer {
      line.proxy.close()
      line.stopServer()
      // The loop's own two: nothing of a connection is left behind.
      #expect(line.loop.handleCount == 2)
    }
    try body(line)
  }

  func stopServer() {
    server?.stop()
    server = nil
  }

  /// `/size/N` has a body of N bytes; every other one says what was asked.
  private func answer(_ request: ServerRequest, _ responder: Responder) {
    requests.append("\(request.method) \(request.path) \(request.body.count)")
    if request.path.hasPrefix("/held") {
      return held.append {
        responder.respond(ServerResponse(status: 200, body: Array("/held 0".utf8)))
      }
    }
    var body = Array("\(request.path) \(request.body.count)".utf8)
    if request.path.hasPrefix("/size/"), let count = Int(request.path.dropFirst(6)) {
      body = [UInt8](repeating: UInt8(ascii: "x"), count: count)
    }
    responder.respond(ServerResponse(status: 200, body: body))
  }

  /// Gives the answers that are held back.
  func release() {
    for answer in held { answer() }
    held = []
  }

  // MARK: - Clients

  /// A client that comes over the line.
  func client() throws -> Client { try #require(Client(port: proxy.port)) }

  func wait(
    _ what: String, _ condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let isMet = loop.run(until: condition)
    try #require(isMet, "in vain: \(what)", sourceLocation: sourceLocation)
  }

  /// Asks and waits for the answer that has this number on its connection.
  @discardableResult
  func ask(_ client: Client, _ path: String, number: Int = 1) throws -> Reply {
    client.send(Self.get(path))
    return try reply(client, number)
  }

  @discardableResult
  func reply(_ client: Client, _ number: Int = 1) throws -> Reply {
    try wait("answer \(number)") { client.replies.count { $0.isComplete } >= number }
    return client.replies[number - 1]
  }

  static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n" }

  /// Lets the loop do what there is to do: requests that go straight to the server are answered.
  func turn() throws {
    let direct = try #require(Client(port: serverPort))
    defer { direct.close() }
    for number in 1...20 { try ask(direct, "/direct", number: number) }
    requests.removeAll { $0 == "GET /direct 0" }
  }
}
