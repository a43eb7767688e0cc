import JSON

/// Events as a timeline: when, whose, which call, and what happened.
///
/// Keeps only the width of its columns; what a line says depends on its event alone.
struct Narrator {
  private var columns = Columns()
  /// Enough to tell the calls of a timeline apart; `recbridge calls` and `--json` have all of it.
  private static let callMax = 13

  /// The line for `event`.
  mutating func line(_ event: JSONValue) -> String {
    let agent = text(event["data"]?["agent"]) ?? text(event["source"]) ?? ""
    let call = Text.shortened(text(event["subject"]) ?? "", to: Self.callMax)
    let time = Narration.clock(event["time"]?.string ?? "")
    return columns.line([time, agent, call, Narration.sentence(event)])
  }

  private func text(_ value: JSONValue?) -> String? {
    value.flatMap { $0.isNull ? nil : Text.of($0) }
  }
}

/// What events say, in words. The members are those of `schemas/events`.
enum Narration {
  /// One sentence for one event.
  static func sentence(_ event: JSONValue) -> String {
    guard let data = event["data"] else { return "· \(named(event, "type")) without data" }
    switch event["type"]?.string {
    case "recbridge.call.v1": return call(data)
    case "recbridge.recording.v1": return recording(data)
    case "recbridge.command.v1": return command(data)
    case "recbridge.acknowledgement.v1":
      let by = data["by"].flatMap(ExceptionText.person) ?? "somebody"
      return "· \(named(data, "operation")), command \(named(data, "command")):"
        + " seen to by \(by): \(named(data, "why"))"
    case "recbridge.disagreement.v1":
      return "! what shows the recording state is contradictory" + witnesses(data["witnesses"])
    case "recbridge.restarted.v1":
      return "! recorded again after command \(named(data, "command")) had stopped it"
        + witnesses(data["witnesses"])
    case "recbridge.gap.v1": return gap(data)
    case "recbridge.daemon.v1": return daemon(data)
    case "recbridge.heartbeat.v1":
      return "· alive: \(named(data, "observed")) of \(counted(data, "agents", "agent")) observed,"
        + " \(counted(data, "openCommands", "command")) open"
    case "recbridge.checkpoint.v1":
      return "· audit signed: \(counted(data, "size", "entry", "entries")) of"
        + " \(named(data, "origin"))"
    case "recbridge.timestamp.v1":
      return "· audit timestamped: \(counted(data, "size", "entry", "entries")), seen by"
        + " \(named(data, "anchor")) at \(named(data, "stampedAt"))"
    case "recbridge.group.v1":
      let by = data["by"].flatMap(ExceptionText.person) ?? "its feed"
      let place = member(data, "to").map { " to \($0)" } ?? ""
      return "· group \(named(data, "group")) \(named(data, "action"))\(place) by \(by)"
    case "recbridge.session.v1": return session(data)
    case "recbridge.notification.v1":
      let type = member(data, "notificationType") ?? named(data, "messageType")
      return "· \(type) on \(named(data, "channel"))"
    case "recbridge.look.v1":
      let state = member(data, "recordingState")
      return "\(mark(state)) asked, recording \(named(data, "recordingState"))"
        + " (by route \(named(data, "route")))"
    case "recbridge.quarantine.v1":
      let are = data["sizeBytes"]?.integer == 1 ? "is" : "are"
      return "! \(counted(data, "sizeBytes", "byte")) could not be read and \(are) kept:"
        + " \(named(data, "reason"))"
    default: return "· \(named(event, "type")): \(Text.of(data))"
    }
  }

  /// The clock part of a time in RFC 3339, with milliseconds.
  static func clock(_ text: String) -> String {
    guard let start = text.firstIndex(of: "T") else { return Printable.text(text) }
    let clock = text[text.index(after: start)...].prefix { $0.isNumber || $0 == ":" || $0 == "." }
    let parts = clock.split(separator: ".")
    let fraction = parts.count > 1 ? parts[1].prefix(3) : ""
    return "\(parts.first ?? "").\(fraction)\(String(repeating: "0", count: 3 - fraction.count))"
  }

