/// Rows of text as lines whose columns stand below each other.
enum Columns {
  /// Wide enough for a call's id; a longer text pushes its own line aside, not all the others.
  private static let widthMax = 48

  /// One line a row, two spaces between columns, none at the end.
  static func aligned(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, text) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        if text.count <= widthMax { widths[column] = max(widths[column], text.count) }
      }
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        column == row.count - 1 ? text : padded(text, to: widths[column])
      }
      return cells.joined(separator: "  ")
    }
  }

  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
