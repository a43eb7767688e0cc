import Bayeux
import JSON
import Testing

/// What a session does over a WebSocket that works.
@Suite struct SocketTests {
  @Test func `the handshake names the transports in the order of the settings`() {
    var script = Script.preferringSocket()
    script.feed(.start)
    let types = script.messages(.handshake).first?["supportedConnectionTypes"]?.elements
    #expect(types.map { $0.compactMap(\.string) } == ["websocket", "long-polling"])
    #expect(script.sockets.isEmpty)
  }

  @Test func `no socket is opened unless it is offered and preferred`() {
    var script = Script.preferringSocket()
    script.feed(.start)
    script.answer(.handshake, Script.handshaken)
    #expect(script.sockets.isEmpty && script.count(.connect) == 1)
    script = Script { $0.transports = [.longPolling, .webSocket] }
    script.feed(.start)
    script.answer(.handshake, Script.offering)
    #expect(script.sockets.isEmpty && script.count(.connect) == 1)
  }

  @Test func `connect and subscribe wait for the socket and go over it`() {
    var script = Script.preferringSocket()
    script.feed(.start)
    script.answer(.handshake, Script.offering)
    #expect(script.sockets == [SocketID(1)])
    #expect(script.exchanges.map(\.kind) == [.handshake])
    #expect(script.session.status.transport == .longPolling)
    script.happen(.opened)
    #expect(script.exchanges.map(\.kind) == [.handshake])
    #expect(script.transmitted(.subscribe).count == 1)
    let connect = script.transmitted(.connect).first
    #expect(connect?["connectionType"]?.string == "websocket")
    #expect(connect?["clientId"]?.string == "c1")
    #expect(connect?["advice"]?["timeout"]?.integer == 0)
    #expect(script.session.status.transport == .webSocket)
    script.hear(Script.subscribeReply)
    #expect(script.last.contains(.ready(generation: 1)))
    script.hear(Script.connectReply)
    #expect(script.session.state == .connected)
    #expect(script.transmitted(.connect).count == 2)
  }

  /// Mutation tried: no patience.
  @Test func `a socket that opens slowly is waited for two seconds, then long-polling goes on`() {
    var script = Script.preferringSocket()
    script.feed(.start)
    script.answer(.handshake, Script.offering)
    script.wait(1.9)
    #expect(script.count(.connect) == 0)
    script.wait(0.1)
    #expect(script.count(.connect) == 1 && script.count(.subscribe) == 1)
    #expect(script.messages(.connect).first?["connectionType"]?.string == "long-polling")
    script.answer(.connect, Script.success)
    #expect(script.count(.connect) == 2)
    // Now it opens while a connect is parked over HTTP, which is left alone.
    script.happen(.opened)
    #expect(script.last == [])
    script.answer(.connect, Script.success)
    #expect(script.count(.connect) == 2)
    #expect(script.transmitted(.connect).count == 1)
    #expect(script.session.status.generation == 1)
  }

