import Glibc
import JSON
import Loop
import TestSupport

/// Runs the rows, each in a process of its own, a few at a time.
struct Matrix {
  private struct Running {
    let scenario: Scenario
    let transport: Transport
    let process: ChildProcess
    let output: String
  }

  let options: Options
  private var waiting: [(Scenario, Transport)] = []
  private var running: [Running] = []
  private var rows: [Row] = []
  /// Rows that gave no figures, by why.
  private var notRun: [String: [String]] = [:]

  init(_ options: Options) {
    self.options = options
    waiting = options.scenarios.flatMap { scenario in
      options.transports.map { (scenario, $0) }
    }.sorted { $0.0.seconds > $1.0.seconds }
  }

  /// Whether every row was run and meets its goals.
  mutating func run() throws -> Bool {
    let loop = try EventLoop()
    defer { loop.close() }
    try withFolder { folder in
      while !waiting.isEmpty || !running.isEmpty {
        while running.count < options.parallel, !waiting.isEmpty {
          let (scenario, transport) = waiting.removeFirst()
          running.append(try begin(scenario, transport, folder))
        }
        _ = loop.run(
          until: { running.contains { $0.process.code != nil } }, within: .seconds(600))
        for ended in running where ended.process.code != nil { take(ended) }
        running.removeAll { $0.process.code != nil }
      }
    }
    return report()
  }

  private func begin(
    _ scenario: Scenario, _ transport: Transport, _ folder: String
  ) throws -> Running {
    let output = "\(folder)/\(scenario.rawValue)-\(transport.rawValue)"
    var words = ["--row", "--scenario", scenario.rawValue, "--transport", transport.rawValue]
    if let logs = options.logs { words += ["--logs", logs] }
    let process = try ChildProcess(
      ownExecutable(), words,
      environment: environmentVariable("RECBRIDGE_BINARY").map { ["RECBRIDGE_BINARY": $0] } ?? [:],
      output: .file(output + ".out"), errors: .file(output + ".err"))
    return Running(scenario: scenario, transport: transport, process: process, output: output)
  }

  private mutating func take(_ ended: Running) {
    let said = (readText(ended.output + ".err") ?? "").split(separator: "\n").map(String.init)
    let line = readText(ended.output + ".out") ?? ""
    let name = "\(ended.scenario.rawValue), \(ended.transport.rawValue)"
    guard ended.process.code == 0, let json = try? JSONValue.parse(Array(line.utf8)),
      let row = Row(json: json)
    else {
      let reason = said.last ?? "ended with status \(ended.process.code ?? 0)"
      return notRun[reason, default: []].append(name)
    }
    for line in said { Terminal.complain(line) }
    rows.append(row)
    if options.isJSON {
      Terminal.say(row.json)
    } else {
      Terminal.complain(
        "\(name): \(row.missed.isEmpty ? "met" : row.missed.joined(separator: ", "))")
    }
  }

  private func report() -> Bool {
    let order = Scenario.allCases.flatMap { scenario in
      Transport.allCases.map { "\(scenario) \($0)" }
    }
    let sorted = rows.sorted {
      (order.firstIndex(of: "\($0.scenario) \($0.transport)") ?? 0)
        < (order.firstIndex(of: "\($1.scenario) \($1.transport)") ?? 0)
    }
    if !options.isJSON, !sorted.isEmpty { Terminal.say(Table.text(sorted)) }
    for row in sorted where !row.missed.isEmpty {
      Terminal.complain(
        "goal missed: \(row.scenario.rawValue), \(row.transport.rawValue): "
          + row.missed.joined(separator: ", "))
    }
    for (reason, names) in notRun.sorted(by: { $0.key < $1.key }) {
      Terminal.complain("not run: \(names.joined(separator: "; ")): \(reason)")
    }
    return notRun.isEmpty && sorted.allSatisfy(\.missed.isEmpty)
  }

  private func ownExecutable() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    // Safe: `readlink` writes at most the count it is given.
    let size = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard size > 0 else { throw Failure(what: "the program does not know its own file") }
    return String(decoding: buffer.prefix(size).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
