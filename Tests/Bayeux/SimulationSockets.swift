import Bayeux
import JSON

/// One WebSocket between session and server: two queues that keep their order whatever happens.
struct Wire {
  let id: SocketID
  var isOpen = false
  /// The session has neither closed it nor been told of its end.
  var isOurs = true
  /// Nothing goes through any more, whoever knows of it.
  var isCut = false
  var stalledUntil = Duration.zero
  var toClient: [[UInt8]] = []
  var toServer: [[UInt8]] = []
  /// A connect went over it, and its reply has not come.
  var awaitsReply = false
  var lastHeard: Duration
  /// Another one was opened in its place.
  var isDrained = false

  /// Silent for as long as the session grants at least, it may have been given up.
  func awaitsConnect(at now: Duration) -> Bool {
    awaitsReply && !isDrained && now - lastHeard < SessionBounds.networkDelay
  }
}

enum WireAction {
  case open
  /// The next message of the queue comes out at this end.
  case reachClient, reachServer
  case end(SocketClose.Kind)
  case stalled
  /// The server notices.
  case gone
  /// Every cookie leads to a node that knows no session.
  case routeDies
}

/// The cookies of the session.
struct Jar {
  var browser: String?
  var isRouteDead = false
  var value: String? { isRouteDead ? "dead" : browser }
}

/// What a simulation must have met somewhere, or it shows nothing.
struct Reached {
  var opened = 0
  var pushed = 0
  var drained = 0
  var forgotCookies = 0

  static func + (left: Reached, right: Reached) -> Reached {
    Reached(
      opened: left.opened + right.opened, pushed: left.pushed + right.pushed,
      drained: left.drained + right.drained,
      forgotCookies: left.forgotCookies + right.forgotCookies)
  }
}

// MARK: - The session's side

extension Simulation {
  private func key(_ id: SocketID) -> UInt64 { process.number << 32 | id.number }

