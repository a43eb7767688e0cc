/// `exceptions`: each pause and stop that stayed unconfirmed.
enum ExceptionsCommand {
  static let subcommand = Subcommand(
    "exceptions", summary: "each pause and stop that stayed unconfirmed",
    options: ListCommand.options
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/exceptions", member: "exceptions", as: .exceptions)
  }
}
