import Calls

@testable import Commands

/// Everything that can happen to two commands on one call, as long as there are no more faults than
/// a given number: the ledger itself, and around it a platform, its wires, two sessions and a disk.
///
/// The call is alice's and may go on with bob, who has a session of his own. A state is the ledger
/// and all that is under way; ``steps()`` gives every state that may follow. What must always be
/// true is looked at with every effect (`LedgerModelInvariants.swift`).
///
/// Faults are what is lost, late, told twice or in the wrong order, a gap, a kill, a change by
/// somebody else, and the end of the call or of alice's leg. Time passes for nothing only while
/// nothing is under way: whatever waits for longer is late.
struct LedgerModel {
  /// What is asked for, one after the other, and how the recording stands at the beginning.
  struct Scenario {
    let operations: [Operation]
    let state: RecordingState
    /// Whether we know that.
    let isKnown: Bool
  }

  /// A question to the platform: what it read, once it has been there.
  struct Question: Hashable {
    let askedAt: Duration
    var read: RecordingState?
    /// A notification came since it was asked.
    var isOvertaken = false
  }

  enum Answer: Hashable { case accepted, conflict }

  let scenario: Scenario
  var ledger = Ledger()
  var now = Moment(monotonic: .seconds(50), wall: .seconds(1_800_000_000))
  var wakeAt: Duration?

  // The platform and the wires.
  var truth: RecordingState
  var holder = "alice"
  var isEnded = false
  /// Commands on their way, by number.
  var requests: [Int] = []
  var answers: [Int: Answer] = [:]
  /// States that were told and have not arrived; nil for the end of the call.
  var notifications: [RecordingState?] = []
  var question: Question?

  // What the bridge holds.
  var seen: RecordingState?
  var isDeaf = false
  var asked = 0

  // The disk, and what was done so far.
  var durable: [Command] = []
  var sends = [0, 0]
  /// Something allows the next attempt since the last one.
  var isLicensed = [false, false]
  var issued: [Duration] = []
  var deadlines: [Duration] = []
  var restarts = 0
  /// Whether this process may send it: it was issued here, or never left the one before.
  var isOurs = [true, true]
  var event: Int64 = 0
  var faults: Int
  var complaint: String?
  /// How it came here.
  var path: [String] = []

  init(_ scenario: Scenario, faults: Int) {
    self.scenario = scenario
    self.faults = faults
    truth = scenario.state
    seen = scenario.isKnown ? scenario.state : nil
  }

  static let call = "c1"

  // MARK: - What may happen next

  func steps() -> [LedgerModel] {
    var next: [LedgerModel] = []
    func then(_ name: String, costs: Int = 0, _ body: (inout LedgerModel) -> Void) {
      guard costs <= faults else { return }
      var model = self
      model.faults -= costs
      model.path.append(name)
      body(&model)
      next.append(model)
    }
    let isOver = asked == scenario.operations.count && durable.allSatisfy { !$0.isOpen }
    if isOver {
      // What is told late may still take a confirmation back.
      if !notifications.isEmpty { then("told") { $0.deliver() } }
      return next
    }
    if asked < scenario.operations.count { then("ask") { $0.ask() } }
    for number in requests {
      then("\(number) arrives") { $0.arrive(number) }
      then("\(number) is lost", costs: 1) { $0.lose(number, isLate: false) }
      then("\(number) is late", costs: 1) { $0.lose(number, isLate: true) }
    }
    for number in answers.keys.sorted() {
      then("answer to \(number)") { $0.deliverAnswer(number) }
      then("answer to \(number) is lost", costs: 1) { $0.loseAnswer(number) }
    }
    if !notifications.isEmpty {
      then("told") { $0.deliver() }
      then("not told", costs: 1) { $0.notifications.removeFirst() }
      then("told twice", costs: 1) { $0.notifications.insert($0.notifications[0], at: 0) }
      if notifications.count > 1 {
        then("told in the wrong order", costs: 1) { $0.notifications.swapAt(0, 1) }
      }
    }
    if let question {
      if question.read == nil, !isEnded { then("read") { $0.question?.read = $0.truth } }
      if question.read != nil || isEnded { then("look") { $0.deliverLook() } }
      then("look fails", costs: 1) { $0.failLook() }
    }
    if isDeaf { then("resynced") { $0.resync() } } else { then("gap", costs: 1) { $0.lose() } }
    then("killed", costs: 1) { $0.restart() }
    if holder == "alice", !isEnded { then("handed over", costs: 1) { $0.handOver() } }
    if !isEnded {
      let other: RecordingState = truth == .recording ? .stopped : .recording
      then("changed by somebody", costs: 1) { $0.change(to: other) }
      then("released", costs: 1) { $0.release() }
    }
    let isQuiet =
      requests.isEmpty && answers.isEmpty && notifications.isEmpty && question == nil && !isDeaf
    if let wakeAt { then("time", costs: isQuiet ? 0 : 1) { $0.pass(to: wakeAt) } }
    return next
  }

  // MARK: - Asking

  private mutating func ask() {
    let operation = scenario.operations[asked]
    asked += 1
    let isKnown = seen != nil && !isDeaf
    feed(
      .asked(
        Request(
          id: "k\(asked)", key: "key\(asked)", agent: holder, call: Self.call,
          operation: operation,
          known: Known(verdict: seen.map { .agree($0) } ?? .notEnough, isExact: isKnown),
          canLook: true)))
  }

