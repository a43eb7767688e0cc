/// `groups`: the durable readers, how far each has acknowledged, and how far behind that is.
enum GroupsCommand {
  static let subcommand = Subcommand(
    "groups", summary: "the durable readers and feeds, and how far behind each is",
    options: ListCommand.options
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/groups", member: "groups", as: .groups)
  }
}
