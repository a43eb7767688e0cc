import Bayeux
import JSON
import Testing

@Suite struct SessionTests {
  @Test func `the first connect asks for an answer at once, the next one is parked`() {
    var script = Script()
    script.feed(.start)
    #expect(script.messages(.handshake).count == 1)
    script.answer(.handshake, Script.handshaken)
    #expect(script.messages(.connect).first?["advice"]?["timeout"]?.integer == 0)
    script.answer(.connect, Script.success)
    #expect(script.messages(.connect).first?["advice"] == nil)
  }

  @Test func `the path names the kind of message unless that is switched off`() {
    var script = Script()
    script.feed(.start)
    script.answer(.handshake, Script.handshaken)
    #expect(script.exchanges.map(\.pathSuffix) == ["/handshake", "", "/connect"])
    script = Script { $0.appendsMessageType = false }
    script.feed(.start)
    #expect(script.exchanges.map(\.pathSuffix) == [""])
  }

  @Test func `a connect may take the advised hold and the network's delay, others only the delay`()
  {
    var script = Script { $0.networkDelay = .seconds(7) }
    script.feed(.start)
    #expect(script.exchange(.handshake)?.timeout == .seconds(7))
    script.answer(
      .handshake,
      #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c","advice":{"timeout":"20000"}}"#
    )
    #expect(script.exchange(.connect)?.timeout == .seconds(27))
    #expect(script.exchange(.subscribe)?.timeout == .seconds(7))
  }

  @Test func `notifications in any body count, before or behind the reply, subscribed or not`() {
    var script = Script()
    script.feed(.start)
    script.answer(.handshake, Script.handshaken, Script.event(1))
    script.answer(
      .subscribe, Script.event(2), #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#,
      Script.event(3))
    script.answer(.connect, Script.success, Script.event(4))
    script.answer(.connect, Script.event(5), Script.success, Script.event(6))
    #expect(script.delivered == [1, 2, 3, 4, 5, 6])
  }

  /// Mutation tried: `connectDue` without `journaled == lastDelivered`.
  @Test func `no connect leaves before what was delivered is on disk`() {
    var script = Script.connected(ack: true)
    script.journalsAtOnce = false
    script.answer(
      .connect, Script.event(1),
      #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":7}}"#)
    #expect(script.lastLines == [#"deliver 1 /v2/me/calls {"n":1}"#])
    script.wait(5)
    #expect(script.last == [])
    #expect(script.session.status.acknowledged == 0)
    script.feed(.journaled(batch: 1))
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 7)
    #expect(script.session.status.acknowledged == 7)
  }

