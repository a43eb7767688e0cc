import Loop
import Reactor

@testable import Simulator

/// Three clients who ask for things at random, a platform on which things go wrong at random, and
/// the history of what was really recorded when.
final class ManyCommands {
  private typealias Wish = CommandAsker.Wish

  private let ground: Ground
  private let asker: CommandAsker
  private var random: SplitMix
  private var clients: [any ReactorTimer] = []
  private var asking: Set<Int> = []
  private var left: [Wish] = []
  private(set) var calls: [String] = []
  /// The command that each key became.
  var commands: [String: String] { asker.commands }
  var problems: [String] { asker.problems }
  var lost: Int { asker.lost }
  /// How much later the platform may tell of a change, where it was told to.
  static let delayMax = Duration.milliseconds(300)

  init(_ ground: Ground, seed: UInt64, agents: [String], calls count: Int, clients: Int) {
    self.ground = ground
    asker = CommandAsker(ground)
    random = SplitMix(seed: seed)
    for number in 0..<count {
      var plan = CallPlan(agent: agents[number % agents.count])
      plan.recording =
        [.recording, .recording, .paused, .stopped][
          Int.random(in: 0..<4, using: &random)]
      guard let call = try? ground.simulator.createCall(plan) else { continue }
      calls.append(call)
      for place in 0..<Int.random(in: 1...3, using: &random) {
        let operation =
          ["stop", "stop", "pause", "start", "resume"][Int.random(in: 0..<5, using: &random)]
        left.append(Wish(key: "\(call)-\(place)", call: call, operation: operation))
      }
    }
    left.shuffle(using: &random)
    for index in 0..<clients {
      self.clients.append(ground.scene.loop.makeTimer { [unowned self] in tick(index) })
    }
  }

  /// Milliseconds between two wishes of one client, at most.
  private static let paceMax = 120

  func start() {
    for timer in clients { timer.start(after: .milliseconds(5)) }
  }

  func close() {
    clients.forEach { $0.cancel() }
    clients = []
    asker.close()
  }

  var isDone: Bool { left.isEmpty && asking.isEmpty }

  /// How often the platform heard of an operation on a call.
  func received(_ operation: String, _ call: String) -> Int {
    ground.simulator.model.call(call)?.received[operation] ?? 0
  }

  /// The recording states of a call, and since when, in microseconds since 1970.
  func truth(_ id: String) -> [(since: Int64, state: String?)] {
    guard let call = ground.simulator.model.call(id) else { return [] }
    let zero = ground.scene.loop.wallClock - ground.scene.loop.now
    func wall(_ time: Duration) -> Int64 { Int64((zero + time) / .microseconds(1)) }
    let end = call.releasedAt.map { (wall($0), "Released") }
    return call.history.map { (wall($0.since), $0.recording?.rawValue) } + [end].compactMap { $0 }
  }

  // MARK: - The clients

  private func tick(_ index: Int) {
    // Faults that go on behind the last wish would only keep the bridge from logging in.
    guard !isDone else { return }
    defer { clients[safely: index]?.start(after: .milliseconds(pace())) }
    if random.isHit(oneIn: 4) { armFault() }
    if random.isHit(oneIn: 12) { happen() }
    guard !asking.contains(index), let wish = left.popLast() else { return }
    asking.insert(index)
    ask(wish) { [unowned self] isAnswered in
      asking.remove(index)
      if !isAnswered { left.insert(wish, at: 0) }
    }
  }

  private func pace() -> Int { Int.random(in: 1...Self.paceMax, using: &random) }

  private func armFault() {
    let kinds: [Fault.Kind] = [
      .unavailable(.commands, status: 503, retryAfterSeconds: nil),
      .unavailable(.commands, status: 429, retryAfterSeconds: 1), .cut(.commands),
      .unavailable(.rest, status: 503, retryAfterSeconds: nil), .ignoreCommand,
      .swallowNotification, .delayNotification(Self.delayMax),
      .notificationFirst(replyDelay: .milliseconds(80)), .lyingWitness(.attachedData),
      .lyingWitness(.capabilities), .refuseCommand(statusCode: 5, httpStatus: 200),
      .refuseCommand(statusCode: 2, httpStatus: 400), .failCommandLate, .dropEvent,
      .duplicateEvent, .cut(.bayeux),
    ]
    _ = ground.simulator.arm(Fault(kinds[Int.random(in: 0..<kinds.count, using: &random)]))
  }

  /// Somebody else changes a recording, or a call ends.
  private func happen() {
    guard let call = calls.randomElement(using: &random),
      ground.simulator.model.call(call)?.state != .released
    else { return }
    if random.isHit(oneIn: 3) {
      try? ground.simulator.endCall(call)
    } else {
      let state = RecordingState.allCases.randomElement(using: &random)
      try? ground.simulator.setRecording(call, state)
    }
  }

  /// Asks, and tells whether there is nothing left to ask. A call is unknown while nobody observes,
  /// and for ever once it has ended.
  private func ask(_ wish: Wish, then: @escaping (Bool) -> Void) {
    asker.ask(wish) { [unowned self] reply in
      switch reply {
      case .command, .wrong: then(true)
      case .lost: then(false)
      case .unknown: then(ground.simulator.model.call(wish.call)?.state == .released)
      }
    }
  }
}

extension Array {
  fileprivate subscript(safely index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
