import Bridge

/// What keeps something from being delivered, and how long its receiver is left alone meanwhile.
struct Trouble {
  /// Between attempts, doubling: a receiver is restarted within seconds, and one that is away for
  /// long is not to be hammered.
  static let pauseMin = Duration.seconds(1)
  static let pauseMax = Duration.seconds(60)

  /// The first half of the names of the two events in the log.
  private let kind: String
  /// What the log calls whose trouble it is.
  private let subject: (String, String)
  private let logger: Logger
  private var failures = 0
  /// Why nothing can be delivered now; nil while all is well.
  private(set) var reason: String?

  init(_ kind: String, of subject: (String, String), logger: Logger) {
    self.kind = kind
    self.subject = subject
    self.logger = logger
  }

  /// An attempt has failed: tells what is new about it; how long to wait until the next one.
  mutating func failed(_ failure: DeliveryFailure) -> Duration {
    if reason != failure.reason {
      logger.log(.warning, "\(kind)-failing", [subject, ("reason", failure.reason)])
    }
    reason = failure.reason
    let doubled = Self.pauseMin * (1 << min(failures, 6))
    failures += 1
    return max(min(Self.pauseMax, doubled), failure.retryAfter ?? .zero)
  }

  /// An attempt has succeeded.
  mutating func passed() {
    failures = 0
    guard reason != nil else { return }
    reason = nil
    logger.log(.info, "\(kind)-delivers", [subject])
  }
}
