/// `calls`: what is live: the calls, their state and recording.
enum CallsCommand {
  static let subcommand = Subcommand(
    "calls", summary: "what is live: the calls, their state and recording",
    options: ListCommand.options
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/calls", member: "calls", as: .calls)
  }
}
