import JSON

/// Events as a timeline: when, whose, which call, and what happened.
///
/// Keeps only the width of its columns; what a line says depends on its event alone.
struct Narrator {
  private var agentWidth = 0
  private var callWidth = 0
  /// A longer name pushes its own line aside, not all that follow.
  private static let widthMax = 24

  /// The line for `event`.
  mutating func line(_ event: JSONValue) -> String {
    let data = event["data"]
    let agent = text(data?["agent"]) ?? text(event["source"]) ?? ""
    let call = text(event["subject"]) ?? ""
    agentWidth = max(agentWidth, min(agent.count, Self.widthMax))
    callWidth = max(callWidth, min(call.count, Self.widthMax))
    let columns = [
      Narration.time(event["time"]?.string ?? ""), Columns.padded(agent, to: agentWidth),
      Columns.padded(call, to: callWidth), Narration.sentence(event),
    ]
    return columns.joined(separator: "  ")
  }

  private func text(_ value: JSONValue?) -> String? {
    value.flatMap { $0.isNull ? nil : Text.of($0) }
  }
}

/// What events say, in words.
enum Narration {
  /// One sentence for one event.
  static func sentence(_ event: JSONValue) -> String {
    guard let data = event["data"] else { return "· \(member(event, "type")) without data" }
    switch event["type"]?.string {
    case "recbridge.call.v1": return call(data)
    case "recbridge.recording.v1": return recording(data)
    case "recbridge.command.v1": return command(data)
    case "recbridge.gap.v1": return gap(data)
    case "recbridge.session.v1": return session(data)
    case "recbridge.quarantine.v1":
      return "! \(member(data, "sizeBytes")) bytes could not be read and are kept:"
        + " \(member(data, "reason"))"
    default: return "· \(member(event, "type")): \(Text.of(data))"
    }
  }

  /// The clock part of a time in RFC 3339, with milliseconds.
  static func time(_ text: String) -> String {
    guard let start = text.firstIndex(of: "T") else { return Columns.padded(text, to: 12) }
    let clock = text[text.index(after: start)...].prefix { $0.isNumber || $0 == ":" || $0 == "." }
    let parts = clock.split(separator: ".")
    let fraction = parts.count > 1 ? parts[1].prefix(3) : ""
    return "\(parts.first ?? "").\(fraction)\(String(repeating: "0", count: 3 - fraction.count))"
  }

  private static func call(_ data: JSONValue) -> String {
    let call = data["call"]
    let state = member(call, "state")
    let recording = call?["recordingState"]?.string
    let shown = recording.map { "recording \(Printable.text($0))" } ?? "recording not mentioned"
    return "\(mark(recording)) \(state), \(shown)\(witnesses(data["witnesses"]))"
  }

  private static func mark(_ recordingState: String?) -> String {
    switch recordingState {
    case "Recording": "●"
    case "Paused": "◐"
    case .some: "○"
    case nil: "·"
    }
  }

  private static func recording(_ data: JSONValue) -> String {
    let states = "\(member(data, "from")) → \(member(data, "to"))"
    let file = data["recordingFile"].flatMap { $0.isNull ? nil : ", file \(Text.of($0))" } ?? ""
    let cause =
      data["command"].flatMap { $0.isNull ? nil : "by command \(Text.of($0))" }
      ?? member(data, "cause")
    return "\(mark(data["to"]?.string)) recording \(states), \(cause)\(file)"
  }

  /// Also what `stop` and its like print about their own command.
  static func command(_ data: JSONValue) -> String {
    let subject = "\(member(data, "operation")), command \(member(data, "command"))"
    guard let outcome = Outcome(data) else {
      let status =
        switch data["status"]?.string {
        case "issued": "issued, on disk"
        case "sent": "sent to the platform"
        case "accepted": "accepted by the platform, not yet confirmed"
        default: member(data, "status")
        }
      return "… \(subject): \(status)"
    }
    let latency = data["latencyMs"].flatMap { $0.isNull ? nil : " after \(Text.of($0)) ms" } ?? ""
    let evidence = data["evidence"].flatMap { $0.isNull ? nil : "; \(Text.of($0))" } ?? ""
    return "\(outcome.mark) \(subject): \(outcome.meaning)\(latency)"
      + witnesses(data["witnesses"]) + evidence
  }

  private static func gap(_ data: JSONValue) -> String {
    let closed = data["resynced"]?.bool == true ? "a snapshot closed it" : "nothing closed it"
    return "! gap from \(member(data, "from")) to \(member(data, "to")),"
      + " \(member(data, "cause")); \(closed)"
  }

  private static func session(_ data: JSONValue) -> String {
    let reason = data["reason"].flatMap { $0.isNull ? nil : ": \(Text.of($0))" } ?? ""
    return "· session \(member(data, "state"))\(reason)"
  }

  /// What the three witnesses show, and whether they agree.
  private static func witnesses(_ witnesses: JSONValue?) -> String {
    guard let witnesses, witnesses.kind == .object else { return "" }
    let verdict =
      switch witnesses["verdict"]?.string {
      case "agree": "witnesses agree"
      case "disagree": "! witnesses disagree"
      case "not-enough": "not enough witnesses"
      default: "witnesses \(member(witnesses, "verdict"))"
      }
    let shown = [
      present(witnesses["recordingState"], "recordingState"),
      present(witnesses["gsipRecord"], "GSIP_RECORD"),
      present(witnesses["capabilities"], "may"),
    ]
    return "; \(verdict) (\(shown.compactMap { $0 }.joined(separator: ", ")))"
  }

  private static func present(_ value: JSONValue?, _ name: String) -> String? {
    guard let value, !value.isNull else { return nil }
    let text = Text.of(value)
    return text.isEmpty ? nil : "\(name) \(text)"
  }

  private static func member(_ value: JSONValue?, _ name: String) -> String {
    value?[name].map(Text.of) ?? "-"
  }
}
