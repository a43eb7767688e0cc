import HTTPServer
import Simulator

/// `simulate`: a platform for tests.
enum SimulateCommand {
  static let subcommand = Subcommand(
    "simulate", summary: "serve a simulated GWS platform for tests",
    options: [
      .listen, .agents, .personality, .websocket, .acknowledge, .hold, .maxInterval,
      .certificate, .certificateKey,
    ],
    details:
      "Prints listening http://HOST:PORT (or https:) once it is ready; ends on SIGTERM or SIGINT."
  ) { arguments throws(UsageError) in
    var address = ListenAddress.standard
    if let text = arguments.value(.listen) {
      guard let given = ListenAddress(text) else {
        throw arguments.error(
          "--listen expects 127.0.0.1:PORT, found \(Printable.text(text))")
      }
      address = given
    }
    var settings = settings(arguments)
    settings.tls = try tls(arguments)
    let scheme = settings.tls == nil ? "http" : "https"
    return Wiring.simulate(address, settings) { Terminal.say("listening \(scheme)://\($0)") }
  }

  private static func tls(_ arguments: Arguments) throws(UsageError) -> ServerTLS? {
    guard arguments.has(.certificate) || arguments.has(.certificateKey) else { return nil }
    guard !arguments.has(.websocket) else {
      throw arguments.error("--websocket cannot be served together with --tls-cert")
    }
    return ServerTLS(
      certificate: try text(of: .certificate, arguments),
      key: try text(of: .certificateKey, arguments))
  }

  private static func text(
    of option: Option, _ arguments: Arguments
  ) throws(UsageError) -> String {
    let path = try arguments.required(option)
    guard let text = TextFile.read(path, sizeMax: pemSizeMax) else {
      throw arguments.error("\(option.name): cannot read \(Printable.text(path))")
    }
    return text
  }

  /// A chain of certificates has some ten thousand bytes.
  private static let pemSizeMax = 1 << 20

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
