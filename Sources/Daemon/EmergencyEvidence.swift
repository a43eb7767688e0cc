import Bridge
import Commands
import JSON
import Store

/// What is on record of an outage of the store: in the operator's log, in the reserve beside the
/// store, and in memory, until the store has been told.
final class EmergencyEvidence {
  /// Records kept in memory, for a reserve that fails: the moves of some 5,000 Stops, 20 MB. What
  /// comes beyond is in the log and counted as lost.
  private static let recordsMax = 20_000

  /// The store whose story this is, and the number of its newest event when it began: once the
  /// store is beyond that, it has been told, for what it is told is the first that it takes.
  struct Head: Equatable {
    let store: String
    let last: Int64
  }

  private let logger: Logger
  private var reserve: Reserve?
  private(set) var head: Head?
  /// Not yet in the store, in order.
  private(set) var records: [EmergencyRecord] = []
  /// Records that are in the log at most.
  private(set) var lost = 0
  /// The latest state of each command on record.
  private var commands: [String: Command] = [:]

  init(reserve: Reserve?, logger: Logger) {
    self.reserve = reserve
    self.logger = logger
    guard let contents = reserve?.contents else { return }
    lost = contents.tornCount
    if let head = contents.head.flatMap({ try? JSONValue.parse($0) }),
      let store = head["store"]?.string, let last = head["last"]?.integer
    {
      self.head = Head(store: store, last: last)
    }
    for bytes in contents.records {
      if let record = (try? JSONValue.parse(bytes)).flatMap(EmergencyRecord.init) {
        keep(record)
      } else {
        lost += 1
      }
    }
  }

  /// The story of the records so far; nil if there is none.
  var outage: Outage? { Outage(records, lost: lost) }

  /// The command as it stands on record; nil for one that is not.
  func command(_ id: String) -> Command? { commands[id] }

  /// The commands on record as they stand, in the order of their first move: for a ledger that
  /// takes them up where the store cannot be read.
  var restored: Restored {
    var restored = Restored()
    for id in outage?.commands ?? [] {
      guard let document = commands[id]?.document else { continue }
      if let record = try? JSONValue.parse(document) { restored.commands.append(record) }
    }
    return restored
  }

  /// An outage begins. `head` is nil when the store cannot even be read; then a head of before says
  /// nothing of what comes now, and ``untold(by:)`` sorts out what the store has already.
  func begin(_ error: StoreError, head: Head?, at wall: Duration) {
    setHead(head)
    logger.log(.error, "store-unavailable", [("reason", error.description)])
    append(.outage(at: wall, reason: error.description))
  }

  /// Before the store is told: from now on it counts as told once it is beyond `head`.
  func setHead(_ head: Head?) {
    if head == self.head { return }
    self.head = head
    let document = JSONWriter.write { writer in
      writer.object { writer in
        if let head {
          writer.member("store", head.store)
          writer.member("last", head.last)
        }
      }
    }
    write { (reserve) throws(StoreError) in try reserve.setHead(document) }
  }

  /// A Stop or Pause moved: on record when this returns.
  func note(_ command: Command, at wall: Duration) {
    logger.log(.error, "emergency-evidence", Self.fields(command, at: wall))
    append(.moved(command, at: wall))
  }

  /// The records that a store has not been told, given the command as it has it: everything up to
  /// a state that it has is known to it.
  func untold(
    by stored: (_ id: String) throws(StoreError) -> [UInt8]?
  ) throws(StoreError) -> [EmergencyRecord] {
    var known: [String: Int] = [:]
    for id in outage?.commands ?? [] {
      guard let document = try stored(id) else { continue }
      known[id] = records.lastIndex {
        if case .moved(let command, _) = $0 {
          command.id == id && command.document == document
        } else {
          false
        }
      }
    }
    if known.isEmpty { return records }
    return records.enumerated().compactMap { index, record in
      if case .moved(let command, _) = record, let last = known[command.id], index <= last {
        nil
      } else {
        record
      }
    }
  }

  /// Lets go of the reserve, for the next process or daemon.
  func close() { reserve = nil }

  /// All of it is in the store now.
  func told() {
    records = []
    commands = [:]
    lost = 0
    head = nil
    write { (reserve) throws(StoreError) in try reserve.clear() }
  }

  private func append(_ record: EmergencyRecord) {
    keep(record)
    let document = record.document
    write { (reserve) throws(StoreError) in try reserve.append(document) }
  }

  private func keep(_ record: EmergencyRecord) {
    if case .moved(let command, _) = record { commands[command.id] = command }
    if records.count < Self.recordsMax { records.append(record) } else { lost += 1 }
  }

  /// A reserve that fails is no reason to keep a Stop back: the log has it.
  private func write(_ body: (Reserve) throws(StoreError) -> Void) {
    guard let reserve else { return }
    do throws(StoreError) {
      try body(reserve)
    } catch {
      logger.log(.error, "reserve-unavailable", [("reason", error.description)])
    }
  }

  private static func fields(_ command: Command, at wall: Duration) -> [(String, String)] {
    var fields = [
      ("command", command.id), ("call", command.call), ("agent", command.agent),
      ("operation", command.operation.rawValue), ("mode", command.mode.rawValue),
    ]
    func add(_ name: String, _ value: String?) { if let value { fields.append((name, value)) } }
    add("key", command.key)
    add("uid", command.origin.uid.map { String($0) })
    add("gid", command.origin.gid.map { String($0) })
    add("askedBy", command.origin.name)
    add("issuedAt", Timestamp.text(command.issuedAt))
    add("time", Timestamp.text(wall))
    add("status", command.status.rawValue)
    add("attempts", String(command.attempts))
    add("grade", command.grade?.rawValue)
    add("statusCode", command.evidence.statusCode.map { String($0) })
    add("message", command.evidence.message)
    return fields
  }
}
