/// How a run of the executable ended; scripts rely on these numbers (64 and up are sysexits(3)).
enum ExitCode: Int32 {
  case success = 0
  case failure = 1
  /// A confirmation was asked for and did not come.
  case unconfirmed = 3
  /// The command line is wrong.
  case usage = 64
  /// What was given to the daemon was refused as malformed.
  case badInput = 65
  /// The daemon cannot be reached, or says that it cannot serve now.
  case unavailable = 69
  /// The configuration is wrong.
  case configuration = 78

  /// The table that every help text ends with.
  static let explained = """
    Exit codes: 0 success, 1 failure, 3 asked for a confirmation and it was not confirmed,
    64 usage, 65 bad input data, 69 service unavailable, 78 configuration error.
    """
}
