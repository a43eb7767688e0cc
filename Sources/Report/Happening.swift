import Commands
import JSON

/// Something that an entry tells of and that is no move of a command and no change of a recording.
package struct Happening: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// What may have been missed.
    case gap
    /// The store could not be written.
    case outage
    /// A recording began again after a Stop that was confirmed.
    case restarted
    /// The witnesses of a call contradict each other.
    case disagreement
    /// A message that nobody could read.
    case quarantine
    /// The platform was asked, and said how a recording stands.
    case look
    /// Somebody has seen to a command that ended before the period.
    case acknowledgement
    /// The daemon began, took up another configuration, or ended well.
    case daemon
    /// The personal data of a call are being erased, or have been.
    case erasure
    /// Retention begins to remove something, has removed it, or has moved groups.
    case retention
    /// An entry of a kind that this version does not know.
    case other
    /// Entries whose bytes retention has taken, one after the other.
    case pruned
    /// An entry whose bytes are no JSON.
    case unreadable
  }

  package let kind: Kind
  package let entry: Int64
  /// The last of several entries, of which `entry` is the first.
  package internal(set) var lastEntry: Int64
  package let time: Duration
  package internal(set) var agent: Kept?
  package internal(set) var call: Kept?
  package internal(set) var command: String?
  /// The time that it covers, where it covers any.
  package internal(set) var from: Duration?
  package internal(set) var to: Duration?
  /// Of a gap: a list of calls closed it.
  package internal(set) var isClosed = false
  /// Of a look and a restart: the recording state that was seen.
  package internal(set) var state: Kept?
  package internal(set) var text = ""

  init(_ kind: Kind, _ entry: ReportEntry) {
    self.kind = kind
    self.entry = entry.number
    lastEntry = entry.number
    time = entry.time
    switch kind {
    case .pruned: text = "pruned: retention has taken the bytes; their places in the tree stay"
    case .unreadable: text = "its record is no JSON object: see the verification"
    default: break
    }
  }

  /// What the record of a type that this version knows tells.
  init(_ kind: Kind, _ entry: ReportEntry, _ record: JSONValue) {
    self.init(kind, entry)
    agent = record.kept("agent")
    call = record.kept("call")
    command = record.kept("command")?.shown
    from = record["from"]?.string.flatMap(Timestamp.parse)
    to = record["to"]?.string.flatMap(Timestamp.parse)
    text = Self.text(kind, entry, record)
    switch kind {
    case .gap:
      isClosed = record["resynced"]?.bool == true
      to = to ?? time
    case .outage: to = to ?? time
    case .look: state = record.kept("recordingState")
    case .restarted:
      state = record.kept("to")
      to = nil
    default: break
    }
  }

  /// Whether any of it lies in the time.
  func overlaps(_ start: Duration, _ end: Duration) -> Bool {
    (from ?? to.map { _ in start } ?? time) <= end && (to ?? time) >= start
  }

  // MARK: - In words

  private static func text(_ kind: Kind, _ entry: ReportEntry, _ record: JSONValue) -> String {
    func said(_ name: String) -> String { record.kept(name)?.shown ?? "?" }
    switch kind {
    case .gap:
      let end =
        record["resynced"]?.bool == true
        ? "closed by the platform's own list of calls" : "not closed: what happened stays unknown"
      return "\(said("cause")): \(said("reason")); \(end)"
    case .outage:
      let moved = record["commands"].map { Array($0.elements).count } ?? 0
      let lost = Int(clamping: record["lostRecords"]?.integer ?? 0)
      let entered = moved == 0 ? "" : " and \(moved == 1 ? "was" : "were") entered afterwards"
      return "\(said("reason")); \(Spoken.count(moved, "command")) moved meanwhile\(entered)"
        + (lost > 0
          ? "; \(Spoken.count(lost, "move")) \(lost == 1 ? "is" : "are") in the operator's log only"
          : "")
    case .restarted:
      let file = record.kept("recordingFile").map { ", file \($0.shown)" } ?? ""
      return "recorded again (\(said("to"))\(file)) although Stop \(said("command")) had been"
        + " confirmed; nothing that was asked here explains it"
    case .disagreement: return record["witnesses"].map(WitnessText.text) ?? "?"
    case .quarantine:
      let isOne = record["sizeBytes"]?.integer == 1
      return "\(said("sizeBytes")) \(isOne ? "byte" : "bytes") could not be read and"
        + " \(isOne ? "is" : "are") kept: \(said("reason"));"
        + " SHA-256 \(said("sha256"))"
    case .look: return "asked by route \(said("route")): \(said("recordingState"))"
    case .acknowledgement:
      return "\(said("operation")) \(said("command")), \(said("grade")): seen to by"
        + " \(Person.text(record["by"])): \(said("why"))"
    case .daemon: return DaemonText.text(record)
    case .erasure: return RemovalText.erasure(record)
    case .retention: return RemovalText.retention(record)
    case .other: return "\(entry.type): \(shortened(record.rawText))"
    case .pruned, .unreadable: return ""
    }
  }

  /// Of an entry that nobody here can read: enough to see what it is.
  static let shownSizeMax = 2_000

  static func shortened(_ text: String) -> String {
    let rest = text.utf8.count - shownSizeMax
    // A character has at least a byte, so no text that is short enough is cut.
    return rest > 0
      ? "\(text.prefix(shownSizeMax))… (and more, \(text.utf8.count) bytes in all)" : text
  }
}

/// What a daemon did, in words.
enum DaemonText {
  static func text(_ record: JSONValue) -> String {
    func said(_ name: String) -> String { record.kept(name)?.shown ?? "?" }
    func count(_ name: String) -> Int { record[name].map { Array($0.elements).count } ?? 0 }
    func names(_ name: String) -> String {
      let names = record[name].map { $0.elements.map { $0.string ?? "?" } } ?? []
      let shown = names.prefix(namesMax).joined(separator: ", ")
      return names.count > namesMax ? "\(shown) and \(names.count - namesMax) more" : shown
    }
    switch record["action"]?.string {
    case "started":
      let signer =
        record["key"]?.string.map { "signs with \($0.prefix { $0 != "+" })" } ?? "signs nothing"
      let committed =
        count("commitments") > 0 ? "; keeps \(names("commitments")) as commitments" : ""
      return "started, version \(said("version")), platform \(said("platform")), profile"
        + " \(said("profile")), \(Spoken.count(count("agents"), "agent")) (\(names("agents")));"
        + " \(signer)\(committed)"
    case "configured":
      let changes = ["added", "removed", "changed"].filter { count($0) > 0 }.map {
        "\($0) \(names($0))"
      }
      return "took up another configuration: "
        + (changes.isEmpty ? "secrets only" : changes.joined(separator: "; "))
    case "stopped":
      let isOne = record["openCommands"]?.integer == 1
      return "stopped, \(said("openCommands")) \(isOne ? "command" : "commands") open"
    default: return "\(said("action")): \(Happening.shortened(record.rawText))"
    }
  }

  /// More names than anybody compares.
  private static let namesMax = 20
}
