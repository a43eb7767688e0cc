import Bayeux
import JSON
import Testing

/// How a session finds out that its server, or something on the way, is not as it was.
@Suite struct LivenessTests {
  private func quiet(
    ack: Bool = false, channels: [String] = ["/v2/me/calls"]
  ) -> Script {
    Script.connected(channels: channels, ack: ack) { $0.livenessInterval = .seconds(10) }
  }

  /// Mutation tried: due again at once when it fails.
  @Test func `a session that hears nothing for ten seconds asks with what it has subscribed to`() {
    var script = quiet()
    script.wait(9.9)
    #expect(script.count(.subscribe) == 1)
    script.wait(0.1)
    #expect(script.count(.subscribe) == 2)
    #expect(script.messages(.subscribe).first?["subscription"]?.string == "/v2/me/calls")
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.changes.last == .connected && script.interruptions == [.started])
    script.wait(9)
    #expect(script.count(.subscribe) == 2)
    script.wait(1)
    #expect(script.count(.subscribe) == 3)
    for _ in 0..<9 {
      script.fail(.subscribe, mayHaveReached: false)
      script.wait(1)
    }
    #expect(script.count(.subscribe) == 3)
  }

  /// Mutation tried: answers that do not count as life.
  @Test func `a busy session never asks, nor one that was told not to`() {
    var script = quiet()
    for number in 0..<10 {
      script.wait(9)
      script.answer(.connect, Script.event(number), Script.success)
    }
    #expect(script.count(.subscribe) == 1)
    script = Script.connected()
    script.wait(1000)
    #expect(script.count(.subscribe) == 1)
    script = Script.onSocket { $0.livenessInterval = .seconds(10) }
    for number in 0..<3 {
      script.wait(9)
      script.hear(Script.event(number))
    }
    #expect(script.transmitted(.subscribe).count == 1)
    script.wait(10)
    #expect(script.transmitted(.subscribe).count == 2)
  }

  @Test(arguments: [
    #""error":"402::Unknown client""#, #""error":"401:c1:Unknown client""#,
    #""error":"402::session_unknown""#, #""advice":{"reconnect":"handshake"}"#,
  ])
  func `a server that has forgotten us says so within the interval`(error: String) {
    var script = quiet()
    script.wait(10)
    script.answer(
      .subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":false,\#(error)}"#)
    #expect(script.interruptions == [.started, .sessionLost])
    #expect(script.count(.handshake) == 2)
    #expect(script.lines.contains("cancel exchange 4"))
  }

  @Test func `a first channel that is refused now leaves the session deaf until it is granted`() {
    var script = quiet()
    script.wait(10)
    script.answer(
      .subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":false,"error":"403::no"}"#)
    #expect(script.changes.last == .refused(channel: "/v2/me/calls", reason: "403::no"))
    #expect(!script.session.status.isReady)
    #expect(script.interruptions == [.started, .sessionLost])
    script.answer(.connect, Script.success)
    #expect(script.session.status.isInterrupted)
    script.wait(5)
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.last.contains(.ready(generation: 1)))
  }

  @Test func `a probe that fails is silent unless its answer may have held notifications`() {
    var script = quiet(ack: true)
    script.wait(10)
    script.fail(.subscribe)
    #expect(script.last.allSatisfy { if case .wake = $0 { true } else { false } })
    script.wait(9.9)
    #expect(script.count(.subscribe) == 2)
    script = quiet()
    script.wait(10)
    script.fail(.subscribe, mayHaveReached: false)
    #expect(script.interruptions == [.started])
    script = quiet()
    script.wait(10)
    script.fail(.subscribe)
    #expect(script.interruptions == [.started, .answerLost])
    // And then it asks again soon, because the answer ends the interruption.
    script.wait(1)
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.last.contains(.resumed))
  }

  // MARK: - The hold

  private func asked(_ script: Script) -> Int64? {
    script.messages(.connect).first?["advice"]?["timeout"]?.integer
  }

  @Test func `a proxy that cuts parked connects after five seconds is asked for four`() {
    var script = Script.connected()
    for seconds in [5.0, 5.4] {
      #expect(asked(script) == nil)
      script.wait(seconds)
      script.answer(.connect, status: 504, "")
      script.wait(1)
      #expect(asked(script) == 0)
      script.answer(.connect, Script.success)
    }
    #expect(asked(script) == 4_000)
    #expect(script.exchange(.connect)?.timeout == .seconds(14))
    for _ in 0..<5 {
      script.wait(4)
      script.answer(.connect, Script.success)
      #expect(asked(script) == 4_000)
    }
    #expect(script.session.status.failures == 0)
    script.answer(.connect, Script.unknown)
    script.answer(.handshake, Script.handshaken)
    script.answer(.connect, Script.success)
    #expect(asked(script) == nil)
  }

  @Test(arguments: [(5.0, 9.0), (1.0, 1.0), (29.5, 29.5), (9.0, 5.0)])
  func `cuts at odd times, very early or as late as the hold teach nothing`(
    first: Double, second: Double
  ) {
    var script = Script.connected()
    for seconds in [first, second] {
      script.wait(seconds)
      script.fail(.connect)
      script.wait(1)
      script.answer(.connect, Script.success)
    }
    #expect(asked(script) == nil)
  }

  @Test func `a connect that outlives the time of a cut shows that it was no rule`() {
    var script = Script.connected()
    for _ in 0..<3 {
      script.wait(5)
      script.fail(.connect)
      script.wait(1)
      script.answer(.connect, Script.success)
      script.wait(30)
      script.answer(.connect, Script.success)
    }
    #expect(asked(script) == nil)
  }

  @Test func `a cut within an answer teaches nothing of the hold`() {
    var script = Script.connected(ack: true)
    for number in 0..<4 {
      script.wait(5)
      script.fail(.connect, partial: "[" + Script.event(number))
      script.wait(1)
      script.answer(.connect, Script.event(number), Script.success)
    }
    #expect(asked(script) == nil)
  }

  @Test func `sockets that are cut in silence teach it as well`() {
    var script = Script.onSocket()
    for _ in 0..<2 {
      script.wait(6)
      script.close(.broken)
      script.happen(.opened)
      script.wait(1)
      script.hear(Script.connectReply)
    }
    #expect(script.transmitted(.connect).last?["advice"]?["timeout"]?.integer == 4_800)
  }
}
