import API
import Bridge
import Feeds
import Loop
import Reactor
import Store

/// One feed: reads what follows its group's cursor, has it received, and acknowledges it.
///
/// The cursor is the only place that it remembers. So what was received and not acknowledged before
/// a kill comes again, nothing is left out, and moving the group moves the feed.
final class FeedDesk {
  private enum Phase {
    /// Its group may not be there yet. Can transition to idle.
    case new
    /// Nothing is under way. Can transition to delivering, acknowledging.
    case idle
    /// Can transition to acknowledging, pausing, idle.
    case delivering
    /// Can transition to idle, pausing.
    case acknowledging
    /// After a failure. Can transition to idle.
    case pausing
    case closed
  }

  /// Pages without a match before the feed says how far it has come; the store looks at 256 events
  /// for each.
  private static let pagesPerLook = 8
  /// Of one delivery: what the store looks at in one page.
  private static let batchMax = 256
  /// How long the cursor stays behind events that the filter leaves out, so that each of them does
  /// not cost a sync of its own.
  private static let skipDelay = Duration.seconds(1)

  let group: String
  private let filter: FeedFilter
  private let receiver: any FeedReceiver
  private unowned let backend: SocketBackend
  private let logger: Logger
  private var timer: (any ReactorTimer)?
  private var phase = Phase.new
  /// The group's cursor when the feed looked last, and how far it has looked since.
  private var base: Int64 = -1
  private var position: Int64 = -1
  /// The group's placement when it looked last: what was read at another one is read again.
  private var placement = -1
  private var trouble: Trouble
  /// To be kept before the next attempt, once what was received is acknowledged.
  private var owedPause: Duration?
  /// Why it cannot deliver now; nil while all is well.
  var problem: String? { trouble.reason }

  init(
    group: String, filter: FeedFilter, receiver: any FeedReceiver, backend: SocketBackend,
    loop: EventLoop, logger: Logger
  ) {
    self.group = group
    self.filter = filter
    self.receiver = receiver
    self.backend = backend
    self.logger = logger
    trouble = Trouble("feed", of: ("group", group), logger: logger)
    timer = loop.makeTimer { [unowned self] in timeIsUp() }
  }

  /// Begins; a new feed with the oldest event that there is.
  func start() {
    let oldest = backend.oldestSequence - 1
    backend.change(.create(name: group, at: oldest), for: nil) { [weak self] reply in
      guard let self, case .new = phase else { return }
      switch reply {
      case .done:
        trouble.passed()
        goOn()
      // A group that was there is left alone, and refused.
      case .refused where backend.turns.bridge.groups[group] != nil: goOn()
      case .refused(_, let title, let detail):
        let failure = DeliveryFailure(reason: "\(title): \(detail)")
        timer?.start(after: trouble.failed(failure))
      case .unavailable: timer?.start(after: Trouble.pauseMin)
      }
    }
  }

  /// There may be something new.
  func look() {
    guard case .idle = phase, backend.turns.outage == nil,
      let place = backend.turns.bridge.groups[group]
    else { return }
    if place.sequence != base || place.placement != placement {
      (base, position, placement) = (place.sequence, place.sequence, place.placement)
    }
    if position < backend.oldestSequence - 1 { passLost() }
    do {
      for _ in 0..<Self.pagesPerLook {
        let page = try backend.events(
          after: position, limit: Self.batchMax, matching: EventSelection(types: filter.types))
        guard page.nextAfter > position else { return caughtUp() }
        let batch = page.lines.map(FeedEvent.init).filter(filter.passes)
        if !batch.isEmpty { return deliver(batch, through: page.nextAfter) }
        position = page.nextAfter
      }
    } catch {
      // One row is damaged, perhaps for ever: somebody has to move the group past it.
      return failed(DeliveryFailure(reason: "\(error)"), [])
    }
    acknowledge(through: position)
  }

  func reopen() { receiver.reopen() }

  func close() {
    phase = .closed
    timer?.cancel()
    timer = nil
    receiver.close()
  }

  /// Retention has passed it: what lies between is not delivered any more, and that is told.
  private func passLost() {
    let from = position
    position = backend.oldestSequence - 1
    logger.log(
      .error, "feed-lost-events",
      [("group", group), ("after", String(from)), ("through", String(position))])
  }

  /// At the newest event; what the filter left out is acknowledged in a while.
  private func caughtUp() {
    // What could not be delivered is behind it: somebody has moved the group.
    trouble.passed()
    if position > base { timer?.start(after: Self.skipDelay) }
  }

  private func deliver(_ batch: [FeedEvent], through sequence: Int64) {
    phase = .delivering
    timer?.stop()
    receiver.deliver(batch) { [weak self] failure in
      guard let self, case .delivering = phase else { return }
      if let failure { return failed(failure, batch) }
      trouble.passed()
      acknowledge(through: sequence)
    }
  }

  private func acknowledge(through sequence: Int64) {
    phase = .acknowledging
    position = sequence
    timer?.stop()
    let change = GroupChange.acknowledge(name: group, through: sequence, placement: placement)
    backend.change(change, for: nil) { [weak self] reply in
      guard let self, case .acknowledging = phase else { return }
      // It is refused if somebody has moved the group meanwhile: it goes on from there.
      // Received already: what is left is to say so, when the store takes it.
      if case .unavailable = reply { timer?.start(after: Trouble.pauseMin) } else { goOn() }
    }
  }

  private func goOn() {
    if let owedPause {
      phase = .pausing
      self.owedPause = nil
      timer?.start(after: owedPause)
    } else {
      phase = .idle
      look()
    }
  }

  private func timeIsUp() {
    switch phase {
    case .new: start()
    case .idle, .acknowledging: acknowledge(through: position)
    case .pausing: goOn()
    case .delivering, .closed: break
    }
  }

  // MARK: - Failures

  private func failed(_ failure: DeliveryFailure, _ batch: [FeedEvent]) {
    owedPause = trouble.failed(failure)
    if failure.received > 0 {
      acknowledge(through: batch[failure.received - 1].sequence)
    } else {
      goOn()
    }
  }
}

extension FeedEvent {
  fileprivate init(_ line: EventLine) {
    self.init(sequence: line.sequence, line: line.line)
  }
}
