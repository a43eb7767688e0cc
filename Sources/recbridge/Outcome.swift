import JSON
import Report

/// How a command ended, with the sentence that says what that means.
struct Outcome {
  let grade: String

  /// Nil while the command is not final.
  init?(_ command: JSONValue) {
    guard command["status"]?.string == "final", let grade = command["grade"]?.string else {
      return nil
    }
    self.grade = grade
  }

  /// Whether what was asked for is so: witnessed, so already, or beyond doubt as the call ended.
  var isGood: Bool {
    grade.hasPrefix("confirmed.") || grade == "satisfied" || grade == "implied.released"
  }

  /// Whether nobody knows: nothing that was seen says how it ended.
  var isOpen: Bool { grade == "unconfirmed" || grade == "unobservable" }

  /// One character to find an outcome by in a column of lines.
  var mark: String {
    if isGood { return "✓" }
    if isOpen { return "?" }
    return grade == "superseded" ? "-" : "✗"
  }

  /// What the grade means.
  var meaning: String { GradeWords.meaning(grade) }
}
