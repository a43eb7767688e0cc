import Daemon
import JSON
import Store

/// What calls leave behind, as rows of the size that a platform's notifications give them.
///
/// Each call has ten notifications: it rings, is answered, gets data attached, ends.
struct Workload {
  enum Load: String, CaseIterable {
    /// Nothing is recorded and nothing is asked: no event of a call is an entry.
    case notifications = "notifications only"
    /// Each call is recorded, and in one of four the agent takes a card number: Pause, Resume, and
    /// a Stop before the end. 19 of 59 events are entries.
    case centre = "a busy centre"
    /// Each call is recorded and stopped, and nothing else: 6 of 16 events are entries.
    case stops = "a burst of Stops"
  }

  private let load: Load
  /// Whether each event that is audited is entered as well.
  private let hasEntries: Bool
  private var sequence: Int64
  private var call = 0
  private var command = 0

  /// Of the store that it is for.
  static let identity = "0123456789abcdef0123456789abcdef"
  /// Of every event, in microseconds since 1970 UTC.
  private static let wall: Int64 = 1_795_621_783_395_729

  /// A notification with attached data, of the size that the vendor's samples have.
  private static let raw = Array(
    ("{\"notificationType\":\"CallRecordingStateChange\",\"call\":{"
      + (0..<34).map { "\"member\($0)\":\"a value of the usual length \($0)\"" }
      .joined(separator: ",") + "}}").utf8)

  /// What is published of a call besides the notification itself.
  private static let view = Array(
    ("{" + (0..<12).map { "\"member\($0)\":\"a value of the usual length \($0)\"" }
      .joined(separator: ",") + "}").utf8)

  init(_ load: Load, after sequence: Int64, hasEntries: Bool) {
    self.load = load
    self.sequence = sequence
    self.hasEntries = hasEntries
  }

  /// The calls of one transaction, and how many events they have.
  mutating func batch(_ calls: Int) -> (changes: [Change], events: Int64) {
    var changes: [Change] = []
    changes.reserveCapacity(calls * 32)
    let before = sequence
    for _ in 0..<calls { add(to: &changes) }
    return (changes, sequence - before)
  }

  private mutating func add(to changes: inout [Change]) {
    let id = nextCall()
    for _ in 0..<10 {
      event("recbridge.call.v1", id, &changes) { writer in
        writer.member("agent", "alice")
        writer.member("call", raw: Self.view)
        writer.member("raw", raw: Self.raw)
      }
    }
    if load == .notifications { return }
    recording(id, "Recording", isAsked: false, &changes)
    guard load == .stops || call % 4 == 0 else { return }
    if load == .centre {
      ask("pause", "Paused", id, &changes)
      ask("resume", "Recording", id, &changes)
    }
    ask("stop", "Stopped", id, &changes)
  }

  /// As many calls, each with what is entered of a recording and its Stop, without notifications.
  mutating func entriesAlone(_ calls: Int) -> [Change] {
    var changes: [Change] = []
    for _ in 0..<calls {
      let id = nextCall()
      recording(id, "Recording", isAsked: false, &changes)
      ask("stop", "Stopped", id, &changes)
    }
    return changes
  }

