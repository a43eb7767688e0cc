/// The habits of the house that can be seen in one file.
enum Habits {
  static let lineLimit = 400
  static let columnLimit = 100
  static let functionLineLimit = 70

  /// Written in parts, so that this file is not a finding itself.
  static let bannedInSources = [
    "try" + "!", "nonisolated" + "(unsafe)", "@unchecked" + " Sendable", "public" + " ",
  ]
  static let bannedInTests = [
    "Thread" + ".sleep", "usleep" + "(", "Task" + ".sleep", "." + "disabled(",
  ]
  /// In comments too; as words, since a template of `mkstemp` ends alike.
  static let bannedWords = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

  static func lengthFindings(_ file: SourceFile) -> [String] {
    guard file.isSwift, file.module != nil else { return [] }
    let lines = file.text.numberedLines
    var findings = lines.filter { $0.text.count > columnLimit }.map {
      "\(file.path):\($0.number): \($0.text.count) columns"
    }
    // The text ends in a line break, behind which nothing stands.
    if lines.count - 1 > lineLimit { findings.append("\(file.path): \(lines.count - 1) lines") }
    return findings
  }

  /// Functions, initializers and subscripts that are too long, from their first line to the brace
  /// that closes them.
  static func functionFindings(_ file: SourceFile) -> [String] {
    guard file.isSwift else { return [] }
    let lines = file.code.numberedLines
    var findings: [String] = []
    for (index, line) in lines.enumerated() where isFunction(line.text) {
      guard let length = functionLength(lines[index...].map(\.text)) else { continue }
      if length > functionLineLimit {
        findings.append("\(file.path):\(line.number): a function of \(length) lines")
      }
    }
    return findings
  }

  private static func isFunction(_ line: Substring) -> Bool {
    let separators: Set<Character> = [" ", "(", "<", "?"]
    for word in line.split(whereSeparator: separators.contains) {
      if ["func", "init", "deinit", "subscript"].contains(word) { return true }
      // Modifiers and attributes may stand in front; anything else is a use, not a declaration.
      guard word.hasPrefix("@") || modifiers.contains(word) else { return false }
    }
    return false
  }

  private static let modifiers: Set<Substring> = [
    "package", "internal", "private", "fileprivate", "static", "class", "final", "override",
    "mutating", "nonmutating", "consuming", "borrowing", "convenience", "required", "nonisolated",
    "unsafe", "package)", "set)",
  ]

  /// nil for a requirement of a protocol, which has no body.
  private static func functionLength(_ lines: [Substring]) -> Int? {
    var depth = 0
    var hasBody = false
    for (index, line) in lines.enumerated() {
      if index > 0, !hasBody, line.allSatisfy(\.isWhitespace) || isFunction(line) { return nil }
      for character in line {
        if character == "{" {
          depth += 1
          hasBody = true
        } else if character == "}" {
          depth -= 1
        }
        if depth < 0 { return nil }
      }
      if hasBody, depth == 0 { return index + 1 }
    }
    return nil
  }

  static func bannedFindings(_ file: SourceFile) -> [String] {
    guard file.isSwift else { return [] }
    let banned = file.module != nil ? bannedInSources : bannedInTests
    let code = file.code.numberedLines
    var findings = code.flatMap { line in
      banned.filter { line.text.contains($0) }.map { "\(file.path):\(line.number): \($0)" }
    }
    guard file.module != nil else { return findings }
    for line in file.text.numberedLines {
      findings += bannedWords.filter { String(line.text).contains(word: $0) }.map {
        "\(file.path):\(line.number): \($0)"
      }
    }
    return findings
  }

  static func spaceFindings(_ file: SourceFile) -> [String] {
    var findings = file.text.numberedLines.filter {
      $0.text.last.map { $0 == " " || $0 == "\t" || $0 == "\r" } ?? false
    }.map { "\(file.path):\($0.number): white space at the end of the line" }
    if !file.text.isEmpty, !file.text.hasSuffix("\n") || file.text.hasSuffix("\n\n") {
      findings.append("\(file.path): does not end in one line break")
    }
    return findings
  }
}
