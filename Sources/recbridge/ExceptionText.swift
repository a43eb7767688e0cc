import JSON

/// One exception in words, for somebody who has to act on it: what nobody knows first, then how far
/// the evidence goes, then what to do.
struct ExceptionText {
  private let exception: JSONValue

  /// The lines for `exception`, as `/v1/exceptions` has it.
  static func lines(_ exception: JSONValue, socket: String) -> [String] {
    let text = ExceptionText(exception: exception)
    return text.heading + text.facts + CauseText.lines(exception) + text.end(socket)
  }

  private var heading: [String] {
    let grade = member("grade") ?? "?"
    let operation = member("operation")?.uppercased() ?? "?"
    let outcome = Outcome(exception)
    return Paragraph.lines(
      "\(outcome?.mark ?? "?") ",
      "\(operation) of call \(member("call") ?? "?"), agent \(member("agent") ?? "?"): \(grade)")
  }

  private var facts: [String] {
    let facts: [(String, String?)] = [
      ("command", command), ("exposed", exposed), ("now", now), ("last seen", lastSeen),
      ("file", member("evidence", "recordingFile")), ("tried", tried),
      ("answer", answer), ("looked", looked), ("grade", Outcome(exception)?.meaning),
    ]
    return facts.flatMap { name, text in text.map { Self.line(name, $0) } ?? [] }
  }

  private static func line(_ name: String, _ text: String) -> [String] {
    Paragraph.lines("  \(name)\(String(repeating: " ", count: 11 - name.count))", text)
  }

  private var command: String? {
    let origin = exception["origin"]
    let asker = origin.flatMap(Self.person).map { ", asked by \($0)" } ?? ""
    return member("command").map { $0 + asker }
  }

  /// When it was recorded, or may have been, although it was not to be.
  private var exposed: String? {
    guard let from = member("exposure", "from") else { return nil }
    let to = member("exposure", "to")
    let isStill = exception["exposure"]?["still"]?.bool == true
    let day = from.prefix(10)
    let until = to.map { " to \($0.hasPrefix(day) ? Self.clock($0) : Self.moment($0))" } ?? ""
    let end = isStill ? ", and still" : to == nil ? ", until the call ended" : ""
    return "from \(Self.moment(from))\(until)\(end)"
  }

  private var now: String? {
    switch member("now", "call") {
    case "live":
      let state = member("now", "recordingState").map { "is \($0)" } ?? "has not been shown since"
      return "the call is live, its recording \(state)"
    case "gone": return "the call has ended, or no agent here has it any more"
    case "unknown": return "nobody can say: nothing tells of the agent's calls at present"
    default: return nil
    }
  }

  private var lastSeen: String? {
    guard let state = member("evidence", "state") else { return "nothing that shows the recording" }
    let time = member("lastSeenAt").map { " at \(Self.moment($0))" } ?? ""
    let event = member("evidence", "event").map { ", event \($0)" } ?? ""
    return "recording \(state)\(time)\(event)"
  }

  private var tried: String? {
    let attempts = exception["attempts"]?.integer ?? 0
    if member("mode") == "observe" { return "nothing: it was only to be observed" }
    return switch attempts {
    case 0: "nothing was sent"
    case 1: "given out to be sent once"
    default: "given out to be sent \(attempts) times"
    }
  }

  private var answer: String? {
    exception["evidence"].flatMap(AnswerText.of) ?? "none from the platform"
  }

  private var looked: String? {
    member("evidence", "lookFailure").map { "in vain: \($0)" }
  }

  private func end(_ socket: String) -> [String] {
    guard let acknowledgement = exception["acknowledgement"] else {
      let id = member("command") ?? "?"
      return [
        "  then: recbridge acknowledge \(id) --why TEXT\(SocketPath.hint(socket))"
      ]
    }
    let by = acknowledgement["by"].flatMap(Self.person) ?? "somebody"
    let at = acknowledgement["at"]?.string.map { " at \(Self.moment($0))" } ?? ""
    return Self.line("seen to", "by \(by)\(at): \(acknowledgement["why"].map(Text.of) ?? "?")")
  }

  /// `eve (uid 1000)`, or as much of that as is known.
  static func person(_ origin: JSONValue) -> String? {
    let name = origin["name"].map(Text.of)
    let uid = origin["uid"].map { "uid \(Text.of($0))" }
    guard let name else { return uid }
    return uid.map { "\(name) (\($0))" } ?? name
  }

  /// `2026-11-21 03:02:11.118` of an RFC 3339 time.
  private static func moment(_ text: String) -> String { "\(text.prefix(10)) \(clock(text))" }

  private static func clock(_ text: String) -> String { Narration.clock(text) }

  private func member(_ path: String...) -> String? {
    var found: JSONValue? = exception
    for name in path { found = found?[name] }
    guard let found, !found.isNull else { return nil }
    return Text.of(found)
  }
}

/// The likely causes of how a command ended, each with the way out.
enum CauseText {
  /// No lines when there are none to tell.
  static func lines(_ command: JSONValue) -> [String] {
    let causes = command["causes"].map { Array($0.elements) } ?? []
    let advice = command["advice"].map { Paragraph.lines("  the route says: ", Text.of($0)) } ?? []
    guard !causes.isEmpty else { return advice }
    let lines = causes.enumerated().flatMap { index, cause in
      let lead = "  \(index + 1). "
      return Paragraph.lines(lead, text(cause, "meaning"))
        + Paragraph.lines("     -> ", text(cause, "remedy"))
    }
    let heading = causes.count == 1 ? "  likely cause" : "  likely causes, the likeliest first"
    return [heading] + lines + advice
  }

  private static func text(_ cause: JSONValue, _ name: String) -> String {
    cause[name].map(Text.of) ?? "?"
  }
}