  /// Mutation tried: an exchange that is over with its first reply.
  @Test func `replies that come in several messages are gathered until all are there`() {
    var script = Script.preferringSocket(channels: ["/v2/me/calls", "/v2/me/devices"])
    script.feed(.start)
    script.answer(.handshake, Script.offering)
    script.happen(.opened)
    script.hear(#"{"id":"$subscribe","channel":"/meta/subscribe","successful":false}"#)
    let ids = script.transmitted(.subscribe).compactMap { $0["id"]?.string }
    #expect(ids.count == 3)
    script.hear(#"{"id":"\#(ids[2])","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.last == [])
    script.hear(#"{"id":"\#(ids[1])","channel":"/meta/subscribe","successful":true}"#)
    #expect(script.last.contains(.ready(generation: 1)))
  }

  @Test func `without acknowledgements a notification is delivered the moment it comes`() {
    var script = Script.onSocket()
    script.hear(Script.event(1))
    script.hear(Script.event(2), Script.event(3))
    #expect(script.delivered == [1, 2, 3])
    #expect(script.transmitted(.connect).count == 2)
  }

  /// Mutation tried: delivered at once.
  @Test func `with acknowledgements a batch waits for the reply that ends it`() {
    var script = Script.onSocket(ack: true)
    script.journalsAtOnce = false
    script.hear(Script.event(1))
    script.hear(Script.event(2))
    #expect(script.delivered == [])
    script.hear(Script.acknowledged(2))
    #expect(script.delivered == [1, 2])
    #expect(script.transmitted(.connect).count == 2)
    script.feed(.journaled(batch: 1))
    #expect(script.transmitted(.connect).last?["ext"]?["ack"]?.integer == 2)
  }

  /// Mutation tried: what is held thrown away with the socket.
  @Test func `what came of a batch when the socket broke is delivered, and recognised again`() {
    var script = Script.onSocket(ack: true)
    script.hear(Script.event(1), Script.event(1))
    script.close(.broken)
    #expect(script.delivered == [1, 1])
    #expect(script.interruptions == [.started])
    script.happen(.opened)
    #expect(script.transmitted(.connect).last?["ext"]?["ack"]?.integer == 1)
    script.hear(Script.event(1), Script.event(1))
    script.hear(Script.event(1), Script.event(2), Script.acknowledged(2))
    #expect(script.delivered == [1, 1, 1, 2])
  }

  /// Mutations tried: each part compared from the start; a part delivered again with the reply;
  /// nothing delivered before the reply; what the parts held saved for the next answer.
  @Test func `a batch too large to be held is delivered in parts, once each`() throws {
    var script = Script.onSocket(ack: true)
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 3_900_000)
    func large(_ number: Int) -> SocketEvent {
      let head = #"[{"channel":"/v2/me/calls","data":{"n":\#(number),"text":""#
      return .message(Array(head.utf8) + text + Array(#""}}]"#.utf8))
    }
    for number in [1, 1, 2, 3] { script.happen(large(number)) }
    #expect(script.delivered == [])
    script.happen(large(4))
    #expect(script.delivered == [1, 1, 2, 3, 4])
    // Another process gets the whole batch again, from its start.
    let saved = try #require(script.session.saved)
    #expect(try Session.Saved(JSONValue.parse(JSONWriter.write(saved.write))) == saved)
    script.happen(large(1))
    script.hear(Script.event(9), Script.acknowledged(2))
    #expect(script.delivered == [1, 1, 2, 3, 4, 1, 9])
    script.hear(Script.event(9), Script.acknowledged(3))
    #expect(script.delivered == [1, 1, 2, 3, 4, 1, 9, 9])
  }

  @Test func `a message that cannot be read is kept, and the session asks at once for the state`() {
    var script = Script.onSocket { $0.livenessInterval = .seconds(10) }
    script.hear(#"{"channel":"/v2/me/calls","data":nul}"#, Script.event(2))
    #expect(script.delivered == [2])
    #expect(script.interruptions == [.started, .unreadable])
    script.wait(1)
    script.hear(Script.subscribeReply)
    #expect(script.last.contains(.resumed))
  }

  /// A poisoned batch would come over each new socket.
  @Test func `a reply that cannot be read leads to a new session in the end`() {
    var script = Script.onSocket(ack: true)
    let broken = #"{"id":"$connect","channel":"/meta/connect","successful":tru}"#
    for _ in 0..<SessionBounds.fruitlessConnectsMax {
      script.hear(broken)  // Where there is no socket any more, it comes over HTTP.
      script.answer(.connect, Script.event(1), broken)
      script.wait(40)
      script.happen(.opened)
      script.wait(2)
    }
    #expect(script.count(.handshake) == 2)
  }

  @Test func `a forgotten session is handshaken again over HTTP, and gets a socket of its own`() {
    var script = Script.onSocket()
    script.hear(
      #"{"id":"$connect","channel":"/meta/connect","successful":false,"error":"402::Unknown client"}"#
    )
    #expect(script.closed == [SocketID(1)])
    #expect(script.count(.handshake) == 2)
    #expect(script.interruptions == [.started, .sessionLost])
    script.hear(Script.event(7), on: SocketID(1))
    #expect(script.last == [])
    script.answer(.handshake, Script.offering)
    #expect(script.sockets == [SocketID(1), SocketID(2)])
  }

  @Test func `a reply to another message over the socket is not ours`() {
    var script = Script.onSocket()
    script.hear(#"{"id":"77","channel":"/meta/connect","successful":true}"#)
    #expect(script.last == [])
    script.hear(Script.event(1), #"{"id":"77","channel":"/meta/subscribe","successful":false}"#)
    #expect(script.delivered == [1])
    #expect(script.session.state == .connected)
  }

  @Test func `a server that says goodbye over the socket is handshaken again`() {
    var script = Script.onSocket(ack: true)
    script.hear(Script.event(1))
    script.hear(#"{"channel":"/meta/disconnect"}"#)
    #expect(script.delivered == [1])
    #expect(script.closed == [SocketID(1)])
    #expect(script.count(.handshake) == 2)
  }

  @Test func `stop says goodbye over the socket, keeps what still comes and closes it`() {
    var script = Script.onSocket(ack: true)
    script.feed(.stop)
    #expect(script.transmitted(.disconnect).count == 1)
    script.hear(Script.event(1))
    script.hear(#"{"id":"$disconnect","channel":"/meta/disconnect","successful":true}"#)
    #expect(script.session.state == .disconnecting)
    script.hear(Script.event(2), Script.acknowledged(2))
    #expect(script.delivered == [1, 2])
    #expect(script.lastLines.suffix(3) == ["close socket 1", "changed stopped", "stopped"])
    script = Script.onSocket(ack: true)
    script.hear(Script.event(1))
    script.feed(.stop)
    script.wait(2)
    #expect(script.delivered == [1])
    #expect(script.last.last == .stopped)
  }

  /// Mutation tried: WebSocket wherever it is offered.
  @Test func `a killed process that had no working socket begins over HTTP`() throws {
    var script = Script.preferringSocket()
    script.feed(.start)
    script.answer(.handshake, Script.offeringAck)
    script.close(.unreachable)
    script.answer(.subscribe, #"{"id":"$1","channel":"/meta/subscribe","successful":true}"#)
    script.answer(
      .connect, #"{"id":"$1","channel":"/meta/connect","successful":true,"ext":{"ack":1}}"#)
    #expect(try #require(script.session.saved).transport == .longPolling)
    script.wait(0.5)
    script.happen(.opened)
    #expect(try #require(script.session.saved).transport == .longPolling)
  }

  /// Mutations tried: the transport always long-polling, or not written; the settings not asked.
  @Test func `a killed process that had a socket tries that first`() throws {
    var script = Script.onSocket(ack: true)
    let bytes = JSONWriter.write { script.session.saved?.write(to: &$0) }
    let saved = try #require(Session.Saved(try JSONValue.parse(bytes)))
    #expect(saved == script.session.saved)
    script = Script.preferringSocket()
    script.session.resume(from: saved)
    script.feed(.start)
    #expect(script.sockets.count == 1 && script.exchanges.isEmpty)
    script.happen(.opened)
    #expect(script.transmitted(.connect).first?["ext"]?["ack"]?.integer == 1)
    script.hear(Script.acknowledged(2))
    #expect(script.last.contains(.continued(generation: 1)))
    // A configuration without WebSocket goes on with the same session.
    script = Script()
    script.session.resume(from: saved)
    script.feed(.start)
    #expect(script.sockets.isEmpty && script.count(.connect) == 1)
  }
}
