/// `simulate`: a platform for tests.
enum SimulateCommand {
  static let subcommand = Subcommand(
    "simulate", summary: "serve a simulated GWS platform for tests",
    options: [.listen, .agents, .acknowledge],
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
    let agents = arguments.whole(.agents) ?? agentsDefault
    let acknowledges = arguments.has(.acknowledge)
    return Wiring.simulate(address, agents: agents, acknowledges: acknowledges) {
      Terminal.say("listening http://\($0)")
    }
  }

  /// One to watch and one to be mistaken for it.
  private static let agentsDefault = 2
}
