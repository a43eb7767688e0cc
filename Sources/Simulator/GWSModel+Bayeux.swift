import JSON

/// One message of a request to the notifications path.
struct BayeuxRequest: Sendable {
  let value: JSONValue
  let channel: String

  /// The message's own id, echoed byte for byte.
  var id: [UInt8]? { value["id"].map { Array($0.raw) } }
  var clientID: String { value["clientId"]?.string ?? "" }

  /// `subscription` is a channel or an array of them.
  var subscriptions: [String] {
    guard let given = value["subscription"] else { return [] }
    return given.kind == .array ? given.elements.compactMap(\.string) : [given.string ?? ""]
  }

  /// The messages of a body, an array or a single object; nil if it is neither.
  static func read(_ body: [UInt8]) -> [BayeuxRequest]? {
    guard let value = try? JSONValue.parse(body) else { return nil }
    let messages = value.kind == .array ? Array(value.elements) : [value]
    var requests: [BayeuxRequest] = []
    for message in messages {
      guard let channel = message["channel"]?.string else { return nil }
      requests.append(BayeuxRequest(value: message, channel: channel))
    }
    return requests
  }
}

/// What the messages of one body lead to.
struct BayeuxAnswer: Sendable {
  var events: [[UInt8]] = []
  var replies: [[UInt8]] = []
  /// Cookies that a handshake sets.
  var cookies: [HTTPField] = []
  /// A connect among the messages waits.
  var held: (clientID: String, connect: BayeuxSession.HeldConnect)?
  /// There are events in front of a connect reply.
  var carriesEvents = false
}

extension GWSModel {
  /// A cookie that a load balancer sets, and its value when it leads nowhere.
  static let routeCookie = "SIM_ROUTE"
  static let staleRoute = "stale"

  /// Answers the messages of one request in order, now or later.
  mutating func receiveBayeux(
    _ request: GWSRequest, as id: RequestID, login: Login, context: ReplyContext
  ) {
    var headers = fields(of: login, method: request.method)
    guard request.method == "POST", let messages = BayeuxRequest.read(request.body) else {
      let status = settings.personality == .cometd ? 500 : 400
      return respond(
        id, .html("Invalid Bayeux message", status: status, headers: headers), context)
    }
    guard !violatesProtocol(messages) else {
      return respond(id, .html("Protocol violation", status: 500, headers: headers), context)
    }
    let caller = Caller(
      agent: login.agent, carrier: .request(id, headers: headers), request: request)
    let answer = answer(messages, from: caller)
    if let held = answer.held { return park(held.clientID, held.connect) }
    headers += answer.cookies
    var context = context
    context.carriesEvents = answer.carriesEvents
    counters.eventsSent += answer.events.count
    let body = joined(ordered(answer.events, answer.replies))
    respond(id, .json(body, headers: headers), context)
    endSessions(of: messages, from: caller)
  }

  /// CometD: a handshake is alone.
  func violatesProtocol(_ messages: [BayeuxRequest]) -> Bool {
    settings.personality == .cometd && messages.count > 1
      && messages.contains { $0.channel == "/meta/handshake" }
  }

  /// The messages of a body in this server's order.
  func ordered(_ events: [[UInt8]], _ replies: [[UInt8]]) -> [[UInt8]] {
    switch settings.personality {
    case .cometd: events + replies
    case .faye: replies + events
    }
  }

  /// Does what the messages ask for, but for holding a connect and ending a session: these come
  /// when the replies have gone.
  mutating func answer(_ messages: [BayeuxRequest], from caller: Caller) -> BayeuxAnswer {
    var answer = BayeuxAnswer()
    let mayTakeEvents = settings.personality == .cometd && caller.carrier.socket == nil
    for message in messages {
      switch message.channel {
      case "/meta/handshake":
        answer.replies.append(handshake(message, from: caller, cookies: &answer.cookies))
      case "/meta/connect":
        switch connect(message, from: caller, isAlone: messages.count == 1) {
        case .held(let connect): answer.held = (message.clientID, connect)
        case .answered(let reply, let events):
          answer.carriesEvents = !events.isEmpty
          answer.events += events
          answer.replies.append(reply)
        }
      default:
        answer.replies.append(self.answer(message, from: caller))
        if mayTakeEvents, isKnown(message, from: caller) {
          answer.events += takeQueue(of: message.clientID)
        }
      }
    }
    if settings.personality == .faye, answer.held != nil {
      answer.held?.connect.others = answer.replies
      answer.replies = []
    }
    return answer
  }

  /// The replies have gone: sessions whose clients said goodbye end.
  mutating func endSessions(of messages: [BayeuxRequest], from caller: Caller) {
    for message in messages
    where message.channel == "/meta/disconnect" && isKnown(message, from: caller) {
      end(message.clientID)
    }
  }

