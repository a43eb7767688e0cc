import Daemon
import JSON
import Store

/// What a call leaves behind in which a recording is stopped, as rows of the size that a platform's
/// notifications give them: ten notifications, two changes of the recording, four moves of the
/// Stop.
struct Workload {
  /// Whether each of it that is audited is entered as well.
  let hasEntries: Bool
  private var sequence: Int64
  private var call = 0

  /// A notification with attached data; the ones of the vendor's samples have 1.0 to 1.6 KB.
  private static let raw = Array(
    ("{\"notificationType\":\"CallRecordingStateChange\",\"call\":{"
      + (0..<26).map { "\"member\($0)\":\"a value of the usual length \($0)\"" }
      .joined(separator: ",") + "}}").utf8)

  init(after sequence: Int64, hasEntries: Bool) {
    self.sequence = sequence
    self.hasEntries = hasEntries
  }

  /// The calls of one transaction.
  mutating func batch(_ calls: Int) -> [Change] {
    var changes: [Change] = []
    changes.reserveCapacity(calls * 26)
    for _ in 0..<calls { add(to: &changes) }
    return changes
  }

  private mutating func add(to changes: inout [Change]) {
    call += 1
    let number = call
    let id = "CALL\(call)ATP9E3DLAQT929NRC4V39BD4DDL"
    for _ in 0..<10 { event("recbridge.call.v1", id, &changes) { $0.member("raw", raw: Self.raw) } }
    for state in ["Recording", "Stopped"] {
      entered("recbridge.recording.v1", id, raw: state == "Recording", &changes) { writer in
        writer.member("to", state)
        writer.member("cause", "command")
      }
    }
    for status in ["issued", "sent", "accepted", "final"] {
      let isFinal = status == "final"
      entered("recbridge.command.v1", id, raw: isFinal, &changes) { writer in
        Self.command(number, id, status, to: &writer)
      }
      let record = JSONWriter.write { writer in
        writer.object { Self.command(number, id, status, to: &$0) }
      }
      changes.append(
        .command(
          StoredCommand(
            id: "cmd-\(call)", key: nil, agent: "alice", call: id, operation: "stop",
            status: status, grade: isFinal ? "confirmed.notified" : nil, isOpen: !isFinal,
            isException: false, issuedWallMicroseconds: 1, sequence: sequence, record: record)))
    }
  }

  private static func command(
    _ number: Int, _ call: String, _ status: String, to writer: inout JSONWriter
  ) {
    writer.member("command", "cmd-\(number)")
    writer.member("operation", "stop")
    writer.member("mode", "send")
    writer.member("status", status)
    if status == "final" { writer.member("grade", "confirmed.notified") }
    writer.member(
      "evidence",
      object: { writer in
        writer.member("kind", "notification")
        writer.member("state", "Stopped")
        writer.member("recordingFile", "recording-of-\(call)-with-a-name-of-the-usual-length")
      })
    writer.member("issuedAt", "2026-11-25T15:49:43.395729Z")
    writer.member(
      "origin",
      object: { writer in
        writer.member("uid", 0)
        writer.member("gid", 0)
        writer.member("name", "root")
      })
  }

  private mutating func event(
    _ type: String, _ call: String, _ changes: inout [Change], _ data: (inout JSONWriter) -> Void
  ) {
    sequence += 1
    let line = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("specversion", "1.0")
        writer.member("id", "0123456789abcdef0123456789abcdef.\(sequence)")
        writer.member("type", type)
        writer.member("subject", call)
        writer.member("time", "2026-11-25T15:49:43.395729Z")
        writer.member("data", object: data)
      }
    }
    changes.append(
      .event(
        StoredEvent(
          sequence: sequence, type: type, agent: "alice", call: call,
          wallMicroseconds: 1_795_621_783_395_729, line: line)))
  }

  private mutating func entered(
    _ type: String, _ call: String, raw: Bool, _ changes: inout [Change],
    _ data: (inout JSONWriter) -> Void
  ) {
    event(type, call, &changes, data)
    guard hasEntries else { return }
    let record = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("cursor", "0123456789abcdef0123456789abcdef.\(sequence)")
        writer.member("type", type)
        writer.member("time", "2026-11-25T15:49:43.395729Z")
        writer.member("agent", "alice")
        writer.member("call", call)
        data(&writer)
        if raw { writer.member("raw", raw: Self.raw) }
      }
    }
    guard let entry = StoredEntry(record: record) else {
      preconditionFailure("the benchmark's own records can be read")
    }
    changes.append(.entry(entry))
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

  /// As many entries about commands, each with an event that says nothing.
  mutating func entriesAlone(_ count: Int) -> [Change] {
    var changes: [Change] = []
    for _ in 0..<count {
      call += 1
      let id = "CALL\(call)ATP9E3DLAQT929NRC4V39BD4DDL"
      let number = call
      entered("recbridge.command.v1", id, raw: false, &changes) { writer in
        Self.command(number, id, number % 4 == 0 ? "final" : "sent", to: &writer)
      }
    }
    return changes
  }
}
