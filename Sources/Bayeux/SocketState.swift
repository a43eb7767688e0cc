/// The WebSockets of a session: the one that is used or being opened, the one whose end is still
/// read, and when to try again.
struct SocketState: Sendable {
  struct Current: Sendable {
    let id: SocketID
    /// Until then, exchanges wait for it to open.
    let patience: Duration
    var isOpen = false
    /// We have sent over it: from then on the server may write to it what it has for us.
    var isUsed = false
    /// A reply came over it: the way is good in both directions.
    var hasReplied = false
    /// When the newest connect that was answered well over it was sent.
    var goodConnectSentAt: Duration?
    /// When a message came over it last, or when it opened.
    var lastHeard: Duration
  }

  /// Why a socket is one no more.
  enum Loss: Equatable, Sendable {
    case unreachable, refused, broken
    /// It was open and said nothing when something was due.
    case silent
  }

  private(set) var current: Current?
  /// Given up, but read on: what is still in the pipe would be lost otherwise.
  private(set) var draining: (id: SocketID, until: Duration)?
  /// When the next opening may begin. Counts only while the server offers WebSocket.
  private(set) var due = Duration.zero
  /// The exchanges wait for the next opening.
  private var isAwaited = true
  /// In a row, since a reply came over a socket.
  private var failures = 0
  /// Sockets that ended for our credentials, in a row, since a reply came over one.
  private var credentialRefusals = 0
  private var lastNumber: UInt64 = 0

  /// What the next exchange goes over; nil for HTTP.
  var usable: SocketID? { current.flatMap { $0.isOpen ? $0.id : nil } }

  /// Until when the exchanges wait for a socket that is being opened.
  var patience: Duration { current.map { $0.isOpen ? .zero : $0.patience } ?? .zero }

  /// A new session may find another way: whatever was given up is tried again.
  mutating func renew() {
    due = .zero
    failures = 0
    isAwaited = true
  }

  mutating func open(at now: Duration) -> SocketID {
    lastNumber += 1
    let id = SocketID(lastNumber)
    let patience = isAwaited ? now + SessionBounds.socketPatience : now
    current = Current(id: id, patience: patience, lastHeard: now)
    return id
  }

  mutating func opened(at now: Duration) {
    current?.isOpen = true
    current?.lastHeard = now
  }

  mutating func used() { current?.isUsed = true }
  mutating func heard(at now: Duration) { current?.lastHeard = now }

  /// Without acknowledgements some servers reply to a connect before they write what waited for it.
  /// By the next reply on the same socket all of that has come.
  ///
  /// - Returns: until when nothing is missing; nil if that is not known to be later than before.
  mutating func connectAnswered(sentAt: Duration) -> Duration? {
    defer { current?.goodConnectSentAt = sentAt }
    return current?.goodConnectSentAt
  }

  /// A socket ended for our credentials; whether a new login may help. The second time in a row it
  /// does not: some platforms authenticate requests, and never an upgrade.
  mutating func mayNeedLogin() -> Bool {
    credentialRefusals += 1
    return credentialRefusals == 1
  }

  mutating func replied() {
    current?.hasReplied = true
    failures = 0
    credentialRefusals = 0
  }

  /// Plans the next opening: at once after a socket that worked; after a short growing pause when
  /// this one never did, and from the third such one in a row, or when it was refused, much later.
  mutating func lose(_ loss: Loss, at now: Duration) -> Current? {
    guard let lost = current else { return nil }
    current = nil
    due = now
    isAwaited = lost.hasReplied
    if lost.hasReplied { return lost }
    switch loss {
    case .refused: due = now + SessionBounds.socketRetryRefused
    case .silent: failures = SessionBounds.openingsMax  // Each further one would cost a deadline.
    case .unreachable, .broken: failures += 1
    }
    if loss != .refused {
      due +=
        failures < SessionBounds.openingsMax
        ? SessionBounds.openingPause * failures : SessionBounds.socketRetry
    }
    return lost
  }

  /// Without a plan: the session ends.
  mutating func drop() -> SocketID? {
    defer { current = nil }
    return current?.id
  }

  mutating func drain(_ id: SocketID, until: Duration) { draining = (id, until) }

  mutating func endDrain() -> SocketID? {
    defer { draining = nil }
    return draining?.id
  }
}
