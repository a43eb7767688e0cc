import Calls
import JSON

@testable import Commands

/// A world that feeds a ledger at random and holds every effect to the promises made for it.
///
/// What the ledger should know is kept a second time here, from the effects alone, the way the
/// store keeps it: `durable` holds the last value of each command.
struct LedgerWorld {
  var random: SplitMix
  var ledger = Ledger()
  var now = Moment(monotonic: .seconds(50), wall: .seconds(1_800_000_000))
  var gaps: Set<String> = []
  var durable: [String: Command] = [:]
  var order: [String] = []
  var openIDs: Set<String> = []
  var idsByCall: [String: [String]] = [:]
  var restored: Set<String> = []
  /// Those of them that never left the process before.
  var unsent: Set<String> = []
  var deadlines: [String: Duration] = [:]
  var ended: [String: Duration] = [:]
  var sends: [String: Int] = [:]
  /// What allows the next attempt of a command since its last one, and when it was issued.
  var licences: [String: Int] = [:]
  var issued: [String: Duration] = [:]
  /// Commands that the platform refused, and no look has shown otherwise since.
  var refused: Set<String> = []
  /// Commands whose state a look has shown last.
  var looked: Set<String> = []
  /// The looks that are under way, and how many there were.
  var looks: [(look: Look, askedAt: Duration)] = []
  var lookCount = 0
  var idsUnderKey: [String: Set<String>] = [:]
  /// Commands of which an agreeing notification showed the opposite after they had left.
  var opposed: Set<String> = []
  /// The grades that the input being handled has to lead to.
  var due: [String: Grade] = [:]
  var wakeAt: Duration?
  /// The first promise that was broken.
  var complaint: String?

  private let weights: [Int]
  private var nextID = 0
  private var nextEvent: Int64 = 0

  init(seed: UInt64) {
    var random = SplitMix(seed: seed)
    // Each seed leaves some inputs out and makes others frequent: gaps meet restarts in one,
    // replies never come in another.
    weights = (0..<Step.allCases.count).map { _ in random.pick([0, 1, 3, 6]) }
    self.random = random
  }

  private enum Step: CaseIterable {
    case ask, sent, reply, observe, look, lose, restore, pass, restart
  }

  mutating func run(steps: Int) {
    let choices = zip(Step.allCases, weights).flatMap { Array(repeating: $0, count: $1) }
    for _ in 0..<steps where complaint == nil {
      // A world in which nobody asks shows nothing.
      step(choices.isEmpty || random.chance(20) ? .ask : random.pick(choices))
    }
    pass(ledger.settings.deadline)
    demand(durable.values.allSatisfy { !$0.isOpen }, "a command is open a deadline after the end")
    demand(order.allSatisfy { durable[$0] == ledger.command($0) }, "the ledger forgot a command")
  }

  private mutating func step(_ step: Step) {
    switch step {
    case .ask: ask()
    case .sent: if let id = anyID() { feed(.sent(id)) }
    case .reply: if let id = anyID() { reply(to: id) }
    case .observe: observe()
    case .look: if !looks.isEmpty { look() }
    case .lose:
      let agent = random.pick(Self.agents)
      feed(.observationLost(agent: agent))
      gaps.insert(agent)
    case .restore:
      let agent = random.pick(Self.agents)
      feed(.observationRestored(agent: agent, resynced: random.chance(60)))
      gaps.remove(agent)
    case .pass:
      let duration = Duration.milliseconds(Int64.random(in: 0...4000, using: &random))
      if random.chance(20) { stall(duration) } else { pass(duration) }
    case .restart: restart()
    }
  }

  private static let agents = ["alice", "bob"]
  private static let calls = ["c1", "c2"]
  private static let states: [RecordingState] = [.recording, .paused, .stopped]

  private mutating func anyID() -> String? { order.isEmpty ? nil : random.pick(order.suffix(8)) }

  private mutating func verdict() -> Verdict {
    random.chance(70)
      ? .agree(random.pick(Self.states)) : random.chance(50) ? .disagree : .notEnough
  }

  private mutating func ask() {
    nextID += 1
    let agent = random.pick(Self.agents)
    feed(
      .asked(
        Request(
          id: "k\(nextID)",
          key: random.chance(40) ? "key\(Int.random(in: 0..<6, using: &random))" : nil,
          agent: agent, call: random.pick(Self.calls), operation: random.pick(Operation.allCases),
          mode: random.chance(85) ? .send : .observe,
          origin: Origin(uid: 1000, gid: random.chance(50) ? 1000 : nil, name: "eve"),
          known: Known(
            verdict: verdict(), offered: offered(),
            recordingFile: random.chance(50) ? "f\(nextID)" : nil,
            event: nextEvent, isExact: !gaps.contains(agent)),
          isForced: random.chance(10), canLook: random.chance(50),
          isNotified: random.chance(80))))
  }

  private mutating func offered() -> Set<Capability> {
    random.pick([[], [.startRecording], [.pauseRecording, .stopRecording], [.stopRecording]])
  }

