/// `version`: which recbridge this is.
enum VersionCommand {
  /// Raised with every release; contracts change only with its first two numbers.
  static let version = "0.1.0"

  static let subcommand = Subcommand("version", summary: "say which version this is") {
    _ throws(UsageError) in run()
  }

  static func run() -> ExitCode {
    Terminal.say("recbridge \(version)")
    return .success
  }
}
