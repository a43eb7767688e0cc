import Loop
import Reactor
import Simulator
import Testing

/// What keeps a daemon busy while it is killed: bursts of notifications, and commands on calls that
/// come and go. Every answer that is lost is asked for again under the same key.
final class KillLoad {
  typealias Wish = CommandAsker.Wish

  /// A call on which each operation is asked for once, so that the platform may hear of it once.
  private final class Life {
    let call: String
    let agent: String
    var left = ["pause", "resume", "stop", "start"]
    var isAsking = false

    init(call: String, agent: String) {
      self.call = call
      self.agent = agent
    }
  }

  /// Calls with operations left at any time; more only means that each waits longer.
  private static let livesMax = 6
  /// 8 ms: some hundred notifications and commands a second, which a debug build keeps up with.
  private static let pace = Duration.milliseconds(8)

  private let ground: Ground
  private let asker: CommandAsker
  private var random: SplitMix
  private var timer: (any ReactorTimer)?
  private var lives: [Life] = []
  private var keys = 0
  /// Calls whose bursts number every notification.
  let numbered: [(call: String, agent: String)]
  /// When each number was published, by call: microseconds since 1970.
  private(set) var published: [String: [Int: Int64]] = [:]
  /// Calls of which each operation was asked for at most once.
  private(set) var calls: [String] = []
  /// The wishes that were answered, and the command that each became.
  private(set) var answered: [(wish: Wish, command: String)] = []
  private var failures: [String] = []
  /// What should not have happened, answers among it.
  var problems: [String] { failures + asker.problems }
  /// How often a request found no daemon, or its answer was lost.
  var lost: Int { asker.lost }
  /// How often an old key was asked for again and answered.
  private(set) var repeated = 0
  /// No new calls, no bursts, no repetitions: what is left is asked for until it is answered.
  var isEnding = false

  init(_ ground: Ground, seed: UInt64, agents: [String]) throws {
    self.ground = ground
    asker = CommandAsker(ground)
    random = SplitMix(seed: seed)
    numbered = try agents.flatMap { agent in
      try (0..<2).map { _ in
        var plan = CallPlan(agent: agent)
        plan.recording = .recording
        return (try ground.simulator.createCall(plan), agent)
      }
    }
    self.agents = agents
    timer = ground.scene.loop.makeTimer { [unowned self] in tick() }
  }

  private let agents: [String]

  func start() { timer?.start(after: Self.pace) }

  func close() {
    timer?.cancel()
    timer = nil
    asker.close()
  }

  /// Whether nothing is left to be asked.
  var isDone: Bool { lives.allSatisfy { $0.left.isEmpty } }

  private func tick() {
    defer { timer?.start(after: Self.pace) }
    do {
      if !isEnding {
        if random.isHit(oneIn: 2) { try burst() }
        if random.isHit(oneIn: 12), let old = answered.randomElement(using: &random) {
          ask(old.wish) { [unowned self] in if $0 { repeated += 1 } }
        }
        for life in lives where life.left.isEmpty && !life.isAsking {
          try ground.simulator.endCall(life.call)
        }
        lives.removeAll { $0.left.isEmpty && !$0.isAsking }
        if lives.count < Self.livesMax { try begin() }
      }
      if let life = lives.filter({ !$0.isAsking && !$0.left.isEmpty }).randomElement(using: &random)
      {
        askNext(life)
      }
    } catch {
      failures.append("\(error)")
    }
  }

  private func burst() throws {
    let (call, _) = numbered[Int.random(in: 0..<numbered.count, using: &random)]
    let count = Int.random(in: 1...4, using: &random)
    let first = (ground.simulator.model.call(call)?.lastSequence ?? 0) + 1
    let wall = ground.scene.loop.wallClock.components
    let time = wall.seconds * 1_000_000 + wall.attoseconds / 1_000_000_000_000
    for number in first..<(first + count) { published[call, default: [:]][number] = time }
    try ground.simulator.startBurst(call, count: count)
  }

  private func begin() throws {
    let agent = agents[Int.random(in: 0..<agents.count, using: &random)]
    var plan = CallPlan(agent: agent)
    plan.recording = .recording
    let call = try ground.simulator.createCall(plan)
    calls.append(call)
    lives.append(Life(call: call, agent: agent))
  }

  private func askNext(_ life: Life) {
    let operation = life.left[0]
    life.isAsking = true
    ask(Wish(key: "\(life.call)-\(operation)", call: life.call, operation: operation)) {
      life.isAsking = false
      if $0 { life.left.removeFirst() }
    }
  }

  /// Asks, and tells whether an answer came. A call that came while nobody observed is unknown until
  /// the next snapshot.
  private func ask(_ wish: Wish, then: @escaping (Bool) -> Void) {
    asker.ask(wish) { [unowned self] reply in
      guard case .command(let command, let isNew) = reply else { return then(false) }
      if isNew { answered.append((wish, command)) }
      then(true)
    }
  }
}

/// SplitMix64: the same seed gives the same choices.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func isHit(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

  mutating func duration(upTo milliseconds: Int) -> Duration {
    .microseconds(Int.random(in: 0...(milliseconds * 1_000), using: &self))
  }
}
