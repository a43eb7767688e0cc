import Commands
import JSON

/// Numbers the events and writes each as one line: a CloudEvent 1.0 in the JSON format.
///
/// The cursor `STORE.SEQUENCE` is the event's `id`; `source` is `/SITE/AGENT`, or `/SITE` where no
/// agent is concerned; `time` is when we observed it, since the platform gives none; `sequence` is
/// padded to 20 digits because CloudEvents compares sequences as text.
struct EventWriter: Sendable {
  private let site: String
  private let store: String
  /// The number of the newest event.
  private(set) var last: Int64

  init(site: String, store: String, last: Int64) {
    self.site = site
    self.store = store
    self.last = last
  }

  func cursor(_ sequence: Int64) -> String { "\(store).\(sequence)" }

  mutating func write(
    _ type: EventType, agent: String, call: String? = nil, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Event {
    last += 1
    let digits = String(last)
    var writer = JSONWriter(capacityBytes: 2_048)
    writer.object { writer in
      writer.member("specversion", "1.0")
      writer.member("id", cursor(last))
      writer.member("source", agent.isEmpty ? "/\(site)" : "/\(site)/\(agent)")
      writer.member("type", type.rawValue)
      writer.member("subject", call)
      writer.member("time", Timestamp.text(now.wall))
      writer.member("sequence", String(repeating: "0", count: 20 - digits.utf8.count) + digits)
      writer.member("datacontenttype", "application/json")
      writer.member("data", object: data)
    }
    return Event(
      sequence: last, type: type, agent: agent, call: call, wall: now.wall, line: writer.bytes)
  }
}

extension JSONWriter {
  /// A wall-clock time as text; left out when there is none.
  mutating func member(_ name: String, time: Duration?) {
    if let time { member(name, Timestamp.text(time)) }
  }
}
