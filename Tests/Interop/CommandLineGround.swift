import Glibc
import HTTP
import JSON
import Simulator
import Store
import TestSupport
import Testing

/// What a run of a program came to.
struct Said {
  let code: Int32
  let out: String
  let err: String

  var lines: [String] { out.split(separator: "\n").map(String.init) }

  /// The output as one JSON object a line.
  func objects() throws -> [JSONValue] {
    try lines.map { try JSONValue.parse(Array($0.utf8)) }
  }
}

/// A simulated platform on the test's own loop, the executable as the daemon that bridges it, and a
/// shell beside it.
final class Ground {
  let scene: Scene
  let simulator: Simulator
  let bridge: RunningBridge
  private var outputs: [String] = []

  /// Of every agent; a text that stands nowhere else.
  static let password = "Sesam-7rt"
  /// `alice:` and `bob:` with the password, as the header `Authorization` carries them.
  static let credentials = ["YWxpY2U6U2VzYW0tN3J0", "Ym9iOlNlc2FtLTdydA=="]

  fileprivate init(
    _ scene: Scene, agents: [String], deadline: String, more: String,
    _ adjust: (inout SimulatorSettings) -> Void
  ) throws {
    self.scene = scene
    var settings = SimulatorSettings(
      agents: agents.enumerated().map {
        SimulatedAgent(name: $1, password: Self.password, phoneNumber: String(5001 + $0))
      })
    adjust(&settings)
    simulator = Simulator(settings: settings, loop: scene.loop)
    let port = try simulator.start()
    let password = "\(scene.folder)/password"
    try writeText(Self.password + "\n", to: password)
    let transports = settings.webSocket == .offered ? "websocket, long-polling" : "long-polling"
    bridge = try RunningBridge(
      scene,
      platform: "profile: gws-v2, url: \"http://127.0.0.1:\(port)\", transports: [\(transports)]",
      agents: agents.map { "{ name: \($0), user: \($0), password: { file: \(password) } }" },
      more: "commands: { deadline: \(deadline) }\n\(more)")
  }

  // MARK: - The shell

  /// Begins a program whose outputs go to files of their own.
  func begin(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Running {
    let name = "\(scene.folder)/program-\(outputs.count)"
    outputs += ["\(name).out", "\(name).err"]
    let process = try ChildProcess(
      path, arguments, environment: environment.merging(["RECBRIDGE_SOCKET": bridge.socket]) { $1 },
      output: .file("\(name).out"), errors: .file("\(name).err"))
    return Running(process: process, name: name)
  }

  /// Runs a program until it ends by itself.
  func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Said {
    let running = try begin(path, arguments, environment: environment)
    try scene.wait(for: "the end of \(path) \(arguments)") { running.process.code != nil }
    return running.said
  }

  /// Runs `recbridge` until it ends by itself.
  func recbridge(_ arguments: String...) throws -> Said { try run(builtExecutable(), arguments) }

  // MARK: - The platform

  /// A call of the agent that is being recorded, known to the daemon.
  func recordedCall(of agent: String = "alice") throws -> String {
    var plan = CallPlan(agent: agent)
    plan.recording = .recording
    let call = try simulator.createCall(plan)
    try scene.wait(for: "the call \(call) in the list") {
      String(decoding: bridge.get("/v1/calls")?.body ?? [], as: UTF8.self).contains(call)
    }
    return call
  }

  /// A call of the agent whose recording was stopped and witnessed.
  func stoppedCall() throws -> String {
    let call = try recordedCall()
    #expect(try recbridge("stop", call, "--wait", "15").code == 0)
    return call
  }

  // MARK: - The store

  /// The line of every event that is on disk, read past the daemon.
  func storedLines() throws -> [String] {
    let store = try Store.open(at: bridge.store, access: .reading)
    defer { store.close() }
    var lines: [String] = []
    var last: Int64 = 0
    while true {
      let page = try store.events(after: last, limit: 256)
      guard page.nextAfter > last else { return lines }
      lines += page.events.map { String(decoding: $0.line, as: UTF8.self) }
      last = page.nextAfter
    }
  }

  // MARK: - The end

  /// What was printed, logged or published during the test holds no secret.
  fileprivate func expectNoSecret() throws {
    var texts = outputs.compactMap { readText($0) } + [bridge.program.log]
    texts += try storedLines()
    for secret in Self.credentials + [Self.password] {
      for text in texts where text.contains(secret) {
        Issue.record("a secret stands in: \(text.prefix(2_000))")
      }
    }
  }
}

/// A program that was begun, and what it has written so far.
struct Running {
  let process: ChildProcess
  let name: String

  /// How much it has written to its standard output.
  var sizeBytes: Int {
    var status = stat()
    // The path is copied for the call, which fills the one structure it is given.
    return unsafe stat("\(name).out", &status) == 0 ? Int(status.st_size) : 0
  }

  var said: Said {
    Said(
      code: process.code ?? -1, out: readText("\(name).out") ?? "",
      err: readText("\(name).err") ?? "")
  }
}

/// Lets `body` use a ground with a daemon that is in sync, and looks for secrets afterwards. The
/// daemon prefers WebSocket where the platform offers it; `isSigned` gives it a key for the audit.
func withGround(
  agents: [String] = ["alice"], deadline: String = "10s", isReady: Bool = true,
  isSigned: Bool = false, _ adjust: (inout SimulatorSettings) -> Void = { _ in },
  feeds: (Scene) throws -> String = { _ in "" },
  anchors: (Scene) throws -> String = { _ in "" }, _ body: (Ground) throws -> Void
) throws {
  try withScene { scene in
    let signing = try isSigned ? AuditGround.configuration(scene, anchors: anchors(scene)) : ""
    let ground = try Ground(
      scene, agents: agents, deadline: deadline, more: "\(signing)\nfeeds: [\(feeds(scene))]",
      adjust)
    defer { ground.simulator.stop() }
    if isReady { try ground.bridge.waitUntilReady() }
    try body(ground)
    try ground.expectNoSecret()
  }
}
