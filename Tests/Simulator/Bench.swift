import JSON
import Simulator
import Testing

/// The platform as a value, a clock that is turned by hand, and the answers it has given.
final class Bench {
  var model: GWSModel
  var now = Duration.seconds(1000)
  private(set) var answers: [RequestID: GWSResponse] = [:]
  /// How many bytes of the body were sent before the connection broke.
  private(set) var cuts: [RequestID: Int] = [:]
  private(set) var order: [RequestID] = []
  /// Messages written to sockets and not taken yet.
  private var frames: [GWSSocketID: [[UInt8]]] = [:]
  /// How sockets ended, or `silent`.
  var ends: [GWSSocketID: SocketEnd] = [:]
  private var lastID: UInt64 = 0

  enum SocketEnd: Equatable { case closed(code: Int), reset, silent }

  /// Two agents, short times; `adjust` changes the rest.
  init(_ adjust: (inout SimulatorSettings) -> Void = { _ in }) {
    var settings = SimulatorSettings(agents: [
      SimulatedAgent(name: "alice", password: "a-secret", phoneNumber: "5001"),
      SimulatedAgent(name: "bob", password: "b-secret", phoneNumber: "5002"),
    ])
    adjust(&settings)
    // 2015-10-16T14:00:00Z at the time when the tests begin.
    model = GWSModel(settings: settings, unixTimeAtZero: .seconds(1_445_004_000 - 1000))
    model.advance(to: now)
  }

  func send(_ request: GWSRequest) -> RequestID {
    lastID += 1
    let id = RequestID(lastID)
    model.receive(request, as: id, at: now)
    collect()
    return id
  }

  func pass(_ time: Duration) {
    now += time
    model.advance(to: now)
    collect()
  }

  /// Makes a change and takes in what it leads to.
  func change<Result>(_ body: (inout GWSModel) throws -> Result) throws -> Result {
    let result = try body(&model)
    collect()
    return result
  }

  func leave(_ id: RequestID) {
    model.disconnected(id, at: now)
    collect()
  }

  /// A function, so that its argument is evaluated first.
  func answer(_ id: RequestID) -> GWSResponse? { answers[id] }

  func isHeld(_ id: RequestID) -> Bool { answers[id] == nil && cuts[id] == nil }

  /// Asks for an upgrade.
  func open(_ request: GWSRequest) -> (id: GWSSocketID, admission: SocketAdmission) {
    lastID += 1
    let id = GWSSocketID(lastID)
    let admission = model.socketOpened(id, request, at: now)
    collect()
    return (id, admission)
  }

  func say(_ text: String, on id: GWSSocketID) {
    model.socketMessage(id, Array(text.utf8), at: now)
    collect()
  }

  func breakOff(_ id: GWSSocketID) {
    model.socketClosed(id, at: now)
    collect()
  }

  /// What was written to a socket since the last time, one element a message.
  func takeFrames(_ id: GWSSocketID) throws -> [[JSONValue]] {
    try (frames.removeValue(forKey: id) ?? []).map { Array(try JSONValue.parse($0).elements) }
  }

  /// As `takeFrames`, but the bytes.
  func takeRawFrames(_ id: GWSSocketID) -> [[UInt8]] { frames.removeValue(forKey: id) ?? [] }

  private func collect() {
    for effect in model.takeEffects() {
      switch effect {
      case .respond(let id, let response):
        precondition(answers[id] == nil, "a request was answered twice")
        answers[id] = response
        order.append(id)
      case .cut(let id, let response, let bodyBytes):
        precondition(bodyBytes < response.body.count, "a cut must lose something")
        cuts[id] = bodyBytes
        order.append(id)
      case .drop(let id):
        cuts[id] = 0
        order.append(id)
      case .send(let id, let message):
        precondition(ends[id] == nil, "something was sent on a socket that has ended")
        frames[id, default: []].append(message)
      case .closeSocket(let id, let code): end(id, .closed(code: code))
      case .resetSocket(let id): end(id, .reset)
      case .silenceSocket(let id): end(id, .silent)
      }
    }
  }
}

extension Bench {
  private func end(_ id: GWSSocketID, _ end: SocketEnd) {
    precondition(ends[id] == nil || ends[id] == .silent, "a socket has ended twice")
    ends[id] = end
  }
}

/// A client of one agent, with its own cookie jar.
final class AgentClient {
  let bench: Bench
  let name: String
  let password: String
  var cookies: [String: String] = [:]
  var extraHeaders: [HTTPField] = []
  var clientID = ""
  var acknowledged: Int64?
  private var lastMessage = 0

  init(_ bench: Bench, _ name: String = "alice", password: String? = nil) {
    self.bench = bench
    self.name = name
    self.password = password ?? "\(name.prefix(1))-secret"
  }

