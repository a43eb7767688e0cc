import Bayeux
import Testing

/// Whole conversations as people read them: an input at the margin, with its time in seconds, and
/// below it every effect. A bug begins its repair as a transcript here.
@Suite struct ConversationTests {
  @Test func `CometD 3 as Genesys ships it`() {
    expect(
      """
      0 start
        interrupted started since ever: the session starts
        changed handshaking
        send 10.0s/handshake [{"id":"1","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["long-polling"],"ext":{"ack":true}}]
      0.02 handshake [{"id":"1","channel":"/meta/handshake","successful":true,"version":"1.0","clientId":"nv8g","supportedConnectionTypes":["long-polling","callback-polling"],"advice":{"interval":0,"timeout":20000,"reconnect":"retry"}}]
        send 10.0s [{"id":"2","channel":"/meta/subscribe","clientId":"nv8g","subscription":["/v2/me/calls","/v2/me/devices"]}]
        send 30.0s/connect [{"id":"3","channel":"/meta/connect","clientId":"nv8g","connectionType":"long-polling","advice":{"timeout":0}}]
      0.04 subscribe [{"channel":"/v2/me/calls","data":{"n":1}},{"id":"2","channel":"/meta/subscribe","subscription":["/v2/me/calls","/v2/me/devices"],"successful":true}]
        deliver 1 /v2/me/calls {"n":1}
        ready 1
      0.05 connect [{"id":"3","channel":"/meta/connect","successful":true,"advice":{"interval":0,"timeout":20000,"reconnect":"retry"}}]
        changed connected
      0.06 journaled 1
        send 30.0s/connect [{"id":"4","channel":"/meta/connect","clientId":"nv8g","connectionType":"long-polling"}]
      9 connect [{"channel":"/v2/me/calls","data":{"n":2}},{"id":"4","channel":"/meta/connect","successful":true}]
        deliver 2 /v2/me/calls {"n":2}
      9.01 journaled 2
        send 30.0s/connect [{"id":"5","channel":"/meta/connect","clientId":"nv8g","connectionType":"long-polling"}]
      20 lost connect
        interrupted answerLost since 0.06s: connection reset
        changed unconnected(reason: "connection reset")
        send 30.0s/connect [{"id":"6","channel":"/meta/connect","clientId":"nv8g","connectionType":"long-polling","advice":{"timeout":0}}]
      20.1 connect [{"advice":{"interval":0,"reconnect":"handshake"},"channel":"/meta/connect","error":"402::Unknown client","successful":false}]
        wake 20.296s
      20.3 timer
        send 10.0s/handshake [{"id":"7","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["long-polling"],"ext":{"ack":true}}]
      20.31 handshake [{"id":"7","channel":"/meta/handshake","successful":true,"clientId":"p0x1"}]
        send 10.0s [{"id":"8","channel":"/meta/subscribe","clientId":"p0x1","subscription":["/v2/me/calls","/v2/me/devices"]}]
        send 70.0s/connect [{"id":"9","channel":"/meta/connect","clientId":"p0x1","connectionType":"long-polling","advice":{"timeout":0}}]
      20.32 subscribe [{"id":"8","channel":"/meta/subscribe","subscription":["/v2/me/calls","/v2/me/devices"],"successful":true}]
        ready 2
      20.4 connect [{"id":"9","channel":"/meta/connect","successful":true,"advice":{"interval":0,"timeout":20000,"reconnect":"retry"}}]
        changed connected
        send 30.0s/connect [{"id":"10","channel":"/meta/connect","clientId":"p0x1","connectionType":"long-polling"}]
      """)
  }

  @Test func `CometD 5 with the acknowledge extension`() {
    expect(
      """
      0 start
        interrupted started since ever: the session starts
        changed handshaking
        send 10.0s/handshake [{"id":"1","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["long-polling"],"ext":{"ack":true}}]
      0.1 handshake [{"id":"1","channel":"/meta/handshake","successful":true,"clientId":"c1","ext":{"ack":{"enabled":true,"batch":0}},"advice":{"interval":0,"timeout":30000,"reconnect":"retry","maxInterval":10000}}]
        send 10.0s [{"id":"2","channel":"/meta/subscribe","clientId":"c1","subscription":["/v2/me/calls","/v2/me/devices"]}]
        send 40.0s/connect [{"id":"3","channel":"/meta/connect","clientId":"c1","connectionType":"long-polling","advice":{"timeout":0},"ext":{"ack":0}}]
      0.2 connect [{"id":"3","channel":"/meta/connect","successful":true,"ext":{"ack":1}}]
        changed connected
        send 40.0s/connect [{"id":"4","channel":"/meta/connect","clientId":"c1","connectionType":"long-polling","ext":{"ack":1}}]
      0.3 subscribe [{"id":"2","channel":"/meta/subscribe","subscription":["/v2/me/calls","/v2/me/devices"],"successful":true}]
        ready 1
      5 connect [{"channel":"/v2/me/calls","data":{"n":1}},{"id":"4","channel":"/meta/connect","successful":true,"ext":{"ack":2}}]
        deliver 1 /v2/me/calls {"n":1}
      5.1 journaled 1
        send 40.0s/connect [{"id":"5","channel":"/meta/connect","clientId":"c1","connectionType":"long-polling","ext":{"ack":2}}]
      7 cut connect [{"channel":"/v2/me/calls","data":{"n":2}},{"channel":"/v2/me/calls","da
        deliver 2 /v2/me/calls {"n":2}
        quarantine {"channel":"/v2/me/calls","da (not JSON at byte 72: the text ends inside a value)
        changed unconnected(reason: "connection reset")
      7.1 journaled 2
        send 40.0s/connect [{"id":"6","channel":"/meta/connect","clientId":"c1","connectionType":"long-polling","advice":{"timeout":0},"ext":{"ack":2}}]
      7.2 connect [{"channel":"/v2/me/calls","data":{"n":2}},{"channel":"/v2/me/calls","data":{"n":3}},{"id":"6","channel":"/meta/connect","successful":true,"ext":{"ack":4}}]
        deliver 3 /v2/me/calls {"n":3}
        changed connected
      7.3 journaled 3
        send 40.0s/connect [{"id":"7","channel":"/meta/connect","clientId":"c1","connectionType":"long-polling","ext":{"ack":4}}]
      8 stop
        send 2.0s/disconnect [{"id":"8","channel":"/meta/disconnect","clientId":"c1"}]
        wake 10.0s
      8.1 disconnect [{"id":"8","channel":"/meta/disconnect","successful":true}]
      8.2 connect [{"id":"7","channel":"/meta/connect","successful":true,"advice":{"reconnect":"none"},"ext":{"ack":5}}]
        changed stopped
        stopped
      """)
  }

