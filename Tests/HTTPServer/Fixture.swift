import Glibc
import Loop
import TestSupport
import Testing

@testable import HTTPServer

/// A folder of its own, a loop, and a server on a Unix socket in it; all gone after the test.
final class Fixture {
  let loop: EventLoop
  let folder: String
  var socket: String { folder + "/api.sock" }
  private(set) var server: HTTPServer?
  private var descriptorsBefore = 0

  /// What answers; a test replaces it before or after it connects.
  var handler: (ServerRequest, Responder) -> Void = { request, responder in
    let text = "\(request.method) \(request.path) \(request.body.count)"
    responder.respond(ServerResponse(status: 200, body: Array(text.utf8)))
  }

  static func run(
    _ limits: ServerLimits = ServerLimits(), _ body: (Fixture) throws -> Void
  ) throws {
    let fixture = try Fixture()
    defer { fixture.end() }
    try fixture.start(limits)
    try body(fixture)
  }

  init() throws {
    loop = try EventLoop()
    var name = Array("/tmp/recbridge-XXXXXX".utf8CString)
    // Safe: mkdtemp changes the six characters in place; the array ends with a zero.
    let made = unsafe mkdtemp(&name)
    folder = try #require(unsafe made.map { unsafe String(cString: $0) })
  }

  func start(_ limits: ServerLimits = ServerLimits()) throws {
    server = try makeServer(limits)
    try server?.listen(onUnixSocket: socket)
  }

  func makeServer(_ limits: ServerLimits = ServerLimits()) throws -> HTTPServer {
    try HTTPServer(reactor: loop, limits: limits) { [unowned self] in handler($0, $1) }
  }

  func stop() { server?.stop() }

  func end() {
    server?.stop()
    server = nil
    loop.close()
    for name in ["/api.sock", "/other.sock"] {
      // Safe: the calls read the path and keep nothing.
      _ = unsafe unlink(folder + name)
    }
    // Safe: as above.
    _ = unsafe rmdir(folder)
  }

  func connect() throws -> Client { try #require(Client(unixPath: socket)) }

  /// Turns the loop until the condition holds; a test requires that it did.
  func wait(_ condition: () -> Bool) -> Bool { loop.run(until: condition) }

  /// One request on a connection of its own.
  func get(_ target: String, headers: String = "") throws -> Reply {
    let client = try connect()
    client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n")
    #expect(wait { client.reply != nil || client.isEnded })
    return try #require(client.reply)
  }
}

/// Numbered lines, given out as they are there; wakes by hand.
final class LineSource: StreamSource {
  var lines: [String] = []
  var isOver = false
  var isCutting = false
  var wasStalled = false
  private(set) var given: Int
  let heartbeat: [UInt8] = Array("\n".utf8)

  init(after: Int = 0) { given = after }

  func next(maxBytes: Int) -> StreamStep {
    var bytes: [UInt8] = []
    while given < lines.count, bytes.count < maxBytes {
      bytes += Array(lines[given].utf8)
      bytes.append(UInt8(ascii: "\n"))
      given += 1
    }
    if !bytes.isEmpty { return .bytes(bytes) }
    return isCutting ? .cut : isOver ? .end : .idle
  }

  func stalled() -> [UInt8] {
    wasStalled = true
    return Array("lagged after \(given)\n".utf8)
  }
}
