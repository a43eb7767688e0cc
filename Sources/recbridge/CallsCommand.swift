/// `calls`: what is live: the calls, their state and recording.
enum CallsCommand {
  static let subcommand = Subcommand(
    "calls", summary: "what is live: the calls, their state and recording",
    options: ListCommand.options,
    details: """
      With profile commands-only nobody tells of calls, so there are none to list: recbridge
      commands shows what was asked for which call, and how it ended.
      """
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/calls", member: "calls", as: .calls)
  }
}
