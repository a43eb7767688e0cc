import Glibc
import TestSupport

/// The fault matrix: every scenario over every transport, with the real daemon against the
/// simulated platform behind a line that fails.
@main enum Faults {
  static func main() {
    _ = signal(SIGPIPE, SIG_IGN)
    do throws(UsageFailure) {
      exit(run(try Options(Array(CommandLine.arguments.dropFirst()))))
    } catch {
      Terminal.complain("faults: \(error.problem)\n\(Options.usage)")
      exit(64)
    }
  }

  private static func run(_ options: Options) -> Int32 {
    if options.isHelp {
      Terminal.say(Options.usage)
      return 0
    }
    if options.isList {
      list()
      return 0
    }
    do {
      if options.isRow { return try runRow(options) }
      var matrix = Matrix(options)
      return try matrix.run() ? 0 : 1
    } catch {
      Terminal.complain("\(error)")
      return 1
    }
  }

  private static func list() {
    for scenario in Scenario.allCases {
      Terminal.say("scenario \(scenario.rawValue): \(scenario.summary)")
    }
    for transport in Transport.allCases { Terminal.say("transport \(transport.rawValue)") }
  }

  private static func runRow(_ options: Options) throws -> Int32 {
    let (scenario, transport) = (options.scenarios[0], options.transports[0])
    func row(_ folder: String) throws {
      Terminal.say(try RowRun.run(scenario, transport, in: folder).json)
    }
    if let logs = options.logs {
      let folder = "\(logs)/\(scenario.rawValue)-\(transport.rawValue)"
      // Safe: the paths are passed as C strings for the length of a call each.
      unsafe mkdir(logs, 0o700)
      guard unsafe mkdir(folder, 0o700) == 0 else {
        throw Failure(what: "\(folder) exists already, or cannot be made")
      }
      try row(folder)
    } else {
      try withFolder(row)
    }
    return 0
  }
}
