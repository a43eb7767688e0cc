import Bayeux
import JSON
import Testing

/// What a process that was killed leaves behind, and what the next one makes of it.
@Suite struct ResumeTests {
  private static func answered(ack: Int) -> String {
    #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":\#(ack)}}"#
  }

  /// A session with batch 7 delivered and a connect parked.
  private static func savedAt7() throws -> Session.Saved {
    var script = Script.connected(ack: true)
    script.answer(.connect, Script.event(1), answered(ack: 7))
    return try #require(script.session.saved)
  }

  private static func resuming(_ saved: Session.Saved) -> Script {
    var script = Script()
    script.session.resume(from: saved)
    script.feed(.start)
    return script
  }

  @Test func `the first message is a connect with the stored acknowledgement, answered at once`()
    throws
  {
    var script = Self.resuming(try Self.savedAt7())
    #expect(script.exchanges.map(\.kind) == [.connect])
    let connect = try #require(script.messages(.connect).first)
    #expect(connect["clientId"]?.string == "c1")
    #expect(connect["ext"]?["ack"]?.integer == 7)
    #expect(connect["advice"]?["timeout"]?.integer == 0)
    script.answer(.connect, Script.event(2), Self.answered(ack: 8))
    #expect(script.delivered == [2])
    #expect(script.last.contains(.continued(generation: 1)))
    #expect(script.interruptions == [])
    #expect(script.count(.handshake) == 0 && script.count(.subscribe) == 0)
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 8)
  }

  /// The number of a batch comes in the reply behind its notifications, in either order, in one
  /// body: one input, so one transaction. Mutation tried: the number before it in `server.ack`.
  @Test(arguments: [true, false])
  func `the acknowledgement is saved by the very input that delivers its batch`(
    isReplyFirst: Bool
  ) throws {
    var script = Script.connected(ack: true)
    script.journalsAtOnce = false
    if isReplyFirst {
      script.answer(.connect, Self.answered(ack: 7), Script.event(1))
    } else {
      script.answer(.connect, Script.event(1), Self.answered(ack: 7))
    }
    #expect(script.delivered == [1])
    let resumed = Self.resuming(try #require(script.session.saved))
    #expect(resumed.messages(.connect).first?["ext"]?["ack"]?.integer == 7)
  }

  /// Mutation tried: `redelivery` not saved.
  @Test func `what came of a broken answer before the kill is not delivered again after it`()
    throws
  {
    var script = Script.connected(ack: true)
    script.fail(.connect, partial: "[" + Script.event(1) + "," + Script.event(1) + ",{\"chan")
    #expect(script.delivered == [1, 1])
    var resumed = Self.resuming(try written(try #require(script.session.saved)))
    resumed.answer(
      .connect, Script.event(1), Script.event(1), Script.event(1), Script.event(2),
      Self.answered(ack: 9))
    #expect(resumed.delivered == [1, 2])
  }

  private func written(_ saved: Session.Saved) throws -> Session.Saved {
    let bytes = JSONWriter.write { saved.write(to: &$0) }
    let read = try #require(Session.Saved(try JSONValue.parse(bytes)))
    #expect(read == saved)
    return read
  }

  /// Mutation tried: the refused connect repeated instead.
  @Test(arguments: [
    #""successful":false,"error":"402::Unknown client","advice":{"reconnect":"handshake"}"#,
    #""successful":false,"error":"402::session_unknown""#,
    #""successful":false,"error":"401:c1:Unknown client""#,
    #""successful":false,"error":"500::busy","advice":{"reconnect":"retry"}"#,
    #""successful":false,"advice":{"reconnect":"none"}"#,
  ])
  func `a server that does not go on with the session is declared and told from the beginning`(
    members: String
  ) throws {
    var script = Self.resuming(try Self.savedAt7())
    script.answer(.connect, #"{"id":"$1","channel":"/meta/connect",\#(members)}"#)
    #expect(script.interruptions == [.sessionLost])
    guard case .notResumed = script.last.last else {
      return #expect(Bool(false), "\(script.lastLines)")
    }
    #expect(script.session.state == .idle)
    #expect(script.session.saved == nil)
    script.feed(.start)
    #expect(script.count(.handshake) == 1)
    #expect(script.interruptions == [.sessionLost])
    script.answer(.handshake, Script.handshaken)
    #expect(script.session.status.generation == 2)
  }

  @Test func `a network that is down decides nothing, and the same connect is repeated`() throws {
    let saved = try Self.savedAt7()
    var script = Self.resuming(saved)
    for _ in 0..<8 {
      script.fail(.connect, mayHaveReached: false)
      #expect(script.session.saved == saved)
      script.wait(31)
    }
    script.answer(.connect, status: 503, "")
    script.wait(31)
    #expect(script.messages(.connect).first?["ext"]?["ack"]?.integer == 7)
    script.answer(.connect, Self.answered(ack: 8))
    #expect(script.last.contains(.continued(generation: 1)))
    #expect(script.interruptions == [] && script.count(.handshake) == 0)
  }

  @Test func `a login page in place of the answer leads to a login in the end`() throws {
    var script = Self.resuming(try Self.savedAt7())
    for _ in 0..<SessionBounds.fruitlessConnectsMax {
      script.answer(.connect, "<html>Please log in</html>")
      script.wait(31)
    }
    #expect(script.session.state == .idle)
    #expect(script.interruptions == [.sessionLost])
  }

  @Test func `credentials refused on the first connect are asked for as ever`() throws {
    var script = Self.resuming(try Self.savedAt7())
    script.answer(.connect, status: 403, "Missing or invalid Csrf token")
    #expect(script.session.state == .unauthenticated)
    #expect(script.interruptions == [.authenticationNeeded])
    script.feed(.start)
    #expect(script.count(.handshake) == 1)
  }

  /// Mutation tried: `saved` while interrupted.
  @Test func `nothing is saved where a restart would be a gap anyway`() throws {
    #expect(Script.connected(ack: false).session.saved == nil)
    var script = Script()
    script.feed(.start)
    #expect(script.session.saved == nil)
    script = Script.connected(ack: true)
    script.feed(.stop)
    #expect(script.session.saved == nil)
    script = Script.connected(ack: true)
    script.answer(.connect, Script.unknown)
    #expect(script.session.saved == nil)
    // Interrupted: the answer to the second channel's subscribe may have had notifications with it.
    script = Script.connected(channels: ["/v2/me/calls", "/v2/me/devices"], ack: true)
    script.wait(6)
    #expect(script.session.saved != nil)
    script.answer(.subscribe, #"{"chan"#)
    #expect(script.interruptions.last == .unreadable)
    #expect(script.session.saved == nil)
  }

  @Test func `a channel that was never confirmed is asked for once the session goes on`() throws {
    let channels = ["/v2/me/calls", "/v2/me/devices"]
    let saved = try Self.savedAt7()
    var script = Script(channels: channels)
    #expect(saved.fits(SessionSettings(channels: channels)))
    script.session.resume(from: saved)
    script.feed(.start)
    #expect(script.count(.subscribe) == 0)
    script.answer(.connect, Self.answered(ack: 8))
    #expect(script.messages(.subscribe).first?["subscription"]?.string == "/v2/me/devices")
  }

  @Test func `a session that listens to what is not wanted any more does not fit`() throws {
    let saved = try Self.savedAt7()
    #expect(!saved.fits(SessionSettings(channels: ["/v2/me/devices"])))
    #expect(!saved.fits(SessionSettings(channels: ["/v2/me/devices", "/v2/me/calls"])))
    var silent = SessionSettings(channels: ["/v2/me/calls"])
    silent.requestsAck = false
    #expect(!saved.fits(silent))
  }

  @Test func `the time a server may still hold the session is its own hold and interval`() throws {
    var script = Script.connected(
      ack: true, advice: #"{"interval":500,"timeout":20000,"maxInterval":12000}"#)
    script.answer(.connect, Self.answered(ack: 7))
    let saved = try written(try #require(script.session.saved))
    #expect(saved.lifetime == .milliseconds(32_500))
    let silent = try Self.savedAt7()
    #expect(silent.lifetime == .seconds(30) + SessionBounds.maxIntervalDefault)
  }

  @Test(arguments: [
    "null", "{}", #"{"clientId":"c"}"#,
    #"{"clientId":"","generation":1,"ack":1,"holdMilliseconds":1,"intervalMilliseconds":1,"maxIntervalMilliseconds":1,"channels":[]}"#,
    #"{"clientId":"c","generation":-1,"ack":1,"holdMilliseconds":1,"intervalMilliseconds":1,"maxIntervalMilliseconds":1,"channels":[]}"#,
    #"{"clientId":"c","generation":1,"ack":-1,"holdMilliseconds":1,"intervalMilliseconds":1,"maxIntervalMilliseconds":1,"channels":[]}"#,
    #"{"clientId":"c","generation":1,"ack":1,"holdMilliseconds":1,"intervalMilliseconds":1,"maxIntervalMilliseconds":1,"channels":[],"delivered":[1,2]}"#,
    #"{"clientId":"c","generation":1,"ack":1,"holdMilliseconds":1,"intervalMilliseconds":1,"maxIntervalMilliseconds":1,"channels":[],"delivered":[1,2,0]}"#,
  ])
  func `a saved session that cannot be read is none`(text: String) throws {
    #expect(Session.Saved(try JSONValue.parse(Array(text.utf8))) == nil)
  }
}