  private static func daemon(_ data: JSONValue) -> String {
    let action = "· the bridge has \(named(data, "action"))"
    switch data["action"]?.string {
    case "started":
      let signer = data["key"]?.string.map { key in
        "the audit is signed with \(Printable.text(String(key.prefix { $0 != "+" })))"
      }
      let differs = data["differs"].map { $0.elements.compactMap(\.string) } ?? []
      let changes =
        (data["keyBefore"] == nil ? [] : ["another key"])
        + (differs.isEmpty ? [] : ["other settings: \(differs.joined(separator: ", "))"])
      return "\(action), version \(named(data, "version")); "
        + (signer ?? "nothing signs the audit: there is no audit.key")
        + (changes.isEmpty ? "" : "; since the run before: \(changes.joined(separator: "; "))")
    case "configured":
      let parts = ["added", "removed", "changed"].map { name in
        "\(data[name].map { Array($0.elements).count } ?? 0) \(name)"
      }
      return "\(action) anew: agents \(parts.joined(separator: ", "))"
    default: return action
    }
  }

  private static func call(_ data: JSONValue) -> String {
    let call = data["call"]
    let recording = call?["recordingState"]?.string
    let mark = data["ended"]?.bool == true ? "○" : mark(recording)
    let state = call.flatMap { member($0, "state") } ?? "call"
    let shown = recording.map { ", recording \(Printable.text($0))" } ?? ""
    let source =
      switch data["source"]?.string {
      case "snapshot": " (in a snapshot)"
      case "look": " (in a look)"
      case "absence": " (no longer in the snapshot)"
      default: ""
      }
    return "\(mark) \(state)\(shown)\(source)\(witnesses(data["witnesses"]))"
  }

  private static func mark(_ recordingState: String?) -> String {
    switch recordingState {
    case "Recording": "●"
    case "Paused": "◐"
    case .some: "○"
    case nil: "·"
    }
  }

  /// File names repeat the call, the numbers and the time; their ends tell them apart.
  private static let fileMax = 32

  private static func recording(_ data: JSONValue) -> String {
    let before = member(data, "from").map { "\($0) → " } ?? "→ "
    let cause = member(data, "command").map { "by command \($0)" } ?? named(data, "cause")
    let file =
      member(data, "recordingFile").map { ", file \(Text.shortened($0, to: fileMax))" } ?? ""
    return "\(mark(data["to"]?.string)) recording \(before)\(named(data, "to")), \(cause)\(file)"
  }

  /// Also what `stop` and its like print about their own command.
  static func command(_ data: JSONValue) -> String {
    let subject = "\(named(data, "operation")), command \(named(data, "command"))"
    guard let outcome = Outcome(data) else {
      let status =
        switch data["status"]?.string {
        case "issued": issued(data)
        case "sent": "sent to the platform\(attempt(data))"
        case "accepted": "accepted by the platform, not yet confirmed"
        default: named(data, "status")
        }
      return "… \(subject): \(status)\(soFar(data["evidence"]))"
    }
    let latency = data["latencyMs"].flatMap(Text.milliseconds).map { ", after \($0)" } ?? ""
    let previously = member(data, "previously").map { " (was \($0))" } ?? ""
    return "\(outcome.mark) \(subject): \(outcome.meaning)\(latency)\(previously)"
      + evidence(data["evidence"], outcome)
  }

  /// A command that waits for a look before it leaves is on disk before the look, with what the
  /// look showed, and before it leaves: three events, all with status issued.
  private static func issued(_ data: JSONValue) -> String {
    switch data["attempts"]?.integer {
    case nil: "issued, on disk"
    case 0 where data["mode"]?.string == "observe": "issued, on disk, only to be watched"
    case 0 where data["evidence"]?["event"] == nil:
      "issued, on disk; a look at the call comes first"
    case 0: "issued, on disk"
    case .some: "about to be sent, on disk\(attempt(data))"
    }
  }

