/// A part of a YAML document as a plain value that knows where it was written.
///
/// Scalars stay text: whether a plain `10` is a number is for the reader of the node to say, who
/// knows what was expected. Lines and columns count from 1; a column counts characters.
package struct YAMLNode: Equatable, Sendable {
  /// What the node holds.
  package enum Content: Equatable, Sendable {
    case scalar(String, YAMLScalarStyle)
    case sequence([YAMLNode])
    /// The pairs in the order of the text; no key occurs twice.
    case mapping([YAMLPair])
  }

  package let content: Content
  package let line: Int
  package let column: Int

  /// A node made by hand, as tests do.
  package init(_ content: Content, line: Int, column: Int) {
    self.content = content
    self.line = line
    self.column = column
  }
}

/// A key of a mapping with its value; `line` and `column` are those of the key.
package struct YAMLPair: Equatable, Sendable {
  package let key: String
  package let line: Int
  package let column: Int
  package let value: YAMLNode

  /// A pair made by hand, as tests do.
  package init(key: String, line: Int, column: Int, value: YAMLNode) {
    self.key = key
    self.line = line
    self.column = column
    self.value = value
  }
}

/// How a scalar was written, which decides whether its text may mean a number or nothing at all.
package enum YAMLScalarStyle: Equatable, Sendable {
  /// Without quotes: `10` may be a number, `~` may be nothing.
  case plain
  /// With single or double quotes: always text.
  case quoted
  /// A `|` or `>` block: always text.
  case block
}

/// A text that is not a YAML document we accept: where, and what is wrong there.
package struct YAMLError: Error, Equatable, CustomStringConvertible {
  package let line: Int
  package let column: Int
  package let problem: String

  /// An error at a place; both numbers count from 1.
  package init(line: Int, column: Int, problem: String) {
    self.line = line
    self.column = column
    self.problem = problem
  }

  package var description: String { "line \(line), column \(column): \(problem)" }
}
