import Configuration
import Daemon
import HTTP
import JSON
import Loop
import Reactor
import Simulator

/// The main job in one process: a simulated platform, the bridge, and a subscriber that talks to
/// the bridge over its socket as any other would.
final class Demo {
  /// The whole story takes about a second; a minute means that something is wrong with the machine.
  private static let limit = Duration.seconds(60)
  /// Shorter than the default, so that a demonstration of silence does not bore.
  private static let deadline = Duration.seconds(3)

  /// How it ended, and what a reader is told of the audit then.
  struct Ending {
    let code: ExitCode
    var proof: [String] = []
  }

  private let loop: EventLoop
  let folder: String
  private let simulator: Simulator
  private let client: HTTPClient
  private let transport: Transport
  private let emit: ([UInt8]) -> Void
  private var cursor = "earliest"
  private(set) var call: String?
  private var hasAsked = false
  private var grade: String?
  private var failure: String?
  private var isOver = false
  let key: AuditKey

  var storePath: String { folder + "/store.db" }
  private var socket: String { folder + "/recbridge.sock" }

  /// Runs the story; the exit code says how it ended. With `keep`, a folder that is made, the store
  /// stays, and an export of the call beside it.
  static func run(
    fault: DemoFault?, over transport: Transport, keep: String?,
    emit: @escaping ([UInt8]) -> Void
  ) -> Ending {
    do {
      let folder = try keep.map { try TemporaryFolder.make(at: $0) } ?? TemporaryFolder.make()
      defer { if keep == nil { TemporaryFolder.remove(folder) } }
      let demo = try Demo(in: folder, fault: fault, over: transport, emit: emit)
      let code = try demo.play()
      guard code == .success || code == .unconfirmed else { return Ending(code: code) }
      return try demo.prove(code, keeping: keep != nil)
    } catch {
      Terminal.complain("recbridge demo: \(error)")
      return Ending(code: .failure)
    }
  }

  private init(
    in folder: String, fault: DemoFault?, over transport: Transport,
    emit: @escaping ([UInt8]) -> Void
  ) throws {
    self.folder = folder
    self.transport = transport
    self.emit = emit
    key = try AuditKey(name: "demo")
    loop = try EventLoop()
    client = HTTPClient(reactor: loop)
    var settings = SimulatorSettings(agents: [
      SimulatedAgent(name: "alice", password: "secret", phoneNumber: "5001")
    ])
    settings.csrf = .standard
    settings.webSocket = .offered
    simulator = Simulator(settings: settings, loop: loop)
    switch fault {
    case .swallowNotification: simulator.arm(Fault(.swallowNotification))
    case .ignoreCommand: simulator.arm(Fault(.ignoreCommand))
    case nil: break
    }
  }

  private func play() throws -> ExitCode {
    defer { loop.close() }
    let port = try simulator.start()
    defer { simulator.stop() }
    let configuration = Configuration(
      site: "demo",
      platform: Platform(
        url: "http://127.0.0.1:\(port)",
        transports: transport == .webSocket ? [.webSocket, .longPolling] : [.longPolling]),
      store: storePath, socket: socket,
      agents: [Agent(name: "alice", login: Login(user: "alice", password: Secret("secret")))],
      commands: CommandSettings(deadline: Self.deadline),
      audit: AuditSettings(key: Secret(key.reveal())))
    var isDaemonEnded = false
    let daemon = try Daemon(
      configuration, loop: loop, logger: Logger(sink: { _ in }),
      onEnd: { _ in isDaemonEnded = true })
    daemon.start()
    follow()
    let isInTime = loop.run(until: { isOver || failure != nil }, within: Self.limit)
    daemon.stop()
    // The loop calls back into the daemon, so it must live until it has ended.
    withExtendedLifetime(daemon) {
      _ = loop.run(until: { isDaemonEnded }, within: Daemon.stopLimit * 2)
    }
    client.close()
    return outcome(isInTime: isInTime)
  }

  private func outcome(isInTime: Bool) -> ExitCode {
    if let failure {
      Terminal.complain("recbridge demo: \(failure)")
      return .failure
    }
    guard isInTime, let grade else {
      Terminal.complain("recbridge demo: the story did not end within \(Self.limit)")
      return .failure
    }
    return grade.hasPrefix("confirmed.") ? .success : .unconfirmed
  }

  // MARK: - The subscriber

  private func follow() {
    var request = HTTPRequest(
      method: "GET", url: "http://localhost/v1/events?wait=20&after=\(cursor)",
      timeout: .seconds(30))
    request.unixSocketPath = socket
    client.send(request) { [unowned self] outcome in
      switch outcome {
      case .response(let response) where response.status == 200:
        for line in response.body.split(separator: UInt8(ascii: "\n")) { take(Array(line)) }
        if !isOver { follow() }
      case .response(let response): failure = "the socket answered \(response.status)"
      case .failure(let error): failure = error.message
      }
    }
  }

  private func take(_ line: [UInt8]) {
    guard let event = try? JSONValue.parse(line), let id = event["id"]?.string else {
      failure = "an event is not JSON"
      return
    }
    emit(line)
    cursor = id
    do {
      try advance(event)
    } catch {
      failure = String(describing: error)
    }
  }

  /// What happens next on the platform, once an event shows that the last step was seen.
  private func advance(_ event: JSONValue) throws {
    let data = event["data"]
    switch event["type"]?.string {
    case "recbridge.gap.v1" where call == nil:
      var plan = CallPlan(agent: "alice")
      plan.state = .ringing
      call = try simulator.createCall(plan)
    case "recbridge.call.v1" where data?["ended"]?.bool == true: isOver = true
    case "recbridge.call.v1" where data?["call"]?["state"]?.string == "Ringing":
      guard let call else { return }
      try simulator.setCallState(call, .established)
      try simulator.setRecording(call, .recording)
    case "recbridge.recording.v1" where data?["to"]?.string == "Recording": stopOnceSure()
    case "recbridge.command.v1" where data?["status"]?.string == "final":
      guard let call, grade == nil else { return }
      grade = data?["grade"]?.string
      try simulator.endCall(call)
    default: break
    }
  }

  /// Looks first what carried the notifications so far: a demonstration of a WebSocket that went on
  /// over long-polling would show something else than it says.
  private func stopOnceSure() {
    guard !hasAsked else { return }
    hasAsked = true
    var request = HTTPRequest(
      method: "GET", url: "http://localhost/v1/sessions", timeout: .seconds(10))
    request.unixSocketPath = socket
    client.send(request) { [unowned self] outcome in
      guard case .response(let response) = outcome,
        let sessions = (try? JSONValue.parse(response.body))?["sessions"]
      else {
        failure = "the sessions were not told: \(outcome)"
        return
      }
      let used = sessions.elements.map { $0["transport"]?.string ?? "nothing" }
      if used == [transport.rawValue] {
        stop()
      } else {
        failure = "the notifications came over \(used), not over \(transport.rawValue)"
      }
    }
  }

  private func stop() {
    guard let call else { return }
    var request = HTTPRequest(
      method: "POST", url: "http://localhost/v1/commands",
      headers: [HTTPHeader("Content-Type", "application/json")],
      body: JSONWriter.write { writer in
        writer.object { writer in
          writer.member("call", call)
          writer.member("operation", "stop")
          writer.member("key", "demo")
        }
      }, timeout: .seconds(10))
    request.unixSocketPath = socket
    client.send(request) { [unowned self] outcome in
      if case .response(let response) = outcome, response.status == 202 { return }
      failure = "the command was not taken: \(outcome)"
    }
  }
}
