/// A Bayeux session as the server sees it: subscriptions, a queue, and at most one held connect.
struct BayeuxSession: Sendable {
  /// When queued events may leave.
  enum Delivery: Sendable {
    /// With any reply of the session, once.
    case anyReply
    /// In front of connect replies only, again and again until acknowledged.
    case acknowledged
  }

  struct HeldConnect: Sendable {
    let request: RequestID
    /// The message's own id, echoed as it came.
    let messageID: [UInt8]?
    var endsAt: Duration
    /// Fields that the reply must carry whenever it goes.
    let headers: [HTTPField]
  }

  struct QueuedEvent: Sendable {
    let batch: Int
    let message: [UInt8]
  }

  let clientID: String
  let agent: String
  let browserID: String
  let delivery: Delivery
  let order: Int
  var subscriptions: Set<String> = []
  private(set) var queue: [QueuedEvent] = []
  /// Number of the batch that the next connect reply completes.
  private(set) var batch = 1
  var held: HeldConnect?
  var connects = 0
  var wasAdvisedMultipleClients = false
  /// The server has forgotten it; only the held connect is left to end.
  var isForgotten = false
  /// When the session dies without a connect, or its held connect ends.
  var deadline: Duration = .zero
  /// The time for which the agenda has an entry of this session, so that there is never a second.
  var wakesAt: Duration?

  init(clientID: String, agent: String, browserID: String, delivery: Delivery, order: Int) {
    self.clientID = clientID
    self.agent = agent
    self.browserID = browserID
    self.delivery = delivery
    self.order = order
  }

  var hasEvents: Bool { !queue.isEmpty }

  /// Whether a notification on `channel` is for this session.
  func isSubscribed(to channel: String) -> Bool {
    if subscriptions.contains(channel) { return true }
    return subscriptions.contains { pattern in
      if pattern.hasSuffix("/**") { return channel.hasPrefix(pattern.dropLast(2)) }
      guard pattern.hasSuffix("/*") else { return false }
      let prefix = pattern.dropLast()
      return channel.hasPrefix(prefix) && !channel.dropFirst(prefix.count).contains("/")
    }
  }

  /// Queues a message if it is for this session. Returns whether a held connect waits for it.
  mutating func offer(_ message: [UInt8], on channel: String) -> Bool {
    guard !isForgotten, isSubscribed(to: channel) else { return false }
    queue.append(QueuedEvent(batch: batch, message: message))
    return held != nil
  }

  /// The client has everything up to batch `number`: it is never sent again.
  mutating func acknowledge(_ number: Int) {
    queue.removeAll { $0.batch <= number }
  }

  /// Everything that goes in front of a connect reply, and the number of the batch that completes.
  mutating func takeForConnect() -> (events: [[UInt8]], batch: Int?) {
    let events = queue.map(\.message)
    switch delivery {
    case .anyReply:
      queue = []
      return (events, nil)
    case .acknowledged:
      defer { batch += 1 }
      return (events, batch)
    }
  }

  /// Everything that may go with a reply to something else than a connect.
  mutating func takeForOtherReply() -> [[UInt8]] {
    guard delivery == .anyReply else { return [] }
    defer { queue = [] }
    return queue.map(\.message)
  }
}
