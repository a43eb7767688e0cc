import Bayeux
import Commands
import Crypto
import JSON
import Privacy

@testable import Bridge

/// One bridge, one platform, the network between them, a disk and a clock, until a time at which
/// all faults stop. Everything follows from the seed.
///
/// `violations` lists every promise that was broken.
final class World {
  static let wallAtZero = Duration.seconds(1_800_000_000)
  /// From the last fault until the bridge must be in sync again: the longest pause of a login or a
  /// handshake is five minutes, and a session may go through one of each.
  static let patience = Duration.seconds(600)

  /// The busiest world takes a few thousand.
  static let stepsMax = 100_000

  enum Action {
    case arrive(UInt64)
    case reach(UInt64, Answer)
    case timeOut(UInt64)
    case leave(UInt64)
    case wire(UInt64, WireAction)
    case happen, ask, tend, kill, boot
  }

  struct Scheduled {
    let at: Duration
    let order: Int
    let action: Action
  }

  /// A request on its way, or waiting for its answer.
  struct Flight {
    let request: PlatformRequest
    let process: Int
    let fault: NetworkFault
    /// The command it carries.
    let command: String?
    /// The newest event on disk when it left.
    let after: Int64
    let cookies: String?
    var hasArrived = false
    /// Its client waits for the answer.
    var isOpen = true
    /// It will never arrive.
    var isLost = false
  }

  var random: SplitMix64
  var platform: Platform
  var disk = Disk()
  var bridge: Bridge
  let settings: BridgeSettings
  var now = Duration.zero
  let calmAt: Duration
  private var agenda: [Scheduled] = []
  private var order = 0
  private var steps = 0

  // The process.
  var process = 1
  var isUp = true
  /// Of this process's monotonic clock when the world began.
  private var epoch: Duration
  private var inbox: [Bridge.Input] = []
  private var turnAt: Duration?
  private var wakeAt: Duration?
  private var dyingIn: Int?
  /// The newest event when the turn began.
  private(set) var turnBegan: Int64 = 0
  var stoppedCount = 0
  /// The Bayeux sessions that this process tries to go on with, by agent.
  var resumed: [String: String] = [:]

  // The network.
  var jars: [String: [String: String]] = [:]
  var flights: [UInt64: Flight] = [:]
  var numbers: [RequestID: UInt64] = [:]
  /// WebSockets, numbered together with the flights.
  var wires: [UInt64: Wire] = [:]
  /// Those of this process.
  var connections: [ConnectionID: UInt64] = [:]
  /// Those of which the bridge learns in the next turn that they have ended.
  var endings: Set<UInt64> = []
  /// Agents whose session this process tries to go on with on a WebSocket.
  var toResumeOnSocket: Set<String> = []
  var lastFlight: UInt64 = 0
  let faultPercent: Int
  let latencyMax: Int

  // Those who ask.
  var asks: [Ask] = []
  var lastAsk: UInt64 = 0
  var keyed: [String: String] = [:]
  /// How the platform answered each arrival of a command.
  var commandArrivals: [String: [UInt64]] = [:]
  var commandStatuses: [UInt64: Int] = [:]
  var inherited: Set<String> = []
  /// Those of them that no process can have sent.
  var unsent: Set<String> = []

  var violations: [String] = []
  var statistics = Statistics()
  var trace: [String]?

  init(seed: UInt64, isTraced: Bool = false) {
    var random = SplitMix64(seed: seed)
    let hasAck = random.chance(50)
    let hasToken = random.chance(40)
    let prefersSocket = random.chance(60)
    latencyMax = random.pick([40, 40, 400, 2000])
    platform = Platform(
      seed: seed, acknowledges: hasAck, offersSockets: random.chance(85),
      tokenHeader: hasToken ? "X-Its-Token" : nil)
    platform.troublePercent = random.pick([0, 10, 30, 100])
    platform.hidesNothing = random.chance(60)
    var settings = World.settings(
      transports: prefersSocket ? [.webSocket, .longPolling] : [.longPolling])
    settings.groupsAtRetention = random.chance(50) ? .hold : .drop
    if random.chance(50) { settings.commitments = World.commitments(seed: seed) }
    self.settings = settings
    bridge = Bridge(settings: settings, lastSequence: 0, seed: seed)
    faultPercent = random.pick([0, 5, 15, 35])
    calmAt = .seconds(Int.random(in: 15...50, using: &random))
    epoch = random.milliseconds(0...10_000_000)
    let kills = random.pick([0, 0, 1, 1, 2, 4])
    let pace = random.pick([600, 1500, 4000])
    self.random = random
    if isTraced { trace = [] }
    var time = Duration.zero
    while time < calmAt {
      // Races are between things that happen at almost the same time.
      time += self.random.milliseconds(1...self.random.pick([60, pace, pace]))
      let action: Action = self.random.pick([.happen, .happen, .happen, .happen, .ask, .ask, .tend])
      at(time, action)
    }
    let last = Int(calmAt / .milliseconds(1))
    for _ in 0..<kills { at(self.random.milliseconds(1...last), .kill) }
  }

