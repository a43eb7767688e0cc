import Commands
import JSON

/// A stop whose effect was witnessed: should the call be recorded again, somebody has to know.
struct ConfirmedStop: Equatable, Sendable {
  /// The stop.
  let command: String
  /// When it was asked for, and when it was confirmed, wall time since the Unix epoch.
  let issuedAt: Duration
  let at: Duration
  /// The recording that it ended.
  let recordingFile: String?
  /// The start or resume of ours that was asked for since.
  var explanation: String?

  init(_ command: Command, explanation: String?) {
    self.explanation = explanation
    self.command = command.id
    issuedAt = command.issuedAt
    at = command.finalAt ?? command.issuedAt
    recordingFile = command.evidence.recordingFile
  }

  func write(to writer: inout JSONWriter) {
    writer.member("command", command)
    writer.member("issuedAt", Timestamp.text(issuedAt))
    writer.member("at", Timestamp.text(at))
    writer.member("recordingFile", recordingFile)
    writer.member("explanation", explanation)
  }

  /// Reads back what ``write(to:)`` wrote; nil for anything else.
  init?(record: JSONValue) {
    guard let command = record["command"]?.string,
      let issuedAt = record["issuedAt"]?.string.flatMap(Timestamp.parse),
      let at = record["at"]?.string.flatMap(Timestamp.parse)
    else { return nil }
    self.command = command
    self.issuedAt = issuedAt
    self.at = at
    recordingFile = record["recordingFile"]?.string
    explanation = record["explanation"]?.string
  }
}
