import Commands

/// The account as a table in RFC 4180: a row for each command and each happening, in the order of
/// their times.
package struct CSVReport: Sendable {
  private let account: Account

  package init(_ account: Account) { self.account = account }

  static let columns = [
    "kind", "time", "to", "agent", "call", "command", "operation", "standing", "grade",
    "previously", "witness", "latency_ms", "state", "recording_file", "asked_by", "ended",
    "exposed_from", "exposed_to", "still", "seen_ms", "unknown_ms", "status_code", "message",
    "seen_to_by", "seen_to_at", "why",
    "advice", "entries", "text",
  ]

  /// The bytes of the file.
  package var bytes: [UInt8] {
    var rows = account.commands.map { (time: $0.issuedAt, cells: cells($0)) }
    rows += account.happenings.map { (time: $0.from ?? $0.time, cells: cells($0)) }
    let sorted = rows.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    let lines =
      [Self.columns.joined(separator: ",")]
      + sorted.map { row in
        Self.columns.map { Self.cell(row.element.cells[$0] ?? "") }.joined(separator: ",")
      }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  private func cells(_ command: RecordedCommand) -> [String: String] {
    let exposure = account.exposure(of: command)
    var cells: [String: String?] = [
      "kind": "command", "time": Timestamp.text(command.issuedAt),
      "agent": command.agent?.shown, "call": command.call?.shown, "command": command.id,
      "operation": command.operation, "standing": command.standing.rawValue,
      "grade": command.grade, "previously": command.previously, "witness": command.witness,
      "latency_ms": command.latency.map(Thousandths.text), "state": command.state?.shown,
      "recording_file": command.file?.shown, "asked_by": command.asker,
      "status_code": command.statusCode.map { String($0) }, "message": command.message?.shown,
      "why": command.acknowledgement?.why?.shown, "seen_to_by": command.acknowledgement?.by,
    ]
    cells["ended"] = command.finalAt.map(Timestamp.text)
    cells["exposed_from"] = exposure.map { Timestamp.text($0.from) }
    cells["exposed_to"] = exposure.map { Timestamp.text($0.to) }
    cells["still"] = exposure.map { $0.isStill ? "yes" : "no" }
    cells["seen_ms"] = exposure.map { Thousandths.text($0.seen.wholeMicroseconds) }
    cells["unknown_ms"] = exposure.map { Thousandths.text($0.unknownLength.wholeMicroseconds) }
    cells["advice"] = command.advice?.shown
    cells["seen_to_at"] = (command.acknowledgement?.at).map(Timestamp.text)
    cells["entries"] = command.entries.map { String($0) }.joined(separator: " ")
    return cells.compactMapValues { $0 }
  }

  private func cells(_ happening: Happening) -> [String: String] {
    let cells: [String: String?] = [
      "kind": happening.kind.rawValue, "time": Timestamp.text(happening.from ?? happening.time),
      "to": happening.to.map(Timestamp.text), "agent": happening.agent?.shown,
      "call": happening.call?.shown, "command": happening.command,
      "state": happening.state?.shown,
      "entries": happening.lastEntry == happening.entry
        ? "\(happening.entry)" : "\(happening.entry) to \(happening.lastEntry)",
      "text": happening.text,
    ]
    return cells.compactMapValues { $0 }
  }

  /// A field in quotes where it needs them. One that a spreadsheet would take for a formula gets an
  /// apostrophe in front, which spreadsheets do not show; controls are written out.
  static func cell(_ text: String) -> String {
    var text = Visible.text(text)
    if let first = text.unicodeScalars.first, formulaStarts.contains(first) { text = "'" + text }
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }

  /// The full-width forms count as well where keyboards have them.
  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]
}

/// A number of microseconds in milliseconds.
enum Thousandths {
  static func text(_ micros: Int64) -> String {
    let rest = String(micros.magnitude % 1_000)
    let padding = String(repeating: "0", count: 3 - rest.utf8.count)
    return "\(micros < 0 ? "-" : "")\(micros.magnitude / 1_000).\(padding)\(rest)"
  }
}
