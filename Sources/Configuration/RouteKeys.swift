/// The one list of the keys that a route may have; `schemas/route.schema.json` has the same.
package enum RouteKeys {
  static let root = Section([
    "name", "about", "source", "namesOperations", "parameters", "headers", "operations", "status",
    "successes", "refusals", "verification",
  ])
  static let parameter = Section(["about", "default", "lookup", "oneOf", "like", "list"])
  static let lookup = Section(["path", "at"])
  /// The letters of `unpause` are near to those of `pause`, which is the opposite.
  static let operations = Section(
    ["start", "stop", "pause", "resume"],
    meant: [
      "begin": "start", "record": "start", "end": "stop", "halt": "stop", "finish": "stop",
      "hold": "pause", "suspend": "pause", "mute": "pause", "unpause": "resume",
      "unhold": "resume", "unmute": "resume", "continue": "resume", "restart": "resume",
    ])
  static let operation = Section(["method", "path", "body", "fallback", "verification"])
  static let fallback = Section(["after", "method", "path", "body"])
  static let verification = Section(["path", "as", "at", "states"])
  static let status = Section(["code", "message"])
  static let success = Section(["status", "codes", "asynchronous"])
  static let refusal = Section(["status", "codes", "words", "means", "look", "causes", "advice"])

  typealias Section = ConfigurationKeys.Section

  /// Every key with its path; `[]` stands for an item and `*` for any name.
  package static let all: [String] =
    root.keys
    + parameter.keys.map { "parameters.*.\($0)" }
    + lookup.keys.map { "parameters.*.lookup.\($0)" }
    + operations.keys.map { "operations.\($0)" }
    + operations.keys.flatMap { name in
      operation.keys.map { "operations.\(name).\($0)" }
        + fallback.keys.map { "operations.\(name).fallback.\($0)" }
        + verification.keys.map { "operations.\(name).verification.\($0)" }
    }
    + status.keys.map { "status.\($0)" }
    + success.keys.map { "successes[].\($0)" }
    + refusal.keys.map { "refusals[].\($0)" }
    + verification.keys.map { "verification.\($0)" }
}
