import Loop
import Reactor
import Testing

@testable import WebSocket

/// A loop and a client, torn down in order when the test ends.
final class Scene {
  let loop: EventLoop
  let client: WebSocketClient

  /// Runs `body`; afterwards nothing of the client's may be left on the loop.
  static func run(
    _ options: WebSocketOptions = .init(), _ body: (Scene) throws -> Void
  ) throws {
    let loop = try EventLoop()
    defer { loop.close() }
    let scene = Scene(
      loop: loop,
      client: try unsafe WebSocketClient(
        reactor: loop, nativeLoop: loop.nativeLoop, options: options))
    defer {
      scene.client.close()
      #expect(scene.client.connectionCount == 0)
      // The loop's own two, and the timer of this waiting.
      #expect(loop.run { loop.handleCount == 3 })
    }
    try body(scene)
  }

  private init(loop: EventLoop, client: WebSocketClient) {
    self.loop = loop
    self.client = client
  }

  /// Runs `body` with a peer that follows the script.
  static func run(
    _ options: WebSocketOptions = .init(), script: @escaping (String) -> [Peer.Step],
    _ body: (Scene, Peer) throws -> Void
  ) throws {
    try run(options) { scene throws in
      let peer = try Peer(scene.loop, script: script)
      defer { peer.close() }
      try body(scene, peer)
    }
  }

  func open(
    _ url: String, headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(20)
  ) -> Record {
    let record = Record()
    let request = WebSocketRequest(url: url, headers: headers, timeout: timeout)
    record.connection = client.open(request) { record.tell($0) }
    #expect(record.events.isEmpty, "an event was told before open returned")
    return record
  }

  /// Opens, waits for the end, and returns how it ended.
  func end(of url: String, timeout: Duration = .seconds(20)) throws -> WebSocketClose {
    let record = open(url, timeout: timeout)
    #expect(loop.run { record.close != nil })
    return try #require(record.close)
  }
}

/// What was told of one socket.
final class Record {
  private(set) var events: [WebSocketEvent] = []
  private(set) var messages: [[UInt8]] = []
  var connection: WebSocketConnection?

  var close: WebSocketClose? {
    guard case .closed(let close) = events.last else { return nil }
    return close
  }
  var isOpen: Bool { events.contains { if case .opened = $0 { true } else { false } } }
  var stalls: Int { events.count { if case .stalled = $0 { true } else { false } } }
  func tell(_ event: WebSocketEvent) {
    events.append(event)
    if case .message(let message) = event { messages.append(message) }
  }
  var texts: [String] { messages.map { String(decoding: $0, as: UTF8.self) } }
}