  static func settings(
    profile: Dialect.Profile = .gwsV2, transports: [Transport] = [.longPolling]
  ) -> BridgeSettings {
    let (notifications, channels) =
      switch profile {
      case .commandsOnly: ("", [String]())
      case .gwsV2, .bayeux: ("/api/v2/notifications", ["/v2/me/calls", "/v2/me/devices"])
      case .workspaceV3:
        (
          "/workspace/v3/notifications", ["/workspace/v3/voice", "/workspace/v3/initialization"]
        )
      }
    var session = SessionSettings(channels: channels)
    session.transports = transports
    let route = Route.shipped(profile.rawValue)
    return BridgeSettings(
      site: "hq", store: "s1",
      dialect: Dialect(
        profile: profile, origin: "http://platform.example",
        notifications: notifications, channels: channels, route: route,
        calls: route?.verification.path),
      agents: Platform.agents, session: session,
      sha256: { SHA256.hash($0) })
  }

  static func commitments(seed: UInt64) -> Commitments {
    let fields = PersonalField.allCases.map { ($0, Duration.seconds(60)) }
    let secret = SHA256.hash(Array("\(seed)".utf8))
    return Commitments(
      PrivacySettings(fields: Dictionary(uniqueKeysWithValues: fields)),
      salts: Salts(secret: secret, sha256: { SHA256.hash($0) }), sha256: { SHA256.hash($0) })
  }

  var moment: Moment { Moment(monotonic: epoch + now, wall: World.wallAtZero + now) }

  func violate(_ sentence: String) { violations.append("at \(now): \(sentence)") }

  func note(_ line: @autoclosure () -> String) {
    if trace != nil { trace?.append("\(now) " + line()) }
  }

  // MARK: - Time

  func at(_ time: Duration, _ action: Action) {
    order += 1
    let item = Scheduled(at: time, order: order, action: action)
    // Latest first, so that the next one is taken from the end.
    let index = agenda.lastIndex { ($0.at, $0.order) > (item.at, item.order) }
    agenda.insert(item, at: index.map { $0 + 1 } ?? 0)
  }

  /// Lets everything happen until then, or until a promise is broken.
  func run(until end: Duration) {
    while violations.isEmpty {
      steps += 1
      if steps > World.stepsMax { return violate("the world goes round in circles") }
      let times = [agenda.last?.at, platform.nextDue, turnAt, wakeAt]
      guard let next = times.compactMap(\.self).min(), next <= end else { break }
      now = max(now, next)
      if let due = platform.nextDue, due <= now {
        take(platform.advance(to: now))
      } else if let item = agenda.last, item.at <= now {
        agenda.removeLast()
        perform(item.action)
      } else if let due = wakeAt, due <= now {
        wakeAt = nil
        feed(.wake)
      } else if let due = turnAt, due <= now {
        turn()
      }
      violations += disk.violations
    }
    now = max(now, end)
  }

  private func perform(_ action: Action) {
    switch action {
    case .arrive(let number): arrive(number)
    case .reach(let number, let answer): reach(number, answer)
    case .timeOut(let number):
      reach(
        number, .failed(reason: "timed out", mayHaveReachedServer: true, partialBody: []))
      if flights[number]?.hasArrived == true { take(platform.leave(number, at: now)) }
    case .leave(let number): take(platform.leave(number, at: now))
    case .wire(let number, let action): perform(action, on: number)
    case .happen:
      let happening = random.pick(Platform.Happening.all)
      note("~ \(happening)")
      take(platform.happen(happening, at: now, &random))
    case .ask: ask()
    case .tend: tend()
    case .kill: if isUp, now < calmAt { dyingIn = Int.random(in: 0...6, using: &random) }
    case .boot: boot()
    }
  }

  // MARK: - The process