  @Test func `Faye, which replies first and has no advice for the unknown`() {
    expect(
      """
      0 start
        interrupted started since ever: the session starts
        changed handshaking
        send 10.0s/handshake [{"id":"1","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["long-polling"],"ext":{"ack":true}}]
      0.1 handshake [{"id":"1","clientId":"f1","channel":"/meta/handshake","successful":true,"version":"1.0","supportedConnectionTypes":["long-polling","cross-origin-long-polling","eventsource"],"advice":{"reconnect":"retry","interval":0,"timeout":25000}}]
        send 10.0s [{"id":"2","channel":"/meta/subscribe","clientId":"f1","subscription":["/v2/me/calls","/v2/me/devices"]}]
        send 35.0s/connect [{"id":"3","channel":"/meta/connect","clientId":"f1","connectionType":"long-polling","advice":{"timeout":0}}]
      0.2 connect [{"id":"3","clientId":"f1","channel":"/meta/connect","successful":true,"advice":{"reconnect":"retry","interval":0,"timeout":25000}}]
        changed connected
        send 35.0s/connect [{"id":"4","channel":"/meta/connect","clientId":"f1","connectionType":"long-polling"}]
      0.3 subscribe [{"id":"2","clientId":"f1","channel":"/meta/subscribe","successful":true,"subscription":["/v2/me/calls","/v2/me/devices"]}]
        ready 1
      3 connect [{"id":"4","clientId":"f1","channel":"/meta/connect","successful":true},{"channel":"/v2/me/calls","data":{"n":1}}]
        deliver 1 /v2/me/calls {"n":1}
      3.1 journaled 1
        send 35.0s/connect [{"id":"5","channel":"/meta/connect","clientId":"f1","connectionType":"long-polling"}]
      9 connect [{"id":"5","clientId":"f1","channel":"/meta/connect","successful":false,"error":"401:f1:Unknown client","advice":{"reconnect":"handshake"}}]
        interrupted sessionLost since 0.3s: connect refused: 401:f1:Unknown client
        changed unconnected(reason: "connect refused: 401:f1:Unknown client")
        send 10.0s/handshake [{"id":"6","channel":"/meta/handshake","version":"1.0","minimumVersion":"1.0","supportedConnectionTypes":["long-polling"],"ext":{"ack":true}}]
      """)
  }

  private func expect(_ transcript: String, location: SourceLocation = #_sourceLocation) {
    var script = Script(channels: ["/v2/me/calls", "/v2/me/devices"])
    script.journalsAtOnce = false
    var actual: [String] = []
    for line in transcript.split(separator: "\n") where line.first != " " {
      actual.append(String(line))
      let words = line.split(separator: " ", maxSplits: 2)
      script.now = .milliseconds(Int64(((Double(words[0]) ?? 0) * 1000).rounded()))
      play(words.dropFirst().map(String.init), &script)
      actual += script.lastLines.map { "  " + $0 }
    }
    #expect(actual.joined(separator: "\n") == transcript, sourceLocation: location)
  }

  private func play(_ words: [String], _ script: inout Script) {
    let rest = words.count > 1 ? words[1] : ""
    switch words[0] {
    case "start": script.feed(.start)
    case "stop": script.feed(.stop)
    case "timer": script.feed(.timer)
    case "journaled": script.feed(.journaled(batch: UInt64(rest) ?? 0))
    case "lost", "cut":
      let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
      let kind = Exchange.Kind(rawValue: parts[0]) ?? .connect
      script.fail(kind, partial: parts.count > 1 ? parts[1] : "", reason: "connection reset")
    default: script.answer(Exchange.Kind(rawValue: words[0]) ?? .connect, rest)
    }
  }
}
