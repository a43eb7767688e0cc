/// A Bayeux session as the server sees it: subscriptions, a queue, and a held connect.
struct BayeuxSession: Sendable {
  /// When queued events may leave.
  enum Delivery: Sendable {
    /// With any reply of the session, once.
    case anyReply
    /// In front of connect replies only, again and again until acknowledged.
    case acknowledged
  }

  struct HeldConnect: Sendable {
    let carrier: Carrier
    /// The message's own id, echoed as it came.
    let messageID: [UInt8]?
    let endsAt: Duration
    /// Replies to other messages of the same body, which wait for this one.
    var others: [[UInt8]] = []
  }

  struct QueuedEvent: Sendable {
    let batch: Int
    let message: [UInt8]
  }

  let clientID: String
  let agent: String
  /// The cookie that it was opened with; nil if it was opened on a WebSocket.
  let browserID: String?
  let delivery: Delivery
  let order: Int
  /// Equal events that wait at the same time become one.
  let isSet: Bool
  var subscriptions: Set<String> = []
  private(set) var queue: [QueuedEvent] = []
  private var waiting: Set<[UInt8]> = []
  /// Number of the batch that the next connect reply completes.
  private(set) var batch = 1
  var held: HeldConnect?
  /// Older connects that are held as well, where the server has nothing against that.
  var overtaken: [HeldConnect] = []
  /// The socket that events are written to as they come, or that a held connect came on.
  var socket: GWSSocketID?
  var connects = 0
  /// When the newest connect came; before the first, when the session began.
  var connectedAt: Duration = .zero
  var wasAdvisedMultipleClients = false
  /// The server has forgotten it; only the held connect is left to end.
  var isForgotten = false
  /// When the session dies without a connect, or its held connect ends.
  var deadline: Duration = .zero
  /// The time for which the agenda has an entry of this session, so that there is never a second.
  var wakesAt: Duration?

  init(
    clientID: String, agent: String, browserID: String?, delivery: Delivery, order: Int,
    isSet: Bool = false
  ) {
    self.clientID = clientID
    self.agent = agent
    self.browserID = browserID
    self.delivery = delivery
    self.order = order
    self.isSet = isSet
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

  /// Queues a message if it is for this session. Returns whether it can go at once, with a held
  /// connect or on a socket.
  mutating func offer(_ message: [UInt8], on channel: String) -> Bool {
    guard !isForgotten, isSubscribed(to: channel) else { return false }
    if isSet, socket == nil, !waiting.insert(message).inserted { return false }
    enqueue(message)
    return held != nil || flowsOnSocket
  }

  /// Queues a message whether anybody has subscribed to it or not.
  mutating func enqueue(_ message: [UInt8]) {
    queue.append(QueuedEvent(batch: batch, message: message))
  }

  /// Whether events are written to a socket as they come, without a connect that ends for them.
  var flowsOnSocket: Bool { socket != nil && delivery == .anyReply }

  /// The client has everything up to batch `number`: it is never sent again.
  mutating func acknowledge(_ number: Int) {
    queue.removeAll { $0.batch <= number }
  }

  /// Everything that goes in front of a connect reply, and the number of the batch that completes.
  mutating func takeForConnect() -> (events: [[UInt8]], batch: Int?) {
    switch delivery {
    case .anyReply: return (takeForOtherReply(), nil)
    case .acknowledged:
      defer { batch += 1 }
      return (queue.map(\.message), batch)
    }
  }

  /// Everything that may go without a connect reply.
  mutating func takeForOtherReply() -> [[UInt8]] {
    guard delivery == .anyReply, !queue.isEmpty else { return [] }
    defer { queue = [] }
    waiting = []
    return queue.map(\.message)
  }
}
