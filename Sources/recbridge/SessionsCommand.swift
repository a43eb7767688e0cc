/// `sessions`: each agent's session: its state, last connect and last gap.
enum SessionsCommand {
  static let subcommand = Subcommand(
    "sessions", summary: "each agent's session: its state, last connect and last gap",
    options: ListCommand.options
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/sessions", member: "sessions", as: .sessions)
  }
}
