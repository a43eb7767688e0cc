import Glibc
import HTTP
import JSON
import Loop
import TestSupport
import Testing

/// The built executable, run as a daemon with a store and a socket in the scene's folder.
final class RunningBridge {
  /// The design's promise to systemd.
  static let stopLimit: Duration = .seconds(5)

  let scene: Scene
  let name: String
  var socket: String { "\(scene.folder)/\(name).sock" }
  var store: String { "\(scene.folder)/\(name).db" }
  private(set) var program: Program

  /// Writes the configuration and begins the daemon; ready or not, it runs.
  ///
  /// - Parameters:
  ///   - platform: the members of `platform` in YAML's flow style: `profile: bayeux, url: …`.
  ///   - agents: the elements of `agents` in the same style: `{ name: alice }`.
  ///   - more: further lines at the top level.
  init(
    _ scene: Scene, name: String = "bridge", platform: String,
    agents: [String] = ["{ name: alice }"], more: String = "",
    environment: [String: String] = [:]
  ) throws {
    self.scene = scene
    self.name = name
    let folder = scene.folder
    let configuration = """
      site: hq
      platform: { \(platform) }
      store: \(folder)/\(name).db
      socket: \(folder)/\(name).sock
      agents: [\(agents.joined(separator: ", "))]
      \(more)
      """
    try writeText(configuration, to: "\(folder)/\(name).yaml")
    self.environment = environment
    program = try Self.begin(scene, name, environment)
  }

  private let environment: [String: String]

  private static func begin(
    _ scene: Scene, _ name: String, _ environment: [String: String]
  ) throws -> Program {
    try scene.begin(
      name, try builtExecutable(), ["run", "--config", "\(scene.folder)/\(name).yaml"],
      environment: environment)
  }

  /// Begins it again on the same store, after it has ended.
  func begin() throws {
    precondition(program.code != nil, "the daemon is still running")
    program = try Self.begin(scene, name, environment)
  }

  /// What `/readyz` answers with; nil when nobody answers.
  var readiness: Int? { self.get("/readyz")?.status }

  func waitUntilReady() throws {
    try scene.wait(for: "the readiness of \(name)") {
      program.code != nil || readiness == 200
    }
    try #require(program.code == nil, "\(name) has ended: \(program.log.suffix(2_000))")
  }

  func get(_ target: String) -> HTTPResponse? {
    scene.ask("GET", "http://localhost\(target)", socket: socket)
  }

  func post(_ target: String, _ body: String) -> HTTPResponse? {
    scene.ask("POST", "http://localhost\(target)", body: body, socket: socket)
  }

  /// The events that are there now, parsed. For a few thousand: it reads page by page.
  func events(after: String = "earliest", type: String? = nil) throws -> [JSONValue] {
    var events: [JSONValue] = []
    var cursor = after
    while true {
      let filter = type.map { "&type=\($0)" } ?? ""
      let response = try #require(get("/v1/events?after=\(cursor)&limit=1000\(filter)"))
      try #require(response.status == 200)
      let lines = response.body.split(separator: UInt8(ascii: "\n"))
      for line in lines { events.append(try JSONValue.parse(Array(line))) }
      guard let last = lines.isEmpty ? nil : events.last?["id"]?.string else { return events }
      cursor = last
    }
  }

  /// SIGTERM: it must end with status 0 and in time.
  func stop() {
    #expect(program.terminate(within: Self.stopLimit) == 0, "\(program.log.suffix(2_000))")
  }

  /// SIGKILL; returns when it is gone.
  func kill() { program.kill() }

  /// A subscriber of its own; `target` as in `/v1/events?stream=1`.
  func stream(
    _ target: String, form: EventStream.Form = .lines, lastEvent: String? = nil
  ) throws -> EventStream {
    try EventStream(
      loop: scene.loop, socket: socket, target: target, form: form, lastEvent: lastEvent)
  }
}
