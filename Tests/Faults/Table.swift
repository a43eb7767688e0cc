/// The matrix for people: a table that Markdown understands, in columns.
enum Table {
  static func text(_ rows: [Row]) -> String {
    let head = [
      "scenario", "transport", "sent", "lost", "lost outside a gap", "duplicated", "reordered",
      "longest silence (s)", "gaps", "goal",
    ]
    let cells = [head] + rows.map(cells)
    let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    var lines = cells.map { line in
      let padded = zip(line, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return isNumber(column) ? space + cell.0 : cell.0 + space
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = widths.enumerated().map { column, width in
      String(repeating: "-", count: width - 1) + (isNumber(column) ? ":" : "-")
    }
    lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
    return lines.joined(separator: "\n")
  }

  private static func isNumber(_ column: Int) -> Bool { (2...8).contains(column) }

  private static func cells(_ row: Row) -> [String] {
    let figures = row.figures
    var goal = row.missed.isEmpty ? "met" : "missed: " + row.missed.joined(separator: ", ")
    if let handshakes = row.handshakesPerMinute { goal += " (\(handshakes) handshakes a minute)" }
    return [
      row.scenario.rawValue, row.transport.rawValue, String(figures.sent), String(figures.lost),
      String(figures.lostOutsideGap), String(figures.duplicated), String(figures.reordered),
      Row.seconds(figures.silenceMilliseconds), String(figures.gaps), goal,
    ]
  }
}
