import JSON
import Testing

@testable import Bayeux

@Suite struct ReadingTests {
  private func message(_ text: String) -> BayeuxMessage? {
    (try? JSONValue.parse(Array(text.utf8))).flatMap { BayeuxMessage($0) }
  }

  private func advice(_ text: String) -> Advice? {
    (try? JSONValue.parse(Array(text.utf8))).map { Advice($0) }
  }

  @Test func `every member of a reply is read, and wrong types count as absent`() {
    let reply = message(
      #"{"channel":"/meta/subscribe","id":7,"clientId":"c","successful":true,"subscription":["/a",1,"/b"],"ext":{"ack":"12"},"supportedConnectionTypes":["x"]}"#
    )
    #expect(reply?.id == "7")
    #expect(reply?.clientID == "c")
    #expect(reply?.isSuccessful == true)
    #expect(reply?.subscriptions == ["/a", "/b"])
    #expect(reply?.ackBatch == 12)
    #expect(reply?.enablesAck == false)
    #expect(reply?.connectionTypes == ["x"])
    let odd = message(
      #"{"channel":"/x","id":{},"successful":"yes","advice":3,"ext":[],"error":{}}"#)
    #expect(odd?.id == nil)
    #expect(odd?.isSuccessful == false)
    #expect(odd?.advice == Advice())
    #expect(odd?.ackBatch == nil)
    #expect(odd?.error?.text == "{}")
  }

  @Test(arguments: ["3", "[]", "{}", #"{"channel":""}"#, #"{"channel":4}"#, "null"])
  func `what has no channel is no message`(text: String) { #expect(message(text) == nil) }

  /// Mutation tried: `isDelivery` by the absence of `successful` alone.
  @Test func `a notification is told from the reply to a publish`() {
    #expect(message(#"{"channel":"/a","data":{}}"#)?.isDelivery == true)
    #expect(message(#"{"channel":"/a","data":null,"successful":true}"#)?.isDelivery == true)
    #expect(message(#"{"channel":"/a","successful":true}"#)?.isDelivery == false)
    #expect(message(#"{"channel":"/a","text":"no data"}"#)?.isDelivery == true)
    #expect(message(#"{"channel":"/meta/connect","data":{}}"#)?.isDelivery == false)
  }

  @Test func `an error is read by its form, or kept as it is`() {
    let denied = BayeuxError("403:a,b:create:denied")
    #expect(denied.code == 403)
    #expect(denied.arguments == ["a", "b"])
    #expect(denied.text == "create:denied")
    for text in ["Authentication failed", "4031::x", "40x::x", ":", "", "403:only one"] {
      #expect(BayeuxError(text).code == nil)
      #expect(BayeuxError(text).text == text)
    }
  }

  /// Mutation tried: without the clamps.
  @Test func `advice out of bounds is clamped, as a number or a string`() {
    let wild = advice(
      #"{"reconnect":"retry","interval":"1e12","timeout":99999999,"maxInterval":-4}"#)
    #expect(wild?.interval == .seconds(3600))
    #expect(wild?.timeout == .seconds(600))
    #expect(wild?.maxInterval == .zero)
    let negative = advice(#"{"interval":-1,"reconnect":"sometimes","timeout":"nan"}"#)
    #expect(negative?.interval == .zero)
    #expect(negative?.forbidsRetry == true)
    #expect(negative?.reconnect == nil)
    #expect(negative?.timeout == nil)
    #expect(advice("[]") == Advice())
  }

  @Test func `what is advised for long-polling stands above the rest`() {
    let both = advice(#"{"reconnect":"none","timeout":5,"long-polling":{"reconnect":"retry"}}"#)
    #expect(both?.reconnect == .retry)
    #expect(both?.timeout == .milliseconds(5))
  }

  @Test func `a later advice keeps the rhythm it does not mention`() {
    var pacing = Pacing()
    pacing.merge(advice(#"{"interval":7,"timeout":8}"#))
    pacing.merge(advice(#"{"reconnect":"handshake"}"#))
    pacing.merge(nil)
    pacing.merge(advice(#"{"interval":-1}"#))
    #expect(pacing.interval == .milliseconds(7))
    #expect(pacing.hold == .milliseconds(8))
  }

  @Test(arguments: ["/a", "/a/b-_!~()$@9", "/a/*", "/**", "/meta/connect"])
  func `a name of the grammar is valid`(name: String) { #expect(Channel.isValid(name)) }

  @Test(arguments: ["", "/", "a", "/a/", "//a", "/a b", "/a/*/b", "/**/b", "/ä", "/a*"])
  func `any other name is not`(name: String) { #expect(!Channel.isValid(name)) }

  @Test func `a wildcard stands for one segment, two for any depth`() {
    #expect(Channel.matches("/a/b", pattern: "/a/*"))
    #expect(!Channel.matches("/a/b/c", pattern: "/a/*"))
    #expect(!Channel.matches("/a", pattern: "/a/*"))
    #expect(Channel.matches("/a/b/c", pattern: "/a/**"))
    #expect(!Channel.matches("/a", pattern: "/a/**"))
    #expect(!Channel.matches("/b/c", pattern: "/a/**"))
    #expect(Channel.matches("/a", pattern: "/a"))
    #expect(!Channel.matches("/ab", pattern: "/a"))
    #expect(
      Channel.isService("/service/x") && Channel.isMeta("/meta/x") && !Channel.isMeta("/metal"))
  }

  @Test func `the same seed gives the same numbers`() {
    // The first outputs for seed 1234567, as the algorithm's authors publish them.
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }

  @Test func `different data under one channel, and one data under two, have different prints`() {
    let texts = [
      #"{"channel":"/a","data":1}"#, #"{"channel":"/a","data":2}"#, #"{"channel":"/b","data":1}"#,
    ]
    let prints = texts.compactMap(message).map { Fingerprint(Delivery($0)) }
    #expect(Set(prints).count == 3)
  }

  @Test func `one oversized message is kept from the others, which are read`() {
    let event = #"{"channel":"/v2/me/calls","data":{"n":1}}"#
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: SessionBounds.messageBytes)
    let large = Array(#"{"channel":"/v2/me/calls","data":""#.utf8) + text + Array(#""}"#.utf8)
    let body = Body(Array("[\(event),".utf8) + large + Array(",\(event)]".utf8))
    #expect(body.deliveries.count == 2)
    #expect(body.isDamaged)
    #expect(body.malformed.map(\.bytes.count) == [large.count])
    #expect(body.malformed.first?.offset == event.utf8.count + 2)
    #expect(Body(Array("[\(event)]".utf8)).malformed == [])
  }

  @Test func `a backlog of 64 MB in one answer is read whole`() {
    let event = Array(
      #",{"channel":"/v2/me/calls","data":{"text":"\#(String(repeating: "x", count: 1_200))"}}"#
        .utf8)
    let count = (64 << 20) / event.count + 1
    var bytes = Array("[{}".utf8)
    bytes.reserveCapacity(count * event.count + 4)
    for _ in 0..<count { bytes += event }
    bytes.append(UInt8(ascii: "]"))
    let body = Body(bytes)
    #expect(bytes.count > 64 << 20)
    #expect(body.deliveries.count == count)
    #expect(body.malformed.count == 1)
  }

  /// Sixty-four times the messages take sixty-four times as long, were it quadratic four thousand;
  /// the limit between leaves room for a machine that is busy with something else.
  @Test func `a body of many messages takes time in proportion`() {
    let padding = String(repeating: "x", count: 200)
    let event = #"{"channel":"/v2/me/calls","data":{"n":1,"text":"\#(padding)"}}"#
    func time(_ count: Int) -> Duration {
      let bytes = Array(
        ("[" + Array(repeating: event, count: count).joined(separator: ",") + "]").utf8)
      return ContinuousClock().measure { #expect(Body(bytes).deliveries.count == count) }
    }
    let few = (0..<3).map { _ in time(250) }.min() ?? .zero
    #expect(time(16_000) < few * 1000)
  }
}
