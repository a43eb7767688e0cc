import Glibc
import HTTP
import JSON
import Loop
import Reactor
import TestSupport

/// What went wrong, for people.
struct Trouble: Error, CustomStringConvertible {
  let description: String
}

/// A simulated platform and a daemon, each a process of its own, in a folder of their own.
final class Ground {
  /// Longer than the start of ten thousand sessions on a slow machine.
  private static let patience = Duration.seconds(180)

  let loop: EventLoop
  let client: HTTPClient
  let simulator: ChildProcess
  let daemon: ChildProcess
  let base: String
  let socket: String
  let agents: Int

  init(_ plan: Plan, agents: Int, in folder: String) throws {
    self.agents = agents
    loop = try EventLoop()
    client = HTTPClient(reactor: loop, options: HTTPClient.Options(caFile: plan.certificate))
    var arguments = ["simulate", "--listen", "127.0.0.1:0", "--agents", String(agents)]
    if plan.acknowledges { arguments.append("--ack") }
    if let certificate = plan.certificate, let key = plan.key {
      arguments += ["--tls-cert", certificate, "--tls-key", key]
    }
    let output = folder + "/simulator"
    simulator = try ChildProcess(
      plan.binary, arguments, output: .file(output), errors: .file(folder + "/simulator.err"))
    base = try Self.address(in: output, of: simulator, errors: folder + "/simulator.err")
    socket = folder + "/socket"
    let configuration = folder + "/configuration"
    try writeText(
      Self.configuration(base, folder: folder, agents: agents, authority: plan.certificate),
      to: configuration)
    daemon = try ChildProcess(
      plan.binary, ["run", "--config", configuration], output: .file("/dev/null"),
      errors: .file(folder + "/daemon.err"))
  }

  /// The simulator says where it listens once it does.
  private static func address(
    in output: String, of simulator: ChildProcess, errors: String
  ) throws -> String {
    while true {
      let text = readText(output) ?? ""
      if let line = text.split(separator: "\n").first, let start = line.firstRange(of: "http") {
        return String(line[start.lowerBound...])
      }
      if simulator.code != nil { throw Trouble(description: readText(errors) ?? "no simulator") }
      usleep(20_000)
    }
  }

  private static func configuration(
    _ base: String, folder: String, agents: Int, authority: String?
  ) -> String {
    // Without probes there are seconds in which no session has anything to say.
    var text = "site: benchmark\nplatform:\n  url: \(base)\n  livenessProbe: off\n"
    if let authority { text += "  ca: \(authority)\n" }
    text += "store: \(folder)/store.db\nsocket: \(folder)/socket\nagents:\n"
    for number in 1...agents {
      text += "  - { name: agent\(number), user: agent\(number), password: agent\(number) }\n"
    }
    return text
  }

  // MARK: - Asking

  /// One request and its answer's body, which must have one of these statuses.
  func ask(
    _ method: String, _ url: String, _ body: String? = nil, onSocket: Bool = false
  ) throws -> [UInt8] {
    var result: HTTPOutcome?
    send(method, url, body, onSocket: onSocket) { result = $0 }
    guard loop.run(until: { result != nil }, within: .seconds(60)) else {
      throw Trouble(description: "\(url) was not answered within a minute")
    }
    switch result {
    case .response(let response) where (200..<300).contains(response.status): return response.body
    case .response(let response):
      throw Trouble(description: "\(url) was answered with \(response.status)")
    case .failure(let failure): throw failure
    case nil: return []
    }
  }

  func send(
    _ method: String, _ url: String, _ body: String? = nil, onSocket: Bool = false,
    _ completion: @escaping (HTTPOutcome) -> Void
  ) {
    var request = HTTPRequest(
      method: method, url: (onSocket ? "http://localhost" : base) + url,
      headers: body == nil ? [] : [HTTPHeader("Content-Type", "application/json")],
      body: body.map { Array($0.utf8) }, timeout: .seconds(60))
    if onSocket { request.unixSocketPath = socket }
    client.send(request, completion: completion)
  }

  /// Waits until every agent is observed.
  func waitUntilReady() throws {
    let limit = loop.now + Self.patience
    while loop.now < limit {
      if (try? ask("GET", "/readyz", onSocket: true)) != nil { return }
      if let code = daemon.code { throw Trouble(description: "the daemon ended with \(code)") }
      usleep(250_000)
    }
    throw Trouble(description: "not every agent was observed within \(Self.patience)")
  }

  /// Requests that the simulator has had, those of this benchmark included.
  func requestCount() throws -> Int64 {
    try JSONValue.parse(try ask("GET", "/sim/status"))["requests"]?.integer ?? 0
  }

  // MARK: - The daemon's figures

  /// Resident memory (proc(5), VmRSS).
  var residentBytes: Int {
    let text = readText("/proc/\(daemon.identifier)/status") ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
  }

  var descriptorCount: Int {
    // Opened and closed here; the path is passed as a C string for the length of the call only.
    guard let folder = unsafe opendir("/proc/\(daemon.identifier)/fd") else { return 0 }
    defer { unsafe closedir(folder) }
    var count = -2  // The folder itself and the one above.
    while unsafe readdir(folder) != nil { count += 1 }
    return count
  }

  func end() {
    client.close()
    daemon.send(SIGTERM)
    _ = daemon.wait()
    simulator.kill()
    loop.close()
  }
}
