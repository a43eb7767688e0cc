import JSON
import Store

/// An entry that shows that the daemon was there: its start, a heartbeat or its end.
struct SignOfLife: Equatable {
  let number: Int64
  /// Of its event.
  let sequence: Int64
  let time: String
  let monotonic: Duration
  /// When the next one is due.
  let interval: Duration
  /// The daemon signs: it is to be covered by a checkpoint at once.
  let isSigned: Bool

  /// A start says how it is with its run; the others go on with what `former` says.
  init(_ entry: StoredEntry, _ record: JSONValue, after former: SignOfLife?) {
    let isStart = record["action"]?.string == "started"
    number = entry.number
    sequence = entry.sequence
    time = record["time"]?.string ?? "?"
    monotonic = Self.monotonic(record)
    interval =
      isStart
      ? .milliseconds(record["heartbeatMs"]?.integer ?? 60_000)
      : former?.interval ?? .seconds(60)
    isSigned = isStart ? record["key"] != nil : former?.isSigned ?? false
  }

  /// The clock of an entry that never steps; it begins anew with the machine.
  static func monotonic(_ record: JSONValue) -> Duration {
    .microseconds(record["clock"]?["monotonicUs"]?.integer ?? 0)
  }
}
