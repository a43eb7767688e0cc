import Bayeux
import Calls
import Commands
import JSON
import Testing

@testable import Bridge

/// A bridge led by hand: the test answers each request as the platform would, and looks at what
/// was written and asked for. What is written counts as committed at once.
struct Scene {
  var bridge: Bridge
  var now = Moment(monotonic: .seconds(1000), wall: .seconds(1_800_000_000))
  var writes: [Write] = []
  var requests: [PlatformRequest] = []
  var replies: [Bridge.Reply] = []
  var logged: [String] = []
  var stops = 0
  var left: [String] = []
  /// WebSockets that were asked for, and those of them that were closed again.
  var openings: [SocketRequest] = []
  var closings: [ConnectionID] = []
  var anchored: [SignedCheckpoint] = []
  var transmitted: [(id: ConnectionID, text: String)] = []
  var withdrawn: [RequestID] = []
  /// Whose cookies were forgotten, and which requests went out, in their order.
  var order: [String] = []
  /// The wake that was asked for last.
  var wakeAt: Duration?
  var lastAsk: UInt64 = 0

  init(
    agents: [String] = ["alice"], profile: Dialect.Profile = .gwsV2,
    transports: [Transport] = [.longPolling], route: Route? = nil,
    groups: GroupsAtRetention = .hold, after earlier: Scene? = nil
  ) throws {
    var settings = World.settings(profile: profile, transports: transports)
    settings.agents = agents
    settings.groupsAtRetention = groups
    if let route { settings.dialect.route = route }
    bridge = Bridge(
      settings: settings, lastSequence: earlier?.events.last?.sequence ?? 0,
      seed: earlier == nil ? 1 : 2)
    if let earlier {
      now = Moment(monotonic: .seconds(5), wall: earlier.now.wall + .seconds(3))
      let complaints = bridge.restore(try earlier.disk().restored(), at: now)
      #expect(complaints == [])
    }
  }

  func disk() -> Disk {
    var disk = Disk()
    disk.commit(writes)
    return disk
  }

  var events: [Event] {
    writes.compactMap { if case .event(let event) = $0 { event } else { nil } }
  }

  var types: [EventType] { events.map(\.type) }

  var quarantines: [Quarantine] {
    writes.compactMap { if case .quarantine(let quarantine) = $0 { quarantine } else { nil } }
  }

  var entries: [Entry] {
    writes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
  }

  /// The entries in which commands ended.
  var verdicts: [Entry] {
    entries.filter { entry in
      entry.type == .command
        && (try? JSONValue.parse(entry.record))?["status"]?.string == "final"
    }
  }

  /// The newest value of each command, in the order of issue.
  var commands: [Command] {
    let disk = disk()
    return disk.order.compactMap { disk.commands[$0] }
  }

  /// The data of the events of a type.
  func data(_ type: EventType) -> [JSONValue] {
    events.filter { $0.type == type }.compactMap(Disk.data)
  }

  // MARK: - Leading

  mutating func feed(_ input: Bridge.Input) {
    perform(bridge.handle(input, at: now))
    while true {
      let turn = bridge.committed(at: now)
      if turn.writes.isEmpty && turn.effects.isEmpty { break }
      perform(turn)
    }
  }

  private mutating func perform(_ turn: Turn) {
    writes += turn.writes
    for effect in turn.effects {
      switch effect {
      case .request(let request):
        requests.append(request)
        order.append(request.target)
      case .cancel(let id): requests.removeAll { $0.id == id }
      case .withdraw(let id): withdrawn.append(id)
      case .reply(_, let reply): replies.append(reply)
      case .stopped: stops += 1
      case .left(let agent): left.append(agent)
      case .wake(let time): wakeAt = time
      case .openSocket(let request): openings.append(request)
      case .transmit(let id, let bytes):
        transmitted.append((id, String(decoding: bytes, as: UTF8.self)))
      case .closeSocket(let id): closings.append(id)
      case .forgetCookies(let agent): order.append("forget \(agent)")
      case .anchor(let checkpoint): anchored.append(checkpoint)
      case .log(let entry): logged.append(entry.name)
      case .removed: break
      }
    }
  }

  mutating func pass(_ time: Duration) {
    now = Moment(monotonic: now.monotonic + time, wall: now.wall + time)
    feed(.wake)
  }

  mutating func ask(
    _ operation: Operation, _ call: String = "C1", agent: String? = nil, key: String? = nil,
    mode: CommandMode = .send, isForced: Bool = false, parameters: [String: String] = [:]
  ) {
    lastAsk += 1
    feed(
      .asked(
        AskID(rawValue: lastAsk),
        Ask(
          call: call, operation: operation, agent: agent, key: key, mode: mode,
          isForced: isForced, parameters: parameters,
          origin: Origin(uid: 0))))
  }

  // MARK: - The platform's answers

  static let login = "/api/v2/me"
  static let handshake = "/handshake"
  static let subscribe = "/notifications"
  static let connect = "/connect"
  static let snapshot = "/calls?fields=*"