  private mutating func handshake(
    _ message: BayeuxRequest, from caller: Caller, cookies: inout [HTTPField]
  ) -> [UInt8] {
    counters.handshakes += 1
    let asked = message.value["supportedConnectionTypes"]?.elements.compactMap(\.string) ?? []
    let types = settings.personality.connectionTypes(settings.webSocket)
    guard message.value["version"]?.string != nil else {
      return reply(to: message, error: .versionMissing, advice: refusalAdvice)
    }
    guard asked.contains(where: types.contains) else {
      return reply(to: message, error: .noCommonTransport(asked: asked), advice: refusalAdvice)
    }
    let isCometD = settings.personality == .cometd
    let isOverHTTP = caller.carrier.socket == nil
    if isOverHTTP, faults.take(.staleRoute, for: caller.agent) {
      cookies.append(HTTPField("Set-Cookie", "\(Self.routeCookie)=\(Self.staleRoute);Path=/"))
    }
    let clientID = random.text(26, of: "abcdefghijklmnopqrstuvwxyz0123456789")
    let isAcknowledged =
      isCometD && settings.acknowledgement == .offered
      && message.value["ext"]?["ack"]?.bool == true
    let browserID = isCometD && isOverHTTP ? browser(of: caller, cookies: &cookies) : nil
    var session = BayeuxSession(
      clientID: clientID, agent: caller.agent, browserID: browserID,
      delivery: isAcknowledged ? .acknowledged : .anyReply, order: counters.handshakes,
      isSet: !isCometD)
    session.connectedAt = now
    sessions[clientID] = session
    agents[caller.agent]?.sessions.append(clientID)
    setDeadline(of: clientID, to: endWithoutConnect(clientID))
    let own = isCometD ? nil : clientID
    return reply(to: message, clientID: own, advice: normalAdvice) { writer in
      writer.member("version", "1.0")
      if isCometD {
        writer.member("minimumVersion", "1.0")
        writer.member("clientId", clientID)
      }
      writer.member("supportedConnectionTypes", types)
      if isAcknowledged { writer.member("ext", object: { $0.member("ack", true) }) }
    }
  }

  private var refusalAdvice: Advice {
    settings.personality == .cometd ? Advice.none : settings.personality.handshakeAdvice
  }

  /// The caller's browser cookie, or a new one.
  private mutating func browser(of caller: Caller, cookies: inout [HTTPField]) -> String {
    if let known = caller.browserID { return known }
    let id = random.text(28, of: "abcdefghijklmnopqrstuvwxyz0123456789")
    cookies.append(HTTPField("Set-Cookie", "BAYEUX_BROWSER=\(id);Path=/;HttpOnly"))
    return id
  }

  /// Everything that is neither a handshake nor a connect.
  private mutating func answer(_ message: BayeuxRequest, from caller: Caller) -> [UInt8] {
    guard isKnown(message, from: caller) else {
      // Neither server gives advice on anything but handshakes and connects.
      counters.unknownSessions += 1
      return reply(to: message, error: .unknownSession(clientID: message.clientID))
    }
    let clientID = message.clientID
    bindAtOnce(clientID, caller)
    switch message.channel {
    case "/meta/subscribe": return subscribe(message, agent: caller.agent)
    case "/meta/unsubscribe":
      sessions[clientID]?.subscriptions.subtract(message.subscriptions)
      return reply(to: message) { writer in
        if let given = message.value["subscription"] {
          writer.member("subscription", raw: given.raw)
        }
      }
    // The session ends when the reply has gone.
    case "/meta/disconnect": return reply(to: message)
    default: return reply(to: message, error: .publicationDenied(channel: message.channel))
    }
  }

  private mutating func subscribe(_ message: BayeuxRequest, agent: String) -> [UInt8] {
    let channels = message.subscriptions
    let given = message.value["subscription"]
    func echo(_ writer: inout JSONWriter) {
      if let given { writer.member("subscription", raw: given.raw) }
    }
    guard !channels.isEmpty else {
      return reply(to: message, error: .subscriptionMissing, echo)
    }
    for channel in channels {
      guard channel.hasPrefix("/"), channel.count > 1 else {
        return reply(to: message, error: .subscriptionInvalid(channel: channel), echo)
      }
      let isRefused = faults.take(for: agent) { kind -> Bool? in
        guard case .refuseSubscription(let refused) = kind else { return nil }
        return refused == nil || refused == channel ? true : nil
      }
      if isRefused == true || !Self.mayBeSubscribed(channel) {
        return reply(to: message, error: .subscriptionDenied(channel: channel), echo)
      }
    }
    sessions[message.clientID]?.subscriptions.formUnion(channels)
    return reply(to: message, echo)
  }

  private static func mayBeSubscribed(_ channel: String) -> Bool {
    channel == "/**" || channel.hasPrefix("/v2/") || channel.hasPrefix("/notifications/")
  }
}
