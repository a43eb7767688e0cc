/// The requests that a fault of the HTTP layer hits.
package enum PathClass: String, Sendable, CaseIterable {
  /// The notifications path. Where a reply is damaged: connect replies that carry events.
  case bayeux
  /// Everything else below `/api`.
  case rest
  /// Operations on a call: `POST /api/v2/me/calls/ID`.
  case commands
  case all
}

/// Something that goes wrong, a number of times or until it is cleared.
package struct Fault: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Requests are refused before anything is done.
    case unavailable(PathClass, status: Int, retryAfterSeconds: Int?)
    /// Requests are answered by a web page before anything is done.
    case html(PathClass, status: Int)
    /// The connection ends in the middle of the body; what was asked has been done. On a socket:
    /// in the middle of the events.
    case cut(PathClass)
    /// A complete reply whose JSON stops in the middle; what was asked has been done.
    case truncate(PathClass)
    /// Right credentials are refused, 403 with statusCode 20; cookies stay valid.
    case refuseLogin
    /// The channel, or any channel when nil, is refused with `403:denied:subscribe_denied`.
    case refuseSubscription(channel: String?)
    /// A connect is answered as if its session were unknown, though it lives.
    case refuseConnect
    /// A handshake sets a cookie; whatever is sent with it afterwards finds no session.
    case staleRoute
    /// The upgrade to a WebSocket is answered with this status.
    case refuseUpgrade(status: Int)
    /// A WebSocket is opened and nothing ever gets through, in either direction.
    case silentSocket

    /// The command is refused without effect.
    case refuseCommand(statusCode: Int, httpStatus: Int)
    /// The command is accepted and nothing happens.
    case ignoreCommand
    /// The command is accepted, nothing happens, and an ErrorMessage follows.
    case failCommandLate
    /// The command takes effect and nobody is told.
    case swallowNotification
    /// The command takes effect in time, its notification comes this much later.
    case delayNotification(Duration)
    /// The notification goes out at once, the command's HTTP reply this much later.
    case notificationFirst(replyDelay: Duration)
    /// The command takes effect; in its notification and in later snapshots one witness still
    /// shows the state before.
    case lyingWitness(Witness)

    /// A call notification is lost.
    case dropEvent
    /// A call notification is delivered twice.
    case duplicateEvent
    /// Two call notifications change places.
    case swapEvents
    /// A call notification has bytes in its userData that are not UTF-8.
    case invalidUTF8
    /// A call notification lacks its call.
    case withoutCall
    /// A call notification has this much more userData.
    case bigUserData(sizeBytes: Int)
  }

  package var kind: Kind
  /// Only requests and calls of this agent; nil for everybody.
  package var agent: String?
  /// How many times; nil until cleared.
  package var count: Int?

  package init(_ kind: Kind, agent: String? = nil, count: Int? = 1) {
    self.kind = kind
    self.agent = agent
    self.count = count
  }
}

/// The faults that are armed, oldest first.
struct FaultBoard: Sendable {
  struct Armed: Sendable {
    let id: Int
    var fault: Fault
    var hits = 0
  }

  private(set) var armed: [Armed] = []
  private var lastID = 0

  mutating func arm(_ fault: Fault) -> Int {
    lastID += 1
    armed.append(Armed(id: lastID, fault: fault))
    return lastID
  }

  /// Disarms one fault; false if there is none of that number.
  mutating func clear(_ id: Int) -> Bool {
    guard let index = armed.firstIndex(where: { $0.id == id }) else { return false }
    armed.remove(at: index)
    return true
  }

  mutating func clearAll() { armed = [] }

  /// Uses up one turn of the oldest fault that `match` accepts, and returns what it made of it.
  mutating func take<Effect>(
    for agent: String?, _ match: (Fault.Kind) -> Effect?
  ) -> Effect? {
    for index in armed.indices {
      let fault = armed[index].fault
      guard fault.agent == nil || fault.agent == agent else { continue }
      guard let effect = match(fault.kind) else { continue }
      armed[index].hits += 1
      if let count = fault.count {
        armed[index].fault.count = count - 1
        if count <= 1 { armed.remove(at: index) }
      }
      return effect
    }
    return nil
  }

  /// Whether a fault of exactly this kind was armed for the agent; uses up one turn of it.
  mutating func take(_ kind: Fault.Kind, for agent: String?) -> Bool {
    take(for: agent) { $0 == kind ? true : nil } ?? false
  }
}
