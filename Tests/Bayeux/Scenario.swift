import Bayeux

/// A short conversation with the model server, without chance: what happens when.
struct Scenario {
  let dialect: FakeServer.Dialect
  var ack = false
  var prefersSocket = false
  /// Notifications that nobody can deliver, within a declared gap.
  var lost = 0
  let script: [(Duration, Simulation.Action)]

  /// Two notifications, a pause long enough for the server to end a parked connect, a third one.
  private static let plain: [(Duration, Simulation.Action)] = [
    (.zero, .start), (.seconds(1), .publish(2)), (.seconds(14), .publish(1)), (.seconds(16), .stop),
  ]

  static let all: [(name: String, scenario: Scenario)] = [
    ("cometd-long-polling", Scenario(dialect: .cometd3, script: plain)),
    (
      "cometd-long-polling-ack-failures",
      Scenario(
        dialect: .cometd5, ack: true,
        script: [
          (.zero, .start), (.seconds(1), .publish(2)), (.seconds(2), .cut),
          (.seconds(3), .publish(1)),
          (.seconds(4), .publish(1)), (.seconds(7), .forget), (.seconds(30), .publish(1)),
          (.seconds(31), .stop),
        ])
    ),
    (
      "cometd-websocket-ack-broken-socket",
      Scenario(
        dialect: .cometd5, ack: true, prefersSocket: true,
        script: [
          (.zero, .start), (.seconds(1), .publish(2)), (.seconds(2), .wire(1, .end(.broken))),
          (.milliseconds(2_010), .publish(1)), (.seconds(4), .publish(2)),
          (.seconds(5), .wire(2, .end(.code(1001)))), (.seconds(6), .publish(1)),
          (.seconds(20), .stop),
        ])
    ),
    (
      "cometd-websocket-stalled",
      Scenario(
        dialect: .cometd3, prefersSocket: true,
        script: [
          (.zero, .start), (.seconds(1), .publish(2)), (.seconds(2), .stall),
          (.milliseconds(2_001), .publish(1)), (.seconds(4), .publish(1)), (.seconds(5), .stop),
        ])
    ),
    ("faye-long-polling", Scenario(dialect: .faye, script: plain)),
    ("faye-websocket", Scenario(dialect: .faye, prefersSocket: true, script: plain)),
    (
      "upgrade-refused",
      Scenario(
        dialect: .cometd5, ack: true, prefersSocket: true,
        script: [
          (.zero, .refuse), (.zero, .start), (.seconds(1), .publish(2)),
          (.seconds(3), .stop),
        ])
    ),
  ]

  func record() -> (lines: [String], simulation: Simulation) {
    var simulation = Simulation(seed: 1)
    simulation.queue = []
    simulation.faultRate = 0
    simulation.prefersSocket = prefersSocket
    simulation.server = FakeServer(dialect: dialect, supportsAck: ack, hold: .seconds(10))
    simulation.server.offersSocket = true
    simulation.session = Session(settings: simulation.settings, seed: 1)
    simulation.transcript = [Transcript.header(simulation.settings, seed: 1)]
    for (time, action) in script { simulation.at(time, action) }
    while let next = simulation.queue.popLast(), !simulation.hasStopped {
      simulation.now = next.at
      simulation.perform(next.action)
    }
    return (simulation.transcript ?? [], simulation)
  }
}
