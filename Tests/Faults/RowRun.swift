import HTTP
import JSON
import Loop
import TestSupport

/// Runs one row from the beginning to the comparison at its end.
struct RowRun {
  let ground: Ground
  let reader: EventReader
  let publisher: Publisher
  private(set) var row: Row

  static func run(_ scenario: Scenario, _ transport: Transport, in folder: String) throws -> Row {
    let ground = try Ground(scenario, transport, folder: folder)
    defer { ground.close() }
    let reader = EventReader(ground)
    defer { reader.close() }
    let publisher = Publisher(ground, reader)
    defer { publisher.close() }
    var run = RowRun(
      ground: ground, reader: reader, publisher: publisher, row: Row(scenario, transport))
    try run.run()
    return run.row
  }

  private mutating func run() throws {
    try ground.beginSimulator()
    try ground.configure()
    try ground.beginDaemon()
    try ground.waitUntilReady()
    reader.start()
    try publisher.makeCalls()
    try publisher.publishOne()
    try ground.wait(for: "the first event") {
      reader.tally.hasReceived(publisher.number, series: 0)
    }
    let gapsBefore = reader.tally.gaps.count
    try play()
    try ground.proxy.resume()
    row.backMilliseconds = try timeToComeBack()
    let counts = ground.proxy.counts
    row.strikes = counts.cut + counts.unavailable + counts.silenced
    if row.backMilliseconds != nil { row.callsAgree = try isReady() && callsAgree() }
    row.figures = reader.tally.figures(gapsBefore: gapsBefore)
    for problem in reader.problems.prefix(3) { complain(problem) }
    if row.figures.lostOutsideGap > 0 {
      complain("lost outside a gap: \(row.figures.missing.prefix(20))")
    }
  }

  /// Publishes until something arrives that was published from now on; nil when nothing does.
  private func timeToComeBack() throws -> Int64? {
    let start = ground.loop.now
    reader.tally.reopenWindow()
    defer { reader.tally.endWindow(after: publisher.number, at: ground.loop.now.milliseconds) }
    while ground.loop.now - start < Ground.patience {
      try publisher.publishOne()
      let number = publisher.number
      let isBack = ground.loop.run(
        until: { reader.tally.hasReceived(number, series: 0) }, within: .milliseconds(250))
      if isBack { return (ground.loop.now - start).milliseconds }
    }
    return nil
  }

  private func isReady() throws -> Bool {
    do {
      try ground.waitUntilReady()
      return true
    } catch let failure as Failure {
      complain(failure.what)
      return false
    }
  }

  /// Whether the daemon lists the calls that there are on the platform, in the same states.
  private func callsAgree() throws -> Bool {
    let truth = try ground.switchboard("GET", "calls").elements.filter {
      $0["state"]?.string != "Released"
    }.map { "\(Self.text($0["id"])) \(Self.text($0["state"])) \(Self.text($0["recording"]))" }
    let answer = ground.ask("GET", "http://localhost/v1/calls", socket: ground.socket)
    guard let answer, let listed = try? JSONValue.parse(answer.body)["calls"] else { return false }
    let seen = listed.elements.map {
      "\(Self.text($0["call"]?["id"])) \(Self.text($0["call"]?["state"]))"
        + " \(Self.text($0["recordingState"]))" + ($0["exact"]?.bool == true ? "" : " inexact")
    }
    if truth.sorted() == seen.sorted() { return true }
    complain("on the platform: \(truth.sorted())")
    complain("as the daemon has it: \(seen.sorted())")
    return false
  }

  private static func text(_ value: JSONValue?) -> String { value?.string ?? "-" }

  func complain(_ text: String) {
    Terminal.complain("\(row.scenario.rawValue), \(row.transport.rawValue): \(text)")
  }
}

// What goes wrong, scenario by scenario.
extension RowRun {
  /// At least so much comes in one answer.
  private static let backlogBytes = 64 << 20
  private static let backlogCount = 54_000

