/// `audit anchors`: where checkpoints are kept besides the store.
enum AuditAnchorsCommand {
  static let subcommand = Subcommand(
    "audit", "anchors", summary: "where checkpoints are kept besides the store, and how well",
    options: ListCommand.options,
    details: """
      SIZE is how many entries the newest checkpoint has that was kept there since the daemon began.
      A problem passes by itself when the anchor works again.
      """
  ) { arguments throws(UsageError) in
    ListCommand.run(arguments, path: "/v1/audit/anchors", member: "anchors", as: .anchors)
  }
}
