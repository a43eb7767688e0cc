import YAML

/// What a scalar without quotes means, by the core schema of YAML 1.2 (chapter 10.3).
///
/// The same file read by an editor that checks it against our JSON Schema must mean the same.
enum PlainScalar: Equatable {
  case nothing
  case boolean
  case number
  case text

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .nothing
    case "true", "True", "TRUE", "false", "False", "FALSE": self = .boolean
    default: self = Self.isNumber(text) ? .number : .text
    }
  }

  /// A whole number of decimal digits without a sign, or nil.
  static func wholeNumber(_ text: String) -> UInt64? {
    text.utf8.allSatisfy(\.isDigit) ? UInt64(text) : nil
  }

  private static func isNumber(_ text: String) -> Bool {
    let special = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"]
    var rest = Substring(text)
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    if special.contains(String(rest)) { return true }
    if rest.hasPrefix("0o") || rest.hasPrefix("0x") {
      return rest.count > 2 && Int(rest.dropFirst(2), radix: rest.hasPrefix("0o") ? 8 : 16) != nil
    }
    guard rest.utf8.contains(where: \.isDigit),
      rest.utf8.allSatisfy({ $0.isDigit || ".eE+-".utf8.contains($0) })
    else { return false }
    // What is left to decide is the grammar of a decimal; the standard library has it, with the
    // one difference that it refuses a dot at either end.
    if rest.hasPrefix(".") { rest = "0" + rest }
    if rest.hasSuffix(".") { rest += "0" }
    return Double(rest) != nil
  }
}

extension YAMLNode {
  /// A word for messages that says what the node is; the text of a scalar is never part of it.
  var kind: String {
    switch content {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let text, .plain):
      switch PlainScalar(text) {
      case .nothing: "nothing"
      case .boolean: "a boolean"
      case .number: "a number"
      case .text: "a text"
      }
    case .scalar: "a text"
    }
  }

  /// Whether quotes would have made a text of it.
  var isPlainValue: Bool {
    guard case .scalar(let text, .plain) = content else { return false }
    return [.boolean, .number].contains(PlainScalar(text))
  }
}
