import Bayeux
import JSON

/// One session against one server over a network that loses, cuts, delays, repeats and lies, until
/// a time at which all faults stop. Everything follows from the seed.
///
/// `violations` lists every promise that was broken.
struct Simulation {
  /// Numbers a process, so that what was meant for an earlier one does not reach it.
  struct Process: Equatable {
    var number: UInt64 = 0

    /// Exchanges of all processes are told apart by this.
    func global(_ id: ExchangeID) -> ExchangeID { ExchangeID(number << 32 | id.number) }
    func local(_ id: ExchangeID) -> ExchangeID? {
      id.number >> 32 == number ? ExchangeID(id.number & 0xFFFF_FFFF) : nil
    }
  }

  /// What was committed with the deliveries, as text, and until when nothing was missed.
  struct Disk {
    var saved: [UInt8]?
    var complete: Duration?
  }

  enum Death: CaseIterable { case beforeCommit, afterCommit, betweenEffects }

  enum Fault: CaseIterable {
    case none, refused, requestLost, answerLost, answerReset, cut, cutWhole, malformed, html, empty
    case noContent, status401, status403, status404, status429, status500, status502, status503
    case late, twice, swapped
  }

  enum Action {
    case arrive(ExchangeID, [UInt8], Fault, cookie: String?)
    case wire(UInt64, WireAction)
    case leave(FakeServer.Answer)
    case reach(ExchangeID, Session.Reply)
    case timeout(ExchangeID)
    case hold
    case publish(Int)
    case trouble
    case wireTrouble
    case journaled(UInt64)
    case start, stop, timer, repair
    case kill, boot
  }

  struct Scheduled {
    let at: Duration
    let order: Int
    let action: Action
  }

  static let faultsEnd = Duration.seconds(90)
  /// From the last fault to a healthy session: the longest pause is two minutes of unwelcome, then
  /// a connect timeout, then the pauses of a loop.
  static let settled = faultsEnd + .seconds(600)

  var wires: [UInt64: Wire] = [:]
  var jar = Jar()
  var losesCookies = false
  var prefersSocket: Bool
  var reached = Reached()
  /// Effects other than deliveries.
  var effects = 0

  var random: SplitMix64
  var session: Session
  /// After the newest input.
  var status: Session.Status
  var server: FakeServer
  var now = Duration.zero
  var queue: [Scheduled] = []
  var order = 0
  var faultRate: Int

  var open: [ExchangeID: Exchange] = [:]
  var faults: [ExchangeID: Fault] = [:]
  var messageIDs: Set<String> = []
  var undurable: UInt64 = 0
  var durable: UInt64 = 0
  var published: [Duration] = []
  var delivered: Set<Int> = []
  var lastInOrder = -1
  var gap: Duration??
  var gaps: [(from: Duration?, to: Duration)] = []
  var granted: [Duration] = []
  var wake: Duration?
  var lastChange: Session.Change?

  // The process, and what it leaves behind when it is killed.
  var process = Process()
  var disk = Disk()
  var lastSaved: Session.Saved?
  /// Of the feed in which the process dies, at which point.
  var death: Death?
  var isUp = true
  var kills = 0
  var continued = 0
  var generation: UInt64 = 0
  /// The session that this process tries to go on with.
  var resumedClient: String?
  var exchangesSent = 0
  var steps = 0
  var hasStopped = false
  var violations: [String] = []
  /// For people: what happened, line by line, when asked for.
  var trace: [String]?

  var settings: SessionSettings {
    var settings = SessionSettings(channels: ["/v2/me/calls", "/v2/me/devices"])
    if prefersSocket { settings.transports = [.webSocket, .longPolling] }
    return settings
  }

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    prefersSocket = Int.random(in: 0..<3, using: &random) > 0
    session = Session(settings: SessionSettings(channels: []), seed: seed)
    status = session.status
    server = FakeServer(
      dialect: FakeServer.Dialect.allCases.randomElement(using: &random) ?? .cometd3,
      supportsAck: Bool.random(using: &random),
      hold: .seconds(Int.random(in: 5...30, using: &random)))
    server.offersSocket = Int.random(in: 0..<8, using: &random) > 0
    server.bindsLate = server.dialect == .cometd5 && Bool.random(using: &random)
    server.refusesArrays = Int.random(in: 0..<4, using: &random) == 0
    server.omitsIDs = Int.random(in: 0..<4, using: &random) == 0
    if Int.random(in: 0..<4, using: &random) == 0 { server.refusedChannels = ["/v2/me/devices"] }
    faultRate = [0, 5, 5, 20, 20, 50].randomElement(using: &random) ?? 5
    session = Session(settings: settings, seed: seed)
    losesCookies = faultRate > 0 && Int.random(in: 0..<8, using: &random) == 0
    at(.zero, .start)
    let most = [1, 8, 40].randomElement(using: &random) ?? 1
    var time = Duration.zero
    while time < Simulation.faultsEnd - .seconds(4) {
      time += .milliseconds(Int.random(in: 1...4000, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0: at(time, .trouble)
      case 1 where faultRate > 0: at(time, .wireTrouble)
      default: at(time, .publish(Int.random(in: 1...most, using: &random)))
      }
    }
    if faultRate > 0, Int.random(in: 0..<8, using: &random) == 0 {
      at(time / 2, .wire(0, .routeDies))
    }
    for _ in 0..<([0, 0, 1, 3].randomElement(using: &random) ?? 0) {
      at(.milliseconds(Int.random(in: 1...80_000, using: &random)), .kill)
    }
    at(Simulation.faultsEnd, .repair)
    at(Simulation.settled, .publish(1))
  }

  mutating func run() {
    while let next = queue.popLast(), next.at <= Simulation.settled + .seconds(60) {
      now = next.at
      perform(next.action)
      let status = session.status
      if now == Simulation.settled, case .publish = next.action {
        if !(session.state == .connected) { violate("not connected but \(session.state)") }
        if !(status.isReady && !status.isInterrupted) { violate("connected but deaf") }
      }
    }
    if !(delivered.contains(published.count - 1)) { violate("the last notification never came") }
    checkConservation()
    checkStop()
  }

  /// What was not delivered lies in an interruption that was declared.
  private mutating func checkConservation() {
    for (number, time) in published.enumerated() where !delivered.contains(number) {
      let isDeclared =
        (gap.map { ($0 ?? .zero) <= time } ?? false)
        || gaps.contains { ($0.from ?? .zero) <= time && time <= $0.to }
      if !(isDeclared) {
        violate("notification \(number) of \(time) was lost in silence; gaps \(gaps)")
      }
    }
  }

  private mutating func checkStop() {
    queue = []
    let before = exchangesSent
    at(now, .stop)
    if let wake { at(max(now, wake), .timer) }
    let end = now + SessionBounds.stopGrace + .milliseconds(1)
    while let next = queue.popLast(), next.at <= end {
      now = next.at
      perform(next.action)
    }
    if !(hasStopped && session.state == .stopped) { violate("stop does not end") }
    if !(exchangesSent <= before + 1) { violate("more than the disconnect was sent at stop") }
  }

  mutating func violate(_ sentence: String) { violations.append("at \(now): \(sentence)") }

  mutating func at(_ time: Duration, _ action: Action) {
    order += 1
    let item = Scheduled(at: time, order: order, action: action)
    // Latest first, so that the next one is taken from the end.
    let index = queue.lastIndex { ($0.at, $0.order) > (item.at, item.order) }
    queue.insert(item, at: index.map { $0 + 1 } ?? 0)
  }

  var latency: Duration { mutating get { .milliseconds(Int.random(in: 1...40, using: &random)) } }
}
