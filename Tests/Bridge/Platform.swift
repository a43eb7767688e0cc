import Bayeux

@testable import Simulator

/// What the platform sends back for a request, by the request's number.
enum PlatformEnd {
  case response(UInt64, status: Int, headers: [(name: String, value: String)], body: [UInt8])
  /// The headers and so much of the body; then the connection broke.
  case cut(UInt64, headers: [(name: String, value: String)], body: [UInt8])
  case dropped(UInt64)
  case socket(PlatformSocketEnd)
}

/// The simulated platform with two ears of our own in it: an extra Bayeux session for each agent,
/// which nobody polls and nothing ends, hears every notification at the time of its publication.
struct Platform {
  static let agents = ["alice", "bob"]

  var model: GWSModel
  /// Every notification published, by agent and the bytes of its data: at which times.
  private(set) var published: [Notice: [Duration]] = [:]
  private(set) var publishedInOrder: [Notice] = []
  /// The recording states that each call went through, and when each began.
  private(set) var truth: [String: [(since: Duration, state: String?)]] = [:]
  /// The platform has hidden something, or told it late or in the wrong order, so that only a
  /// snapshot shows how things are.
  var isUntold = false
  /// A handshake has led, or will lead, to a node that is gone.
  var hasStaleRoute = false
  /// Nothing of that kind happens in this world.
  var hidesNothing = false
  /// How often what goes wrong does, of its chances.
  var troublePercent = 100

  struct Notice: Hashable {
    let agent: String
    let channel: String
    let data: String
  }

  init(seed: UInt64, acknowledges: Bool, offersSockets: Bool, tokenHeader: String?) {
    var settings = SimulatorSettings(
      agents: Platform.agents.map {
        SimulatedAgent(name: $0, password: "\($0)-secret", phoneNumber: "500\($0.utf8.count)")
      })
    settings.seed = seed
    settings.holdTimeout = .seconds(10)
    settings.acknowledgement = acknowledges ? .offered : .off
    settings.webSocket = offersSockets ? .offered : .off
    if let tokenHeader { settings.csrf = .required(header: tokenHeader) }
    model = GWSModel(settings: settings, unixTimeAtZero: World.wallAtZero)
    listen()
  }

  // MARK: - Requests

  mutating func arrive(
    _ number: UInt64, method: String, target: String, headers: [(name: String, value: String)],
    body: [UInt8], at time: Duration
  ) -> [PlatformEnd] {
    let request = Platform.request(method, target, headers, body)
    return change(at: time) { $0.receive(request, as: RequestID(number), at: time) }
  }

