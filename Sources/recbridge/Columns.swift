/// Lines whose columns stand below each other.
///
/// Widths only grow, so that lines that come one by one, or page by page, keep their shape.
struct Columns {
  /// Wide enough for a call's id; a longer text pushes its own line aside, not all the others.
  private static let widthMax = 48

  private var widths: [Int] = []

  /// One line a row, two spaces between columns, none at the end.
  static func aligned(_ rows: [[String]]) -> [String] {
    var columns = Columns()
    return columns.lines(rows)
  }

  /// The lines of `rows`, as wide as the widest of them and of what came before.
  mutating func lines(_ rows: [[String]]) -> [String] {
    for row in rows { widen(for: row) }
    return rows.map(joined)
  }

  /// The line of one row.
  mutating func line(_ row: [String]) -> String {
    widen(for: row)
    return joined(row)
  }

  private mutating func widen(for row: [String]) {
    for (column, text) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      if text.count <= Self.widthMax { widths[column] = max(widths[column], text.count) }
    }
  }

  private func joined(_ row: [String]) -> String {
    let cells = row.enumerated().map { column, text in
      let missing = column == row.count - 1 ? 0 : max(0, widths[column] - text.count)
      return text + String(repeating: " ", count: missing)
    }
    return cells.joined(separator: "  ")
  }
}
