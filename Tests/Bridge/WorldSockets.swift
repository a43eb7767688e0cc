import Bayeux
import JSON

@testable import Bridge

/// One WebSocket between the process and the platform: two queues that keep their order, whatever
/// happens.
struct Wire {
  enum Parcel {
    case opened
    case message([UInt8])
    case end(SocketClose.Kind)
  }

  let request: SocketRequest
  let process: Int
  let cookies: String?
  /// The bridge has neither closed it nor been told of its end.
  var isOurs = true
  /// The bridge has been told that it is open.
  var isOpen = false
  /// The platform has it.
  var isThere = false
  /// Nothing goes through any more, whoever knows of it.
  var isCut = false
  var stalledUntil = Duration.zero
  var toClient: [Parcel] = []
  var toServer: [Parcel] = []
}

enum WireAction {
  /// The upgrade reaches the platform.
  case arrive
  /// The next parcel of the queue comes out at this end.
  case reachClient, reachServer
  case trouble
  /// A ping was not answered in time.
  case stalled
  case end(SocketClose.Kind)
  case openingOverdue
  /// The platform notices that it is gone.
  case gone
}

/// What a network does to one upgrade.
enum UpgradeFault: CaseIterable {
  case unreachable, requestLost, answerLost
  /// By something on the way.
  case refused, unavailable, stranger
}

// MARK: - The bridge's side

extension World {
  /// What an edge allows an upgrade.
  private static let openingTime = Duration.seconds(5)

  func openSocket(_ request: SocketRequest) {
    guard connections[request.id] == nil else {
      return violate("socket \(request.id.rawValue) is opened twice")
    }
    lastFlight += 1
    let number = lastFlight
    connections[request.id] = number
    wires[number] = Wire(
      request: request, process: process, cookies: cookieHeader(of: request.agent))
    var fault: UpgradeFault?
    if now < calmAt, random.chance(faultPercent) { fault = random.pick(UpgradeFault.allCases) }
    note("    open \(number) \(request.agent) \(fault.map { "\($0)" } ?? "")")
    at(now + World.openingTime, .wire(number, .openingOverdue))
    let soon = now + latency + latency
    switch fault {
    case nil: at(now + latency, .wire(number, .arrive))
    case .requestLost: break
    case .answerLost:
      at(now + latency, .wire(number, .arrive))
      wires[number]?.stalledUntil = .seconds(1_000_000)
    case .unreachable: at(soon, .wire(number, .end(.unreachable)))
    case .refused: at(soon, .wire(number, .end(.refused(status: 400))))
    case .unavailable: at(soon, .wire(number, .end(.refused(status: 503))))
    case .stranger: at(soon, .wire(number, .end(.refused(status: 401))))
    }
  }

  func transmit(_ bytes: [UInt8], on id: ConnectionID) {
    guard let number = connections[id], let wire = wires[number], wire.isOurs, wire.isOpen else {
      return violate("something is sent on socket \(id.rawValue), which is not open")
    }
    note("    transmit \(number) \(String(decoding: bytes.prefix(140), as: UTF8.self))")
    if toResumeOnSocket.remove(wire.request.agent) != nil { statistics.resumedOnSocket += 1 }
    wires[number]?.toServer.append(.message(bytes))
    at(now + latency, .wire(number, .reachServer))
  }

  func closeSocket(_ id: ConnectionID) {
    if let number = connections[id], endings.contains(number) { return }
    guard let number = connections[id], wires[number]?.isOurs == true else {
      return violate("socket \(id.rawValue) is closed, which is long over")
    }
    note("    close \(number)")
    hangUp(number)
  }

  /// Behind what was sent before, if anything gets through.
  private func hangUp(_ number: UInt64) {
    wires[number]?.isOurs = false
    wires[number]?.toServer.append(.end(.code(1000)))
    at(now + latency, .wire(number, .reachServer))
    at(now + .seconds(60), .wire(number, .gone))
  }

  /// The process is dead, and its kernel ends what it had open.
  func hangUpAll() {
    for number in wires.keys.sorted() where wires[number]?.isOurs == true { hangUp(number) }
  }

  func forgetCookies(of agent: String) {
    note("    forget cookies \(agent)")
    statistics.forgottenCookies += 1
    jars[agent] = nil
  }
}

// MARK: - The network

extension World {
  func perform(_ action: WireAction, on number: UInt64) {
    guard let wire = wires[number] else { return }
    switch action {
    case .arrive: arrive(number, wire)
    case .reachServer: reachServer(number, wire)
    case .reachClient: reachClient(number, wire)
    case .trouble: if wire.isThere, now < calmAt { trouble(number) }
    case .stalled:
      guard wire.isOurs, wire.isOpen else { return }
      let isQuiet = wire.isCut || wire.stalledUntil > now || platform.isSilent(number)
      guard isQuiet else { return }
      statistics.stalls += 1
      tell(wire, .stalled(reason: "no pong"))
    case .openingOverdue: if !wire.isOpen { end(number, .unreachable) }
    case .end(let kind): end(number, kind)
    case .gone:
      guard wire.isThere else { return }
      wires[number]?.isThere = false
      take(platform.loseSocket(number, at: now))
    }
  }