  mutating func openWire(_ id: SocketID) {
    let key = key(id)
    if wires[key] != nil { violate("\(id) is opened again") }
    for (other, wire) in wires where wire.isOurs { wires[other]?.isDrained = true }
    wires[key] = Wire(id: id, lastHeard: now)
    let isFaulty =
      now < Simulation.faultsEnd && Int.random(in: 0..<100, using: &random) < faultRate
    let soon = now + latency + latency
    guard isFaulty else { return at(soon, .wire(key, .open)) }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: at(soon, .wire(key, .end(.refused(status: 403))))
    case 1: at(soon, .wire(key, .end(.refused(status: 503))))
    case 2: at(soon, .wire(key, .end(.unreachable)))
    case 3: at(now + .seconds(5), .wire(key, .end(.unreachable)))
    case 4: at(now + .seconds(3), .wire(key, .open))
    default: at(soon, .wire(key, .end(.refused(status: 401))))
    }
  }

  mutating func transmit(_ bytes: [UInt8], _ id: SocketID) {
    let key = key(id)
    guard let wire = wires[key], wire.isOurs, wire.isOpen else {
      return violate("transmits over \(id), which is not open")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let kind = [Exchange.Kind.handshake, .connect, .subscribe, .disconnect].first {
      text.contains(#""channel":"/meta/\#($0.rawValue)""#)
    }
    if kind == nil || kind == .handshake { violate("over a socket: \(text)") }
    checkMessages(bytes, kind ?? .handshake)
    if kind == .connect {
      wires[key]?.awaitsReply = true
      // Just before the server knows where we are now.
      let isClose = now < Simulation.faultsEnd && Int.random(in: 0..<8, using: &random) == 0
      if isClose { at(now, .publish(1)) }
    }
    wires[key]?.toServer.append(bytes)
    at(now + latency, .wire(key, .reachServer))
  }

  mutating func closeWire(_ id: SocketID) {
    let key = key(id)
    guard wires[key]?.isOurs == true else { return violate("closes \(id), long over") }
    wires[key]?.isOurs = false
    // As over HTTP, what has not arrived when it is given up never does: see docs/guarantees.md.
    if let wire = wires[key], wire.stalledUntil > now { wires[key]?.toServer = [] }
    // Behind what was sent before.
    at(max(now + latency, wires[key]?.stalledUntil ?? now), .wire(key, .gone))
  }

  mutating func leave(_ answer: FakeServer.Answer, on key: UInt64) {
    guard wires[key]?.isCut == false, !answer.messages.isEmpty else { return }
    // All in one message, or each in its own.
    let isOne = Bool.random(using: &random)
    for text in isOne ? [answer.messages.joined(separator: ",")] : answer.messages {
      var text = "[" + text + "]"
      let isFaulty =
        now < Simulation.faultsEnd && Int.random(in: 0..<2000, using: &random) < faultRate
      // Nothing on the way of a socket damages notifications; a reply may be a broken server's.
      if isFaulty, !text.contains("\"n\"") { text = text.replacing(":true", with: ":treu") }
      wires[key]?.toClient.append(Array(text.utf8))
      at(now + latency, .wire(key, .reachClient))
    }
  }
}

// MARK: - The network

extension Simulation {
  mutating func perform(_ action: WireAction, on key: UInt64) {
    if case .routeDies = action {
      // The cookies are dropped once in a loop, which must not be over yet.
      jar.isRouteDead = server.dialect != .faye && !session.status.isLooping && !losesCookies
      return
    }
    guard let wire = wires[key] else { return }
    switch action {
    case .open:
      guard wire.isOurs, !wire.isCut else { return }
      wires[key]?.isOpen = true
      reached.opened += 1
      tell(key, .opened)
    case .reachClient: reachClient(key, wire)
    case .reachServer:
      guard !wire.isCut, !wire.toServer.isEmpty else { return }
      if wire.stalledUntil > now { return at(wire.stalledUntil, .wire(key, .reachServer)) }
      wires[key]?.toServer.removeFirst()
      if jar.isRouteDead {  // As over HTTP: the node at the end of it knows nobody.
        return leave(unknown(wire.toServer[0], key), on: key)
      }
      spread(server.receive(wire.toServer[0], over: .socket(key), at: now))
      at(now + server.hold, .hold)
    case .end(let kind):
      wires[key]?.isCut = true
      if wire.isOurs {
        wires[key]?.isOurs = false
        feed(.socket(wire.id, .closed(SocketClose(kind, reason: "\(kind)"))))
      }
      at(now + latency, .wire(key, .gone))
    case .stalled:
      guard wire.isOurs, wire.isCut || wire.stalledUntil > now else { return }
      wires[key]?.isDrained = true
      tell(key, .stalled(reason: "no pong"))
    case .gone:
      wires[key]?.isCut = true
      server.socketEnded(key, at: now)
    case .routeDies: break
    }
  }

  private mutating func reachClient(_ key: UInt64, _ wire: Wire) {
    guard !wire.isCut, let bytes = wire.toClient.first else { return }
    if wire.stalledUntil > now { return at(wire.stalledUntil, .wire(key, .reachClient)) }
    wires[key]?.toClient.removeFirst()
    guard wire.isOurs else { return }
    wires[key]?.lastHeard = now
    let text = String(decoding: bytes, as: UTF8.self)
    if text.contains(#""channel":"/meta/connect""#), !text.contains("treu") {
      wires[key]?.awaitsReply = false
    }
    if text.contains("\"data\"") {
      reached.pushed += 1
      if wire.isDrained { reached.drained += 1 }
    }
    tell(key, .message(bytes))
  }

  private mutating func tell(_ key: UInt64, _ event: SocketEvent) {
    guard let wire = wires[key], key >> 32 == process.number else { return }
    feed(.socket(wire.id, event))
  }

  private func unknown(_ bytes: [UInt8], _ key: UInt64) -> FakeServer.Answer {
    let messages = (try? JSONValue.parse(bytes)).map { Array($0.elements) } ?? []
    return FakeServer.Answer(
      line: .socket(key),
      messages: messages.map {
        #"{"id":"\#($0["id"]?.string ?? "")","channel":"\#($0["channel"]?.string ?? "")","successful":false,"error":"402::Unknown client"}"#
      })
  }

  /// Something happens to the newest socket.
  mutating func wireTrouble() {
    guard let key = wires.filter({ $0.value.isOurs && $0.value.isOpen }).keys.max() else { return }
    let codes = [1000, 1001, 1008, 1009, 1011, 1005]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: perform(.end(.code(codes.randomElement(using: &random) ?? 1000)), on: key)
    case 1, 2:
      let stall = Duration.milliseconds(Int.random(in: 100...30_000, using: &random))
      wires[key]?.stalledUntil = min(now + stall, Simulation.faultsEnd)
      let told = Duration.milliseconds(Int.random(in: 10_000...25_000, using: &random))
      at(now + min(told, stall * 0.9), .wire(key, .stalled))
    case 3:  // Half open: nobody is told.
      wires[key]?.isCut = true
      at(now + .seconds(Int.random(in: 10...25, using: &random)), .wire(key, .stalled))
      at(now + .seconds(Int.random(in: 1...60, using: &random)), .wire(key, .gone))
    default:
      wires[key]?.isCut = true
      at(now + latency, .wire(key, .end(.broken)))
    }
  }
}
