import OAuth2
import Testing

/// The keeper led by hand.
private struct Lead {
  var keeper = TokenKeeper(seed: 1)
  var now = Duration.seconds(1_000)
  var asked: [Token?] = []
  var granted: [UInt64: String] = [:]
  var failed: [UInt64: String] = [:]
  var attemptsFailed: [String] = []
  var recoveries = 0

  mutating func feed(_ input: TokenKeeper.Input) {
    for effect in keeper.handle(input, at: now) {
      switch effect {
      case .ask(let refresh): asked.append(refresh)
      case .grant(let waiter, let token): granted[waiter.rawValue] = token.reveal()
      case .fail(let waiter, let reason): failed[waiter.rawValue] = reason
      case .failed(let reason): attemptsFailed.append(reason)
      case .recovered: recoveries += 1
      }
    }
  }

  mutating func want(_ waiter: UInt64, within patience: Duration = .seconds(10)) {
    feed(.wanted(WaiterID(rawValue: waiter), until: now + patience))
  }

  mutating func give(_ token: String, more: String = "") {
    reply(200, #"{"access_token":"\#(token)","token_type":"Bearer"\#(more)}"#)
  }

  mutating func reply(_ status: Int, _ body: String, retryAfter: Duration? = nil) {
    feed(.answered(.response(status: status, retryAfter: retryAfter, body: Array(body.utf8))))
  }

  mutating func pass(_ time: Duration) {
    now += time
    feed(.wake)
  }
}

@Test func `one attempt serves all who wait, and its token all who come later`() {
  var lead = Lead()
  for waiter in 1...3 { lead.want(UInt64(waiter)) }
  #expect(lead.asked == [nil])
  lead.give("t1", more: #","expires_in":3600"#)
  lead.want(4)
  #expect(lead.granted == [1: "t1", 2: "t1", 3: "t1", 4: "t1"])
  #expect(lead.asked.count == 1)
}

/// A keeper that renews at the very end (margin 0) is caught here.
@Test func `a token is renewed one to two minutes before it expires, and serves meanwhile`() {
  var lead = Lead()
  lead.want(1)
  lead.give("t1", more: #","expires_in":3600"#)
  let due = lead.keeper.wakeAt ?? .zero
  #expect((.seconds(1_000 + 3_480)...(.seconds(1_000 + 3_540))).contains(due))
  lead.pass(due - lead.now)
  #expect(lead.asked.count == 2)
  lead.want(2)
  lead.feed(.answered(.failed(reason: "no route")))
  lead.want(3)
  #expect(lead.granted == [1: "t1", 2: "t1", 3: "t1"])
  lead.pass(.seconds(200))
  #expect(lead.asked.count == 3)
  lead.want(4)
  lead.give("t2", more: #","expires_in":3600"#)
  #expect(lead.granted[4] == "t2")
  #expect(lead.recoveries == 1)
}

@Test func `thousands of tokens of one moment are not renewed in one moment`() {
  let times = (1...1_000).map { seed in
    var keeper = TokenKeeper(seed: UInt64(seed))
    _ = keeper.handle(.wanted(WaiterID(rawValue: 1), until: .seconds(10)), at: .zero)
    let body = Array(#"{"access_token":"t","expires_in":3600}"#.utf8)
    _ = keeper.handle(
      .answered(.response(status: 200, retryAfter: nil, body: body)), at: .zero)
    return keeper.wakeAt ?? .zero
  }
  let seconds = Set(times.map { $0.components.seconds })
  #expect(seconds.count > 50)
}

/// Dropping whatever token is held, refused or not, is caught here.
@Test func `a refused token is replaced at once, and a late refusal of the old one does nothing`() {
  var lead = Lead()
  lead.want(1)
  lead.give("t1")
  lead.pass(.seconds(3_600))
  lead.feed(.refused(Token("t1")))
  lead.want(2)
  #expect(lead.asked.count == 2)
  lead.give("t2")
  lead.feed(.refused(Token("t1")))
  lead.want(3)
  #expect(lead.granted == [1: "t1", 2: "t2", 3: "t2"])
  #expect(lead.asked.count == 2)
}

/// Without the count of refusals the endpoint is asked at each refusal, and this fails.
@Test func `tokens that are refused one after the other are asked for ever more slowly`() {
  var lead = Lead()
  var times: [Duration] = []
  var waiter: UInt64 = 0
  for second in 0..<1_800 {
    lead.now = .seconds(1_000 + second)
    let before = lead.asked.count
    waiter += 1
    lead.want(waiter, within: .milliseconds(500))
    if lead.asked.count > before {
      times.append(lead.now)
      lead.give("t\(waiter)")
      lead.feed(.refused(Token("t\(waiter)")))
    }
  }
  // 0, 5, 10, 30, 70 s and so on: the first refusal may be of a token that was just revoked.
  #expect((8...13).contains(times.count), "\(times)")
  #expect(lead.failed.values.allSatisfy { $0.contains("refused the last token") })
}

@Test func `a token that expires at once does not make a circle`() {
  var lead = Lead()
  for second in 0..<60 {
    lead.now = .seconds(1_000 + second)
    let before = lead.asked.count
    lead.want(UInt64(second), within: .seconds(8))
    if lead.asked.count > before { lead.give("t", more: #","expires_in":"0""#) }
    lead.feed(.wake)
  }
  #expect(lead.asked.count <= 12)
}

@Test func `failures are paced from five seconds to five minutes, and say why`() {
  var lead = Lead()
  var times: [Duration] = []
  for second in 0..<3_600 {
    lead.now = .seconds(1_000 + second)
    let before = lead.asked.count
    lead.want(UInt64(second), within: .milliseconds(500))
    if lead.asked.count > before {
      times.append(lead.now)
      lead.reply(400, #"{"error":"invalid_client","error_description":"unknown client"}"#)
    }
  }
  let pauses = zip(times.dropFirst(), times).map { $0.0 - $0.1 }
  #expect(pauses.first.map { $0 >= .seconds(5) && $0 <= .seconds(7) } == true)
  #expect(pauses.last.map { $0 >= .seconds(300) && $0 <= .seconds(376) } == true)
  #expect(
    lead.failed[0]
      == "no access token: the token endpoint answered invalid_client: unknown client"
      + " (HTTP status 400)")
  // Nobody waits for an attempt that comes too late.
  #expect(lead.failed.count == 3_600)
}

@Test(arguments: [429, 503])
func `the endpoint's Retry-After is kept to, but not for ever`(status: Int) {
  var lead = Lead()
  lead.want(1)
  lead.reply(status, "", retryAfter: .seconds(40))
  lead.pass(.seconds(39))
  lead.want(2)
  #expect(lead.asked.count == 1)
  lead.pass(.seconds(1))
  lead.want(3)
  #expect(lead.asked.count == 2)
  lead.reply(status, "", retryAfter: .seconds(1 << 40))
  lead.feed(.credentialsChanged)
  lead.pass(.seconds(3_599))
  lead.want(4)
  #expect(lead.asked.count == 2, "the server's wish outranks changed credentials")
  lead.pass(.seconds(1))
  lead.want(5)
  #expect(lead.asked.count == 3)
}

@Test func `whoever waits is told in time, also when the endpoint stays silent`() {
  var lead = Lead()
  lead.want(1)
  #expect(lead.keeper.wakeAt == .seconds(1_010))
  lead.pass(.seconds(10))
  #expect(lead.failed == [1: "no access token: the token endpoint has not answered yet"])
  lead.want(2, within: .zero)
  #expect(lead.failed[2] != nil)
  lead.want(3)
  lead.feed(.abandoned(WaiterID(rawValue: 3)))
  lead.give("t1")
  #expect(lead.granted.isEmpty)
}

@Test func `changed credentials are tried at once`() {
  var lead = Lead()
  lead.want(1)
  lead.reply(401, #"{"error":"invalid_client"}"#)
  lead.want(2)
  lead.feed(.credentialsChanged)
  #expect(lead.asked.count == 2)
  lead.give("t1")
  #expect(lead.granted[2] == "t1")
  #expect(lead.recoveries == 1)
}

@Test func `a refresh token is used, replaced and, when it has had its day, given up`() {
  var lead = Lead()
  lead.want(1)
  lead.give("t1", more: #","expires_in":3600,"refresh_token":"r1""#)
  lead.pass(.seconds(3_580))
  #expect(lead.asked == [nil, Token("r1")])
  lead.give("t2", more: #","expires_in":3600,"refresh_token":"r2""#)
  lead.pass(.seconds(3_580))
  #expect(lead.asked.last == Token("r2"))
  lead.feed(.answered(.failed(reason: "no route")))
  lead.pass(.seconds(10))
  #expect(lead.asked.last == Token("r2"), "a failure of the network says nothing about the token")
  lead.reply(400, #"{"error":"invalid_grant"}"#)
  #expect(lead.asked.count == 5)
  #expect(lead.asked.last == .some(nil))
}
