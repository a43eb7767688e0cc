import Bayeux

/// Gets, keeps and renews the access token of one identity: inputs and time in, effects out.
///
/// At most one attempt is under way. A token is renewed before it expires, while it still serves.
/// Attempts that fail are paced, and so are tokens that are refused as soon as they are used. It
/// never sees the credentials themselves: whoever performs ``Effect/ask(refresh:)`` has them.
///
/// After each input set a timer to ``wakeAt`` and feed ``Input/wake`` then; early or late does no
/// harm.
package struct TokenKeeper: Sendable {
  package enum Input: Sendable {
    /// Somebody needs the token, and gives up at that time.
    case wanted(WaiterID, until: Duration)
    /// Somebody who waited does so no longer.
    case abandoned(WaiterID)
    /// The platform refused a request that carried this token.
    case refused(Token)
    /// The answer to the last ``Effect/ask(refresh:)``: exactly one for each.
    case answered(TokenReply)
    /// The credentials are others now: failures with the old ones do not count.
    case credentialsChanged
    case wake
  }

  package enum Effect: Equatable, Sendable {
    /// Ask the token endpoint, by the refresh token if there is one and else by the grant.
    case ask(refresh: Token?)
    /// The token for somebody who wants it. Each waiter gets one of these two, once.
    case grant(WaiterID, Token)
    /// No token in time, and why.
    case fail(WaiterID, reason: String)
    /// An attempt failed; told each time.
    case failed(reason: String)
    /// A token is there after attempts that failed.
    case recovered
  }

  private struct Held: Sendable {
    let access: Token
    let obtainedAt: Duration
    /// `nil`: serves until it is refused.
    let expiresAt: Duration?
    let renewAt: Duration?
  }

  private var random: SplitMix64
  private var held: Held?
  private var refresh: Token?
  private var isAsking = false
  /// The attempt under way, or the last one, was made with a refresh token.
  private var askedByRefresh = false
  private var waiters: [WaiterID: Duration] = [:]
  /// Attempts that failed in a row.
  private var failures = 0
  /// The newest attempt failed, whatever has changed since.
  private var isFailing = false
  /// Tokens refused in a row, each soon after it was given.
  private var refusals = 0
  private var nextAttempt = Duration.zero
  /// The server's own wish, which outranks changed credentials.
  private var notBefore = Duration.zero
  private var lastReason: String?

  /// - Parameter seed: randomness for the pauses and for when a token is renewed.
  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// When ``Input/wake`` is due; `nil` when nothing waits for time.
  package var wakeAt: Duration? {
    var times = Array(waiters.values)
    if !isAsking {
      if !waiters.isEmpty { times.append(nextAttempt) }
      if let renewAt = held?.renewAt { times.append(max(renewAt, nextAttempt)) }
    }
    return times.min()
  }

  /// Decides about one input; `now` is monotonic.
  package mutating func handle(_ input: Input, at now: Duration) -> [Effect] {
    var effects: [Effect] = []
    switch input {
    case .wanted(let waiter, let until):
      if let held = usable(at: now) { return [.grant(waiter, held.access)] }
      waiters[waiter] = until
    case .abandoned(let waiter): waiters[waiter] = nil
    case .refused(let token): refused(token, at: now)
    case .answered(let reply): answered(reply, at: now, into: &effects)
    case .credentialsChanged:
      failures = 0
      refusals = 0
      nextAttempt = notBefore
    case .wake: break
    }
    pursue(at: now, into: &effects)
    return effects
  }

  private func usable(at now: Duration) -> Held? {
    guard let held else { return nil }
    return held.expiresAt.map { now < $0 } ?? true ? held : nil
  }

  /// Begins an attempt if one is due; lets go whoever waits in vain.
  private mutating func pursue(at now: Duration, into effects: inout [Effect]) {
    let mayAsk = !isAsking && now >= nextAttempt
    let isRenewalDue = held?.renewAt.map { now >= $0 } ?? false
    if mayAsk, !waiters.isEmpty || isRenewalDue {
      isAsking = true
      askedByRefresh = refresh != nil
      effects.append(.ask(refresh: refresh))
    }
    // While nobody is asking, whoever gives up before the next attempt need not wait for that.
    let hopelessBefore = isAsking ? now : max(now, nextAttempt)
    let hopeless = waiters.filter { $0.value <= hopelessBefore }.map(\.key).sorted()
    for waiter in hopeless {
      waiters[waiter] = nil
      let reason = lastReason ?? "the token endpoint has not answered yet"
      effects.append(.fail(waiter, reason: "no access token: \(reason)"))
    }
  }

  private mutating func refused(_ token: Token, at now: Duration) {
    guard let held, held.access == token else { return }  // An older one, replaced meanwhile.
    self.held = nil
    if now - held.obtainedAt >= TokenLimits.life { refusals = 0 }
    refusals += 1
    lastReason = "the platform refused the last token"
    guard refusals > 1 else { return }
    // What it yields is refused as well.
    refresh = nil
    nextAttempt = max(nextAttempt, now + pause(afterSetbacks: refusals - 1))
  }

  private mutating func answered(
    _ reply: TokenReply, at now: Duration, into effects: inout [Effect]
  ) {
    guard isAsking else { return }
    isAsking = false
    switch reply {
    case .failed(let reason): failed(reason, retryAfter: nil, at: now, into: &effects)
    case .response(let status, let retryAfter, let body):
      do throws(TokenRefusal) {
        take(try GivenToken(status: status, body: body), at: now, into: &effects)
      } catch {
        if askedByRefresh, (400..<500).contains(status), status != 429 {
          // The refresh token has had its day; the grant itself is tried at once.
          refresh = nil
        } else {
          failed(error.reason, retryAfter: retryAfter, at: now, into: &effects)
        }
      }
    }
  }

  private mutating func take(
    _ given: GivenToken, at now: Duration, into effects: inout [Effect]
  ) {
    // Renewed in due time, so the last one was good.
    if held != nil { refusals = 0 }
    // An answer may leave out the refresh token, and then the old one goes on (section 6).
    refresh = given.refresh ?? refresh
    held = Held(
      access: given.access, obtainedAt: now, expiresAt: given.life.map { now + $0 },
      renewAt: given.life.map { now + renewal(of: $0) })
    if isFailing { effects.append(.recovered) }
    isFailing = false
    failures = 0
    lastReason = nil
    // A token that expires at once must not make anybody ask in a circle.
    let isShort = given.life.map { $0 < TokenLimits.pause } ?? false
    nextAttempt = isShort ? now + TokenLimits.pause : now
    for waiter in waiters.keys.sorted() { effects.append(.grant(waiter, given.access)) }
    waiters = [:]
  }

  private mutating func failed(
    _ reason: String, retryAfter: Duration?, at now: Duration, into effects: inout [Effect]
  ) {
    failures += 1
    isFailing = true
    lastReason = reason
    effects.append(.failed(reason: reason))
    notBefore = now + min(max(.zero, retryAfter ?? .zero), TokenLimits.retryAfterMax)
    nextAttempt = max(notBefore, now + pause(afterSetbacks: failures))
  }

  /// When to renew a token of that life: between one and two margins before its end.
  private mutating func renewal(of life: Duration) -> Duration {
    let margin = min(TokenLimits.margin, life / 4)
    return life - margin - jitter(margin)
  }

  private mutating func pause(afterSetbacks count: Int) -> Duration {
    let pause = Backoff.doubled(TokenLimits.pause, times: count - 1, upTo: TokenLimits.pauseMax)
    return pause + jitter(pause / 4)
  }

  /// A random time up to `longest`.
  private mutating func jitter(_ longest: Duration) -> Duration {
    .milliseconds(Int64.random(in: 0...Int64(longest / .milliseconds(1)), using: &random))
  }
}

/// Names somebody who waits for a token; never used twice in a process.
package struct WaiterID: Hashable, Comparable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static func < (left: WaiterID, right: WaiterID) -> Bool {
    left.rawValue < right.rawValue
  }
}
