import Bayeux
import JSON

/// A Bayeux server as a value: what it queues, pushes, redelivers, forgets and advises, over HTTP and
/// WebSocket, in the dialects of three real ones. It keeps no clock of its own.
struct FakeServer {
  /// What a message came over, and where its answer goes.
  enum Line: Hashable { case http(ExchangeID), socket(UInt64) }

  enum Dialect: CaseIterable { case cometd3, cometd5, faye }

  struct Event: Equatable {
    let number: Int
    var batch = Int64.max
  }

  struct Client {
    var usesAck = false
    var batch: Int64 = 0
    var events: [Event] = []
    var channels: Set<String> = []
    var parked: (line: Line, id: String, until: Duration)?
    /// The socket that its events go to.
    var socket: UInt64?
    /// Without it, CometD does not find the session that a request over HTTP speaks of.
    var cookie = ""
    var lastSeen: Duration
    var hasGoodbye = false
    var advisesNone = false
  }

  struct Answer {
    let line: Line
    /// The messages in the order of this dialect.
    var messages: [String]
    /// When it leaves; nil for at once.
    var at: Duration?
  }

  let dialect: Dialect
  let supportsAck: Bool
  let hold: Duration
  let maxInterval = Duration.seconds(10)
  var refusesArrays = false
  var refusedChannels: Set<String> = []
  var omitsIDs = false
  var offersSocket = false
  /// Events go to the socket of the newest connect that was parked on one: CometD 5.0.
  var bindsLate = false
  /// `Set-Cookie` of the answers to handshakes.
  var cookies: [Line: String] = [:]
  /// Notifications that it cannot write as JSON.
  var poisoned: Set<Int> = []
  var clients: [String: Client] = [:]
  var handshakesGranted = 0
  private var nextClient = 0

  init(dialect: Dialect, supportsAck: Bool, hold: Duration) {
    self.dialect = dialect
    self.supportsAck = supportsAck && dialect != .faye
    self.hold = hold
  }

