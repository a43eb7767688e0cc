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

    func format(_ value: JSONValue) -> String {
      switch value.kind {
      case .true: "yes"
      case .false: "no"
      default: (heading == "LATENCY" ? Text.milliseconds(value) : nil) ?? Text.of(value)
      }
    }
  }

  /// What is said when the list is empty.
  let nothing: String
  /// The same of a store of which retention has taken records.
  var nothingLeft: String? = nil
  let columns: [Column]

  static let calls = Listing(
    nothing: "no live calls are known (with profile commands-only none ever is: nobody notifies)",
    columns: [
      Column("CALL", "call.id"), Column("AGENT", "agent"), Column("STATE", "call.state"),
      Column("RECORDING", "recordingState", "call.recordingState"),
      Column("WITNESSES", "witnesses.verdict"), Column("FILE", "call.recordingFile"),
      Column("EXACT", "exact"),
    ])
  static let sessions = Listing(
    nothing: "no sessions",
    columns: [
      Column("AGENT", "agent"), Column("STATE", "state"), Column("TRANSPORT", "transport"),
      Column("IN SYNC", "inSync"), Column("CALLS", "liveCalls"),
      Column("LAST GOOD CONNECT", "lastGoodConnect"),
      Column("LAST GAP", "lastGap"), Column("REASON", "reason"),
    ])
  static let groups = Listing(
    nothing: "no groups",
    columns: [
      Column("GROUP", "name"), Column("CURSOR", "cursor"), Column("LAG", "lag"),
      Column("ACTIVE", "active"), Column("WAITING", "waiting"), Column("MOVED", "moved"),
      Column("PROBLEM", "problem"),
    ])
  static let anchors = Listing(
    nothing: "no anchors: checkpoints are in the store and in its events alone",
    columns: [
      Column("ANCHOR", "anchor"), Column("KIND", "kind"), Column("SIZE", "size"),
      Column("KEPT", "kept"), Column("PROBLEM", "problem"),
    ])
  static let commands = Listing(
    nothing: "no commands",
    columns: [
      Column("COMMAND", "command"), Column("OPERATION", "operation"), Column("CALL", "call"),
      Column("AGENT", "agent"), Column("STATUS", "status"), Column("GRADE", "grade"),
      Column("LATENCY", "latencyMs"),
    ])
  static let audit = Listing(
    nothing: "no Stop or Pause has ended yet",
    nothingLeft: "among the records that are left none tells of a Stop or Pause that has ended",
    columns: [Column("TIME", "time")] + commands.columns.filter { $0.heading != "STATUS" }
      + [
        Column("WITNESS", "witness", "evidence.kind"), Column("RECORDING", "evidence.state"),
        Column("SEEN TO", "by.name", "by.uid"), Column("WHY", "why"),
      ])

  static let entries = Listing(
    nothing: "nothing was entered yet", nothingLeft: "no record is left",
    columns: [
      Column("TIME", "time"), Column("TYPE", "type"),
      Column("WHAT", "operation", "action", "to", "cause", "reason", "openCommands"),
      Column("CALL", "call"), Column("AGENT", "agent"), Column("COMMAND", "command"),
      Column("STATUS", "status"), Column("GRADE", "grade"),
      Column("WITNESS", "witness", "evidence.kind"),
    ])

  /// Prints `items` as a table.
  func say(_ items: [JSONValue]) {
    var table = table()
    table.say(items)
    table.end()
  }

  /// A table that is printed piece by piece.
  func table() -> Table { Table(listing: self) }

  struct Table {
    let listing: Listing
    private var columns = Columns()
    private(set) var isEmpty = true

    fileprivate init(listing: Listing) {
      self.listing = listing
    }

    mutating func say(_ items: [JSONValue]) {
      guard !items.isEmpty else { return }
      var rows = items.map(listing.row)
      if isEmpty { rows.insert(listing.columns.map(\.heading), at: 0) }
      isEmpty = false
      for line in columns.lines(rows) { Terminal.say(line) }
    }

    /// Says that there was nothing, if so; in other words where they are given.
    func end(_ nothing: String? = nil) {
      if isEmpty { Terminal.say(nothing ?? listing.nothing) }
    }
  }

  private func row(_ item: JSONValue) -> [String] {
    columns.map { column in
      for path in column.paths {
        var found: JSONValue? = item
        for name in path { found = found?[name] }
        guard let found, !found.isNull else { continue }
        return column.format(found)
      }
      return "-"
    }
  }
}