  /// Ids of one switch begin alike and count up.
  private mutating func nextCall() -> String {
    call += 1
    let digits = String(call, radix: 32, uppercase: true)
    return "01RCC3N118B1V0SL807GK2LAES" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  private mutating func recording(
    _ call: String, _ state: String, isAsked: Bool, _ changes: inout [Change]
  ) {
    // What witnesses a command is entered with its verdict.
    entered("recbridge.recording.v1", call, raw: !isAsked, &changes) { writer in
      writer.member("agent", "alice")
      writer.member("call", call)
      writer.member("to", state)
      writer.member("cause", isAsked ? "command" : "unsolicited")
      writer.member("recordingFile", Self.file(call))
    }
  }

  /// A command in its four moves, the last of which is confirmed by a change of the recording.
  private mutating func ask(
    _ operation: String, _ state: String, _ call: String, _ changes: inout [Change]
  ) {
    command += 1
    let number = command
    for status in ["issued", "sent", "accepted", "final"] {
      let isFinal = status == "final"
      if isFinal { recording(call, state, isAsked: true, &changes) }
      func write(_ writer: inout JSONWriter) {
        writer.member("command", "cmd-\(number)-d7e88777")
        writer.member("key", "order-\(number)")
        writer.member("agent", "alice")
        writer.member("call", call)
        writer.member("operation", operation)
        writer.member("mode", "send")
        writer.member("status", status)
        if isFinal { writer.member("grade", "confirmed.notified") }
        writer.member(
          "evidence",
          object: { writer in
            writer.member("kind", isFinal ? "notification" : "knowledge")
            writer.member("state", state)
            writer.member("recordingFile", Self.file(call))
          })
        writer.member("issuedAt", "2026-11-25T15:49:43.395729Z")
        writer.member("attempts", 1)
        writer.member("origin", object: { $0.member("uid", 0) })
      }
      entered("recbridge.command.v1", call, raw: isFinal, &changes, write)
      let record = JSONWriter.write { writer in writer.object { write(&$0) } }
      changes.append(
        .command(
          StoredCommand(
            id: "cmd-\(number)-d7e88777", key: "order-\(number)", agent: "alice", call: call,
            operation: operation, status: status, grade: isFinal ? "confirmed.notified" : nil,
            isOpen: !isFinal, isException: false, issuedWallMicroseconds: 1, sequence: sequence,
            record: record)))
    }
  }

  private static func file(_ call: String) -> String {
    "\(call)_5001_15550100_5001_2026-11-25_18-24-23_sip-dot-example-dot-com"
  }

  /// The members of its data, as they were written.
  @discardableResult
  private mutating func event(
    _ type: String, _ call: String, _ changes: inout [Change], _ data: (inout JSONWriter) -> Void
  ) -> ArraySlice<UInt8> {
    sequence += 1
    var said = 0..<0
    var writer = JSONWriter(capacityBytes: 2_048)
    writer.object { writer in
        writer.member("specversion", "1.0")
        writer.member("id", "\(Self.identity).\(sequence)")
        writer.member("source", "/hq/alice")
        writer.member("type", type)
        writer.member("subject", call)
        writer.member("time", "2026-11-25T15:49:43.395729Z")
        writer.member("sequence", "00000000000000000000")
        writer.member("datacontenttype", "application/json")
      writer.name("data")
      let start = writer.bytes.count + 1
      writer.object(data)
      said = start..<(writer.bytes.count - 1)
    }
    changes.append(
      .event(
        StoredEvent(
          sequence: sequence, type: type, agent: "alice", call: call,
          wallMicroseconds: Self.wall, line: writer.bytes)))
    return writer.bytes[said]
  }

  private mutating func entered(
    _ type: String, _ call: String, raw: Bool, _ changes: inout [Change],
    _ data: (inout JSONWriter) -> Void
  ) {
    let said = event(type, call, &changes, data)
    guard hasEntries else { return }
    var writer = JSONWriter(capacityBytes: 320 + said.count + (raw ? Self.raw.count : 0))
    writer.object { writer in
      writer.member("cursor", "\(Self.identity).\(sequence)")
      writer.member("type", type)
      writer.member("time", "2026-11-25T15:49:43.395729Z")
      writer.member(
        "clock",
        object: { writer in
          writer.member("monotonicUs", 12_195_919_765)
          writer.member("synchronised", true)
        })
      writer.members(said)
      if raw { writer.member("raw", raw: Self.raw) }
    }
    changes.append(
      .entry(
        StoredEntry(
          sequence: sequence, type: type, wallMicroseconds: Self.wall, record: writer.bytes)))
  }

  /// A start of the daemon, which names the key that signs.
  mutating func start(_ key: String) -> [Change] {
    var changes: [Change] = []
    entered("recbridge.daemon.v1", "", raw: false, &changes) { writer in
      writer.member("action", "started")
      writer.member("key", key)
    }
    return changes
  }

  /// A checkpoint with its event.
  mutating func checkpoint(_ note: String, size: Int64) -> [Change] {
    var changes: [Change] = []
    event("recbridge.checkpoint.v1", "", &changes) { $0.member("note", note) }
    changes.append(
      .checkpoint(
        StoredCheckpoint(sequence: sequence, size: size, wallMicroseconds: 1, note: note)))
    return changes
  }
}
