/// `commands`: what was asked and how it went.
enum CommandsCommand {
  static let subcommand = Subcommand(
    "commands", summary: "what was asked and how it went", options: ListCommand.options
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/commands", member: "commands", as: .commands)
  }
}