  /// One of the looks that are under way comes to its end.
  private mutating func look() {
    let index = Int.random(in: 0..<looks.count, using: &random)
    let (look, askedAt) = looks.remove(at: index)
    nextEvent += 1
    let sight: Sight
    switch Int.random(in: 0..<8, using: &random) {
    case 0: sight = .absent
    case 1, 2:
      let wish = random.pick([nil, Duration.milliseconds(700)])
      sight = .failed(reason: "HTTP status 503", retryAfter: wish)
    default:
      let shown = verdict()
      let witnesses = Witnesses(
        recordingState: shown.state, gsipRecord: nil, capabilities: offered())
      sight = .shown(
        Observation(
          agent: look.agent, call: look.call, verdict: shown, witnesses: witnesses,
          isEnded: random.chance(5), source: .look, askedAt: askedAt, event: nextEvent))
    }
    feed(.looked(look, sight), askedAt: askedAt)
  }

  private mutating func reply(to id: String) {
    let wish = random.pick([nil, Duration.seconds(1), .seconds(60)])
    let reply: PlatformReply = random.pick([
      .accepted(statusCode: 0), .accepted(statusCode: 0),
      .ambiguous(reason: "timed out", retryAfter: wish),
      .rejected(statusCode: random.chance(50) ? 2 : nil, httpStatus: 500, message: "no"),
      .conflict(statusCode: 2, httpStatus: 400, message: "wrong state"),
      .throttled(statusCode: 429, message: "slow down", retryAfter: wish),
      .notAuthenticated(reason: "Access denied"),
    ])
    switch reply {
    case .notAuthenticated, .throttled: licences[id, default: 0] += 1
    case .accepted, .rejected, .conflict, .ambiguous: break
    }
    switch reply {
    case .conflict, .throttled:
      let isInTime = deadlines[id, default: .zero] > now.monotonic
      if isInTime, durable[id]?.attempts ?? 0 > 0 { refused.insert(id) }
    case .accepted, .rejected, .ambiguous, .notAuthenticated: break
    }
    feed(.replied(id, reply))
  }

  private mutating func observe() {
    nextEvent += 1
    let isSnapshot = random.chance(25)
    let askedAt = now.monotonic - .milliseconds(Int64.random(in: 0...2000, using: &random))
    feed(
      .observed(
        Observation(
          agent: random.pick(Self.agents), call: random.pick(Self.calls), verdict: verdict(),
          recordingFile: random.chance(50) ? "g\(nextEvent)" : nil, isEnded: random.chance(8),
          isRecordingChange: random.chance(50), source: isSnapshot ? .snapshot : .notification,
          askedAt: isSnapshot && random.chance(50) ? askedAt : nil, event: nextEvent)))
  }

  /// Time passes; the ledger is woken when it asked to be, and at no other time.
  private mutating func pass(_ duration: Duration) {
    let end = now.monotonic + duration
    while let at = wakeAt, at <= end, complaint == nil {
      now.wall += max(.zero, at - now.monotonic)
      now.monotonic = max(now.monotonic, at)
      wakeAt = nil
      feed(.wake)
    }
    now.wall += end - now.monotonic
    now.monotonic = end
    // The wake-ups asked for were enough.
    for id in openIDs {
      demand(deadlines[id, default: .zero] > end, "\(id) is open behind its deadline")
      guard let command = durable[id], command.mode == .send, command.attempts == 0 else {
        continue
      }
      demand(
        restored.contains(id) || end - issued[id, default: .zero] < LedgerSettings.lookPatience,
        "\(id) waits for its look for too long")
    }
  }

  /// Time passes unnoticed; inputs may be handled before the wake-up that is overdue.
  private mutating func stall(_ duration: Duration) {
    now.monotonic += duration
    now.wall += duration
  }

  /// The process is killed between two inputs; what it made durable comes back as text.
  private mutating func restart() {
    demand(
      ledger.open == order.compactMap { durable[$0] }.filter(\.isOpen),
      "the ledger knows what it never made durable")
    var records: [Command] = []
    for id in order {
      guard let command = durable[id] else { continue }
      guard let copy = try? roundTrip(command), copy == command else {
        return demand(false, "the record of \(id) is not restored exactly")
      }
      records.append(copy)
    }
    let open = ledger.open
    let exceptions = Set(ledger.exceptions.map(\.id))
    let pause = Duration.milliseconds(Int64.random(in: 0...3000, using: &random))
    now = Moment(
      monotonic: .seconds(Int64.random(in: 0...99, using: &random)), wall: now.wall + pause)
    ledger = Ledger()
    wakeAt = nil
    restored.formUnion(order)
    unsent = Set(
      open.filter { $0.mode == .send && $0.attempts == 0 && $0.operation.isSafeDirection }
        .map(\.id))
    licences = [:]
    for id in order { issued[id] = .zero }
    gaps = []
    looks = []
    refused = []
    looked = looked.filter { durable[$0]?.evidence.kind == .look }
    opposed = opposed.filter { durable[$0]?.evidence.kind == .notification }
    for id in order {
      deadlines[id] = now.monotonic + ledger.settings.deadline
      if let finalAt = durable[id]?.finalAt { ended[id] = now.monotonic - (now.wall - finalAt) }
    }
    for effect in ledger.restore(records, at: now) {
      guard case .wake(let at) = effect else { return demand(false, "a restart does \(effect)") }
      wakeAt = at
    }
    demand(ledger.open == open, "a restart lost an open command")
    demand(Set(ledger.exceptions.map(\.id)) == exceptions, "a restart lost an exception")
  }

  mutating func demand(_ condition: Bool, _ sentence: @autoclosure () -> String) {
    if !condition, complaint == nil { complaint = sentence() }
  }
}
