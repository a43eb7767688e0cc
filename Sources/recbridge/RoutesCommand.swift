import Commands
import Configuration
import JSON

/// `routes list`, `routes show`, `routes check`: how commands reach a platform.
enum RoutesCommand {
  static let list = Subcommand(
    "routes", "list", summary: "the routes by which commands can reach a platform",
    options: [.configured, .json],
    details: """
      A configuration chooses one with platform.route. With --config also the routes of its files,
      and a mark at the one that is used.
      """
  ) { arguments throws(UsageError) in
    var files = RouteFile.shipped
    var used: String?
    if let path = arguments.value(.configured) {
      guard let configuration = CheckConfigCommand.load(path) else { return .configuration }
      files += configuration.routes
      used = configuration.platform.route?.name
    }
    switch arguments.form {
    case .json: for file in files { Terminal.say(line: json(file)[...]) }
    case .readable:
      let rows = files.map { file in
        let mark = used.map { [$0 == file.route.name ? "*" : " "] } ?? []
        let operations = file.route.offered.map(\.rawValue).joined(separator: ",")
        return mark + [file.route.name, operations, file.route.about]
      }
      for line in Columns.aligned(rows) { Terminal.say(line) }
    }
    return .success
  }

  static let show = Subcommand(
    "routes", "show", summary: "a shipped route as it is written",
    operands: [.init(name: "NAME", help: "the route, as recbridge routes list shows it")],
    details: "Its text is a good beginning for a route of your own: see docs/routes.md."
  ) { arguments throws(UsageError) in
    let name = arguments.operands[0]
    guard let text = RouteFile.shippedText(name) else {
      let names = RouteFile.shipped.map(\.route.name)
      let advice =
        Suggestion.nearest(to: name, among: names).map { "did you mean \($0)?" }
        ?? "there are \(names.joined(separator: ", "))"
      Terminal.complain("no shipped route is called \(Printable.text(name)); \(advice)")
      return .failure
    }
    Terminal.say(String(text.dropLast()))
    return .success
  }

  static let check = Subcommand(
    "routes", "check", summary: "check a file with a route",
    operands: [.init(name: "FILE", help: "the route")],
    details: """
      Says everything that is wrong at once, as FILE:LINE: KEY: PROBLEM; exit 78. Warnings do not
      keep a route from being used. docs/routes.md explains how to write one.
      """
  ) { arguments throws(UsageError) in
    let path = arguments.operands[0]
    do throws(ConfigurationError) {
      let loaded = try RouteFile.load(path: path)
      for warning in loaded.warnings { Terminal.complain("warning: \(warning)") }
      let route = loaded.file.route
      let operations = route.offered.map(\.rawValue).joined(separator: ", ")
      Terminal.say("\(path): good; route \(route.name) with \(operations)")
      return .success
    } catch {
      Terminal.complain(error.description)
      return .configuration
    }
  }

  private static func json(_ file: RouteFile) -> [UInt8] {
    let route = file.route
    return JSONWriter.write { writer in
      writer.object { writer in
        writer.member("route", route.name)
        writer.member("about", route.about)
        writer.member("operations", route.offered.map(\.rawValue))
        writer.member("parameters", route.parameters.map(\.name))
        writer.member("source", file.source)
        writer.member("file", file.path)
      }
    }
  }
}
