/// What to do about a text that libyaml cannot read: its own words name its grammar, and whoever
/// wrote the file has to know what to change.
struct YAMLHint {
  /// libyaml's sentence, with what it was doing.
  let problem: String
  /// The line of the problem, as it was written.
  let line: String
  /// Where in the line, from 1, in characters.
  let column: Int
  /// Where what it was reading began, from 1.
  let begunOn: Int

  /// The problem with the way out, where one is known.
  var sentence: String {
    if at == "\t", problem.contains("cannot start any token") || problem.contains("tab character") {
      return "a tab; indent with spaces"
    }
    if problem.contains("cannot start any token"), let at {
      return "\(problem); put a text that begins with \(at) in quotes"
    }
    if problem.contains("mapping values are not allowed") {
      return "\(problem); put a text that has ': ' in it in quotes, and indent the keys of one"
        + " mapping alike"
    }
    if problem.hasPrefix("did not find expected key while parsing a block") {
      return "\(problem) that begins on line \(begunOn); \(stranger)"
    }
    if problem.hasPrefix("did not find expected '-' indicator while parsing a block") {
      return "\(problem) that begins on line \(begunOn); indent the items of a list alike"
    }
    if problem.contains("could not find expected ':'") {
      return "\(problem); a key has ': ' behind it, and each stands on a line of its own"
    }
    if problem.contains("<document start>") {
      return "\(problem); indent the keys of one mapping, and the items of one list, alike"
    }
    return problem
  }

  /// What most likely stands where a key was to come.
  private var stranger: String {
    let before = line.unicodeScalars.prefix(column - 1).reversed().first { $0 != " " }
    if before == "}" || before == "]" {
      return "put a text that begins with \(before == "}" ? "{" : "[") in quotes"
    }
    let rest = line.unicodeScalars.dropFirst(column - 1)
    if rest.first == "-", rest.dropFirst().first.map({ $0 == " " }) ?? true {
      return "an item of a list cannot stand among the keys of a mapping"
    }
    return "indent the keys of one mapping alike"
  }

  private var at: Unicode.Scalar? { line.unicodeScalars.dropFirst(column - 1).first }
}
