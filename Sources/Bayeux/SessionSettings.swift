/// What one session is told by its configuration.
package struct SessionSettings: Equatable, Sendable {
  /// The first one carries the calls: the session is ready only once the server has confirmed it.
  package let channels: [String]
  /// In order of preference; long-polling is always among them. A WebSocket is opened only if it
  /// stands before long-polling here and the server's handshake reply offers it.
  package var transports = [Transport.longPolling]
  /// How long a session may hear nothing while its connect is parked, until it asks whether the
  /// server still knows it: by a subscribe that changes nothing. Nil: it never asks.
  package var livenessInterval: Duration? = .seconds(10)
  /// How long an answer may take beyond the time the server holds it back.
  package var networkDelay = SessionBounds.networkDelay
  /// Spends the first second of trouble in short pauses: right while few sessions share a server.
  package var retriesEagerly = false
  /// Asks for the acknowledge extension in the handshake; a server without it does not answer that.
  package var requestsAck = true
  /// Names the kind of message at the end of the path, as CometD's own clients do, for load
  /// balancers and logs that look there. Wrong for a path with a query or a file extension.
  package var appendsMessageType = true

  package init(channels: [String]) { self.channels = channels }

  var prefersSocket: Bool {
    transports.prefix { $0 != .longPolling }.contains(.webSocket)
  }
}

/// The bounds of a session, each with its reason.
package enum SessionBounds {
  /// What CometD's JavaScript client allows an answer; TCP retransmits about five times in it.
  package static let networkDelay = Duration.seconds(10)
  /// The longest hold seen at a site that set one; used until the server says its own.
  package static let holdDefault = Duration.seconds(60)
  /// No proxy keeps a silent connection longer; a larger figure is a unit mistake.
  package static let holdMax = Duration.seconds(600)
  /// A server that asks for more than an hour of silence has made a unit mistake.
  package static let intervalMax = Duration.seconds(3600)
  /// How long the server is taken to keep a session without a connect when it does not say so. Only
  /// newer servers do; most wait 10 s. To try too late costs one request.
  package static let maxIntervalDefault = Duration.seconds(60)
  /// `Retry-After` beyond an hour would leave an agent deaf for a shift.
  package static let retryAfterMax = Duration.seconds(3600)

  /// A connect that was parked at least so long, or half of the advised hold, was truly parked.
  package static let heldMin = Duration.seconds(5)
  /// Exchanges wait so long for a socket that is being opened, then go over HTTP: servers drop a
  /// session that sends no connect for ten seconds.
  package static let socketPatience = Duration.seconds(2)
  /// So many openings in a row that came to nothing, and WebSocket is given up for a while.
  package static let openingsMax = 3
  /// Before the second one, and twice that before the third.
  package static let openingPause = Duration.milliseconds(500)
  /// The network, or a server that restarts, may be better in a minute.
  package static let socketRetry = Duration.seconds(60)
  /// A proxy or a server that refuses the upgrade rarely changes its mind.
  package static let socketRetryRefused = Duration.seconds(1800)
  /// Beyond this a stalled socket is as good as cut: the peer's kernel has long given up too.
  package static let drainTime = Duration.seconds(30)
  /// A reply over a busy socket may take so many times its timeout, as an answer over HTTP may.
  package static let replyStretch = 6
  /// Of one batch over a socket that wait for its reply: the memory is shared by all sessions. What
  /// is beyond it is delivered before its reply comes, and remembered until then.
  package static let heldBytes = 16 << 20
  /// A notification of a platform has a few kilobytes, and one of a thousand times that is no
  /// notification. It also bounds what one event may take of memory and disk.
  package static let messageBytes = 16 << 20
  /// While interrupted, between two questions whether the session goes on.
  package static let interruptedProbePause = Duration.seconds(1)
  /// A connect cut sooner says nothing about how long something on the way waits.
  package static let cutMin = Duration.seconds(2)
  /// A connect cut within so much of its hold was as good as answered.
  package static let cutMargin = Duration.seconds(1)

  /// A connect cut after so long was alive before: the retry need not wait.
  package static let longLived = Duration.seconds(30)
  /// So many empty answers in a row that the server should have parked, and we slow down.
  package static let unheldAnswersMax = 3
  /// Then one connect a second: a server that never parks costs little and is still heard.
  package static let unheldPause = Duration.seconds(1)

  /// Connects answered, but neither successfully nor with advice: then the session is given up.
  package static let fruitlessConnectsMax = 5

  /// After the advice `none`: the server asked for silence, so this is the least, doubling.
  package static let unwelcomePause = Duration.seconds(5)
  package static let unwelcomePauseMax = Duration.seconds(120)

  /// So many handshakes granted within ``loopWindow`` without a healthy connect are a loop:
  /// cookies that do not come back, or a load balancer that changes the node.
  package static let loopHandshakes = 3
  package static let loopWindow = Duration.seconds(60)
  /// Between the handshakes of a loop, doubling; with ``loopHandshakes`` it keeps them to six a
  /// minute.
  package static let loopPause = Duration.seconds(15)
  package static let loopPauseMax = Duration.seconds(60)
  /// Granted handshakes within ``loopWindow``, whatever came between them.
  package static let handshakesMax = 6

  /// After a 404 or without a common transport only people can help; they see it at once.
  package static let misconfiguredPause = Duration.seconds(60)
  /// From the second refusal of our credentials in a row, doubling: accounts get locked.
  package static let authenticationPause = Duration.seconds(5)
  package static let authenticationPauseMax = Duration.seconds(300)

  /// Between attempts at a refused channel, doubling to one small message a minute: a policy
  /// rarely changes within seconds, and once it does nobody should wait longer.
  package static let refusedPause = Duration.seconds(5)
  package static let refusedPauseMax = Duration.seconds(60)

  /// The disconnect and the parked connect may take so long at stop; systemd waits longer.
  package static let stopGrace = Duration.seconds(2)

  /// Events of one unacknowledged batch that are remembered, 16 bytes each. Beyond it a repeated
  /// event is handed on twice rather than lost.
  package static let fingerprintsMax = 65_536
  /// Subscribe exchanges given up whose late answer may still bring notifications.
  package static let lateSubscribesMax = 8
  /// Of an answer's text in a reason for people.
  package static let excerptBytes = 200
}
