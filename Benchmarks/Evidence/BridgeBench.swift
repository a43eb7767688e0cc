import Bayeux
import Bridge
import Commands
import Configuration
import Crypto
import Daemon
import Evidence
import Glibc
import Store

/// What evidence costs of what the daemon does with a notification, the network left out: from the
/// bytes of the platform's answer to the events on disk, with and without entries, in turns.
struct BridgeBench {
  /// A turn of the loop has an answer for each of them.
  private static let agents = (0..<64).map { "agent\($0 < 10 ? "0" : "")\($0)" }

  let folder: String
  /// Of each agent.
  let calls: Int

  private struct Cost {
    var eventsPerSecond: Double
    var cpuMicroseconds: Double
    var events: Int64
    var entries: Int64
  }

  func run() throws {
    var costs: [Bool: [Cost]] = [:]
    for round in 0..<7 {
      // In turns, so that a disk that gets slower is no argument for either.
      for hasEntries in round % 2 == 0 ? [false, true] : [true, false] {
        let path = "\(folder)/bridge-\(round)-\(hasEntries).db"
        costs[hasEntries, default: []].append(try measure(path, hasEntries: hasEntries))
        BenchStore.remove(path)
      }
    }
    guard let with = costs[true], let without = costs[false] else { return }
    print("from the platform's bytes to the disk, a busy centre:")
    say("without entries", without)
    say("with entries, read back and signed", with)
    func ratio(_ value: (Cost) -> Double) -> Double {
      let ratios = zip(with, without).map { value($0) / value($1) }.sorted()
      return tenths(ratios[ratios.count / 2] * 100)
    }
    print(
      "  \(ratio(\.eventsPerSecond)) % of the throughput without,"
        + " \(ratio(\.cpuMicroseconds)) % of the CPU")
  }

  private func say(_ name: String, _ costs: [Cost]) {
    let rate = costs.map(\.eventsPerSecond).sorted()[costs.count / 2]
    let cpu = costs.map(\.cpuMicroseconds).sorted()[costs.count / 2]
    print(
      "  \(name): \(Int(rate)) events/s, \(tenths(cpu)) us of CPU each,"
        + " \(costs[0].entries) of \(costs[0].events) events are entries")
  }

  private func measure(_ path: String, hasEntries: Bool) throws -> Cost {
    let ground = try BenchStore(path)
    defer { ground.close() }
    let store = ground.store
    var bridge = Bridge(settings: settings(store.identity, hasEntries), lastSequence: 0, seed: 1)
    var platform = BenchPlatform(agents: Self.agents)
    var now = Moment(monotonic: .seconds(1_000), wall: .seconds(1_795_621_783))
    var signed: [SignedCheckpoint] = []
    // What the platform itself costs is taken off.
    var (wall, cpu) = (Duration.zero, Duration.zero)

    func turn(_ inputs: BenchPlatform.Inputs) throws {
      now = Moment(
        monotonic: now.monotonic + .milliseconds(1), wall: now.wall + .milliseconds(1))
      let (start, startCPU) = (ContinuousClock.now, cpuTime())
      var turns = signed.map { bridge.handle(.occurred(.signed($0)), at: now) }
      signed = []
      turns += inputs.map { bridge.handle($0, at: now) }
      var effects: [Bridge.Effect] = []
      while !turns.isEmpty {
        let writes = turns.flatMap(\.writes)
        effects += turns.flatMap(\.effects)
        let changes = writes.flatMap { Change.all($0, keepsake: { _ in nil }) }
        try store.commit(changes)
        if hasEntries, writes.contains(where: \.callsForCheckpoint) {
          ground.sign { signed.append($0) }
        }
        let next = bridge.committed(at: now)
        turns = next.writes.isEmpty && next.effects.isEmpty ? [] : [next]
      }
      ground.finishTurn()
      wall += ContinuousClock.now - start
      cpu += cpuTime() - startCPU
      try platform.take(effects)
    }

    try turn([.start])
    while !platform.isSettled {
      // Logins are made at a pace.
      now.monotonic += .milliseconds(10)
      try turn(platform.due() + [.wake])
    }
    (wall, cpu) = (.zero, .zero)
    let before = store.lastSequence
    for _ in 0..<calls {
      for step in BenchPlatform.Step.allCases {
        try turn(platform.step(step))
        let due = platform.due()
        if !due.isEmpty { try turn(due) }
      }
    }
    let events = store.lastSequence - before
    return Cost(
      eventsPerSecond: Double(events) / (wall / .seconds(1)),
      cpuMicroseconds: cpu / .microseconds(1) / Double(events), events: events,
      entries: store.lastEntryNumber)
  }

  private func settings(_ store: String, _ hasEntries: Bool) -> BridgeSettings {
    let route = RouteFile.shipped("gws-v2")?.route
    let channels = ["/v2/me/calls"]
    var session = SessionSettings(channels: channels)
    session.transports = [.longPolling]
    var settings = BridgeSettings(
      site: "hq", store: store,
      dialect: Dialect(
        profile: .gwsV2, origin: "http://gws.example", notifications: "/api/v2/notifications",
        channels: channels, route: route, calls: route?.verification.path),
      agents: Self.agents, session: session, sha256: { SHA256.hash($0) })
    settings.hasEntries = hasEntries
    return settings
  }
}

/// Of all threads, user and system.
func cpuTime() -> Duration {
  var time = timespec()
  // Writes the struct that it is given.
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
