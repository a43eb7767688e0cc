import Bridge
import Commands
import Configuration
import Loop
import Privacy
import Reactor
import Store

/// Takes out of the store what retention has passed, and what somebody wants erased.
///
/// One small piece at a time, each a commit of its own with a pause behind it, so that nothing else
/// waits for long: a Stop least of all. It reads what is to go; the bridge decides about it and
/// puts it on record.
final class RemovalDesk {
  private enum Phase {
    /// Until the next look. Can transition to removing.
    case idle
    /// A piece is being committed. Can transition to pausing.
    case removing(since: Duration)
    /// Between two pieces. Can transition to removing, idle.
    case pausing
    case closed
  }

  /// A pause is so many times as long as the piece before it took: a fifth of the time at most.
  private static let pauseFactor = 4
  private static let pauseMin = Duration.milliseconds(2)
  private static let pauseMax = Duration.seconds(1)
  /// Between two commits while commands are open: their moves go first.
  private static let pauseWithCommands = Duration.milliseconds(100)
  /// At a start the sessions come first; and what cannot go on is tried again after it.
  private static let startDelay = Duration.seconds(10)

  private struct OpenErasure {
    let erasure: StoredErasure
    let isResumed: Bool
    /// Nil until it has begun.
    var work: ErasureWork?
    /// When it may go on: a damaged row keeps one from going on, and nothing else.
    var notBefore = Duration.zero
  }

  private let store: Store
  private unowned let backend: SocketBackend
  private let loop: EventLoop
  private let logger: Logger
  let schedule: RetentionSchedule
  private var timer: (any ReactorTimer)?
  private var phase = Phase.idle
  private var erasures: [OpenErasure] = []
  private(set) var round: RetentionWork?
  /// Before it no round begins, or each would tell of a handful of rows.
  private var nextRound = Duration.zero
  /// The group that keeps events from being removed, and how many; nil while none does.
  private(set) var hold: RetentionHold?
  /// Erased, and perhaps still in the log.
  private var isEmptyingLog = false

  init(
    _ configuration: Configuration, store: Store, backend: SocketBackend, loop: EventLoop,
    logger: Logger
  ) {
    self.store = store
    self.backend = backend
    self.loop = loop
    self.logger = logger
    schedule = RetentionSchedule(configuration.retention, configuration.privacy)
    timer = loop.makeTimer { [unowned self] in goOn() }
  }

  private var turns: TurnLoop { backend.turns }

  var openErasures: Int { erasures.count }

  /// Begins, with what an earlier process has not finished.
  func start() {
    do {
      for erasure in try store.erasures() { try take(erasure, isResumed: true) }
    } catch {
      // What it is about stays on record, for the next start.
      backend.tell(error)
    }
    let delay = erasures.isEmpty ? min(schedule.pause ?? Self.startDelay, Self.startDelay) : .zero
    timer?.start(after: delay)
  }

  /// A call's data are to be erased; that it is so is on disk.
  func erase(_ call: String, event: Int64) {
    do {
      try take(StoredErasure(sequence: event, call: call))
    } catch {
      return backend.tell(error)
    }
    if case .idle = phase { timer?.start(after: .zero) }
  }

  private func take(_ erasure: StoredErasure, isResumed: Bool = false) throws(StoreError) {
    try store.overwriteRemoved()
    erasures.append(OpenErasure(erasure: erasure, isResumed: isResumed))
  }

  /// The last piece is on disk.
  func removed() {
    guard case .removing(let since) = phase else { return }
    phase = .pausing
    let isBusy = turns.bridge.openCommandCount > 0
    pause(since: since, atLeast: isBusy ? Self.pauseWithCommands : Self.pauseMin)
  }

  /// After a piece, or a look that found none, which began at `since`.
  private func pause(since: Duration, atLeast least: Duration = pauseMin) {
    let took = (loop.now - since) * Self.pauseFactor
    timer?.start(after: max(least, min(took, Self.pauseMax)))
  }

  func close() {
    phase = .closed
    timer?.cancel()
    timer = nil
  }

  // MARK: - What is next

  private func goOn() {
    switch phase {
    case .closed, .removing: return
    case .idle, .pausing: break
    }
    phase = .pausing
    // What waits for the disk is told first.
    guard turns.outage == nil else { return rest(Self.pauseMax) }
    let start = loop.now
    do {
      guard let input = try next() else {
        if case .pausing = phase { pause(since: start) }
        return
      }
      phase = .removing(since: start)
      turns.add(.remove(input))
    } catch {
      // A damaged row keeps what is behind it from being removed, and nothing else from happening.
      backend.tell(error)
      rest(Self.startDelay)
    }
  }

  /// The next piece; nil when none was found now, or, without work, when the timer knows when to
  /// look again.
  private func next() throws(StoreError) -> RemovalInput? {
    if let index = erasures.firstIndex(where: { $0.notBefore <= loop.now }) {
      do throws(StoreError) {
        return try next(erasureAt: index)
      } catch {
        backend.tell(error)
        erasures[index].notBefore = loop.now + Self.startDelay
      }
    }
    if var work = round {
      let input = try work.next(store, turns.bridge)
      round = work
      if case .ended = input {
        round = nil
        nextRound = loop.now + (schedule.pause ?? .zero)
        store.emptyLogSoon()
      }
      return input
    }
    guard let pause = schedule.pause, nextRound <= loop.now else {
      rest(until: schedule.pause.map { _ in nextRound - loop.now })
      return nil
    }
    let plan = try schedule.plan(
      store, turns.bridge, signedEntries: turns.signedEntries,
      isAuditSound: turns.auditProblem == nil, at: loop.wallClock)
    tell(plan.hold)
    guard let work = plan.work else {
      rest(until: pause)
      return nil
    }
    round = work
    return .began(work.round)
  }

  private func next(erasureAt index: Int) throws(StoreError) -> RemovalInput? {
    let open = erasures[index]
    var work =
      if let begun = open.work { begun } else {
        try ErasureWork(open.erasure, isResumed: open.isResumed, store)
      }
    let input = try work.next(store)
    if case .erased = input {
      erasures.remove(at: index)
      store.emptyLogSoon()
    } else {
      erasures[index].work = work
    }
    return input
  }

  /// Until then; for ever, if nothing is to be looked at again. An erasure that waits is.
  private func rest(until pause: Duration?) {
    if erasures.isEmpty {
      if let pause { rest(pause) } else { phase = .idle }
    } else {
      rest(min(pause ?? Self.startDelay, Self.startDelay))
    }
  }

  private func rest(_ pause: Duration) {
    phase = .idle
    timer?.start(after: pause)
  }

  private func tell(_ now: RetentionHold?) {
    defer { hold = now }
    guard now?.group != hold?.group else { return }
    if let now {
      logger.log(
        .warning, "retention-held",
        [("group", now.group), ("cursor", String(now.cursor)), ("events", String(now.events))])
    } else {
      logger.log(.info, "retention-freed", [("group", hold?.group ?? "")])
    }
  }
}

/// A group that retention waits for.
struct RetentionHold: Equatable {
  let group: String
  /// Up to where it has acknowledged.
  let cursor: Int64
  /// How many events are due and stay because of it.
  let events: Int64
}
