import Glibc
import HTTP
import JSON
import Loop
import Simulator
import TestSupport
import Testing

/// A feed to a real rsyslog that is stopped, killed, held and started again while events come.
@Suite(.serialized) struct SyslogFeedTests {
  enum Way: String, CaseIterable { case unix, tcp, tls }
  /// How rsyslog goes away.
  enum Absence: String, CaseIterable {
    /// SIGSTOP: the kernel takes connections and bytes for it, until nothing more fits.
    case held
    /// SIGTERM, in the middle of a delivery: nobody listens.
    case stopped
  }

  /// More than one batch, and than what socket buffers hold of these events.
  private static let eventsWhileAway = 1_500

  /// Tried: acknowledging when the kernel has taken the bytes, instead of when rsyslog has read
  /// the connection to its end, loses events at the kill.
  @Test(arguments: Way.allCases)
  func `every event arrives, in order, and a batch twice only where it was in doubt`(
    way: Way
  ) throws {
    try withFeed(way) { ground, rsyslog in
      let call = try ground.recordedCall()
      // It was never there: everything since the first event waits.
      try burst(40, call, ground)
      #expect(try lag(ground) > 40)
      try rsyslog.start()
      try settle(ground, rsyslog)
      let undisturbed = try rsyslog.received()
      #expect(undisturbed == Array(1...Int64(undisturbed.count)), "before any connection broke")

      // Stopped in the middle of things; what lies in a datagram socket would be lost with it.
      try burst(40, call, ground)
      if way == .unix { try settle(ground, rsyslog) }
      rsyslog.stop()
      try burst(60, call, ground)
      try ground.scene.wait(for: "the feed to say that it fails") { try problem(ground) != nil }
      try rsyslog.start()
      try settle(ground, rsyslog)

      // Slow: it reads nothing while events come, and is killed with what it has not read.
      rsyslog.program?.process.send(SIGSTOP)
      try burst(200, call, ground)
      if way != .unix {
        rsyslog.program?.kill()
        try burst(20, call, ground)
        try rsyslog.start()
      } else {
        rsyslog.program?.process.send(SIGCONT)
      }
      try burst(20, call, ground)
      try settle(ground, rsyslog)
      // It was stopped once and killed once.
      let repetitions = try repetitions(in: rsyslog.received(), through: latest(ground))
      #expect(repetitions <= 2)
      print("\(way): \(repetitions) batches came twice")
    }
  }

  /// Under load, for as long as it takes that more has come than can lie anywhere between; with
  /// RECBRIDGE_AWAY_SECONDS at least for that time.
  ///
  /// Tried: acknowledging a batch when it is written loses events in both absences.
  @Test(arguments: [Way.tcp, .tls], Absence.allCases)
  func `what comes while it is away arrives in order, and twice only where a connection broke`(
    way: Way, absence: Absence
  ) throws {
    try withFeed(way) { ground, rsyslog in
      let call = try ground.recordedCall()
      try rsyslog.start()
      try settle(ground, rsyslog)
      try ground.simulator.startBurst(call, count: 100)
      switch absence {
      case .held: rsyslog.program?.process.send(SIGSTOP)
      case .stopped: rsyslog.stop()
      }
      let wanted = environmentVariable("RECBRIDGE_AWAY_SECONDS").flatMap { Int64($0) } ?? 0
      let end = ground.scene.loop.now + .seconds(wanted)
      repeat { try burst(Self.eventsWhileAway, call, ground) } while ground.scene.loop.now < end
      let lag = try lag(ground)
      #expect(lag >= Int64(Self.eventsWhileAway) - 256)
      switch absence {
      case .held: rsyslog.program?.process.send(SIGCONT)
      case .stopped: try rsyslog.start()
      }
      try burst(100, call, ground)
      try settle(ground, rsyslog)
      let entries = try rsyslog.entries()
      var first: [Int64: [UInt8]] = [:]
      for (number, event) in entries { first[number] = first[number] ?? event }
      #expect(first.keys.sorted() == Array(1...Int64(first.count)), "something is missing")
      // In order throughout; it goes back only where a batch began again.
      let backwards = zip(entries, entries.dropFirst()).filter { $1.number <= $0.number }
      #expect(
        zip(entries, entries.dropFirst()).allSatisfy { $1.number <= $0.number + 1 })
      // A connection that is silent for a minute counts as broken, and then both may have come.
      #expect(backwards.count <= (absence == .held && wanted < 60 ? 0 : 1 + Int(wanted / 60)))
      #expect(entries.allSatisfy { first[$0.number] == $0.event }, "another event, same cursor")
      print("\(way), \(absence): \(first.count) events, \(entries.count - first.count) twice")
    }
  }

  /// A daemon that feeds a real rsyslog, which has not begun.
  private func withFeed(_ way: Way, _ body: (Ground, Rsyslog) throws -> Void) throws {
    var rsyslog: Rsyslog?
    try withGround(feeds: { scene in
      let made = try Rsyslog(scene)
      rsyslog = made
      let certificates = made.certificates
      let keys =
        switch way {
        case .unix: "unix: \(made.socket)"
        case .tcp: "tcp: \"127.0.0.1:\(made.tcp)\""
        case .tls:
          "tls: \"127.0.0.1:\(made.tls)\", ca: \(certificates.authority),"
            + " certificate: \(certificates.clientCertificate), key: \(certificates.clientKey)"
        }
      return "{ name: siem, syslog: { \(keys), maxBytes: 65536 } }"
    }) { ground in
      try body(ground, try #require(rsyslog))
    }
  }

  /// Tried: a context that verifies nothing.
  @Test func `a receiver whose certificate is not trusted gets nothing`() throws {
    var rsyslog: Rsyslog?
    try withGround(feeds: { scene in
      let made = try Rsyslog(scene)
      rsyslog = made
      return "{ name: siem, syslog: { tls: \"127.0.0.1:\(made.tls)\" } }"
    }) { ground in
      let rsyslog = try #require(rsyslog)
      try rsyslog.start()
      try ground.scene.wait(for: "the refusal of the certificate") {
        try problem(ground)?.contains("certificate was refused") ?? false
      }
      #expect(try rsyslog.received() == [])
    }
  }

  private func burst(_ count: Int, _ call: String, _ ground: Ground) throws {
    let before = try latest(ground)
    try ground.simulator.startBurst(call, count: count)
    try ground.scene.wait(for: "\(count) more events") {
      try latest(ground) >= before + Int64(count)
    }
  }

  private func latest(_ ground: Ground) throws -> Int64 {
    let health = try JSONValue.parse(try #require(ground.bridge.get("/healthz")).body)
    return try #require(health["latest"]?.integer)
  }

  private func group(_ ground: Ground) throws -> JSONValue {
    let response = try #require(ground.bridge.get("/v1/groups/feed:siem"))
    return try JSONValue.parse(response.body)
  }

  private func lag(_ ground: Ground) throws -> Int64 {
    try #require(try group(ground)["lag"]?.integer)
  }

  private func problem(_ ground: Ground) throws -> String? { try group(ground)["problem"]?.string }

  /// Waits until everything is delivered, and sees that it was received.
  private func settle(_ ground: Ground, _ rsyslog: Rsyslog) throws {
    try ground.scene.wait(for: "a feed without lag", within: .seconds(120)) {
      try lag(ground) == 0
    }
    let latest = try latest(ground)
    try ground.scene.wait(for: "event \(latest) with rsyslog") {
      try rsyslog.received().contains(latest)
    }
  }
}
