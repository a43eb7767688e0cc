import Bayeux
import JSON
import Testing

@Suite struct TroubleTests {
  /// Mutation tried: `isUnknownSession` without the words, then without the number.
  @Test(arguments: [
    "402::Unknown client", "402::session_unknown", "401:c1:Unknown client", "403::Unknown client",
    "402::", "Unknown client",
  ])
  func `a forgotten session is handshaken again exactly once`(error: String) {
    var script = Script.connected()
    script.answer(
      .connect, #"{"id":"$1","channel":"/meta/connect","successful":false,"error":"\#(error)"}"#)
    #expect(script.count(.handshake) == 2)
    #expect(script.interruptions == [.started, .sessionLost])
    #expect(script.session.state == .handshaking)
  }

  @Test func `a missing parameter is not a forgotten session`() {
    var script = Script.connected()
    script.answer(
      .connect,
      #"{"id":"$1","channel":"/meta/connect","successful":false,"error":"402:id:Missing required parameter"}"#
    )
    #expect(script.count(.handshake) == 1)
    #expect(script.session.state == .unconnected)
  }

  @Test func `connects refused again and again for no clear reason lead to a handshake`() {
    var script = Script.connected()
    for _ in 0..<5 {
      script.answer(.connect, #"{"id":"$1","channel":"/meta/connect","successful":false}"#)
      script.wait(30)
    }
    #expect(script.count(.handshake) == 2)
  }

  @Test func `a subscribe and a connect that both find the session gone cause one handshake`() {
    var script = Script()
    script.feed(.start)
    script.answer(.handshake, Script.handshaken)
    script.answer(
      .subscribe,
      #"{"id":"$1","channel":"/meta/subscribe","successful":false,"error":"402::Unknown client"}"#)
    #expect(script.lastLines.contains("cancel exchange 3"))
    script.answer(.connect, Script.unknown)
    #expect(script.last == [])
    #expect(script.count(.handshake) == 2)
  }

  /// Mutation tried: the old `server` kept by `leaveSession` and only renamed by
  /// `handshakeAnswered`; either alone makes up for the other.
  @Test func `nothing of the old session reaches the new one`() {
    var script = Script.connected(ack: true, advice: #"{"interval":3000,"timeout":9000}"#)
    script.wait(3)
    script.answer(
      .connect,
      #"{"id":"$1","channel":"/meta/connect","successful":false,"advice":{"reconnect":"handshake"}}"#
    )
    script.answer(.handshake, Script.handshaken)
    #expect(!script.session.status.usesAck)
    #expect(script.exchange(.connect)?.timeout == SessionBounds.holdDefault + .seconds(10))
    script.answer(.connect, Script.success)
    #expect(script.count(.handshake) == 2)
    #expect(script.messages(.connect).first?["ext"] == nil)
  }

  @Test
  func `unexpected none is answered by one probing connect, then by a handshake after a pause`() {
    let none =
      #"{"id":"$1","channel":"/meta/connect","successful":true,"advice":{"reconnect":"none"}}"#
    var script = Script.connected()
    script.answer(.connect, none)
    #expect(script.messages(.connect).first?["advice"]?["timeout"]?.integer == 0)
    script.answer(.connect, none)
    #expect(script.session.state == .waiting)
    #expect(script.wake == .seconds(5))
    script.wait(4.9)
    #expect(script.count(.handshake) == 1)
    script.wait(0.1)
    #expect(script.count(.handshake) == 2)
    script = Script.connected()
    script.answer(.connect, none)
    script.answer(.connect, Script.success)
    #expect(script.session.state == .connected)
    #expect(script.count(.handshake) == 1)
  }

  @Test func `none with a refusal pauses, longer each time`() {
    let none =
      #"{"id":"$1","channel":"/meta/connect","successful":false,"advice":{"reconnect":"none"}}"#
    var script = Script.connected()
    for pause in [5, 10] {
      script.answer(.connect, none)
      #expect(script.wake == script.now + .seconds(pause))
      script.wait(Double(pause))
      script.answer(.handshake, Script.handshaken)
    }
  }

  @Test func `a negative interval means a pause, not a rush`() {
    var script = Script.connected()
    script.answer(
      .connect,
      #"{"id":"$1","channel":"/meta/connect","successful":true,"advice":{"interval":-1}}"#)
    #expect(script.wake == .seconds(5))
    script.wait(5)
    script.answer(.connect, Script.success)
    #expect(script.count(.connect) == 4)
  }

  @Test func `a server that disconnects us is handshaken again, politely if it says none`() {
    var script = Script.connected()
    script.answer(
      .connect, Script.event(1), #"{"channel":"/meta/disconnect"}"#,
      #"{"id":"$1","channel":"/meta/connect","successful":false,"error":"403::","advice":{"reconnect":"none"}}"#
    )
    #expect(script.delivered == [1])
    #expect(script.session.state == .waiting)
    #expect(script.wake == .seconds(5))
    script = Script.connected()
    script.answer(.connect, #"{"channel":"/meta/disconnect"}"#, Script.success)
    #expect(script.count(.handshake) == 2)
  }

  /// Mutation tried: `detectLoop` that returns false.
  @Test func `a server that grants and forgets is told as looping and met six times a minute`() {
    var script = Script()
    script.feed(.start)
    var granted: [Duration] = []
    while script.now < .seconds(300) {
      if script.session.state == .handshaking {
        granted.append(script.now)
        script.answer(.handshake, Script.handshaken)
        script.answer(.connect, Script.unknown)
      }
      script.wait(0.25)
    }
    for time in granted { #expect(granted.count { $0 >= time && $0 - time < .seconds(60) } <= 6) }
    #expect(granted.count < 14)
    let loops = script.changes.count { if case .looping = $0 { true } else { false } }
    #expect(loops == 1)
    #expect(script.session.status.isLooping)
  }

  @Test func `a loop drops the cookies once, and the next loop once more`() {
    var script = Script()
    script.feed(.start)
    func loop(_ script: inout Script) {
      for _ in 0..<8 {
        script.answer(.handshake, Script.handshaken)
        script.answer(.connect, Script.unknown)
        script.wait(80)
      }
    }
    func dropped(_ script: Script) -> Int { script.effects.count { $0 == .forgetCookies } }
    for _ in 0..<3 {
      script.answer(.handshake, Script.handshaken)
      script.answer(.connect, Script.unknown)
      #expect(dropped(script) == 0)
      script.wait(1)
    }
    script.wait(80)
    #expect(script.lastLines.first == "forgetCookies")
    loop(&script)
    #expect(dropped(script) == 1)
    script.answer(.handshake, Script.handshaken)
    script.answer(.connect, Script.success, Script.event(1))
    script.answer(.connect, Script.unknown)
    script.wait(60)
    for _ in 0..<3 {
      script.answer(.handshake, Script.handshaken)
      script.answer(.connect, Script.unknown)
      script.wait(1)
    }
    script.wait(80)
    loop(&script)
    #expect(dropped(script) == 2)
  }

  /// Two dozen refusals of a proxy that answers quickly.
  @Test func `a server that is briefly unavailable is asked again within a second each time`() {
    var script = Script.connected()
    for _ in 0..<24 {
      let before = script.count(.connect)
      script.answer(.connect, status: 503, "")
      script.wait(1)
      #expect(script.count(.connect) == before + 1)
    }
    script.answer(.connect, Script.success)
    #expect(script.session.state == .connected)
  }

  /// Each connection is cut after so many bytes: what is new came, so the next attempt is at once.
  @Test func `a connection that is cut again and again within its answers is taken up at once`() {
    var script = Script.connected(ack: true)
    for number in 0..<20 {
      let sent = script.count(.connect)
      let batch = (0...number).map(Script.event).joined(separator: ",")
      script.fail(.connect, partial: "[" + batch + #",{"chan"#)
      #expect(script.count(.connect) == sent + 1)
    }
    #expect(script.delivered == Array(0..<20))
    #expect(script.interruptions == [.started])
  }

  /// Mutation tried: every connect answered well counts as healthy.
  @Test func `answering the first connect does not make a session kept`() {
    var script = Script()
    script.feed(.start)
    while script.now < .seconds(120) {
      if script.session.state == .handshaking {
        script.answer(.handshake, Script.handshaken)
        script.answer(.connect, Script.success)
        script.answer(.connect, Script.unknown)
      }
      script.wait(0.25)
    }
    #expect(script.session.status.isLooping)
    #expect(script.session.status.generation < 8)
  }

  /// Mutation tried: without `earliestHandshake`.
  @Test func `even one that brings a notification each time is met six times a minute`() {
    var script = Script()
    script.feed(.start)
    while script.now < .seconds(59) {
      script.answer(.handshake, Script.handshaken)
      script.answer(.connect, Script.success, Script.event(script.count(.connect)))
      script.answer(.connect, Script.unknown)
      script.wait(0.5)
    }
    #expect(script.session.status.generation == 6)
  }

  @Test(arguments: [401, 403, 407])
  func `refused credentials wait for start, and hurry less each time`(status: Int) {
    var script = Script.connected()
    script.answer(.connect, status: status, "Missing or invalid Csrf token")
    #expect(
      script.last.contains(
        .authenticationNeeded(reason: "HTTP \(status): Missing or invalid Csrf token")))
    #expect(script.session.state == .unauthenticated)
    script.wait(100)
    #expect(script.last == [])
    script.feed(.start)
    #expect(script.session.state == .handshaking)
    script.answer(.handshake, status: status, "")
    script.feed(.start)
    #expect(script.wake == script.now + .seconds(5))
    script.wait(5)
    #expect(script.session.state == .handshaking)
    #expect(script.interruptions == [.started, .authenticationNeeded])
  }

  @Test func `a handshake that is denied asks for credentials`() {
    var script = Script()
    script.feed(.start)
    script.answer(
      .handshake,
      #"{"id":"$1","channel":"/meta/handshake","successful":false,"error":"403::Handshake denied","advice":{"reconnect":"none"}}"#
    )
    #expect(script.session.state == .unauthenticated)
  }

  @Test(arguments: [503, 429])
  func `Retry-After is kept`(status: Int) {
    var script = Script.connected()
    script.answer(.connect, status: status, "", retryAfter: .seconds(42))
    #expect(script.wake == .seconds(42))
    script.answer(.connect, status: status, "", retryAfter: .seconds(999_999))
    #expect(script.wake == .seconds(42))
  }

  @Test func `a handshake that finds nothing there is a matter for people`() {
    var script = Script()
    script.feed(.start)
    for _ in 0..<3 {
      script.answer(.handshake, status: 404, "Not here")
      #expect(script.wake == script.now + .seconds(60))
      script.wait(60)
    }
    #expect(script.changes.count == 2)
    #expect(
      script.changes.last
        == .misconfigured(reason: "HTTP 404: Not here; check the path of the notifications"))
  }

  @Test func `a server without long-polling is a matter for people`() {
    var script = Script()
    script.feed(.start)
    script.answer(
      .handshake,
      #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c","supportedConnectionTypes":["websocket"]}"#
    )
    #expect(
      script.changes.last
        == .misconfigured(reason: "the server offers no long-polling, only websocket"))
  }

  @Test func `failing for an hour is told once`() {
    var script = Script.connected()
    let before = script.changes.count
    while script.now < .seconds(3600) {
      script.fail(.connect, mayHaveReached: false)
      script.wait(10)
    }
    #expect(script.changes.count == before + 1)
    #expect(script.count(.connect) < 400)
  }

  @Test func `another session with our cookies is reported once`() {
    var script = Script.connected()
    for _ in 0..<3 {
      script.answer(
        .connect,
        #"{"id":"$1","channel":"/meta/connect","successful":true,"advice":{"multiple-clients":true,"interval":2000}}"#
      )
      script.wait(2)
    }
    #expect(script.changes.count { $0 == .multipleClients } == 1)
    #expect(script.count(.connect) == 5)
  }

  @Test func `a server that never parks is asked once a second`() {
    var script = Script.connected()
    while script.now < .seconds(30) {
      script.answer(.connect, Script.success)
      script.wait(0.1)
    }
    #expect(script.count(.connect) < 40)
  }

  /// Mutation tried: `connectFailed` without `isLongLived`.
  @Test func `a proxy that cuts each parked connect does not make us deaf`() {
    var script = Script.connected()
    for _ in 0..<20 {
      script.now += .seconds(40)
      script.fail(.connect)
      #expect(script.session.state == .unconnected)
      script.answer(.connect, Script.success)
      #expect(script.session.state == .connected)
    }
  }
}
