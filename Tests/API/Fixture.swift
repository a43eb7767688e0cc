import Glibc
import HTTPServer
import JSON
import Loop
import TestSupport
import Testing

@testable import API

/// A daemon that has nothing but what a test gives it.
final class FakeBackend: Backend {
  let storeIdentity = "S1"
  var oldestSequence: Int64 = 1
  var latestSequence: Int64 { oldestSequence - 1 + Int64(lines.count) }
  var lines: [EventLine] = []
  /// Which agent and call each line is of.
  var agents: [Int64: String] = [:]
  var callsOf: [Int64: String] = [:]
  var commandViews: [String: CommandView] = [:]
  var asked: [CommandRequest] = []
  var replies: [(CommandReply) -> Void] = []
  var isHealthy = true
  var isReady = false
  var erasures: [String] = []
  var reads = 0
  var failure: (any Error)?
  var storeProblem: String?

  /// Like the store: looks at 256 events at most.
  func events(after: Int64, limit: Int, matching: EventSelection) throws -> EventPage {
    reads += 1
    if let failure { throw failure }
    let upTo = min(latestSequence, after + 256)
    var page = EventPage(lines: [], nextAfter: after)
    while page.nextAfter < upTo, page.lines.count < limit {
      page.nextAfter += 1
      let line = lines[Int(page.nextAfter - oldestSequence)]
      if matching.types.isEmpty || matching.types.contains(line.type),
        matching.agent == nil || matching.agent == agents[line.sequence],
        matching.call == nil || matching.call == callsOf[line.sequence]
      {
        page.lines.append(line)
      }
    }
    return page
  }

  func add(_ count: Int, type: String = "recbridge.call.v1", size: Int = 0) {
    for _ in 0..<count {
      let sequence = latestSequence + 1
      let pad = String(repeating: "x", count: size)
      let text = #"{"id":"S1.\#(sequence)","type":"\#(type)","pad":"\#(pad)"}"#
      lines.append(EventLine(sequence: sequence, type: type, line: Array(text.utf8)))
    }
  }

