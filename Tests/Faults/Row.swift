import JSON

/// One scenario over one transport: what came out, and which goals it misses.
package struct Row: Sendable {
  package let scenario: Scenario
  package let transport: Transport
  package var figures = Tally.Figures()
  /// Handshakes in the time of the fault, for a minute.
  package var handshakesPerMinute: Int?
  /// How long after the fault the next event took, in milliseconds; nil for never.
  package var backMilliseconds: Int64?
  /// Whether the daemon's calls were the platform's at the end.
  package var callsAgree = false
  /// What the line did: requests answered with 503 or 504, connections reset.
  package var strikes = 0

  package init(_ scenario: Scenario, _ transport: Transport) {
    self.scenario = scenario
    self.transport = transport
  }

  /// Handshakes a minute at most where connects are refused.
  package static let handshakesMax = 6

  /// The goals that it misses, in words; empty when all are met.
  package var missed: [String] {
    var missed: [String] = []
    func expectNone(_ count: Int, _ what: String) {
      if count > 0 { missed.append("\(count) \(what)") }
    }
    if scenario == .noFault || scenario.sessionSurvives && transport.acknowledges {
      expectNone(figures.lost, "lost")
    }
    expectNone(figures.lostOutsideGap, "lost outside a gap")
    expectNone(figures.duplicated, "duplicated")
    expectNone(figures.reordered, "reordered")
    if scenario == .noFault { expectNone(figures.gaps, "gaps without a fault") }
    if let most = scenario.silenceMaxMilliseconds, figures.silenceMilliseconds > most {
      missed.append("silent for \(Self.seconds(figures.silenceMilliseconds)) s")
    }
    if let handshakesPerMinute, handshakesPerMinute > Self.handshakesMax {
      missed.append("\(handshakesPerMinute) handshakes a minute")
    }
    if backMilliseconds == nil { missed.append("never back") }
    if !callsAgree { missed.append("call states are wrong") }
    return missed
  }

  /// Seconds with one digit behind the point.
  static func seconds(_ milliseconds: Int64) -> String {
    let tenths = (milliseconds + 50) / 100
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// One object on one line.
  var json: [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("scenario", scenario.rawValue)
        writer.member("transport", transport.rawValue)
        writer.member("sent", figures.sent)
        writer.member("lost", figures.lost)
        writer.member("lost_outside_gap", figures.lostOutsideGap)
        writer.member("duplicated", figures.duplicated)
        writer.member("reordered", figures.reordered)
        writer.name("silence_s")
        writer.value(thousandths: figures.silenceMilliseconds)
        writer.member("gaps", figures.gaps)
        writer.name("back_s")
        if let backMilliseconds {
          writer.value(thousandths: backMilliseconds)
        } else {
          writer.null()
        }
        writer.member("calls_agree", callsAgree)
        writer.member("strikes", strikes)
        if let handshakesPerMinute {
          writer.member("handshakes_per_minute", handshakesPerMinute)
        }
        writer.member("goal_met", missed.isEmpty)
        writer.member("missed", missed)
      }
    }
  }

  /// What `json` wrote; nil if it is something else.
  init?(json: JSONValue) {
    guard let scenario = json["scenario"]?.string.flatMap(Scenario.init),
      let transport = json["transport"]?.string.flatMap(Transport.init)
    else { return nil }
    self.init(scenario, transport)
    func count(_ name: String) -> Int { Int(json[name]?.integer ?? 0) }
    func milliseconds(_ name: String) -> Int64? {
      json[name]?.double.map { Int64(($0 * 1000).rounded()) }
    }
    figures.sent = count("sent")
    figures.lost = count("lost")
    figures.lostOutsideGap = count("lost_outside_gap")
    figures.duplicated = count("duplicated")
    figures.reordered = count("reordered")
    figures.silenceMilliseconds = milliseconds("silence_s") ?? 0
    figures.gaps = count("gaps")
    backMilliseconds = milliseconds("back_s")
    callsAgree = json["calls_agree"]?.bool == true
    strikes = count("strikes")
    handshakesPerMinute = json["handshakes_per_minute"]?.integer.map { Int($0) }
  }
}
