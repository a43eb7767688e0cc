import Bayeux
import JSON
import Testing

@Suite struct SubscribeTests {
  private let channels = ["/v2/me/calls", "/v2/me/devices"]

  private func handshaken() -> Script {
    var script = Script(channels: channels)
    script.feed(.start)
    script.answer(.handshake, Script.handshaken)
    return script
  }

  @Test func `all channels share one message, and each must be named in the reply`() {
    var script = handshaken()
    #expect(
      script.messages(.subscribe).first?["subscription"]?.elements.compactMap(\.string) == channels)
    script.answer(
      .subscribe,
      #"{"id":"$1","channel":"/meta/subscribe","successful":true,"subscription":["/v2/me/calls"]}"#)
    #expect(script.last.contains(.ready(generation: 1)))
    #expect(script.session.status.refused == ["/v2/me/devices"])
  }

  @Test(arguments: ["403::subscription_invalid", "400::no arrays", "403:denied:subscribe_denied"])
  func `an array that is refused is split, and each channel gets its own answer`(error: String) {
    var script = handshaken()
    script.answer(
      .subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":false,"error":"\#(error)"}"#
    )
    #expect(script.messages(.subscribe).compactMap { $0["subscription"]?.string } == channels)
    script.answer(
      .subscribe,
      #"{"id":"$1","channel":"/meta/subscribe","successful":true,"subscription":"/v2/me/calls"}"#,
      #"{"id":"$2","channel":"/meta/subscribe","successful":false,"error":"403::denied"}"#)
    #expect(script.last.contains(.ready(generation: 1)))
    #expect(script.changes.last == .refused(channel: "/v2/me/devices", reason: "403::denied"))
    script.answer(.connect, Script.success)
    script.wait(5)
    #expect(script.messages(.subscribe).compactMap { $0["subscription"]?.string } == [channels[1]])
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.changes.last == .accepted(channel: "/v2/me/devices"))
    #expect(script.session.status.refused == [])
  }

  /// Mutation tried: `isFirstConfirmed` that looks for any channel.
  @Test func `connected but deaf to the calls is not ready`() {
    var script = handshaken()
    script.answer(
      .subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":false,"error":"403::no"}"#)
    script.answer(
      .subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":false,"error":"403::no"}"#,
      #"{"id":"$2","channel":"/meta/subscribe","successful":true}"#)
    script.answer(.connect, Script.success)
    #expect(script.session.state == .connected)
    #expect(!script.session.status.isReady)
    #expect(script.session.status.isInterrupted)
    #expect(script.changes.contains(.refused(channel: "/v2/me/calls", reason: "403::no")))
  }

  @Test func `a refusal is told once, however often it is repeated`() {
    var script = handshaken()
    for _ in 0..<10 {
      let no = #","channel":"/meta/subscribe","successful":false,"error":"403::no"}"#
      script.answer(.subscribe, #"{"id":"$1""# + no, #"{"id":"$2""# + no)
      script.wait(60)
    }
    #expect(script.changes.count { if case .refused = $0 { true } else { false } } == 2)
    #expect(script.count(.subscribe) >= 10)
  }

  @Test func `a subscribe whose answer is lost is sent again`() {
    var script = handshaken()
    script.fail(.subscribe)
    #expect(script.count(.subscribe) == 2)
    script.fail(.subscribe)
    script.fail(.subscribe)
    #expect(script.count(.subscribe) <= 3)
    script.wait(30)
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.last.contains(.ready(generation: 1)))
  }

  @Test func `a reply without an id belongs to the channels it names`() {
    var script = handshaken()
    script.answer(
      .subscribe, #"{"channel":"/meta/subscribe","successful":false,"error":"403::no"}"#)
    script.answer(
      .subscribe,
      #"{"channel":"/meta/subscribe","successful":false,"subscription":"/v2/me/devices","error":"403::no"}"#,
      #"{"channel":"/meta/subscribe","successful":true,"subscription":"/v2/me/calls"}"#)
    #expect(script.session.status.refused == ["/v2/me/devices"])
    #expect(script.session.status.isReady)
  }
}