  mutating func receive(
    _ body: [UInt8], over line: Line, cookie: String? = nil, at now: Duration
  ) -> [Answer] {
    guard let request = try? JSONValue.parse(body) else { return [] }
    expire(at: now)
    var answers: [Answer] = []
    var own = Answer(line: line, messages: [])
    for message in request.elements {
      let id = message["id"]?.string ?? ""
      var client = message["clientId"]?.string ?? ""
      if case .socket(let key) = line {
        if !bindsLate { clients[client]?.socket = key }
      } else if dialect != .faye, cookie != clients[client]?.cookie {
        client = "not found without its cookie"
      }
      switch message["channel"]?.string {
      case "/meta/handshake":
        own.messages.append(handshake(id, message, at: now))
        cookies[line] = "b\(nextClient)"
      case "/meta/subscribe": own.messages += subscribe(id, client, message)
      case "/meta/disconnect":
        if let parked = clients[client]?.parked {
          let advice = dialect == .faye ? retryAdvice : #""advice":{"reconnect":"none"}"#
          answers.append(
            Answer(
              line: parked.line,
              messages: [reply("/meta/connect", parked.id, #""successful":true,"# + advice)]))
        }
        clients[client] = nil
        own.messages.append(reply("/meta/disconnect", id, #""successful":true"#))
      case "/meta/connect":
        if let parked = clients[client]?.parked {
          // The older one ends; its answer is of no use to anybody.
          clients[client]?.parked = nil
          answers.append(Answer(line: parked.line, messages: []))
        }
        if case .http = line { clients[client]?.socket = nil }
        guard let messages = connect(line, id, client, message, at: now) else {
          return answers
        }
        own.messages += messages
      default: break
      }
    }
    return answers + [own]
  }

  mutating func publish(_ number: Int, at now: Duration) -> [Answer] {
    expire(at: now)
    var pushed: [Answer] = []
    for name in clients.keys.sorted() where clients[name]?.channels.contains("/v2/me/calls") == true
    {
      clients[name]?.events.append(Event(number: number))
      if let client = clients[name], let socket = client.socket, !client.usesAck {
        pushed.append(Answer(line: .socket(socket), messages: takeEvents(name)))
      }
    }
    return pushed + wakeParked(at: now) { !$0.events.isEmpty }
  }

  /// What was parked over it is forgotten, and what is in it lost.
  mutating func socketEnded(_ key: UInt64, at now: Duration) {
    for (name, client) in clients {
      if client.socket == key { clients[name]?.socket = nil }
      if client.parked?.line == .socket(key) {
        clients[name]?.parked = nil
        clients[name]?.lastSeen = now
      }
    }
  }

  /// Answers the connects whose time is up.
  mutating func tick(at now: Duration) -> [Answer] {
    wakeParked(at: now) { client in client.parked.map { $0.until <= now } ?? false }
  }

  mutating func forgetAll() -> [Answer] {
    let parked = clients.values.compactMap(\.parked)
    clients = [:]
    // As seen on CometD: the connect is not woken, and its end says nothing clear.
    return parked.map {
      Answer(
        line: $0.line,
        messages: [
          reply("/meta/connect", $0.id, #""successful":true,"advice":{"reconnect":"none"}"#)
        ], at: $0.until)
    }
  }

  mutating func sayGoodbye(at now: Duration) -> [Answer] {
    for name in clients.keys { clients[name]?.hasGoodbye = true }
    return wakeParked(at: now) { _ in true }
  }

  mutating func adviseNone(at now: Duration) -> [Answer] {
    for name in clients.keys { clients[name]?.advisesNone = true }
    return wakeParked(at: now) { _ in true }
  }
}

extension FakeServer {
  private var retryAdvice: String {
    let milliseconds = Int64(hold / .milliseconds(1))
    return #""advice":{"reconnect":"retry","interval":0,"timeout":\#(milliseconds)}"#
  }

  private func reply(_ channel: String, _ id: String, _ rest: String) -> String {
    let name = omitsIDs ? "" : #""id":"\#(id)","#
    return #"{\#(name)"channel":"\#(channel)",\#(rest)}"#
  }

  private func unknown(_ channel: String, _ id: String, _ client: String) -> String {
    let error =
      switch dialect {
      case .cometd3: "402::Unknown client"
      case .cometd5: "402::session_unknown"
      case .faye: "401:\(client):Unknown client"
      }
    let advice =
      channel == "/meta/connect" && dialect != .faye
      ? #","advice":{"reconnect":"handshake","interval":0}"# : ""
    return reply(channel, id, #""successful":false,"error":"\#(error)"\#(advice)"#)
  }

  private mutating func expire(at now: Duration) {
    clients = clients.filter { $0.value.parked != nil || now - $0.value.lastSeen <= maxInterval }
  }

  private mutating func handshake(_ id: String, _ message: JSONValue, at now: Duration) -> String {
    nextClient += 1
    handshakesGranted += 1
    let name = "client\(nextClient)"
    var client = Client(lastSeen: now)
    client.cookie = "b\(nextClient)"
    client.usesAck = supportsAck && message["ext"]?["ack"]?.bool == true
    clients[name] = client
    let ack =
      switch (client.usesAck, dialect) {
      case (true, .cometd5): #","ext":{"ack":{"enabled":true,"batch":0}}"#
      case (true, _): #","ext":{"ack":true}"#
      case (false, _): ""
      }
    let types = (offersSocket ? #""websocket","# : "") + #""long-polling","callback-polling""#
    return reply(
      "/meta/handshake", id,
      #""successful":true,"version":"1.0","clientId":"\#(name)","#
        + #""supportedConnectionTypes":[\#(types)],\#(retryAdvice)\#(ack)"#)
  }

  private mutating func subscribe(
    _ id: String, _ client: String, _ message: JSONValue
  ) -> [String] {
    guard clients[client] != nil else { return [unknown("/meta/subscribe", id, client)] }
    let wanted = message["subscription"]
    let channels = wanted?.string.map { [$0] } ?? wanted?.elements.compactMap(\.string) ?? []
    let named = String(decoding: wanted?.raw ?? [], as: UTF8.self)
    if refusesArrays, wanted?.kind == .array {
      return [
        reply(
          "/meta/subscribe", id,
          #""successful":false,"subscription":\#(named),"error":"403::subscription_invalid""#)
      ]
    }
    if channels.contains(where: refusedChannels.contains) {
      return [
        reply(
          "/meta/subscribe", id,
          #""successful":false,"subscription":\#(named),"error":"403:denied:subscribe_denied""#)
      ]
    }
    clients[client]?.channels.formUnion(channels)
    // Without the extension, a CometD server empties its queue into any answer.
    var events: [String] = []
    if clients[client]?.usesAck == false { events = takeEvents(client) }
    return events + [
      reply("/meta/subscribe", id, #""successful":true,"subscription":\#(named)"#)
    ]
  }

  /// Nil when the connect is parked.
  private mutating func connect(
    _ line: Line, _ id: String, _ name: String, _ message: JSONValue, at now: Duration
  ) -> [String]? {
    guard var client = clients[name] else { return [unknown("/meta/connect", id, name)] }
    client.lastSeen = now
    if client.usesAck, let acknowledged = message["ext"]?["ack"]?.integer {
      client.events.removeAll { $0.batch <= acknowledged }
    }
    let asked = message["advice"]?["timeout"]?.integer.map { Duration.milliseconds($0) }
    // Faye parks whatever is asked.
    let asksAtOnce = dialect != .faye && asked == .zero
    clients[name] = client
    if client.events.isEmpty, !asksAtOnce, !client.hasGoodbye, !client.advisesNone {
      if case .socket(let key) = line { clients[name]?.socket = key }
      clients[name]?.parked = (line, id, now + (dialect == .faye ? hold : min(asked ?? hold, hold)))
      return nil
    }
    return connectAnswer(name, id)
  }

  private mutating func takeEvents(_ name: String) -> [String] {
    guard var client = clients[name] else { return [] }
    let texts = client.events.map {
      let zero = poisoned.contains($0.number) ? "0" : ""
      return #"{"channel":"/v2/me/calls","data":{"n":\#(zero)\#($0.number)}}"#
    }
    if client.usesAck {
      client.batch += 1
      for index in client.events.indices where client.events[index].batch == .max {
        client.events[index].batch = client.batch
      }
    } else {
      client.events = []
    }
    clients[name] = client
    return texts
  }

  private mutating func connectAnswer(_ name: String, _ id: String) -> [String] {
    let events = takeEvents(name)
    guard let client = clients[name] else { return [] }
    if client.hasGoodbye {
      clients[name] = nil
      return events + [
        #"{"channel":"/meta/disconnect"}"#,
        reply("/meta/connect", id, #""successful":false,"advice":{"reconnect":"none"}"#),
      ]
    }
    let advice = client.advisesNone ? #""advice":{"reconnect":"none"}"# : retryAdvice
    clients[name]?.advisesNone = false
    let ack = client.usesAck ? #","ext":{"ack":\#(client.batch)}"# : ""
    let own = reply("/meta/connect", id, #""successful":true,\#(advice)\#(ack)"#)
    return dialect == .faye ? [own] + events : events + [own]
  }

  private mutating func wakeParked(at now: Duration, _ isDue: (Client) -> Bool) -> [Answer] {
    var answers: [Answer] = []
    for name in clients.keys.sorted() {
      guard let client = clients[name], let parked = client.parked, isDue(client) else { continue }
      clients[name]?.parked = nil
      clients[name]?.lastSeen = now
      answers.append(
        Answer(line: parked.line, messages: connectAnswer(name, parked.id)))
    }
    return answers
  }
}