  /// Mutation tried: `server.ack` set for refused replies too.
  @Test(arguments: [
    #"{"ack":true}"#, #"{"ack":{"enabled":true,"batch":0}}"#,
  ])
  func `both forms of the acknowledge extension are understood`(ext: String) {
    var script = Script()
    script.feed(.start)
    #expect(script.messages(.handshake).first?["ext"]?["ack"]?.bool == true)
    script.answer(
      .handshake,
      #"{"id":"$1","channel":"/meta/handshake","successful":true,"clientId":"c","ext":\#(ext)}"#)
    #expect(script.session.status.usesAck)
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 0)
    script.answer(
      .connect, #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":1}}"#)
    script.answer(
      .connect, #"{"id":"$1","channel":"/meta/connect","successful":false,"ext":{"ack":2}}"#)
    script.wait(1)
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 1)
  }

  @Test func `a server that does not answer the extension is sent no acknowledgement`() {
    let script = Script.connected()
    #expect(!script.session.status.usesAck)
    #expect(script.messages(.connect).first?["ext"] == nil)
  }

  /// Mutation tried: `Redelivery.fresh` that returns everything.
  @Test
  func `a repeated batch is delivered once, and equal notifications stay as many as they are`() {
    var script = Script.connected(ack: true)
    script.fail(
      .connect, partial: "[\(Script.event(1)),\(Script.event(1)),\(Script.event(2)),{\"cha")
    #expect(script.delivered == [1, 1, 2])
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 0)
    script.fail(.connect, partial: "[\(Script.event(1)),\(Script.event(1))")
    script.wait(1)
    script.answer(
      .connect, Script.event(1), Script.event(1), Script.event(2), Script.event(3), Script.event(1),
      #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":4}}"#)
    #expect(script.delivered == [1, 1, 2, 3, 1])
    script.answer(.connect, Script.event(1), Script.success)
    #expect(script.delivered == [1, 1, 2, 3, 1, 1])
    #expect(script.interruptions == [.started])
  }

  /// Mutation tried: `fail` that interrupts whatever `usesAck` says.
  @Test func `with the extension a lost answer interrupts nothing, without it it does`() {
    var script = Script.connected(ack: true)
    script.fail(.connect)
    #expect(script.interruptions == [.started])
    script = Script.connected()
    script.now = .seconds(9)
    script.fail(.connect)
    #expect(script.lastLines.first == "interrupted answerLost since 0.0s: reset")
    script.answer(.connect, Script.success)
    #expect(script.last.contains(.resumed))
    #expect(script.interruptions == [.started, .answerLost])
  }

  /// Mutation tried: `interrupt` with the session's own `completeUntil`, and `completeNow` without
  /// the subscribes underway.
  @Test func `an interruption reaches back to before the exchange whose answer is lost`() {
    var script = Script.connected(channels: ["/v2/me/calls", "/v2/me/devices"])
    // Channel two was not named in the reply, so it is asked for again at five seconds.
    script.now = .seconds(5)
    script.feed(.timer)
    for second in 6...8 {
      script.now = .seconds(second)
      script.answer(.connect, Script.event(second), Script.success)
    }
    #expect(script.session.status.lastGoodConnect == .seconds(8))
    #expect(script.session.status.completeUntil == .zero)
    script.now = .seconds(15)
    script.fail(.subscribe)
    #expect(script.lastLines.first == "interrupted answerLost since 0.0s: reset")
  }

  /// Mutation tried: `connectAnswered` without that interruption.
  @Test func `an answer that holds no reply to us may have been meant for somebody else`() {
    var script = Script.connected()
    script.answer(.connect, "[]")
    #expect(script.interruptions == [.started, .answerLost])
    #expect(script.session.state == .unconnected)
  }

  /// Mutation tried: `Body.reply` that takes any id.
  @Test func `a reply to another message is not ours`() {
    var script = Script.connected()
    script.answer(.connect, #"{"id":"77","channel":"/meta/connect","successful":true}"#)
    #expect(script.session.state == .unconnected)
  }

  @Test func `a renewed login leaves the session of the old one`() {
    var script = Script.connected()
    script.feed(.start)
    #expect(script.lastLines.first == "cancel exchange 4")
    #expect(script.interruptions == [.started, .authenticationNeeded])
    #expect(script.session.state == .handshaking)
  }

  @Test func `a refused connection interrupts nothing`() {
    var script = Script.connected()
    script.fail(.connect, mayHaveReached: false)
    #expect(script.interruptions == [.started])
    #expect(script.session.state == .unconnected)
    #expect(script.messages(.connect).first?["advice"]?["timeout"]?.integer == 0)
  }

  @Test
  func `a message that cannot be read is kept, those around it are delivered, and it is said`() {
    var script = Script.connected(ack: true)
    script.answer(
      .connect, Script.event(1), #"{"channel":"/v2/me/calls","data":nul}"#, Script.event(2),
      #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":4}}"#)
    #expect(script.delivered == [1, 2])
    #expect(script.lines.contains { $0.hasPrefix("quarantine {\"channel\":\"/v2/me/calls\"") })
    #expect(script.interruptions == [.started, .unreadable])
    #expect(script.last.contains(.resumed))
  }

  @Test(arguments: ["<html>Log in</html>", "  ", "{}", "[1]", "[]", "[{\"channel\":\"/meta/c"])
  func `an answer that is no Bayeux message is a failure and no hot loop`(body: String) {
    var script = Script.connected()
    for _ in 0..<20 { script.answer(.connect, body) }
    #expect(script.count(.connect) <= 4)
    #expect(script.session.state == .unconnected)
    let kept = body == "  " ? "" : body.filter { !"[]".contains($0) }
    #expect(script.lines.contains { $0.hasPrefix("quarantine " + kept) } == !kept.isEmpty)
  }

  @Test func `a late or repeated answer is silent`() {
    var script = Script.connected()
    let parked = script.exchange(.connect)
    script.fail(.connect)
    guard let parked else { return }
    let late = Array(
      "[\(Script.event(9)),{\"channel\":\"/meta/connect\",\"successful\":true}]".utf8)
    script.feed(.replied(parked.id, .response(status: 200, body: late, retryAfter: nil)))
    #expect(script.last == [])
    script.feed(.replied(parked.id, .response(status: 500, body: [], retryAfter: nil)))
    #expect(script.last == [])
  }

  /// Mutation tried: `endedLate` that returns at once.
  @Test func `a late subscribe reply of this session still brings its notifications`() {
    var script = Script()
    script.feed(.start)
    script.answer(.handshake, Script.handshaken)
    guard let first = script.exchange(.subscribe) else { return }
    script.fail(.subscribe)
    let late =
      "[\(Script.event(3)),{\"id\":\"2\",\"channel\":\"/meta/subscribe\",\"successful\":true}]"
    script.feed(.replied(first.id, .response(status: 200, body: Array(late.utf8), retryAfter: nil)))
    #expect(script.delivered == [3])
    #expect(script.last.contains(.ready(generation: 1)))
  }

  @Test func `stop says goodbye, awaits the parked connect for a bounded time, and is the end`() {
    var script = Script.connected()
    script.feed(.stop)
    #expect(script.messages(.disconnect).first?["clientId"]?.string == "c1")
    script.answer(.disconnect, #"{"id":"$1","channel":"/meta/disconnect","successful":true}"#)
    #expect(script.session.state == .disconnecting)
    script.answer(
      .connect, Script.event(5),
      #"{"id":"$1","channel":"/meta/connect","successful":true,"advice":{"reconnect":"none"}}"#)
    #expect(script.delivered == [5])
    #expect(script.effects.contains(.stopped))
    for input in [Session.Input.start, .timer, .stop] {
      script.feed(input)
      #expect(script.last == [])
    }
    script = Script.connected()
    script.feed(.stop)
    script.wait(1.9)
    #expect(script.session.state == .disconnecting)
    script.wait(0.1)
    #expect(
      script.lastLines == ["cancel exchange 4", "cancel exchange 5", "changed stopped", "stopped"])
  }

  @Test func `stop before there is a session ends at once`() {
    var script = Script()
    script.feed(.start)
    script.feed(.stop)
    #expect(script.lastLines == ["cancel exchange 1", "changed stopped", "stopped"])
  }

  @Test func `a timer that comes early asks again, one that comes late is harmless`() {
    var script = Script.connected(advice: #"{"interval":2000,"timeout":30000}"#)
    #expect(script.wake == .seconds(2))
    script.wait(1)
    #expect(script.lastLines == ["wake 2.0s"])
    script.wait(9)
    #expect(script.count(.connect) == 2)
    script.wait(9)
    #expect(script.last == [])
  }
}
