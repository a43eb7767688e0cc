import JSON

/// Lists that the daemon gives as JSON, shown as a table or as they are.
struct Listing: Sendable {
  /// A heading and the path of its member; `call.id` looks into the member `call`.
  struct Column: Sendable {
    let heading: String
    /// Tried in order; the first that is there is shown.
    let paths: [[String]]

    init(_ heading: String, _ paths: String...) {
      self.heading = heading
      self.paths = paths.map { $0.split(separator: ".").map(String.init) }
    }
  }

  /// What is said when the list is empty.
  let nothing: String
  let columns: [Column]

  static let calls = Listing(
    nothing: "no live calls",
    columns: [
      Column("CALL", "call.id", "id", "call"), Column("AGENT", "agent"),
      Column("STATE", "call.state", "state"),
      Column("RECORDING", "call.recordingState", "recordingState"),
      Column("WITNESSES", "witnesses.verdict", "call.witnesses.verdict"),
      Column("FILE", "call.recordingFile", "recordingFile"),
    ])
  static let sessions = Listing(
    nothing: "no sessions",
    columns: [
      Column("AGENT", "agent"), Column("STATE", "state"), Column("TRANSPORT", "transport"),
      Column("LAST CONNECT", "lastConnect"), Column("LAST GAP", "lastGap.cause", "lastGap"),
    ])
  static let commands = Listing(
    nothing: "no commands",
    columns: [
      Column("COMMAND", "command"), Column("OPERATION", "operation"), Column("CALL", "call"),
      Column("AGENT", "agent"), Column("STATUS", "status"), Column("GRADE", "grade"),
      Column("LATENCY", "latencyMs"),
    ])
  static let exceptions = Listing(
    nothing: "no pause or stop is unconfirmed", columns: commands.columns)
  static let audit = Listing(
    nothing: "no Stop or Pause has ended yet",
    columns: [Column("TIME", "time")] + commands.columns.filter { $0.heading != "STATUS" }
      + [Column("EVIDENCE", "evidence")])

  /// Prints `items` as a table.
  func say(_ items: [JSONValue]) {
    guard !items.isEmpty else { return Terminal.say(nothing) }
    let rows = [columns.map(\.heading)] + items.map { item in columns.map { cell($0, of: item) } }
    for line in Columns.aligned(rows) { Terminal.say(line) }
  }

  private func cell(_ column: Column, of item: JSONValue) -> String {
    for path in column.paths {
      var found: JSONValue? = item
      for name in path { found = found?[name] }
      guard let found, !found.isNull else { continue }
      return column.heading == "LATENCY" ? "\(Text.of(found)) ms" : Text.of(found)
    }
    return "-"
  }
}

/// The API's lists: get one, print it.
enum ListCommand {
  static let options: [Option] = [.socket, .json]

  /// Prints the array `member` of what `path` answers.
  static func run(
    _ arguments: Arguments, path: String, member: String, as listing: Listing
  ) -> ExitCode {
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      let client = try APIClient(socket: socket)
      let answer = try client.json(APIRequest(path: path))
      guard let list = answer[member], list.kind == .array else {
        throw APIError.notUnderstood("\(path) has no list \(member)")
      }
      switch arguments.form {
      case .json: for item in list.elements { Terminal.say(line: item.raw) }
      case .readable: listing.say(Array(list.elements))
      }
      return .success
    } catch {
      return error.report(socket: socket)
    }
  }
}