  private mutating func play() throws {
    switch row.scenario {
    case .noFault: try publish { pass(.seconds(8)) }
    case .resets: try reset()
    case .resetAfter30kB:
      try publish {
        pass(.seconds(1))
        proxy.cutEach(afterBytes: 30_000)
        pass(.seconds(9))
        try proxy.resume()
        pass(.seconds(1))
      }
    case .stall8s:
      try publish {
        pass(.seconds(2))
        proxy.stall()
        pass(.seconds(8))
        try proxy.resume()
        pass(.seconds(4))
      }
    case .stall25s:
      try publish {
        pass(.seconds(2))
        proxy.stall()
        pass(.seconds(25))
        proxy.cut()
        try proxy.resume()
        pass(.seconds(5))
      }
    case .forgotten: try forget()
    case .disconnected:
      try publish {
        pass(.seconds(3))
        try ground.switchboard("POST", "sessions/disconnect", "{}")
        pass(.seconds(5))
      }
    case .unavailable: try refuse24()
    case .serverRestart: try restartServer()
    case .always402: try refuseConnects()
    case .backlog: try backlog()
    case .halfOpen:
      try publish {
        pass(.seconds(2))
        proxy.halfOpen()
        pass(.seconds(25))
      }
    case .readTimeout:
      proxy.limitSilence(to: .seconds(5), .gatewayTimeout)
      for _ in 0..<2 {
        try publish { pass(.seconds(2)) }
        pass(.seconds(12))
      }
      try publish { pass(.seconds(2)) }
    case .kill: try kill()
    }
  }

  private var proxy: FaultProxy { ground.proxy }

  private func pass(_ duration: Duration) { ground.pass(duration) }

  private func publish(_ body: () throws -> Void) throws {
    publisher.start()
    try body()
    try publisher.stop()
  }

  private func reset() throws {
    try publish {
      pass(.seconds(1))
      for _ in 0..<10 {
        proxy.cut()
        pass(.milliseconds(900))
      }
      pass(.seconds(1))
    }
  }

  private func kill() throws {
    try publish {
      pass(.seconds(1))
      for _ in 0..<10 {
        ground.killDaemon()
        try ground.beginDaemon()
        pass(.seconds(1))
      }
      pass(.seconds(1))
    }
  }

  private func forget() throws {
    for _ in 0..<3 {
      try publish { pass(.seconds(1)) }
      // A connect that is held is not woken: the hardest case, and else it would be luck.
      try ground.wait(for: "a held connect") {
        try ground.switchboard("GET", "sessions").elements.contains { $0["isHeld"]?.bool == true }
      }
      try ground.switchboard("POST", "sessions/forget", #"{"mode":"late-none"}"#)
      let before = publisher.number
      try publish {
        // What is published from now on arrives over a new session only. In vain: the end tells.
        try? ground.wait(for: "a new session", within: .seconds(30)) {
          reader.tally.highest(series: 0) > before
        }
        pass(.seconds(1))
      }
    }
  }

  private func refuse24() throws {
    try publish {
      pass(.seconds(2))
      proxy.cut()
      for _ in 0..<24 {
        proxy.answer503(requests: 1)
        pass(.milliseconds(200))
      }
      proxy.answer503(requests: 0)
      proxy.cut()
      pass(.seconds(4))
    }
  }

  private func restartServer() throws {
    try publish {
      pass(.seconds(3))
      proxy.refuse()
      ground.killSimulator()
      pass(.milliseconds(2_500))
      try ground.beginSimulator()
      try publisher.makeCalls()
      try proxy.resume()
      pass(.seconds(5))
    }
  }

  private mutating func refuseConnects() throws {
    func handshakes() throws -> Int {
      Int(try ground.switchboard("GET", "status")["handshakes"]?.integer ?? 0)
    }
    publisher.start()
    pass(.seconds(2))
    let before = try handshakes()
    let fault = try ground.switchboard(
      "POST", "faults", #"{"kind":"refuse-connect","count":"forever"}"#)
    pass(.seconds(60))
    row.handshakesPerMinute = try handshakes() - before
    try ground.switchboard("DELETE", "faults/\(fault["id"]?.integer ?? 0)")
    pass(.seconds(2))
    try publisher.stop()
  }

  private func backlog() throws {
    let padding = String(repeating: "b", count: 300)
    let call = try publisher.call("\"userData\":{\"padding\":\"\(padding)\"}")
    reader.series[call] = 1
    try publish {
      pass(.seconds(2))
      let bytes = proxy.counts.bytesDown
      let asked = ground.loop.wallClock.microseconds
      for number in 1...Self.backlogCount { reader.tally.ask(number, series: 1, at: asked) }
      try ground.switchboard("POST", "calls/\(call)/burst", "{\"count\":\(Self.backlogCount)}")
      let answered = ground.loop.wallClock.microseconds
      for number in 1...Self.backlogCount { reader.tally.answer(number, series: 1, at: answered) }
      try? ground.wait(for: "the backlog", within: .seconds(60)) {
        reader.tally.receivedCount(series: 1) >= Self.backlogCount
      }
      pass(.seconds(2))
      guard proxy.counts.bytesDown - bytes >= Self.backlogBytes else {
        throw Failure(what: "the backlog had \(proxy.counts.bytesDown - bytes) bytes only")
      }
    }
  }
}
