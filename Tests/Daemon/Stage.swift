import Configuration
import Daemon
import Glibc
import HTTP
import JSON
import Loop
import Reactor
import Simulator
import Store
import TestSupport
import Testing

/// A simulated platform, a daemon and a client of its socket on one loop, with real sockets and a
/// real store in a folder of their own.
final class Stage {
  let loop: EventLoop
  let folder: String
  let simulator: Simulator
  let client: HTTPClient
  var configuration: Configuration
  private(set) var daemon: Daemon?
  private(set) var ending: Daemon.Ending?
  private(set) var log: [String] = []
  /// What `events` has read so far, by type.
  private var seen: [String: [JSONValue]] = [:]

  init(
    deadline: Duration = .seconds(10), agents: [String] = ["alice"],
    _ adjust: (inout SimulatorSettings) -> Void = { _ in }
  ) throws {
    loop = try EventLoop()
    folder = try Self.makeFolder()
    var settings = SimulatorSettings(
      agents: agents.enumerated().map {
        SimulatedAgent(name: $1, password: "secret", phoneNumber: String(5001 + $0))
      })
    settings.holdTimeout = .seconds(5)
    adjust(&settings)
    simulator = Simulator(settings: settings, loop: loop)
    client = HTTPClient(reactor: loop)
    let port = try simulator.start()
    configuration = Configuration(
      site: "test", platform: Platform(url: "http://127.0.0.1:\(port)"),
      store: folder + "/store.db", socket: folder + "/r.sock",
      agents: agents.map {
        Agent(name: $0, login: Login(user: $0, password: Secret("secret")))
      }, commands: CommandSettings(deadline: deadline))
  }

  /// Starts the daemon; `isReady` waits until every agent is in sync.
  func start(isReady: Bool = true) throws {
    let former = ending == .storeFound ? daemon : nil
    ending = nil
    let daemon = try Daemon(
      configuration, loop: loop, logger: Logger(sink: { [unowned self] in log.append($0) }),
      after: former,
      onEnd: { [unowned self] in ending = $0 })
    self.daemon = daemon
    daemon.start()
    if isReady { try wait("every agent is in sync") { try self.get("/readyz").status == 200 } }
  }

  func stop() throws {
    daemon?.stop()
    try wait("the daemon has stopped") { self.ending != nil || self.daemon == nil }
    daemon = nil
  }

  /// The process is gone, as after kill -9: nobody says goodbye.
  func kill() {
    daemon?.abandon()
    daemon = nil
  }

  /// Ends everything; the folder goes with it.
  func close() {
    try? stop()
    simulator.stop()
    client.close()
    loop.close()
    removeTree(folder)
  }

  /// Turns the loop until `condition` holds; the limit is generous, for a loaded machine.
  func wait(
    _ what: String, within limit: Duration = .seconds(60), until condition: () throws -> Bool
  ) throws {
    let deadline = loop.now + limit
    while try !condition() {
      try #require(loop.now < deadline, "waited in vain until \(what)\n\(log.joined())")
      _ = loop.run(until: { true }, within: .milliseconds(1))
      var isOver = false
      let timer = loop.makeTimer { isOver = true }
      timer.start(after: .milliseconds(5))
      _ = loop.run(until: { isOver })
      timer.cancel()
    }
  }

  // MARK: - The socket

  struct Reply {
    var status: Int
    var body: [UInt8]

