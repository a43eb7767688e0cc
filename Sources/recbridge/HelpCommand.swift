/// `help`: the overview.
enum HelpCommand {
  static let subcommand = Subcommand("help", summary: "list the subcommands") {
    _ throws(UsageError) in overview()
  }

  static func overview() -> ExitCode {
    Terminal.say(Help.overview)
    return .success
  }
}
