/// `run`: the daemon.
enum RunCommand {
  static let subcommand = Subcommand(
    "run", summary: "run the daemon", options: [.config],
    details: """
      Reads the configuration once, and its secrets again when their files change, and bridges until
      SIGTERM or SIGINT. Nothing starts on a configuration that is not understood: recbridge
      check-config FILE says why.
      """
  ) { arguments throws(UsageError) in
    let file = try arguments.required(.config)
    guard let configuration = CheckConfigCommand.load(file) else { return .configuration }
    return Wiring.run(configuration)
  }
}
