import HTTP
import JSON
import Loop
import TestSupport

/// What one row stands on: the simulator and the daemon as processes of their own, the line between
/// them, somebody who publishes and somebody who reads. All of it ends with the row.
final class Ground {
  /// How long a server keeps a session without a connect; as in the measurements of other clients.
  static let maxIntervalSeconds = 10
  /// Longer than the longest pause that the daemon makes between handshakes.
  static let patience = Duration.seconds(100)

  let loop: EventLoop
  let http: HTTPClient
  let scenario: Scenario
  let transport: Transport
  let folder: String
  let proxy: FaultProxy
  private(set) var platform = ""
  private var simulator: ChildProcess?
  private var daemon: ChildProcess?
  private var simulators = 0

  /// The line, which leads nowhere yet; end it with `close()`.
  init(_ scenario: Scenario, _ transport: Transport, folder: String) throws {
    self.scenario = scenario
    self.transport = transport
    self.folder = folder
    loop = try EventLoop()
    http = HTTPClient(reactor: loop)
    do {
      proxy = try FaultProxy(reactor: loop, upstreamPort: 0)
    } catch {
      http.close()
      loop.close()
      throw error
    }
  }

  func close() {
    daemon?.kill()
    simulator?.kill()
    http.close()
    proxy.close()
    loop.close()
  }

  // MARK: - Programs

  /// Begins the simulator on a port that it picks; the line leads there from now on.
  func beginSimulator() throws {
    simulators += 1
    let said = "\(folder)/simulator-\(simulators).out"
    let options =
      ["simulate", "--listen", "127.0.0.1:0", "--agents", "1"]
      + ["--hold", String(scenario.holdSeconds), "--max-interval", String(Self.maxIntervalSeconds)]
    let process = try ChildProcess(
      builtExecutable(), options + transport.simulatorOptions, output: .file(said),
      errors: .file("\(folder)/simulator.log"))
    simulator = process
    try wait(for: "the simulator's address") {
      process.code != nil || readText(said)?.hasSuffix("\n") == true
    }
    guard process.code == nil, let line = readText(said),
      let port = line.split(separator: ":").last.flatMap({ UInt16($0.dropLast()) })
    else {
      throw Failure(what: "the simulator ended: \(readText("\(folder)/simulator.log") ?? "")")
    }
    platform = "http://127.0.0.1:\(port)"
    proxy.upstreamPort = port
  }

  /// SIGKILL; returns when it is gone.
  func killSimulator() { simulator?.kill() }

  var socket: String { "\(folder)/bridge.sock" }
  private var configuration: String { "\(folder)/bridge.yaml" }

  /// Writes the daemon's configuration.
  func configure() throws {
    try writeText(
      """
      site: faults
      platform:
        profile: gws-v2
        url: http://127.0.0.1:\(proxy.port)
        transports: \(transport.configured)
      store: \(folder)/bridge.db
      socket: \(socket)
      agents: [{ name: agent1, user: agent1, password: { env: FAULTS_PASSWORD } }]

      """, to: configuration)
  }

  /// Begins the daemon on the store that there is.
  func beginDaemon() throws {
    let log = "\(folder)/bridge.log"
    daemon = try ChildProcess(
      builtExecutable(), ["run", "--config", configuration],
      environment: ["FAULTS_PASSWORD": "agent1"], output: .file(log), errors: .file(log))
  }

  /// SIGKILL; returns when it is gone.
  func killDaemon() { daemon?.kill() }

  /// Waits until the agent is observed without an open gap.
  func waitUntilReady() throws {
    try wait(for: "the daemon's readiness") {
      if let code = daemon?.code, code != -9 {
        let log = readText("\(folder)/bridge.log") ?? ""
        throw Refusal(code: code, log: log.replacing("\(folder)/", with: ""))
      }
      return ask("GET", "http://localhost/readyz", socket: socket)?.status == 200
    }
  }

  // MARK: - Waiting and asking

  /// Turns the loop for `duration`.
  func pass(_ duration: Duration) {
    let end = loop.now + duration
    _ = loop.run(until: { loop.now >= end }, within: duration + Self.patience)
  }

  /// Turns the loop until `condition` holds.
  func wait(
    for what: String, within limit: Duration = patience, _ condition: () throws -> Bool
  ) throws {
    var failure: (any Error)?
    let isMet = loop.run(
      until: {
        do { return try condition() } catch { failure = error }
        return true
      }, within: limit)
    if let failure { throw failure }
    if !isMet { throw Failure(what: "awaited in vain: \(what)") }
  }

  /// Asks and waits for the answer, in which the loop turns; nil when none came.
  func ask(
    _ method: String, _ url: String, body: String? = nil, socket: String? = nil
  ) -> HTTPResponse? {
    var request = HTTPRequest(
      method: method, url: url, body: body.map { Array($0.utf8) }, timeout: .seconds(20))
    request.unixSocketPath = socket
    var outcome: HTTPOutcome?
    let exchange = http.send(request) { outcome = $0 }
    if !loop.run(until: { outcome != nil }, within: .seconds(30)) { exchange.cancel() }
    guard case .response(let response) = outcome else { return nil }
    return response
  }

  /// Asks the simulator's switchboard, which must agree.
  @discardableResult
  func switchboard(_ method: String, _ path: String, _ body: String? = nil) throws -> JSONValue {
    guard let response = ask(method, "\(platform)/sim/\(path)", body: body) else {
      throw Failure(what: "the simulator does not answer \(method) \(path)")
    }
    guard response.status < 300, let value = try? JSONValue.parse(response.body) else {
      let text = String(decoding: response.body, as: UTF8.self)
      throw Failure(what: "\(method) /sim/\(path): \(response.status) \(text)")
    }
    return value
  }
}

/// A row could not be run to its end.
struct Failure: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}

/// The daemon ended by itself: it does not take the configuration, or something of it failed.
struct Refusal: Error, CustomStringConvertible {
  let code: Int32
  let log: String

  var description: String {
    "the daemon ended with status \(code): \(log.split(separator: "\n").last ?? "without a word")"
  }
}
