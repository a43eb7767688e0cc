package import JSON

/// One message as it came: a view of the body it stood in.
///
/// Unknown members are passed over; members of a wrong type count as absent.
package struct BayeuxMessage: Equatable, Sendable {
  package let value: JSONValue
  package let channel: String
  private let transport: Transport

  /// Nil for anything that is not an object with a channel.
  package init?(_ value: JSONValue, over transport: Transport = .longPolling) {
    guard let channel = value["channel"]?.string, !channel.isEmpty else { return nil }
    self.value = value
    self.channel = channel
    self.transport = transport
  }

  package var data: JSONValue? { value["data"] }
  package var id: String? { value["id"]?.stringOrNumber }
  package var clientID: String? { value["clientId"]?.stringOrNumber }
  package var isSuccessful: Bool { value["successful"]?.bool == true }
  package var error: BayeuxError? { value["error"].map { BayeuxError($0) } }
  package var advice: Advice? { value["advice"].map { Advice($0, over: transport) } }

  /// The channels a subscribe reply speaks of, which may be a string or an array.
  package var subscriptions: [String] {
    guard let named = value["subscription"] else { return [] }
    return named.string.map { [$0] } ?? named.elements.compactMap(\.string)
  }

  /// The transports a handshake reply offers; nil if it names none.
  package var connectionTypes: [String]? {
    value["supportedConnectionTypes"]?.elements.compactMap(\.string)
  }

  /// Whether a handshake reply agrees to acknowledge: `"ack":true`, or `"ack":{"enabled":true}`
  /// from servers that deliver within the handshake.
  package var enablesAck: Bool {
    guard let ack = value["ext"]?["ack"] else { return false }
    return ack.bool == true || ack["enabled"]?.bool == true
  }

  /// The number of the batch that ends with this reply.
  package var ackBatch: Int64? {
    guard let ack = value["ext"]?["ack"] else { return nil }
    let number = ack.kind == .object ? ack["batch"] : ack
    return number?.stringOrNumber.flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Whether this is a notification rather than a reply of the protocol.
  ///
  /// The reply to a publish has no data but says whether it was successful; everything else that
  /// is not on a meta channel was meant for us.
  package var isDelivery: Bool {
    !Channel.isMeta(channel) && (data != nil || value["successful"] == nil)
  }
}

/// A notification to be journaled and handed on.
package struct Delivery: Equatable, Sendable {
  package let channel: String
  /// The whole message, byte for byte.
  package let message: JSONValue
  package let data: JSONValue?

  init(_ message: BayeuxMessage) {
    channel = message.channel
    self.message = message.value
    data = message.data
  }
}

/// Bytes that could not be read as messages, or are too many for one.
package struct Malformed: Equatable, Sendable {
  /// All of them, as they came, also when they are more than ``SessionBounds/messageBytes``:
  /// whoever keeps them may keep less.
  package let bytes: [UInt8]
  package let reason: String
  /// Of the byte that shows it, from the start of the body.
  package let offset: Int
}

/// What an exchange brought, in any order and in any state of repair.
struct Body: Sendable {
  private(set) var deliveries: [Delivery] = []
  private(set) var replies: [BayeuxMessage] = []
  private(set) var malformed: [Malformed] = []
  /// Something in it could not be read, or it ended too early.
  private(set) var isDamaged = false
  /// Of the notifications and of what could not be read.
  private(set) var sizeBytes = 0

  init() {}

  init(_ bytes: [UInt8], over transport: Transport = .longPolling) {
    for piece in JSONValue.salvage(bytes) {
      switch piece {
      case .value(let value):
        if value.raw.count > SessionBounds.messageBytes {
          let reason =
            "a message of \(value.raw.count) bytes, over the limit of \(SessionBounds.messageBytes)"
          reject(value.raw, reason, at: value.raw.startIndex)
        } else if let message = BayeuxMessage(value, over: transport) {
          sort(message)
        } else {
          reject(value.raw, "not a Bayeux message: no channel", at: value.raw.startIndex)
        }
      case .malformed(let rest, let error):
        isDamaged = true
        if !rest.isEmpty { reject(rest, error.description, at: error.offset) }
      }
    }
  }

  private mutating func sort(_ message: BayeuxMessage) {
    if message.isDelivery {
      deliveries.append(Delivery(message))
      sizeBytes += message.value.raw.count
    } else if Channel.isMeta(message.channel) {
      replies.append(message)
    }
  }

  private mutating func reject(_ bytes: ArraySlice<UInt8>, _ reason: String, at offset: Int) {
    isDamaged = true
    sizeBytes += bytes.count
    malformed.append(Malformed(bytes: Array(bytes), reason: reason, offset: offset))
  }

  /// What is wrong with it, for people.
  var damage: String { malformed.first?.reason ?? "the body ends too early" }

  /// Adds the notifications of another one, and what could not be read of it; not its replies.
  mutating func append(_ other: Body) {
    deliveries += other.deliveries
    malformed += other.malformed
    isDamaged = isDamaged || other.isDamaged
    sizeBytes += other.sizeBytes
  }

  mutating func append(_ reply: BayeuxMessage) { replies.append(reply) }

  /// The first reply to that message. One without an id is taken for it if it speaks of the same
  /// channels, because some servers leave the id out of `402::Unknown client`; one with another id
  /// never is.
  func reply(on channel: String, to asked: Asked) -> BayeuxMessage? {
    replies.first { $0.channel == channel && $0.id == asked.id }
      ?? replies.first { reply in
        guard reply.channel == channel, reply.id == nil else { return false }
        let named = reply.subscriptions
        return named.isEmpty || asked.channels.contains(where: named.contains)
      }
  }
}
