import Simulator

/// `simulate`: a platform for tests.
enum SimulateCommand {
  static let subcommand = Subcommand(
    "simulate", summary: "serve a simulated GWS platform for tests",
    options: [
      .listen, .agents, .personality, .websocket, .acknowledge, .hold, .maxInterval,
    ],
    details: "Prints listening http://HOST:PORT once it is ready; ends on SIGTERM or SIGINT."
  ) { arguments throws(UsageError) in
    var address = ListenAddress.standard
    if let text = arguments.value(.listen) {
      guard let given = ListenAddress(text) else {
        throw arguments.error(
          "--listen expects 127.0.0.1:PORT, found \(Printable.text(text))")
      }
      address = given
    }
    return Wiring.simulate(address, settings(arguments)) {
      Terminal.say("listening http://\($0)")
    }
  }

  private static func settings(_ arguments: Arguments) -> SimulatorSettings {
    var settings = SimulatorSettings(agentCount: arguments.whole(.agents) ?? agentsDefault)
    if let name = arguments.value(.personality), let personality = Personality(rawValue: name) {
      settings.personality = personality
    }
    if arguments.has(.websocket) { settings.webSocket = .offered }
    if arguments.has(.acknowledge) { settings.acknowledgement = .offered }
    if let seconds = arguments.whole(.hold) { settings.holdTimeout = .seconds(seconds) }
    if let seconds = arguments.whole(.maxInterval) { settings.maxInterval = .seconds(seconds) }
    return settings
  }

  /// One to watch and one to be mistaken for it.
  private static let agentsDefault = 2
}