  static func request(
    _ method: String, _ target: String, _ headers: [(name: String, value: String)],
    _ body: [UInt8]
  ) -> GWSRequest {
    let parts = target.split(separator: "?", maxSplits: 1)
    var query: [String: String] = [:]
    for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
      let halves = pair.split(separator: "=", maxSplits: 1)
      query[String(halves[0])] = halves.count == 2 ? String(halves[1]) : ""
    }
    return GWSRequest(
      method, String(parts[0]), query: query,
      headers: headers.map { HTTPField($0.name, $0.value) }, body: body)
  }

  mutating func leave(_ number: UInt64, at time: Duration) -> [PlatformEnd] {
    change(at: time) { $0.disconnected(RequestID(number), at: time) }
  }

  var acknowledges: Bool { model.settings.acknowledgement == .offered }

  var nextDue: Duration? { model.nextDeadline }

  mutating func advance(to time: Duration) -> [PlatformEnd] { change(at: time) { _ in } }

  /// Makes a change and takes in everything that it leads to.
  mutating func change(at time: Duration, _ body: (inout GWSModel) -> Void) -> [PlatformEnd] {
    model.advance(to: time)
    hear(at: time)
    body(&model)
    hear(at: time)
    return model.takeEffects().map { effect in
      switch effect {
      case .respond(let id, let response):
        .response(
          id.number, status: response.status, headers: Platform.pairs(response.headers),
          body: response.body)
      case .cut(let id, let response, let sizeBytes):
        .cut(
          id.number, headers: Platform.pairs(response.headers),
          body: Array(response.body.prefix(sizeBytes)))
      case .drop(let id): .dropped(id.number)
      case .send(let id, let bytes): .socket(.message(id.number, bytes))
      case .closeSocket(let id, let code): .socket(.closed(id.number, code: code))
      case .resetSocket(let id): .socket(.reset(id.number))
      case .silenceSocket(let id): .socket(.silenced(id.number))
      }
    }
  }

  private static func pairs(_ fields: [HTTPField]) -> [(name: String, value: String)] {
    fields.map { ($0.name, $0.value) }
  }

  // MARK: - Ears

  private static func ear(_ agent: String) -> String { "ear-of-\(agent)" }

  private mutating func listen() {
    for agent in Platform.agents {
      let id = Platform.ear(agent)
      var session = BayeuxSession(
        clientID: id, agent: agent, browserID: id, delivery: .anyReply, order: 0)
      session.subscriptions = ["/v2/me/calls", "/v2/me/devices"]
      model.sessions[id] = session
      model.agents[agent]?.sessions.append(id)
    }
  }

  private mutating func hear(at time: Duration) {
    for agent in Platform.agents {
      for message in model.sessions[Platform.ear(agent)]?.takeForOtherReply() ?? [] {
        guard let notice = Notice(message: message, agent: agent) else { continue }
        publishedInOrder.append(notice)
        // The calls count always. Other channels count while the client listens: the bridge says
        // that it is ready, and the gap closed, once it has the calls.
        guard notice.channel == "/v2/me/calls" || isHeard(notice) else { continue }
        published[notice, default: []].append(time)
      }
    }
    for call in model.allCalls {
      let state = call.recording?.rawValue
      if truth[call.id]?.last.map({ $0.state != state }) ?? true {
        truth[call.id, default: []].append((time, state))
      }
    }
  }

  private func isHeard(_ notice: Notice) -> Bool {
    let clients = model.orderedSessions.filter {
      $0.value.agent == notice.agent && $0.key != Platform.ear(notice.agent)
    }
    return clients.last?.value.isSubscribed(to: notice.channel) ?? false
  }

  mutating func forgetSessions(
    of agent: String? = nil, _ how: Forgetting = .unknown, at time: Duration
  )
    -> [PlatformEnd]
  {
    let ends = change(at: time) { model in
      for name in Platform.agents { model.remove(Platform.ear(name)) }
      model.forgetSessions(of: agent, how)
    }
    listen()
    return ends
  }

  // MARK: - To look at

  /// Messages of the session that its client has not been given, or has not acknowledged.
  func queued(_ clientID: String, upTo batch: Int) -> [[UInt8]] {
    model.sessions[clientID]?.queue.filter { $0.batch <= batch }.map(\.message) ?? []
  }

  func has(_ clientID: String) -> Bool { model.sessions[clientID].map { !$0.isForgotten } ?? false }

  /// What the platform itself would tell of its live calls: the recording state by id.
  func liveCalls(of agent: String) -> [String: String?] {
    var live: [String: String?] = [:]
    for call in model.liveCalls(of: agent) {
      live[call.id] = .some(call.shown(by: .recordingState)?.rawValue)
    }
    return live
  }

  /// Whether the call was in the state at some time between the two.
  func was(_ call: String, _ state: String, from: Duration, to: Duration) -> Bool {
    let states = truth[call] ?? []
    let isKnown = states.indices.contains { index in
      let end = index + 1 < states.count ? states[index + 1].since : to
      return states[index].state == state && states[index].since <= to && end >= from
    }
    // Two changes in the same millisecond leave one in the history, and both in what was told.
    return isKnown
      || published.contains { notice, times in
        notice.data.contains("\"id\":\"\(call)\"")
          && notice.data.contains("\"recordingState\":\"\(state)\"")
          && times.contains { from <= $0 && $0 <= to }
      }
  }
}

extension Platform.Notice {
  /// Of `{"channel":…,"data":…}`, exactly as the simulator writes it.
  init?(message: [UInt8], agent: String) {
    let text = String(decoding: message, as: UTF8.self)
    let head = "{\"channel\":\""
    guard text.hasPrefix(head) else { return nil }
    let channel = text.utf8.dropFirst(head.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
    let skipped = head.utf8.count + channel.count + "\",\"data\":".utf8.count
    self.init(
      agent: agent, channel: String(channel) ?? "",
      data: String(text.utf8.dropFirst(skipped).dropLast()) ?? "")
  }
}
