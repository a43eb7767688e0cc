/// `run`: the daemon.
enum RunCommand {
  static let subcommand = Subcommand(
    "run", summary: "run the daemon", options: [.config],
    details: """
      Bridges until SIGTERM or SIGINT. Nothing starts on a configuration that is not understood:
      recbridge check-config FILE says why. SIGHUP reads FILE again, with its agents; secrets are
      also read again when their files change.
      """
  ) { arguments throws(UsageError) in
    let file = try arguments.required(.config)
    guard let configuration = CheckConfigCommand.load(file) else { return .configuration }
    return Wiring.run(configuration, from: file)
  }
}