  /// I10: asked once more under the key of the first, the ledger names it and does nothing.
  mutating func askAgain() {
    guard let first = durable.first else { return }
    var ledger = ledger
    let effects = ledger.handle(
      .asked(
        Request(
          id: "again", key: "key1", agent: first.agent, call: Self.call,
          operation: first.operation, known: Known(verdict: .notEnough, isExact: false))),
      at: now)
    let isNamed = effects.contains(.answered(request: "again", first))
    demand(isNamed && effects.sends.isEmpty && effects.moves.isEmpty, "a key does more than once")
  }

  // MARK: - The platform

  private mutating func arrive(_ number: Int) {
    requests.removeAll { $0 == number }
    let isAwaited = answers[number] == nil && durable[number].isOpen
    let operation = scenario.operations[number]
    let isPossible =
      switch operation {
      case .start: truth == .stopped
      case .stop: truth != .stopped
      case .pause: truth == .recording
      case .resume: truth == .paused
      }
    let isTaken = isPossible && !isEnded && durable[number].agent == holder
    if isTaken { change(to: operation.target) }
    if isAwaited { answers[number] = isTaken ? .accepted : .conflict }
  }

  mutating func change(to state: RecordingState) {
    truth = state
    if !isDeaf { notifications.append(state) }
  }

  private mutating func release() {
    isEnded = true
    if !isDeaf { notifications.append(nil) }
  }

  // MARK: - Back

  private mutating func lose(_ number: Int, isLate: Bool) {
    if !isLate { requests.removeAll { $0 == number } }
    feed(.replied("k\(number + 1)", .ambiguous(reason: "timed out")))
  }

  private mutating func deliverAnswer(_ number: Int) {
    switch answers.removeValue(forKey: number) {
    case .accepted: feed(.replied("k\(number + 1)", .accepted(statusCode: 0)))
    case .conflict:
      feed(
        .replied("k\(number + 1)", .conflict(statusCode: 2, httpStatus: 400, message: "no")))
    case nil: break
    }
  }

  private mutating func loseAnswer(_ number: Int) {
    answers[number] = nil
    feed(.replied("k\(number + 1)", .ambiguous(reason: "cut")))
  }

  private mutating func deliver() {
    let state = notifications.removeFirst()
    question?.isOvertaken = true
    seen = state
    see(state, .notification, askedAt: nil) { .observed($0) }
  }

  private mutating func deliverLook() {
    guard let question else { return }
    self.question = nil
    let look = Look(agent: holder, call: Self.call)
    if question.isOvertaken { return feed(.looked(look, .failed(reason: "late", retryAfter: nil))) }
    seen = question.read
    see(question.read, .look, askedAt: question.askedAt) { .looked(look, .shown($0)) }
  }

  private mutating func failLook() {
    question = nil
    let look = Look(agent: holder, call: Self.call)
    feed(.looked(look, .failed(reason: "HTTP status 503", retryAfter: nil)))
  }

  private mutating func see(
    _ state: RecordingState?, _ source: Observation.Source, askedAt: Duration?,
    as input: (Observation) -> Input
  ) {
    event += 1
    feed(
      input(
        Observation(
          agent: holder, call: Self.call, verdict: state.map { .agree($0) } ?? .notEnough,
          isEnded: state == nil, source: source, askedAt: askedAt, event: event)))
  }

  // MARK: - Sessions, the process and time

  private mutating func lose() {
    isDeaf = true
    notifications = []
    feed(.observationLost(agent: holder))
  }

  private mutating func resync() {
    isDeaf = false
    seen = isEnded ? nil : truth
    see(seen, .snapshot, askedAt: now.monotonic) { .observed($0) }
    feed(.observationRestored(agent: holder, resynced: true))
  }

  /// Bob has the call, and alice's leg ends.
  private mutating func handOver() {
    let isAsking = question != nil
    question = nil
    notifications = []
    holder = "bob"
    feed(.handedOver(call: Self.call, from: "alice", to: "bob"))
    if isAsking {
      let look = Look(agent: "alice", call: Self.call)
      feed(.looked(look, .failed(reason: "overtaken", retryAfter: nil)))
    }
    if isDeaf { feed(.observationLost(agent: "bob")) }
    event += 1
    feed(
      .observed(
        Observation(
          agent: "alice", call: Self.call, verdict: .notEnough, isEnded: true,
          source: .notification, event: event)))
  }

  private mutating func restart() {
    restarts += 1
    for (number, command) in durable.enumerated() {
      isOurs[number] = sends[number] == 0 && command.operation.isSafeDirection
    }
    answers = [:]
    question = nil
    notifications = []
    isLicensed = [false, false]
    now.monotonic = .seconds(50)
    now.wall += .seconds(1)
    issued = issued.map { _ in .zero }
    ledger = Ledger()
    wakeAt = nil
    isDeaf = true
    _ = ledger.handle(.observationLost(agent: "alice"), at: now)
    deadlines = durable.map { _ in now.monotonic + ledger.settings.deadline }
    if holder == "bob" { _ = ledger.handle(.observationLost(agent: "bob"), at: now) }
    let observers = Dictionary(uniqueKeysWithValues: durable.map { ($0.id, holder) })
    take(ledger.restore(durable, observers: observers, at: now), .wake)
  }

  private mutating func pass(to time: Duration) {
    now.wall += time - now.monotonic
    now.monotonic = time
    wakeAt = nil
    feed(.wake)
  }
}
