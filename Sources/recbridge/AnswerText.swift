import JSON

/// What the platform answered, as the evidence of a command has it.
enum AnswerText {
  /// Nil when it answered nothing that is on record.
  static func of(_ evidence: JSONValue) -> String? {
    let message = text(evidence["message"])
    let code = text(evidence["statusCode"]).map { "status \($0)" }
    // What is told of an answer begins with its status and its code.
    if let message, message.hasPrefix("HTTP status ") { return message }
    let parts = [code, message].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }

  private static func text(_ value: JSONValue?) -> String? {
    value.flatMap { $0.isNull ? nil : Text.of($0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
