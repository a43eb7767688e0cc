import Configuration

/// A command line that cannot be understood; one line says why and names what may have been meant.
struct UsageError: Error {
  /// The subcommand whose help shows what is right; nil for the executable itself.
  let subcommand: String?
  let problem: String

  /// `help` is the subcommand whose help to read, if not the one that the error is about.
  init(_ subcommand: String?, _ problem: String, help: String? = nil) {
    self.subcommand = subcommand
    let ending = problem.hasSuffix("?") ? "" : ";"
    let reading = (help ?? subcommand).map { "\($0) --help" } ?? "help"
    self.problem = "\(problem)\(ending) see recbridge \(reading)"
  }

  /// A word that is none of `known`.
  init(
    unknown kind: String, _ word: String, among known: [String], of subcommand: String?,
    help: String? = nil
  ) {
    let nearest = Suggestion.nearest(to: word, among: known)
    let advice = nearest.map { "; did you mean \($0)?" } ?? ""
    self.init(subcommand, "unknown \(kind) \(Printable.text(word))\(advice)", help: help)
  }
}

/// The arguments of one subcommand, checked against its table.
struct Arguments {
  private let subcommand: String
  private var values: [Option: String] = [:]
  /// What follows an option of texts, in order.
  private var texts: [Option: [String]] = [:]
  /// What follows an option that may be given more than once, by name.
  private(set) var pairs: [String: String] = [:]
  private(set) var operands: [String] = []

  /// Reads `--name VALUE` and `--name=VALUE` in any order with operands; `--` ends the options.
  init(_ words: [String], for subcommand: Subcommand) throws(UsageError) {
    self.subcommand = subcommand.name
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      try take(word, &rest, subcommand)
    }
    try checkOperands(subcommand)
  }

  private mutating func take(
    _ word: String, _ rest: inout ArraySlice<String>, _ subcommand: Subcommand
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let option = subcommand.options.first(where: { $0.name == parts[0] }) else {
      let known = subcommand.options.map(\.name) + ["--help"]
      throw UsageError(
        unknown: "option", String(parts[0]), among: known, of: subcommand.name)
    }
    if case .pairs(let placeholder) = option.value {
      return try takePair(
        parts.count == 2 ? String(parts[1]) : rest.popFirst(), of: option, placeholder)
    }
    let isRepeatable = if case .texts = option.value { true } else { false }
    guard values[option] == nil || isRepeatable else {
      throw error("\(option.name) is given twice")
    }
    guard let placeholder = option.value.placeholder else {
      guard parts.count == 1 else { throw error("\(option.name) takes no value") }
      values[option] = ""
      return
    }
    guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst(), !value.isEmpty else {
      throw error("\(option.name) needs a value: \(placeholder)")
    }
    try check(value, of: option)
    values[option] = value
    if isRepeatable { texts[option, default: []].append(value) }
  }

  private mutating func takePair(
    _ text: String?, of option: Option, _ placeholder: String
  ) throws(UsageError) {
    let sides = (text ?? "").split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
      throw error("\(option.name) needs a value: \(placeholder)")
    }
    let name = String(sides[0])
    guard pairs.updateValue(String(sides[1]), forKey: name) == nil else {
      throw error("\(option.name) \(Printable.text(name)) is given twice")
    }
  }

  private func check(_ value: String, of option: Option) throws(UsageError) {
    let found = "found \(Printable.text(value))"
    switch option.value {
    case .none, .text, .texts, .pairs: break
    case .whole(_, let range):
      guard let number = Int(value), range.contains(number) else {
        let (low, high) = (range.lowerBound, range.upperBound)
        throw error("\(option.name) expects a whole number from \(low) to \(high), \(found)")
      }
    case .word(let words):
      guard words.contains(value) else {
        throw error("\(option.name) expects \(words.joined(separator: " or ")), \(found)")
      }
    }
  }

  private func checkOperands(_ subcommand: Subcommand) throws(UsageError) {
    if operands.count < subcommand.operands.count {
      throw error("\(subcommand.operands[operands.count].name) is missing")
    }
    if operands.count > subcommand.operands.count {
      throw error("\(Printable.text(operands[subcommand.operands.count])) is one too many")
    }
  }

  /// An error about these arguments.
  func error(_ problem: String) -> UsageError { UsageError(subcommand, problem) }

  func has(_ option: Option) -> Bool { values[option] != nil }

  func value(_ option: Option) -> String? { values[option] }

  /// All that was given for an option of texts.
  func texts(_ option: Option) -> [String] { texts[option] ?? [] }

  /// The number of an option that takes one; it was checked when it was read.
  func whole(_ option: Option) -> Int? { values[option].flatMap { Int($0) } }

  func required(_ option: Option) throws(UsageError) -> String {
    guard let value = values[option] else { throw error("\(option.usage) is missing") }
    return value
  }

  /// How results are to be written.
  var form: OutputForm { has(.json) ? .json : .readable }
}

/// How results are written.
enum OutputForm {
  /// One object a line, for programs.
  case json
  /// Columns and sentences, for people.
  case readable
}
