import JSON
import Testing

@testable import faults

/// What is a miss, and how a row is written.
@Suite struct RowTests {
  private func row(_ scenario: Scenario, _ transport: faults.Transport) -> Row {
    var row = Row(scenario, transport)
    row.figures.sent = 1_000
    row.backMilliseconds = 3
    row.callsAgree = true
    return row
  }

  @Test func `a row in which nothing is missing meets its goals`() {
    for scenario in Scenario.allCases {
      for transport in Transport.allCases { #expect(row(scenario, transport).missed.isEmpty) }
    }
  }

  @Test func `with acknowledgements nothing may be lost where the session survives`() {
    for (scenario, transport, isMissed) in [
      (Scenario.resets, Transport.longPollingAck, true), (.kill, .webSocketAck, true),
      (.resets, .longPolling, false), (.serverRestart, .longPollingAck, false),
      (.noFault, .webSocket, true),
    ] {
      var row = row(scenario, transport)
      row.figures.lost = 1
      row.figures.gaps = scenario == .noFault ? 0 : 1
      #expect(row.missed.isEmpty != isMissed, "\(scenario) \(transport)")
    }
  }

  @Test func `every other goal is missed on its own, on any transport`() {
    let changes: [(String, (inout Row) -> Void)] = [
      ("2 lost outside a gap", { $0.figures.lostOutsideGap = 2 }),
      ("1 duplicated", { $0.figures.duplicated = 1 }),
      ("3 reordered", { $0.figures.reordered = 3 }),
      ("silent for 1.6 s", { $0.figures.silenceMilliseconds = 1_600 }),
      ("7 handshakes a minute", { $0.handshakesPerMinute = 7 }),
      ("never back", { $0.backMilliseconds = nil }),
      ("call states are wrong", { $0.callsAgree = false }),
    ]
    for (words, change) in changes {
      var row = row(.resets, .longPolling)
      change(&row)
      #expect(row.missed == [words])
    }
  }

  @Test func `a row begins with the agreed members and can be read again`() throws {
    var row = row(.always402, .webSocketAck)
    row.figures.lost = 5
    row.figures.lostOutsideGap = 4
    row.figures.duplicated = 3
    row.figures.reordered = 2
    row.figures.silenceMilliseconds = 61_234
    row.figures.gaps = 1
    row.handshakesPerMinute = 4
    let text = String(decoding: row.json, as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"scenario":"connect-always-402","transport":"websocket+ack","sent":1000,"lost":5,"#
          + #""lost_outside_gap":4,"duplicated":3,"reordered":2,"silence_s":61.234,"gaps":1,"#))
    let read = try #require(Row(json: try JSONValue.parse(row.json)))
    #expect(read.json == row.json)
  }

  @Test func `lines of a chunked answer are found wherever the pieces end`() {
    let wire = Array(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nab\ncd\n\r\n1\r\n\n\r\n4\r\nef\ng\r\n2\r\nh\n\r\n0\r\n\r\n"
        .utf8)
    for size in 1...wire.count {
      var lines = ChunkedLines()
      var taken: [String] = []
      var rest = wire[...]
      while !rest.isEmpty {
        lines.take(rest.prefix(size)) { taken.append(String(decoding: $0, as: UTF8.self)) }
        rest = rest.dropFirst(size)
      }
      #expect(taken == ["ab", "cd", "ef", "gh"], "in pieces of \(size)")
      #expect(lines.isEnded)
    }
  }

  @Test func `times of events are read to the microsecond`() {
    #expect(Instant.microseconds("2026-11-21T10:15:00.118Z") == 1_795_256_100_118_000)
    #expect(Instant.microseconds("1970-01-01T00:00:00Z") == 0)
    #expect(Instant.microseconds("2024-02-29T23:59:59.999999Z") == 1_709_251_199_999_999)
    #expect(Instant.microseconds("yesterday") == nil)
  }
}
