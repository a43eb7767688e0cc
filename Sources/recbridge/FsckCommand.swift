/// `fsck`: is a store whole?
enum FsckCommand {
  static let subcommand = Subcommand(
    "fsck", summary: "check a store without changing it",
    operands: [.init(name: "STORE", help: "the database")]
  ) { arguments throws(UsageError) in
    Wiring.fsck(store: arguments.operands[0]) { Terminal.say($0) }
  }
}
