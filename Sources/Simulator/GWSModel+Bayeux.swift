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

extension GWSModel {
  /// Answers the messages of one request in order. Replies come last, in front of them the events
  /// of the sessions that were spoken for; a connect that is alone may be held instead.
  mutating func receiveBayeux(
    _ request: GWSRequest, as id: RequestID, login: Login, context: ReplyContext
  ) {
    var headers = fields(of: login, method: request.method)
    guard request.method == "POST", let messages = BayeuxRequest.read(request.body) else {
      return respond(id, .html("Invalid Bayeux message", status: 500, headers: headers), context)
    }
    let isAlone = messages.count == 1
    if !isAlone, messages.contains(where: { $0.channel == "/meta/handshake" }) {
      // CometD: a handshake that is not alone violates the protocol.
      return respond(id, .html("Protocol violation", status: 500, headers: headers), context)
    }
    var context = context
    var events: [[UInt8]] = []
    var replies: [[UInt8]] = []
    for message in messages {
      switch message.channel {
      case "/meta/handshake":
        replies.append(handshake(message, request, login: login, headers: &headers))
      case "/meta/connect":
        let held = BayeuxSession.HeldConnect(
          request: id, messageID: message.id, endsAt: .zero, headers: headers)
        guard let reply = connect(message, request, login: login, held, isAlone: isAlone) else {
          return
        }
        context.carriesEvents = !reply.events.isEmpty
        events += reply.events
        replies.append(reply.message)
      default:
        replies.append(answer(message, request, login: login))
        if isKnown(message, request, login: login) {
          events += sessions[message.clientID]?.takeForOtherReply() ?? []
        }
      }
    }
    counters.eventsSent += events.count
    respond(id, .json(joined(events + replies), headers: headers), context)
    for message in messages
    where message.channel == "/meta/disconnect" && isKnown(message, request, login: login) {
      end(message.clientID)
    }
  }

  private mutating func handshake(
    _ message: BayeuxRequest, _ request: GWSRequest, login: Login, headers: inout [HTTPField]
  ) -> [UInt8] {
    counters.handshakes += 1
    let types = message.value["supportedConnectionTypes"]?.elements.compactMap(\.string) ?? []
    guard message.value["version"]?.string != nil, types.contains("long-polling") else {
      return reply(to: message, error: "403::Handshake denied", advice: Advice.none)
    }
    let browserID: String
    if let cookie = request.cookie("BAYEUX_BROWSER") {
      browserID = cookie
    } else {
      browserID = random.text(28, of: "abcdefghijklmnopqrstuvwxyz0123456789")
      headers.append(HTTPField("Set-Cookie", "BAYEUX_BROWSER=\(browserID);Path=/;HttpOnly"))
    }
    let clientID = random.text(26, of: "abcdefghijklmnopqrstuvwxyz0123456789")
    let isAcknowledged =
      settings.acknowledgement == .offered && message.value["ext"]?["ack"]?.bool == true
    sessions[clientID] = BayeuxSession(
      clientID: clientID, agent: login.agent, browserID: browserID,
      delivery: isAcknowledged ? .acknowledged : .anyReply, order: counters.handshakes)
    agents[login.agent]?.sessions.append(clientID)
    setDeadline(of: clientID, to: now + settings.maxInterval)
    return reply(to: message, advice: normalAdvice) { writer in
      writer.member("version", "1.0")
      writer.member("minimumVersion", "1.0")
      writer.member("clientId", clientID)
      writer.member("supportedConnectionTypes", ["long-polling", "callback-polling"])
      if isAcknowledged { writer.member("ext", object: { $0.member("ack", true) }) }
    }
  }

  /// Everything that is neither a handshake nor a connect.
  private mutating func answer(
    _ message: BayeuxRequest, _ request: GWSRequest, login: Login
  ) -> [UInt8] {
    guard isKnown(message, request, login: login) else {
      // CometD gives advice on handshake and connect only.
      counters.unknownSessions += 1
      return reply(to: message, error: "402::Unknown client")
    }
    let clientID = message.clientID
    switch message.channel {
    case "/meta/subscribe": return subscribe(message, login: login)
    case "/meta/unsubscribe":
      sessions[clientID]?.subscriptions.subtract(message.subscriptions)
      return reply(to: message) { writer in
        if let given = message.value["subscription"] {
          writer.member("subscription", raw: given.raw)
        }
      }
    // The session ends when the reply has gone.
    case "/meta/disconnect": return reply(to: message)
    default: return reply(to: message, error: "403:denied:publish_denied")
    }
  }

  private mutating func subscribe(_ message: BayeuxRequest, login: Login) -> [UInt8] {
    let channels = message.subscriptions
    let given = message.value["subscription"]
    func echo(_ writer: inout JSONWriter) {
      if let given { writer.member("subscription", raw: given.raw) }
    }
    guard !channels.isEmpty else {
      return reply(to: message, error: "403::subscription_missing", echo)
    }
    for channel in channels {
      guard channel.hasPrefix("/"), channel.count > 1 else {
        return reply(to: message, error: "403::subscription_invalid", echo)
      }
      let isRefused = faults.take(for: login.agent) { kind -> Bool? in
        guard case .refuseSubscription(let refused) = kind else { return nil }
        return refused == nil || refused == channel ? true : nil
      }
      if isRefused == true || !Self.mayBeSubscribed(channel) {
        return reply(to: message, error: "403:denied:subscribe_denied", echo)
      }
    }
    sessions[message.clientID]?.subscriptions.formUnion(channels)
    return reply(to: message, echo)
  }

  private static func mayBeSubscribed(_ channel: String) -> Bool {
    channel == "/**" || channel.hasPrefix("/v2/") || channel.hasPrefix("/notifications/")
  }
}