    var json: JSONValue? { try? JSONValue.parse(body) }
    var lines: [JSONValue] {
      body.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue.parse(Array($0)) }
    }
  }

  func get(_ path: String) throws -> Reply { try ask("GET", path, nil) }

  func post(_ path: String, _ body: String) throws -> Reply {
    try ask("POST", path, Array(body.utf8))
  }

  func put(_ path: String, _ body: String) throws -> Reply {
    try ask("PUT", path, Array(body.utf8))
  }

  func delete(_ path: String) throws -> Reply { try ask("DELETE", path, nil) }

  private func ask(_ method: String, _ path: String, _ body: [UInt8]?) throws -> Reply {
    var request = HTTPRequest(
      method: method, url: "http://localhost" + path, body: body, timeout: .seconds(60))
    request.unixSocketPath = configuration.socket
    var outcome: HTTPOutcome?
    client.send(request) { outcome = $0 }
    _ = loop.run(until: { outcome != nil }, within: .seconds(90))
    switch outcome {
    case .response(let response): return Reply(status: response.status, body: response.body)
    case .failure(let failure): throw failure
    case nil: throw NoAnswer(path: path)
    }
  }

  /// Posts several bodies at once, each on a connection of its own, and gives each answer.
  func postTogether(
    _ path: String, _ bodies: [String], _ answered: @escaping (Reply) -> Void
  ) throws {
    var count = 0
    for body in bodies {
      var request = HTTPRequest(
        method: "POST", url: "http://localhost" + path, body: Array(body.utf8),
        timeout: .seconds(60))
      request.unixSocketPath = configuration.socket
      client.send(request) { outcome in
        count += 1
        if case .response(let response) = outcome {
          answered(Reply(status: response.status, body: response.body))
        }
      }
    }
    try wait("every post is answered") { count == bodies.count }
  }

  struct NoAnswer: Error { let path: String }

  /// Every event so far, or those of one type. Reads on from where it was the last time, because
  /// many tests ask until something has come.
  func events(_ type: String? = nil, after cursor: String = "earliest") throws -> [JSONValue] {
    let isWhole = cursor == "earliest"
    var events = isWhole ? seen[type ?? ""] ?? [] : []
    var after = events.last?["id"]?.string ?? cursor
    while true {
      let filter = type.map { "&type=recbridge.\($0).v1" } ?? ""
      let reply = try get("/v1/events?limit=1000&after=\(after)\(filter)")
      // Retention has passed what was seen last: what is left came after it.
      if reply.status == 410, isWhole, after != cursor {
        after = cursor
        continue
      }
      let page = reply.lines
      guard let last = page.last?["id"]?.string else { break }
      events += page
      after = last
    }
    if isWhole { seen[type ?? ""] = events }
    return events
  }

  /// Waits for an event and gives it.
  func event(
    _ type: String, where isWanted: (JSONValue) -> Bool = { _ in true }
  ) throws -> JSONValue {
    var found: JSONValue?
    try wait("there is an event \(type)") {
      found = try self.events(type).first(where: isWanted)
      return found != nil
    }
    return try #require(found)
  }

  /// The worklist.
  func exceptions() throws -> [JSONValue] {
    let list = try get("/v1/exceptions").json?["exceptions"]
    return try Array(#require(list).elements)
  }

  // MARK: - Calls and commands

  /// A call of the agent that is being recorded, seen by the daemon.
  func recordedCall(of agent: String = "alice") throws -> String {
    var plan = CallPlan(agent: agent)
    plan.recording = .recording
    let call = try simulator.createCall(plan)
    _ = try event("call") { $0["subject"]?.string == call }
    return call
  }

  /// Issues a command and waits until it is final.
  func command(
    _ operation: String, _ call: String, key: String? = nil
  ) throws -> JSONValue {
    try final(issue(operation, call, key: key))
  }

  /// Issues a command; its id.
  func issue(_ operation: String, _ call: String, key: String? = nil) throws -> String {
    let keyMember = key.map { ",\"key\":\"\($0)\"" } ?? ""
    let issued = try post(
      "/v1/commands", "{\"call\":\"\(call)\",\"operation\":\"\(operation)\"\(keyMember)}")
    try #require(issued.status == 202 || issued.status == 200, "\(issued)")
    return try #require(issued.json?["command"]?.string)
  }

  func final(_ id: String) throws -> JSONValue {
    var command: JSONValue?
    try wait("the command \(id) is final") {
      command = try self.get("/v1/commands/\(id)?wait=20").json
      return command?["status"]?.string == "final"
    }
    return try #require(command)
  }

  // MARK: - Folders

  static func makeFolder() throws -> String {
    var template = Array("/tmp/recbridge-test-XXXXXX".utf8CString)
    // The template is ours, ends with a zero, and mkdtemp(3) only changes its last six characters.
    try #require(unsafe mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