  /// What is known of a command that is open.
  private static func soFar(_ evidence: JSONValue?) -> String {
    guard let evidence else { return "" }
    let parts = [
      member(evidence, "state").map { "recording \($0)" },
      member(evidence, "event").map { "event \($0)" },
      member(evidence, "message"),
      member(evidence, "lookFailure").map { "asked in vain: \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? "" : "; so far: \(parts.joined(separator: ", "))"
  }

  private static func attempt(_ data: JSONValue) -> String {
    guard let attempts = data["attempts"]?.integer, attempts > 1 else { return "" }
    return ", attempt \(attempts)"
  }

  /// What showed the outcome, or what was seen last when nothing did.
  private static func evidence(_ evidence: JSONValue?, _ outcome: Outcome) -> String {
    guard let evidence else { return "" }
    // A status that came with a reply says why it was refused; elsewhere it says nothing new.
    let isReply = evidence["kind"]?.string == "reply"
    let saysWhy = isReply || outcome.grade == "rejected"
    let witnesses = evidence["witnesses"].map { Self.witnesses($0) } ?? ""
    let parts = [
      witnesses.isEmpty ? member(evidence, "state").map { "recording \($0)" } : nil,
      saysWhy ? AnswerText.of(evidence) : nil,
      member(evidence, "event").map { "event \($0)" },
    ].compactMap { $0 }
    let isLastSeen = outcome.isOpen
    let prefix = isLastSeen ? "; last seen: " : "; "
    let seen = parts.isEmpty ? "" : prefix + parts.joined(separator: ", ")
    return isLastSeen ? seen + witnesses : witnesses + seen
  }

  private static func gap(_ data: JSONValue) -> String {
    let from = data["from"]?.string.map { "from \(clock($0))" } ?? "from the beginning"
    let to = data["to"]?.string.map { " to \(clock($0))" } ?? ""
    let reason = member(data, "reason") ?? named(data, "cause")
    let closed = data["resynced"]?.bool == true ? "a snapshot closed it" : "nothing closed it"
    return "! gap \(from)\(to), \(reason); \(closed)"
  }

  private static func session(_ data: JSONValue) -> String {
    let reason = member(data, "reason").map { ": \($0)" } ?? ""
    return "· session \(named(data, "state"))\(reason)"
  }

  /// What the three witnesses show, and whether they agree.
  private static func witnesses(_ witnesses: JSONValue?) -> String {
    guard let witnesses, witnesses.kind == .object else { return "" }
    let shown = [
      member(witnesses, "recordingState").map { "recordingState \($0)" },
      member(witnesses, "gsipRecord").map { "GSIP_RECORD \($0)" },
      member(witnesses, "capabilities").map { "may \($0)" },
    ].compactMap { $0 }
    guard !shown.isEmpty else { return "" }
    let verdict =
      switch witnesses["verdict"]?.string {
      case "agree": "witnesses agree"
      case "disagree": "witnesses disagree"
      default: "not enough witnesses"
      }
    return "; \(verdict): \(shown.joined(separator: ", "))"
  }

  /// What a member says, or nil when it is not there or says nothing.
  private static func member(_ value: JSONValue, _ name: String) -> String? {
    guard let found = value[name], !found.isNull else { return nil }
    let text = Text.of(found)
    return text.isEmpty ? nil : text
  }

  private static func named(_ value: JSONValue, _ name: String) -> String {
    member(value, name) ?? "?"
  }

  /// The number that a member says, with what it counts.
  private static func counted(
    _ value: JSONValue, _ name: String, _ one: String, _ many: String? = nil
  ) -> String {
    value[name]?.integer.map { Counted.text($0, one, many) }
      ?? "\(named(value, name)) \(many ?? one + "s")"
  }
}
