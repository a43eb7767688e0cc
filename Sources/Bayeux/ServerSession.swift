/// What belongs to one server-side session and is forgotten with it.
struct ServerSession: Sendable {
  var clientID: String
  var pacing = Pacing()
  var usesAck = false
  /// The last batch whose reply we have; the next connect tells the server.
  var ack: Int64 = 0
  /// The last batch the server has been told.
  var acknowledged: Int64 = 0
  var redelivery = Redelivery()
  var subscriptions: Subscriptions
  /// An earlier process opened it, and it has not answered this one yet.
  var isResuming = false
  /// The first channel is confirmed.
  var isReady = false

  /// When the next connect may be sent.
  var connectDue = Duration.zero
  /// The next connect asks for an answer at once: the first one, and the one after a failure.
  var asksAtOnce = true
  /// The server advised `none` although it goes on answering: one more connect will tell.
  var isProbing = false
  var fruitlessConnects = 0
  var unheldAnswers = 0
  var hasToldMultipleClients = false
  /// The server and the settings both want WebSocket.
  var offersSocket = false
  /// It worked: another process tries it first.
  var hasUsedSocket = false
  /// When a socket was lost that the server may go on writing to, without acknowledgements, until
  /// it has answered a newer connect over HTTP, or is known to have parked one of a newer socket.
  var astraySince: Duration?
  /// When the session last asked for a sign of life.
  var lastProbe = Duration.zero
  /// After how long a parked connect was cut last.
  var lastCut: Duration?
  /// The hold to ask for, because something on the way does not wait longer.
  var askedHold: Duration?
  /// Subscribes given up whose answer may still come.
  var late: [ExchangeID: Outstanding] = [:]

  init(clientID: String, channels: [String]) {
    self.clientID = clientID
    subscriptions = Subscriptions(channels: channels)
  }
}

/// An exchange whose end is still to be reported.
struct Outstanding: Sendable {
  let kind: Exchange.Kind
  let sentAt: Duration
  /// What the session's own was then.
  let completeUntil: Duration?
  let asked: [Asked]
  /// The connect asked to be parked.
  let isParked: Bool
  /// Nil for HTTP.
  let socket: SocketID?
  /// How long its reply may take.
  let timeout: Duration
  /// What came over the socket so far: its replies, and what waits for them.
  var gathered = Body()
  /// Notifications came over the socket meanwhile.
  var isEventful = false

  /// Takes the replies that are its own; returns whether that was the last one.
  mutating func gather(_ replies: [BayeuxMessage]) -> Bool {
    for reply in replies where reply.channel == kind.channel {
      guard let id = reply.id, !asked.contains(where: { $0.id == id }) else {
        gathered.append(reply)
        continue
      }
    }
    return asked.allSatisfy { gathered.reply(on: kind.channel, to: $0) != nil }
  }
}

/// What grows with trouble, across server-side sessions, until a connect is healthy.
struct Pauses: Sendable {
  var backoff: Backoff
  private(set) var isLooping = false
  private var loopSteps = 0
  /// Handshakes granted since the last healthy connect, then those of the last minute.
  private var fruitless: [Duration] = []
  private var granted: [Duration] = []
  private var unwelcomes = 0
  private var refusals = 0
  private var hasForgottenCookies = false

  init(isEager: Bool) { backoff = Backoff(isEager: isEager) }

  /// A connect was parked or brought something: the server really keeps the session.
  mutating func healthy() {
    backoff.succeeded()
    isLooping = false
    loopSteps = 0
    fruitless = []
    unwelcomes = 0
    refusals = 0
    hasForgottenCookies = false
  }

  /// Whether the handshake to come goes without the old cookies: the first one of a loop.
  mutating func forgetsCookies() -> Bool {
    guard isLooping, !hasForgottenCookies else { return false }
    hasForgottenCookies = true
    return true
  }

  mutating func grantedHandshake(at now: Duration) {
    fruitless = Array((fruitless + [now]).suffix(SessionBounds.loopHandshakes))
    granted = Array((granted + [now]).suffix(SessionBounds.handshakesMax))
  }

  /// Whether the handshake to come is one of a loop. Once it is, only a healthy connect ends that.
  mutating func detectLoop(at now: Duration) -> Bool {
    if let first = fruitless.first, fruitless.count == SessionBounds.loopHandshakes,
      now - first <= SessionBounds.loopWindow
    {
      isLooping = true
    }
    return isLooping
  }

  /// A quarter of it is random, so that the sessions of one lost node spread.
  mutating func loop(_ random: inout SplitMix64) -> Duration {
    let pause = Backoff.doubled(
      SessionBounds.loopPause, times: loopSteps, upTo: SessionBounds.loopPauseMax)
    loopSteps += 1
    return pause
      + .milliseconds(Int64.random(in: 0...Int64(pause / .milliseconds(4)), using: &random))
  }

  /// The earliest time at which one more handshake keeps to the rate.
  var earliestHandshake: Duration {
    guard granted.count == SessionBounds.handshakesMax, let first = granted.first else {
      return .zero
    }
    return first + SessionBounds.loopWindow
  }

  mutating func unwelcome() -> Duration {
    unwelcomes += 1
    return Backoff.doubled(
      SessionBounds.unwelcomePause, times: unwelcomes - 1, upTo: SessionBounds.unwelcomePauseMax)
  }

  mutating func refusedCredentials() { refusals += 1 }

  /// None after the first refusal: credentials simply expire.
  var authentication: Duration {
    guard refusals > 1 else { return .zero }
    return Backoff.doubled(
      SessionBounds.authenticationPause, times: refusals - 2,
      upTo: SessionBounds.authenticationPauseMax)
  }
}
