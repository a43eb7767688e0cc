import Commands
import JSON
import Privacy

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
  /// Room for most lines.
  private static let lineBytes = 2_048
  /// Room for what an entry says besides the data of its event.
  private static let entryBytes = 320
  /// Nil where entries say everything in clear.
  private var commitments: Commitments?
  private let hasEntries: Bool

  init(
    site: String, store: String, last: Int64, commitments: Commitments? = nil,
    hasEntries: Bool = true
  ) {
    self.site = site
    self.store = store
    self.last = last
    self.commitments = commitments
    self.hasEntries = hasEntries
  }

  func cursor(_ sequence: Int64) -> String { "\(store).\(sequence)" }

  /// The event and, where its type is audited, the entry about it.
  ///
  /// - Parameters:
  ///   - raw: the platform's own bytes that show what the entry says.
  ///   - isConfirmation: of a Stop or Pause.
  mutating func record(
    _ type: EventType, agent: String, call: String?, raw: JSONValue? = nil,
    isConfirmation: Bool = false, at now: Moment, data: (inout JSONWriter) -> Void
  ) -> [Write] {
    let (event, said) = line(type, agent: agent, call: call, at: now, data: data)
    guard type.isAudited, hasEntries else { return [.event(event)] }
    var writer = JSONWriter(capacityBytes: Self.entryBytes + said.count + (raw?.raw.count ?? 0))
    writer.object { writer in
      writer.member("cursor", cursor(event.sequence))
      writer.member("type", type.rawValue)
      writer.member("time", Timestamp.text(now.wall))
      writer.member("clock", object: now.write)
      if type == .acknowledgement { writer.member("witness", "operator") }
      writer.members(event.line[said])
      if let raw { writer.member("raw", raw) }
    }
    let committed =
      commitments?.commit(writer.bytes) ?? Commitments.Committed(record: writer.bytes, values: [])
    let entry = Entry(
      sequence: event.sequence, type: type, wall: now.wall, record: committed.record,
      clearValues: committed.values,
      callsForCheckpoint: isConfirmation || type.callsForCheckpoint)
    return [.event(event), .entry(entry)]
  }

  mutating func write(
    _ type: EventType, agent: String, call: String? = nil, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> Event {
    line(type, agent: agent, call: call, at: now, data: data).event
  }

  /// The event, and where in its line the members of its data stand.
  private mutating func line(
    _ type: EventType, agent: String, call: String?, at now: Moment,
    data: (inout JSONWriter) -> Void
  ) -> (event: Event, data: Range<Int>) {
    last += 1
    let digits = String(last)
    var said = 0..<0
    var writer = JSONWriter(capacityBytes: Self.lineBytes)
    writer.object { writer in
      writer.member("specversion", "1.0")
      writer.member("id", cursor(last))
      writer.member("source", agent.isEmpty ? "/\(site)" : "/\(site)/\(agent)")
      writer.member("type", type.rawValue)
      writer.member("subject", call)
      writer.member("time", Timestamp.text(now.wall))
      writer.member("sequence", String(repeating: "0", count: 20 - digits.utf8.count) + digits)
      writer.member("datacontenttype", "application/json")
      writer.name("data")
      let start = writer.bytes.count + 1
      writer.object(data)
      said = start..<(writer.bytes.count - 1)
    }
    let event = Event(
      sequence: last, type: type, agent: agent, call: call, wall: now.wall, line: writer.bytes)
    return (event, said)
  }
}

extension Moment {
  /// What lets two steps be compared although the wall clock may have been set in between: the
  /// monotonic clock counts within one start of the machine, in microseconds.
  func write(to writer: inout JSONWriter) {
    writer.member("monotonicUs", monotonic.wholeMicroseconds)
    writer.member("synchronised", isSynchronised)
  }
}

extension JSONWriter {
  /// A wall-clock time as text; left out when there is none.
  mutating func member(_ name: String, time: Duration?) {
    if let time { member(name, Timestamp.text(time)) }
  }
}