  private func arrive(_ number: UInt64, _ wire: Wire) {
    let headers = wire.request.headers + credentials(of: wire.request.agent, wire.cookies)
    let (status, ends) = platform.openSocket(
      number, target: wire.request.target, headers: headers.map { ($0.name, $0.value) }, at: now)
    if let status {
      note("  \(number) refused \(status)")
      statistics.refusedUpgrades += 1
      post(.end(.refused(status: status)), to: number)
    } else {
      wires[number]?.isThere = true
      post(.opened, to: number)
      if !wire.isOurs { at(now + latency, .wire(number, .gone)) }
      if random.chance(faultPercent * 2) {
        at(now + random.milliseconds(1...20_000), .wire(number, .trouble))
      }
    }
    take(ends)
  }

  private func reachServer(_ number: UInt64, _ wire: Wire) {
    guard !wire.isCut, let parcel = wire.toServer.first else { return }
    if wire.stalledUntil > now {
      return at(wire.stalledUntil, .wire(number, .reachServer))
    }
    wires[number]?.toServer.removeFirst()
    guard wire.isThere else { return }
    switch parcel {
    case .opened: break
    case .message(let bytes):
      if !platform.isSilent(number) { checkAcknowledgement(in: bytes, of: wire.request.agent) }
      take(platform.receive(bytes, on: number, at: now))
    case .end:
      // Whoever is silent does not read this either.
      if !platform.isSilent(number) { perform(.gone, on: number) }
    }
  }

  private func post(_ parcel: Wire.Parcel, to number: UInt64) {
    wires[number]?.toClient.append(parcel)
    at(now + latency, .wire(number, .reachClient))
  }

  private func reachClient(_ number: UInt64, _ wire: Wire) {
    guard !wire.isCut, let parcel = wire.toClient.first else { return }
    if wire.stalledUntil > now {
      return at(wire.stalledUntil, .wire(number, .reachClient))
    }
    wires[number]?.toClient.removeFirst()
    guard wire.isOurs else { return }
    switch parcel {
    case .opened:
      wires[number]?.isOpen = true
      statistics.opened += 1
      tell(wire, .opened)
    case .message(let bytes):
      if bytes.starts(with: Array(#"[{"channel":"/v2/"#.utf8)) { statistics.pushed += 1 }
      tell(wire, .message(bytes))
    case .end(let kind): end(number, kind)
    }
  }

  private func end(_ number: UInt64, _ kind: SocketClose.Kind) {
    guard let wire = wires[number], wire.isOurs else { return }
    wires[number]?.isOurs = false
    wires[number]?.isCut = true
    endings.insert(number)
    at(now + random.milliseconds(0...10_000), .wire(number, .gone))
    tell(wire, .closed(SocketClose(kind, reason: "\(kind)")))
  }

  private func tell(_ wire: Wire, _ event: SocketEvent) {
    if wire.process == process { feed(.socket(wire.request.id, event)) }
  }

  private func trouble(_ number: UInt64) {
    switch Int.random(in: 0..<6, using: &random) {
    case 0, 1:
      note("~ socket \(number) reset")
      wires[number]?.isCut = true
      at(now + latency, .wire(number, .end(.broken)))
    case 2, 3:
      let stall = random.milliseconds(100...30_000)
      note("~ socket \(number) stalls for \(stall)")
      wires[number]?.stalledUntil = min(now + stall, calmAt)
      silent(number)
    case 4:
      note("~ socket \(number) half open")
      wires[number]?.isCut = true
      at(now + random.milliseconds(1...60_000), .wire(number, .gone))
      silent(number)
    default:
      // By something on the way.
      post(.end(.code(random.pick([1000, 1001, 1008, 1009, 1011, 1005]))), to: number)
      at(now + latency, .wire(number, .gone))
    }
  }

  /// When the next ping finds no answer.
  private func silent(_ number: UInt64) {
    at(now + random.milliseconds(10_000...25_000), .wire(number, .stalled))
  }
}

// MARK: - The platform's side

extension World {
  func take(_ end: PlatformSocketEnd) {
    switch end {
    case .message(let number, let bytes):
      note("  \(number) says \(String(decoding: bytes.suffix(120), as: UTF8.self))")
      post(.message(bytes), to: number)
    case .closed(let number, let code):
      wires[number]?.isThere = false
      post(.end(.code(code)), to: number)
    case .reset(let number):
      wires[number]?.isThere = false
      wires[number]?.isCut = true
      at(now + latency, .wire(number, .end(.broken)))
    case .silenced(let number): silent(number)
    }
  }
}