  /// Sends a request with the jar's cookies; those of an answer that comes at once are kept.
  func send(
    _ method: String, _ path: String, query: [String: String] = [:],
    withCredentials: Bool = false, body: String = ""
  ) -> RequestID {
    let headers = withCredentials ? jar + [basic] : jar
    let id = bench.send(
      GWSRequest(method, path, query: query, headers: headers, body: Array(body.utf8)))
    for field in bench.answer(id)?.headers ?? [] where field.name == "Set-Cookie" {
      let pair = field.value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
      if pair.count == 2 { cookies[String(pair[0])] = String(pair[1]) }
    }
    return id
  }

  private var jar: [HTTPField] {
    guard !cookies.isEmpty else { return extraHeaders }
    let pairs = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return extraHeaders + [HTTPField("Cookie", pairs.joined(separator: "; "))]
  }

  var basic: HTTPField {
    HTTPField("Authorization", "Basic " + encodeBase64("\(name):\(password)"))
  }

  func login() -> GWSResponse? {
    bench.answer(send("GET", "/api/v2/me", withCredentials: true))
  }

  /// Sends Bayeux messages given as JSON without their `id` and `clientId`.
  func post(_ messages: String...) -> RequestID {
    send("POST", "/api/v2/notifications", body: completed(messages))
  }

  private func completed(_ messages: [String]) -> String {
    let completed = messages.map { message -> String in
      lastMessage += 1
      let client = message.contains("/meta/handshake") ? "" : #","clientId":"\#(clientID)""#
      return #"{"id":"\#(lastMessage)"\#(client),\#(message)}"#
    }
    return "[\(completed.joined(separator: ","))]"
  }

  /// Opens a socket with the jar's cookies.
  func upgrade() -> (id: GWSSocketID, admission: SocketAdmission) {
    bench.open(GWSRequest("GET", "/api/v2/notifications", headers: jar))
  }

  func openSocket() throws -> GWSSocketID {
    let (id, admission) = upgrade()
    try #require(admission == .accepted)
    return id
  }

  /// Sends Bayeux messages, as `post`, and returns what came back at once.
  @discardableResult
  func say(_ messages: String..., on socket: GWSSocketID) throws -> [[JSONValue]] {
    bench.say(completed(messages), on: socket)
    return try bench.takeFrames(socket)
  }

  @discardableResult
  func connect(on socket: GWSSocketID, _ more: String = "") throws -> [[JSONValue]] {
    let ext = acknowledged.map { #","ext":{"ack":\#($0)}"# } ?? ""
    return try say(
      #""channel":"/meta/connect","connectionType":"websocket""# + ext + more, on: socket)
  }

  @discardableResult
  func handshake(withAck: Bool = false) throws -> JSONValue {
    let ext = withAck ? #","ext":{"ack":true}"# : ""
    let id = post(
      #""channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]"#
        + ext)
    let reply = try #require(bench.messages(id).first)
    clientID = reply["clientId"]?.string ?? ""
    acknowledged = reply["ext"]?["ack"]?.bool == true ? 0 : nil
    return reply
  }

  @discardableResult
  func subscribe(_ channel: String = "/v2/me/calls") throws -> JSONValue {
    let id = post(#""channel":"/meta/subscribe","subscription":"\#(channel)""#)
    return try #require(bench.messages(id).last)
  }

  func connect(_ more: String = "") -> RequestID {
    let ext = acknowledged.map { #","ext":{"ack":\#($0)}"# } ?? ""
    return post(#""channel":"/meta/connect","connectionType":"long-polling""# + ext + more)
  }

  /// Logged in, subscribed to the calls channel, and past its first connect.
  static func ready(
    _ bench: Bench, _ name: String = "alice", withAck: Bool = false
  ) throws -> AgentClient {
    let client = AgentClient(bench, name)
    _ = client.login()
    try client.handshake(withAck: withAck)
    try client.subscribe()
    _ = client.connect()
    return client
  }

  func command(_ operation: String, on call: String) -> RequestID {
    send("POST", "/api/v2/me/calls/\(call)", body: #"{"operationName":"\#(operation)"}"#)
  }
}

extension Bench {
  /// The JSON of an answer; an empty object if there is none.
  func json(_ id: RequestID) throws -> JSONValue {
    let response = try #require(answers[id], "the request is not answered yet")
    return try JSONValue.parse(response.body)
  }

  func messages(_ id: RequestID) throws -> [JSONValue] { Array(try json(id).elements) }

  func events(_ id: RequestID) throws -> [JSONValue] {
    try messages(id).compactMap { $0["data"] }
  }

  /// The numbers of a burst's notifications in an answer.
  func sequence(_ id: RequestID) throws -> [Int64] {
    try events(id).compactMap { $0["call"]?["userData"]?["seq"]?.integer }
  }

  func createCall(_ recording: RecordingState? = nil, agent: String = "alice") throws -> String {
    var plan = CallPlan(agent: agent)
    plan.recording = recording
    return try change { try $0.createCall(plan) }
  }
}

func encodeBase64(_ text: String) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  let bytes = Array(text.utf8)
  var result = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
    for position in 0..<4 {
      let index = Int(bits >> (18 - 6 * UInt32(position)) & 63)
      result.append(position <= group.count ? alphabet[index] : "=")
    }
  }
  return result
}
