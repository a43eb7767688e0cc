package import Commands
package import JSON

/// What is kept of an outage of the store, outside of the store: that it began, and every move of a
/// Stop or Pause while it lasts. In this order it is the story that the store is told afterwards.
package enum EmergencyRecord: Equatable, Sendable {
  /// The store could not be written from here on; times are wall time since the Unix epoch.
  case outage(at: Duration, reason: String)
  /// A Stop or Pause as it stood then.
  case moved(Command, at: Duration)

  /// One JSON object on one line.
  package var document: [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        switch self {
        case .outage(let time, let reason):
          writer.member("kind", "outage")
          writer.member("time", Timestamp.text(time))
          writer.member("reason", reason)
        case .moved(let command, let time):
          writer.member("kind", "command")
          writer.member("time", Timestamp.text(time))
          writer.member("command", object: command.write)
        }
      }
    }
  }

  /// Reads back what ``document`` wrote; nil for anything else.
  package init?(_ document: JSONValue) {
    guard let time = document["time"]?.string.flatMap(Timestamp.parse) else { return nil }
    switch document["kind"]?.string {
    case "outage": self = .outage(at: time, reason: document["reason"]?.string ?? "")
    case "command":
      guard let command = document["command"].flatMap({ try? Command(record: $0) }) else {
        return nil
      }
      self = .moved(command, at: time)
    default: return nil
    }
  }

  /// When it happened, by the wall clock.
  package var time: Duration {
    switch self {
    case .outage(let time, _), .moved(_, let time): time
    }
  }
}