  func calls() -> [UInt8] { Array(#"{"cursor":"S1.\#(latestSequence)","calls":[]}"#.utf8) }
  func sessions() -> [UInt8] { Array(#"{"sessions":[]}"#.utf8) }
  func commands() -> [UInt8] { Array(#"{"commands":[]}"#.utf8) }
  func exceptions(withAcknowledged: Bool) -> [UInt8] {
    Array(#"{"exceptions":[{"all":\#(withAcknowledged)}]}"#.utf8)
  }
  var acknowledged: [(id: String, why: String, by: Peer?)] = []
  func acknowledge(
    _ id: String, why: String, by peer: Peer?, reply: @escaping (CommandReply) -> Void
  ) {
    acknowledged.append((id, why, peer))
    replies.append(reply)
  }
  func command(_ id: String) -> CommandView? { commandViews[id] }
  func issue(_ request: CommandRequest, reply: @escaping (CommandReply) -> Void) {
    asked.append(request)
    replies.append(reply)
  }
  var note: String?
  func checkpoint() throws -> String? {
    if let failure { throw failure }
    return note
  }
  func proof(ofEntry number: Int64) throws -> ProofView {
    if let failure { throw failure }
    return number == 1 ? .file("proof\n") : number == 2 ? .unsigned : .absent
  }
  /// By name.
  var groupViews: [String: GroupView] = [:]
  var changes: [GroupChange] = []
  func anchors() -> [UInt8] { Array(#"{"anchors":[]}"#.utf8) }
  func groups() -> [GroupView] { groupViews.values.sorted { $0.name < $1.name } }
  func group(_ name: String) -> GroupView? { groupViews[name] }

  /// Like the bridge, and committed at once.
  func change(
    _ change: GroupChange, by peer: Peer?, reply: @escaping (GroupReply) -> Void
  ) {
    changes.append(change)
    switch change {
    case .place(let name, let sequence), .create(let name, let sequence),
      .acknowledge(let name, let sequence, _):
      let isNew = groupViews[name] == nil
      var view = GroupView(name: name, sequence: sequence, moved: "now", isFeed: false)
      view.placement = groupViews[name]?.placement ?? 0
      if case .place = change { view.placement += 1 }
      groupViews[name] = view
      reply(.done(view, isNew: isNew))
    case .remove(let name):
      if let view = groupViews.removeValue(forKey: name) { reply(.done(view, isNew: false)) }
    }
  }
  func erase(_ call: String, why: String, by: Peer?, reply: @escaping (ErasureReply) -> Void) {
    erasures.append("\(call): \(why)")
    if call == "live" {
      reply(.refused(status: 409, title: "Call is live", detail: "The call is live."))
    } else {
      reply(.begun(sequence: 17))
    }
  }
  func metrics() throws -> String {
    if let failure { throw failure }
    return "# HELP a b\n# TYPE a gauge\na 1\n"
  }
  func health() -> HealthView { HealthView(isOK: isHealthy, json: Array(#"{"ok":1}"#.utf8)) }
  func readiness() -> HealthView { HealthView(isOK: isReady, json: Array(#"{"ok":0}"#.utf8)) }
}

/// The API on a Unix socket of its own, with a fake daemon behind it.
final class Fixture {
  let loop: EventLoop
  let backend = FakeBackend()
  let api: API
  private let folder: String
  private var server: HTTPServer?
  var socket: String { folder + "/api.sock" }

  static func run(
    limits: ServerLimits = ServerLimits(), daemonUID: UInt32 = getuid(),
    _ body: (Fixture) throws -> Void
  ) throws {
    let fixture = try Fixture(limits, daemonUID)
    defer { fixture.end() }
    try body(fixture)
  }

  private init(_ limits: ServerLimits, _ daemonUID: UInt32) throws {
    loop = try EventLoop()
    var name = Array("/tmp/recbridge-XXXXXX".utf8CString)
    // Safe: mkdtemp changes the six characters in place; the array ends with a zero.
    let made = unsafe mkdtemp(&name)
    folder = try #require(unsafe made.map { unsafe String(cString: $0) })
    let api = API(backend: backend, reactor: loop, access: AccessPolicy(daemonUID: daemonUID))
    self.api = api
    server = try HTTPServer(reactor: loop, limits: limits) { api.handle($0, $1) }
    try server?.listen(onUnixSocket: socket)
  }

  private func end() {
    server?.stop()
    server = nil
    loop.close()
    // Safe: rmdir reads the path and keeps nothing.
    _ = unsafe rmdir(folder)
  }

  func listenOnTCP() throws -> UInt16 {
    try #require(try server?.listen(onTCP: "127.0.0.1", port: 0))
  }

  func wait(_ condition: () -> Bool) -> Bool { loop.run(until: condition) }

  func open(_ target: String, headers: String = "") throws -> Client {
    let client = try #require(Client(unixPath: socket))
    client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n")
    return client
  }

  func get(_ target: String, headers: String = "") throws -> Reply {
    let client = try open(target, headers: headers)
    #expect(wait { client.reply != nil })
    return try #require(client.reply)
  }

  func post(_ body: String, to target: String = "/v1/commands") throws -> Client {
    let client = try #require(Client(unixPath: socket))
    let count = body.utf8.count
    client.send("POST \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n\(body)")
    return client
  }

  /// Any request, over the Unix socket or, where nobody knows who asks, over TCP.
  func ask(
    _ method: String, _ target: String, _ body: String, headers: String = "", port: UInt16? = nil
  ) throws -> Reply {
    let client = try #require(port.map { Client(port: $0) } ?? Client(unixPath: socket))
    let count = body.utf8.count
    client.send(
      "\(method) \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\(headers)\r\n\(body)"
    )
    #expect(wait { client.reply != nil })
    return try #require(client.reply)
  }

  /// Adds events and says that they are committed.
  func commit(_ count: Int, type: String = "recbridge.call.v1") {
    backend.add(count, type: type)
    api.committed(commands: [])
  }
}

extension Reply {
  var json: JSONValue? { try? JSONValue.parse(body) }

  static func json(_ text: String) -> JSONValue? { try? JSONValue.parse(Array(text.utf8)) }

  /// The sequences of the events in an NDJSON body, in order.
  var sequences: [Int] {
    lines.compactMap { line in
      (try? JSONValue.parse(Array(line.utf8)))?["id"]?.string.flatMap { Int($0.dropFirst(3)) }
    }
  }
}
