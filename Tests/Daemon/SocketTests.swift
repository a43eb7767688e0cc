import Configuration
import JSON
import Loop
import Testing

@testable import Simulator

/// The daemon over WebSockets, against our platform, with real sockets.
@Suite(.serialized) struct SocketTests {
  @Test(arguments: [SimulatorSettings.Acknowledgement.off, .offered])
  func `a stop over a WebSocket is witnessed and confirmed, with acknowledgements and without`(
    acknowledgement: SimulatorSettings.Acknowledgement
  ) throws {
    let stage = try Stage.overSockets(acknowledgement: acknowledgement) { $0.csrf = .standard }
    defer { stage.close() }
    try stage.start()
    #expect(try stage.transport() == "websocket")
    let call = try stage.recordedCall()
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
    #expect(try stage.gapCauses() == ["started"])
    #expect(stage.simulator.model.counters.upgrades == 1)
    try stage.stop()
    #expect(stage.simulator.model.sessionCount(of: "alice") == 0)
    try stage.wait("the socket has ended") { stage.simulator.model.socketCount == 0 }
  }

  @Test func `sockets reset ten times in a stream lose, repeat and turn round nothing`() throws {
    let stage = try Stage.overSockets(acknowledgement: .offered)
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    try stage.simulator.startBurst(call, count: 300, interval: .milliseconds(10))
    for number in 1...10 {
      try stage.wait("\(number * 25) have come") { try stage.numbers().count >= number * 25 }
      try stage.waitForSocket()
      stage.simulator.resetSockets()
    }
    try stage.wait("all have come") { try stage.numbers().count >= 300 }
    #expect(try stage.numbers() == Array(1...300))
    #expect(try stage.gapCauses() == ["started"])
    #expect(stage.handshakes == 1)
    try stage.waitForSocket()
    #expect(stage.simulator.model.counters.upgrades > 10)
  }

  // By the pong that does not come, after 25 s at most, and much sooner where a probe asks.
  @Test(arguments: [nil, Duration.seconds(2)])
  func `a socket that falls silent is noticed and replaced, and nothing is lost in silence`(
    probe: Duration?
  ) throws {
    let stage = try Stage.overSockets(acknowledgement: probe == nil ? .offered : .off) {
      $0.holdTimeout = .seconds(120)
      $0.maxInterval = .seconds(120)
    }
    defer { stage.close() }
    stage.configuration.platform.livenessProbe = probe
    try stage.start()
    let call = try stage.recordedCall()
    stage.simulator.silenceSockets()
    let start = stage.loop.now
    try stage.simulator.startBurst(call, count: 5)
    try stage.simulator.setRecording(call, .stopped)
    _ = try stage.event("recording") { $0["data"]?["to"]?.string == "Stopped" }
    #expect(stage.loop.now - start < .seconds(60))
    try stage.waitForSocket()
    try stage.simulator.startBurst(call, count: 5)
    try stage.wait("the last has come") { try stage.numbers().last == 10 }
    if probe == nil {
      // The call carries the last number along, so the change of its recording tells it again.
      #expect(try stage.numbers() == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10])
      #expect(try stage.gapCauses() == ["started"])
    } else {
      #expect(try stage.numbers() == Array(6...10))
      #expect(try stage.gapCauses() == ["started", "answer-lost"])
    }
    #expect(stage.handshakes == 1)
  }

  @Test func `a daemon killed three times goes on over a socket, with its session and no gap`()
    throws
  {
    let stage = try Stage.overSockets(acknowledgement: .offered) { $0.csrf = .standard }
    defer { stage.close() }
    try stage.start()
    let call = try stage.recordedCall()
    try stage.simulator.startBurst(call, count: 600, interval: .milliseconds(2))
    for seen in [50, 200, 350] {
      try stage.wait("\(seen) have come") { try stage.numbers().count >= seen }
      try stage.waitForSocket()
      stage.kill()
      try stage.start(isReady: false)
    }
    try stage.wait("all have come") { try stage.numbers().count >= 600 }
    #expect(try stage.numbers() == Array(1...600))
    try stage.wait("every agent is in sync") { try stage.get("/readyz").status == 200 }
    try stage.waitForSocket()
    #expect(try stage.gapCauses() == ["started"])
    #expect(stage.handshakes == 1)
    #expect(stage.simulator.model.counters.upgrades >= 4)
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
  }

  @Test func `a backlog of 64 MB comes over one socket, complete`() throws {
    let (count, sizeBytes) = (256, 256 << 10)
    let stage = try Stage.overSockets(acknowledgement: .offered) { $0.maxInterval = .seconds(300) }
    defer { stage.close() }
    try stage.start()
    try stage.waitForSocket()
    stage.kill()
    var plan = LoadPlan(count: count)
    plan.sizeBytes = sizeBytes
    try stage.simulator.startLoad(plan)
    let opened = stage.simulator.model.counters.upgrades
    let stored = try StoredNumbers(stage.configuration.store)
    defer { stored.close() }
    try stage.start(isReady: false)
    try stage.wait("the backlog has come", within: .seconds(180)) {
      try stored.all().count >= count
    }
    #expect(try stored.all() == Array(1...Int64(count)))
    try stage.waitForSocket()
    #expect(stage.simulator.model.counters.upgrades == opened + 1)
    #expect(try stage.gapCauses() == ["started"])
    #expect(stage.handshakes == 1)
  }
}

/// Upgrades that are answered with 401.
@Suite(.serialized) struct SocketLoginTests {
  @Test func `an upgrade that is not authenticated leads to one new login, and then to a socket`()
    throws
  {
    let stage = try Stage.overSockets(acknowledgement: .offered)
    defer { stage.close() }
    stage.simulator.arm(Fault(.refuseUpgrade(status: 401)))
    try stage.start()
    try stage.waitForSocket()
    #expect(stage.simulator.model.counters.upgrades == 2)
    #expect(stage.logins == 2)
    #expect(stage.handshakes == 2)
    let call = try stage.recordedCall()
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
  }

  @Test func `a platform that never authenticates an upgrade is used over long-polling`() throws {
    let stage = try Stage.overSockets(acknowledgement: .offered)
    defer { stage.close() }
    stage.simulator.arm(Fault(.refuseUpgrade(status: 401), count: nil))
    try stage.start()
    #expect(try stage.transport() == "long-polling")
    let call = try stage.recordedCall()
    #expect(try stage.command("stop", call)["grade"]?.string == "confirmed.notified")
    #expect(stage.simulator.model.counters.upgrades == 2)
    #expect(stage.logins == 2)
    #expect(stage.handshakes == 2)
  }
}
