/// One thing about a configuration that an operator should change: where, which key, what and why.
package struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
  package let file: String
  /// Counts from 1; nil where the file as a whole is meant.
  package let line: Int?
  /// The path of the key, as `platform.url` or `agents[2].name`; nil where no key is meant.
  package let key: String?
  /// What was expected and what was found, never a secret.
  package let problem: String

  /// `FILE:LINE: KEY: PROBLEM`, the form that editors jump to.
  package var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    let subject = key.map { "\($0): " } ?? ""
    return "\(place): \(subject)\(problem)"
  }
}

/// Everything that is wrong with a configuration, not only the first thing, in the file's order.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// Never empty.
  package let problems: [ConfigurationProblem]

  /// A screenful: whoever has more mistakes than this has one that repeats.
  package static let problemsShownMax = 40

  /// One problem a line; the last line says how many more there are.
  package var description: String {
    var lines = problems.prefix(Self.problemsShownMax).map(\.description)
    if problems.count > lines.count { lines.append("and \(problems.count - lines.count) more") }
    return lines.joined(separator: "\n")
  }
}
