package import JSON

/// What one message of the server advises (Bayeux 1.0, section 3.2). It holds for that message:
/// only ``Pacing`` outlives it, and `reconnect` never does.
///
/// Values out of bounds are clamped, numbers may be strings, what cannot be read counts as absent.
/// `hosts` is passed over: which host to trust is for the configuration to say.
package struct Advice: Equatable, Sendable {
  package enum Reconnect: String, Sendable {
    case retry, handshake
    case never = "none"
  }

  package private(set) var reconnect: Reconnect?
  package private(set) var interval: Duration?
  package private(set) var timeout: Duration?
  package private(set) var maxInterval: Duration?
  /// The interval was negative: "do not retry". The session then waits at least
  /// ``SessionBounds/unwelcomePause`` instead of none at all.
  package private(set) var forbidsRetry = false
  /// Another session uses our cookies and has a connect parked: the server degrades us to polling.
  package private(set) var hasMultipleClients = false

  package init() {}

  package init(_ value: JSONValue, over transport: Transport = .longPolling) {
    read(value)
    // What the server says of our transport in particular stands above what it says of all.
    if let particular = value[transport.rawValue] { read(particular) }
  }

  private mutating func read(_ value: JSONValue) {
    if let word = value["reconnect"]?.string { reconnect = Reconnect(rawValue: word) }
    if let number = Advice.milliseconds(value["interval"]) {
      forbidsRetry = number < 0
      interval = Advice.clamped(number, to: SessionBounds.intervalMax)
    }
    if let number = Advice.milliseconds(value["timeout"]) {
      timeout = Advice.clamped(number, to: SessionBounds.holdMax)
    }
    if let number = Advice.milliseconds(value["maxInterval"]) {
      maxInterval = Advice.clamped(number, to: SessionBounds.intervalMax)
    }
    if let bool = value["multiple-clients"]?.bool { hasMultipleClients = bool }
  }

  private static func milliseconds(_ value: JSONValue?) -> Double? {
    guard let text = value?.stringOrNumber, let number = Double(text), number.isFinite else {
      return nil
    }
    return number
  }

  private static func clamped(_ milliseconds: Double, to max: Duration) -> Duration {
    let upper = Double(max / .milliseconds(1))
    return .milliseconds(Int64(Swift.max(0, Swift.min(upper, milliseconds))))
  }
}

/// The rhythm of the connects: what the server last advised in this session, or the defaults.
package struct Pacing: Equatable, Sendable {
  /// How long the server parks a connect.
  package var hold = SessionBounds.holdDefault
  /// From the end of one connect to the start of the next.
  package var interval = Duration.zero
  /// How long the server keeps the session without a connect.
  package var maxInterval = SessionBounds.maxIntervalDefault

  package mutating func merge(_ advice: Advice?) {
    hold = advice?.timeout ?? hold
    maxInterval = advice?.maxInterval ?? maxInterval
    if advice?.forbidsRetry != true { interval = advice?.interval ?? interval }
  }
}
