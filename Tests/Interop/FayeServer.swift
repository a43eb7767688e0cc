import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// Faye, a Bayeux server that nobody here wrote, run by thin on loopback (Debian: ruby-faye, thin).
final class FayeServer {
  static let channel = "/v2/me/calls"

  /// What the daemon's configuration prefers.
  enum Transport: String, CaseIterable {
    case longPolling = "long-polling"
    case webSocket = "websocket"

    fileprivate var configured: String {
      self == .webSocket ? "[websocket, long-polling]" : "[long-polling]"
    }
  }

  /// What it counted of WebSockets.
  struct Sockets: Equatable {
    /// Upgrades that it granted, and those that it answered with a status.
    var opened = 0
    var refused = 0
    /// Goodbyes that came over sockets.
    var disconnects = 0
    /// Sessions that have one now.
    var open = 0
  }

  /// The platform of a configuration that prefers `transport`, in YAML's flow style.
  func platform(over transport: Transport = .longPolling) -> String {
    "profile: bayeux, url: \"\(url)\", channels: [\(Self.channel)],"
      + " transports: \(transport.configured)"
  }

  private let scene: Scene
  private let environment: [String: String]
  private(set) var port: UInt16 = 0
  private var program: Program?

  /// - Parameters:
  ///   - hold: how long it holds a connect.
  ///   - account: `user:password` when it demands credentials.
  ///   - refusal: the status that it answers upgrades with, instead of granting them.
  init(
    _ scene: Scene, holdSeconds: Int = 25, account: String? = nil, refusal: Int? = nil
  ) throws {
    self.scene = scene
    let fixture = "\(packageFolder)/Tests/Fixtures/notifications/b-stop-seed.json"
    let notification = try JSONValue.parse(Array(try #require(readText(fixture)).utf8))
    let payload = "\(scene.folder)/payload.json"
    let data = try #require(notification["data"])
    try writeText(String(decoding: data.raw, as: UTF8.self), to: payload)
    var environment = ["FAYE_HOLD": String(holdSeconds), "FAYE_PAYLOAD": payload]
    environment["FAYE_ACCOUNT"] = account
    environment["FAYE_REFUSE"] = refusal.map { String($0) }
    self.environment = environment
    // Between the choice of a port and its use another process may take it.
    for _ in 0..<5 {
      port = try freePort()
      if try begin() { return }
    }
    throw Vain(what: "a port for Faye", logs: [log])
  }

  var url: String { "http://127.0.0.1:\(port)" }

  var log: String { program?.log ?? "" }

  /// Begins it on its port and waits until it answers; false if it ended instead.
  @discardableResult
  func begin() throws -> Bool {
    precondition(program.map { $0.code != nil } ?? true, "Faye is still running")
    let folder = "\(packageFolder)/Tests/Interop/faye"
    let program = try scene.begin(
      "faye", "\(folder)/start", [String(port)], environment: environment)
    self.program = program
    try scene.wait(for: "an answer of Faye") { program.code != nil || sessions != nil }
    return program.code == nil
  }

  /// SIGKILL; returns when it is gone.
  func kill() { program?.kill() }

  /// What it is: Faye and what serves it, for people.
  var version: String? { answer("/version")?["version"]?.string }

  /// How many sessions it has; nil when it does not answer.
  var sessions: Int? { number("/sessions", "sessions") }

  /// How many requests have come whose first message was for `/meta/CHANNEL`, and messages for it
  /// over WebSockets.
  func requests(_ channel: String) -> Int { number("/requests", channel) ?? 0 }

  var sockets: Sockets {
    let counts = answer("/sockets")
    func count(_ name: String) -> Int { counts?[name]?.integer.map { Int($0) } ?? 0 }
    return Sockets(
      opened: count("opened"), refused: count("refused"),
      disconnects: count("disconnects"), open: count("open"))
  }

  /// Publishes `count` notifications in bursts, numbered in `data.seq` from `start`.
  func emit(_ count: Int, start: Int = 0, pauseSeconds: Double = 0.001) throws {
    let target = "/emit?n=\(count)&start=\(start)&pause=\(pauseSeconds)"
    try #require(number(target, "emitting") == count)
  }

  /// Forgets every session; returns how many there were. Their sockets are closed, unless it is to
  /// be `quiet`.
  func forget(quietly: Bool = false) throws -> Int {
    try #require(number(quietly ? "/forget?quiet=1" : "/forget", "forgotten"))
  }

  private func number(_ target: String, _ member: String) -> Int? {
    answer(target)?[member]?.integer.map { Int($0) }
  }

  private func answer(_ target: String) -> JSONValue? {
    guard let response = scene.ask("GET", url + target), response.status == 200 else { return nil }
    return try? JSONValue.parse(response.body)
  }
}

/// The number that Faye gave the notification in a line of our events; nil for other events.
///
/// Looked for at the end, where the notification's own bytes stand: the lines are many, and this
/// need not read them whole.
func sequence(of line: String) -> Int? {
  let tail = Array(line.utf8.suffix(40))
  let mark = Array(#""seq":"#.utf8)
  guard tail.count >= mark.count, tail.suffix(3).elementsEqual("}}}".utf8),
    let start = (0...(tail.count - mark.count)).last(where: { tail[$0...].starts(with: mark) })
  else { return nil }
  return Int(String(decoding: tail[(start + mark.count)..<(tail.count - 3)], as: UTF8.self))
}
