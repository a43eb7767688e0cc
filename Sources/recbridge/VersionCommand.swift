import Daemon

/// `version`: which recbridge this is.
enum VersionCommand {
  static let version = Release.version

  static let subcommand = Subcommand("version", summary: "say which version this is") {
    _ throws(UsageError) in run()
  }

  static func run() -> ExitCode {
    Terminal.say("recbridge \(version)")
    return .success
  }
}