  func isOpen(_ suffix: String) -> Bool { requests.contains { $0.target.hasSuffix(suffix) } }

  @discardableResult
  mutating func answer(
    _ suffix: String, status: Int = 200, headers: [Header] = [], _ body: String
  ) throws -> PlatformRequest {
    let index = requests.firstIndex { $0.target.hasSuffix(suffix) && !isLook($0) }
    return try answer(
      #require(index, "nothing asks for \(suffix)"), status: status, headers: headers, body)
  }

  /// The connection of the request breaks.
  mutating func fail(
    _ suffix: String, _ reason: String, mayHaveReachedServer: Bool = true
  ) throws {
    let index = try #require(requests.firstIndex { $0.target.hasSuffix(suffix) })
    let request = requests.remove(at: index)
    feed(
      .answered(
        request.id,
        .failed(reason: reason, mayHaveReachedServer: mayHaveReachedServer, partialBody: [])))
  }

  @discardableResult
  private mutating func answer(
    _ index: Int, status: Int, headers: [Header], _ body: String
  ) -> PlatformRequest {
    let request = requests.remove(at: index)
    now.monotonic += .milliseconds(10)
    now.wall += .milliseconds(10)
    feed(.answered(request.id, .response(status: status, headers: headers, body: Array(body.utf8))))
    return request
  }

  /// Answers a Bayeux request well, with notifications in front: each a channel and its data.
  mutating func answerBayeux(
    _ suffix: String, members: String = "", _ notifications: [(channel: String, data: String)] = []
  ) throws {
    let request = try #require(requests.first { $0.target.hasSuffix(suffix) })
    let message = try #require(Array(try JSONValue.parse(request.body ?? []).elements).first)
    let id = try #require(message["id"]?.string)
    let channel = try #require(message["channel"]?.string)
    let front = notifications.map { #"{"channel":"\#($0.channel)","data":\#($0.data)},"# }.joined()
    try answer(
      suffix,
      "[\(front){\"id\":\"\(id)\",\"channel\":\"\(channel)\",\"successful\":true\(members)}]")
  }

  mutating func answerLogin() throws { try answer(Scene.login, #"{"statusCode":0,"user":{}}"#) }

  mutating func answerHandshake() throws {
    try answerBayeux(
      Scene.handshake,
      members: #","clientId":"c1","version":"1.0","supportedConnectionTypes":["long-polling"]"#)
  }

  /// From the login to the first snapshot's request.
  mutating func connectUp() throws {
    if isOpen(Scene.login) { try answerLogin() }
    try answerHandshake()
    try answerBayeux(
      Scene.subscribe, members: #","subscription":["/v2/me/calls","/v2/me/devices"]"#)
    try answerBayeux(Scene.connect)
  }

  private func isLook(_ request: PlatformRequest) -> Bool {
    if case .look = bridge.purposes[request.id] { true } else { false }
  }

  /// How many looks are under way.
  var looks: Int { requests.count(where: isLook) }

  /// Answers the oldest look.
  mutating func answerLook(
    status: Int = 200, headers: [Header] = [], body: String? = nil, _ calls: String...
  ) throws {
    let index = try #require(requests.firstIndex(where: isLook), "nobody looks")
    let list = "{\"statusCode\":0,\"calls\":[\(calls.joined(separator: ","))]}"
    answer(index, status: status, headers: headers, body ?? list)
  }

  mutating func answerSnapshot(_ calls: String...) throws {
    try answer(Scene.snapshot, "{\"statusCode\":0,\"calls\":[\(calls.joined(separator: ","))]}")
  }

  /// In sync, with these calls.
  mutating func settle(_ calls: String...) throws {
    feed(.start)
    try connectUp()
    try answer(Scene.snapshot, "{\"statusCode\":0,\"calls\":[\(calls.joined(separator: ","))]}")
  }

  /// One notification about a call arrives.
  mutating func hear(_ call: String, type: String = "CallRecordingStateChange") throws {
    try answerBayeux(
      Scene.connect, [(channel: "/v2/me/calls", data: Scene.notification(call, type: type))])
  }

  static func notification(_ call: String, type: String = "CallRecordingStateChange") -> String {
    #"{"notificationType":"\#(type)","call":\#(call),"messageType":"CallStateChangeMessage"}"#
  }

  /// A call whose three witnesses agree.
  static func call(
    _ state: String, _ id: String = "C1", gsip: String? = nil, more: String = ""
  ) -> String {
    let (word, capabilities) =
      switch state {
      case "Recording": ("ON", #""PauseCallRecording","StopCallRecording""#)
      case "Paused": ("PAUSED", #""ResumeCallRecording","StopCallRecording""#)
      default: ("OFF", #""StartCallRecording""#)
      }
    return #"{"id":"\#(id)","state":"Established","recordingState":"\#(state)","#
      + #""userData":{"GSIP_RECORD":"\#(gsip ?? word)"\#(more)},"capabilities":[\#(capabilities)]}"#
  }

  static func released(_ id: String = "C1") -> String { #"{"id":"\#(id)","state":"Released"}"# }
}
