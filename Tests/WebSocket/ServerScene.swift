import Glibc
import Loop
import Reactor
import Testing

@testable import WebSocket

/// A loop, a client, and our own server behind a listener, torn down in order when the test ends.
final class ServerScene {
  let loop: EventLoop
  let client: WebSocketClient
  let server: WebSocketServer
  private let listener: Int32
  private var watch: (any Watch)?
  private(set) var port: UInt16 = 0

  private(set) var upgrades: [WebSocketUpgrade] = []
  private(set) var peers: [WebSocketPeer] = []
  var peerEvents: [WebSocketPeerEvent] = []
  /// What the server says to the next upgrades.
  var verdict = WebSocketVerdict.accept(headers: [])
  /// Runs between the first bytes of a client and whatever the server makes of them.
  var onFirstBytes: (() -> Void)?
  private var waits: [any Watch] = []
  /// What the server does with an event, besides keeping it.
  var onEvent: (WebSocketPeer, WebSocketPeerEvent) -> Void = { _, _ in }

  static func run(
    client clientOptions: WebSocketOptions = .init(),
    server serverOptions: WebSocketServer.Options = .init(),
    _ body: (ServerScene) throws -> Void
  ) throws {
    let loop = try EventLoop()
    defer { loop.close() }
    let client = try unsafe WebSocketClient(
      reactor: loop, nativeLoop: loop.nativeLoop, options: clientOptions)
    defer { client.close() }
    let server = try unsafe WebSocketServer(
      reactor: loop, nativeLoop: loop.nativeLoop, options: serverOptions)
    defer { server.close() }
    let scene = try ServerScene(loop: loop, client: client, server: server)
    defer { scene.close() }
    try body(scene)
  }

  private init(loop: EventLoop, client: WebSocketClient, server: WebSocketServer) throws {
    self.loop = loop
    self.client = client
    self.server = server
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    listener = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Safe: both calls get a sockaddr_in with its size.
    unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = unsafe bind(listener, $0, size)
        _ = unsafe getsockname(listener, $0, &size)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    _ = listen(listener, 4096)
    watch = try loop.watch(listener, for: .readable) { [unowned self] _ in accept() }
  }

  private func close() {
    watch?.cancel()
    for wait in waits { wait.cancel() }
    Glibc.close(listener)
  }

  func forgetPeers() { peers = [] }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      guard let onFirstBytes else {
        adopt(descriptor)
        continue
      }
      let wait = try? loop.watch(descriptor, for: .readable) { [unowned self] _ in
        while let wait = waits.popLast() { wait.cancel() }
        onFirstBytes()
        adopt(descriptor)
      }
      if let wait { waits.append(wait) }
    }
  }

  private func adopt(_ descriptor: Int32) {
    let peer = server.adopt(descriptor) { [unowned self] upgrade in
      upgrades.append(upgrade)
      return verdict
    } onEvent: { [unowned self] peer, event in
      peerEvents.append(event)
      onEvent(peer, event)
    }
    peers.append(peer)
  }

  func begin(
    _ path: String = "/", scheme: String = "ws", headers: [(name: String, value: String)] = []
  ) -> Record {
    let record = Record()
    let request = WebSocketRequest(
      url: "\(scheme)://127.0.0.1:\(port)\(path)", headers: headers, timeout: .seconds(20))
    record.connection = client.open(request) { record.tell($0) }
    return record
  }

  /// An open socket.
  func open() -> Record {
    let record = begin()
    #expect(loop.run { record.isOpen }, "\(record.events)")
    return record
  }
}
