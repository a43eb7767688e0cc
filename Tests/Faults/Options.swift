/// The command line.
struct Options {
  static let usage = """
    usage: scripts/faults [--json] [--scenario NAME]... [--transport NAME]... [--list]
                          [--parallel N] [--logs FOLDER]

      --json            one JSON object a line for each row, as it is finished
      --scenario NAME   only this one; may be repeated
      --transport NAME  only this one; may be repeated
      --list            the names of the scenarios and transports, and what they are
      --parallel N      rows at a time, 1 to 16 (default: 4)
      --logs FOLDER     keep stores and logs of each row there

    Exit status: 0 all goals met, 1 a goal missed or a row not run, 64 wrong usage.
    """

  var isJSON = false
  var isList = false
  var isHelp = false
  var scenarios: [Scenario] = []
  var transports: [Transport] = []
  /// Four daemons and four simulators with 100 notifications a second each need about half of a
  /// core; more at a time would tell in the silences.
  var parallel = 4
  var logs: String?
  /// Runs one row in this process; how the program calls itself.
  var isRow = false

  init(_ words: [String]) throws(UsageFailure) {
    var rest = words[...]
    func value(_ option: String) throws(UsageFailure) -> String {
      guard let value = rest.popFirst() else { throw UsageFailure("\(option) needs a value") }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--json": isJSON = true
      case "--list": isList = true
      case "--help": isHelp = true
      case "--row": isRow = true
      case "--scenario":
        let name = try value(word)
        guard let scenario = Scenario(rawValue: name) else {
          throw UsageFailure("no scenario \(name); see --list")
        }
        scenarios.append(scenario)
      case "--transport":
        let name = try value(word)
        guard let transport = Transport(rawValue: name) else {
          throw UsageFailure("no transport \(name); see --list")
        }
        transports.append(transport)
      case "--parallel":
        guard let count = Int(try value(word)), (1...16).contains(count) else {
          throw UsageFailure("--parallel expects a number from 1 to 16")
        }
        parallel = count
      case "--logs": logs = try value(word)
      default: throw UsageFailure("unknown option \(word)")
      }
    }
    if scenarios.isEmpty { scenarios = Scenario.allCases }
    if transports.isEmpty { transports = Transport.allCases }
  }
}

/// A command line that cannot be understood.
struct UsageFailure: Error {
  let problem: String
  init(_ problem: String) { self.problem = problem }
}