  func feed(_ input: Bridge.Input) {
    guard isUp else { return }
    inbox.append(input)
    // Inputs that come close together share a turn.
    if turnAt == nil { turnAt = random.chance(70) ? now : now + random.milliseconds(1...20) }
  }

  private func turn() {
    turnAt = nil
    turnBegan = disk.last
    let inputs = inbox
    inbox = []
    defer { endings = [] }
    let turns = inputs.map { input in
      note("> \(describe(input))")
      let turn = bridge.handle(input, at: moment)
      if case .asked(let id, _) = input { checkReplies(to: id, in: turn) }
      return turn
    }
    guard settle(turns) else { return die() }
    while true {
      let turn = bridge.committed(at: moment)
      if turn.writes.isEmpty && turn.effects.isEmpty { break }
      guard settle([turn]) else { return die() }
    }
  }

  /// First the disk, then the world; false when the process was killed on the way.
  private func settle(_ turns: [Turn]) -> Bool {
    if isKilledNow() { return false }
    let writes = turns.flatMap(\.writes)
    if trace != nil { writes.forEach { note("    \(describe($0))") } }
    disk.commit(writes) { agent in
      (jars[agent] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
    if isKilledNow() { return false }
    for turn in turns {
      for effect in turn.effects {
        perform(effect)
        if isKilledNow() { return false }
      }
    }
    return true
  }

  private func isKilledNow() -> Bool {
    guard let left = dyingIn, now < calmAt else { return false }
    dyingIn = left - 1
    return left == 0
  }

  private func die() {
    note("! killed")
    statistics.kills += 1
    process += 1
    isUp = false
    dyingIn = nil
    turnAt = nil
    wakeAt = nil
    inbox = []
    jars = [:]
    numbers = [:]
    hangUpAll()
    connections = [:]
    for (number, flight) in flights.sorted(by: { $0.key < $1.key }) where flight.isOpen {
      flights[number]?.isOpen = false
      flights[number]?.isLost = random.chance(50)
      if flight.hasArrived { at(now + random.milliseconds(0...50), .leave(number)) }
    }
    at(now + random.milliseconds(0...random.pick([100, 15_000])), .boot)
  }

  /// Starts the process; the first time on an empty disk.
  func boot() {
    isUp = true
    epoch = random.milliseconds(0...10_000_000)
    bridge = Bridge(settings: settings, lastSequence: disk.last, seed: random.next())
    inherited = Set(disk.order)
    unsent = inherited.filter { id in
      guard let command = disk.commands[id] else { return false }
      return command.attempts == 0 && command.operation.isSafeDirection
    }
    restoreCookies()
    do {
      violations += bridge.restore(try disk.restored(), at: moment)
    } catch {
      violate("what the disk holds cannot be read: \(error)")
    }
    for agent in bridge.agents where agent.session.status.usesAck {
      let session = disk.session(of: agent.name)?["session"]
      resumed[agent.name] = session?["clientId"]?.string
      if session?["transport"]?.string == Transport.webSocket.rawValue {
        toResumeOnSocket.insert(agent.name)
      }
      statistics.resumed += 1
    }
    feed(.start)
  }

  private func restoreCookies() {
    resumed = [:]
    toResumeOnSocket = []
    for agent in Platform.agents {
      for line in disk.session(of: agent)?["cookies"]?.elements.compactMap(\.string) ?? [] {
        let pair = line.split(separator: "=", maxSplits: 1)
        jars[agent, default: [:]][String(pair[0])] = String(pair[1])
      }
    }
  }

  private func perform(_ effect: Bridge.Effect) {
    switch effect {
    case .request(let request): send(request)
    case .cancel(let id): cancel(id)
    // Nothing waits for a token here.
    case .withdraw: break
    case .openSocket(let request): openSocket(request)
    case .transmit(let id, let bytes): transmit(bytes, on: id)
    case .closeSocket(let id): closeSocket(id)
    case .forgetCookies(let agent): forgetCookies(of: agent)
    case .wake(let monotonic):
      let due = monotonic - epoch + random.milliseconds(0...20)
      wakeAt = min(wakeAt ?? due, due)
    case .reply(_, let reply): check(reply)
    case .log(let log): note("    log \(log.name) \(log.fields.map(\.value))")
    case .removed: break
    case .left(let agent): violate("\(agent) left, which nobody asked for")
    case .anchor: violate("a checkpoint that nobody signed is to be kept")
    case .stopped: stoppedCount += 1
    }
  }
}
