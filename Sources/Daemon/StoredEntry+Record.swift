import Commands
package import Evidence
package import JSON
package import Store

extension StoredEntry {
  /// The row of an entry: every column is a part of its record, so that whoever has the record can
  /// tell whether a column is what it should be. Nil for what is no entry's record.
  package init?(record: [UInt8]) {
    guard let value = try? JSONValue.parse(record) else { return nil }
    self.init(value, record: record)
  }

  /// As above, of a record that has been read.
  package init?(_ value: JSONValue, record: [UInt8]) {
    var parts = EntryParts()
    for member in value.members { parts.take(member) }
    guard let sequence = parts.sequence, let wall = parts.wall else { return nil }
    self.init(
      sequence: sequence, type: parts.type ?? parts.typeBefore, agent: parts.agent ?? "",
      call: parts.call, command: parts.command, operation: parts.operation, grade: parts.grade,
      witness: parts.witness, latencyMicroseconds: parts.latency,
      wallMicroseconds: wall.wholeMicroseconds, record: record)
  }
}

/// The members of a record that are columns too.
private struct EntryParts {
  var sequence: Int64?
  var wall: Duration?
  var type: String?
  var agent: String?
  var call: String?
  var command: String?
  var operation: String?
  var grade: String?
  var witness: String?
  var latency: Int64?

  /// Entries of version 2 of the store do not say their type.
  var typeBefore: String {
    witness == "operator" ? "recbridge.acknowledgement.v1" : "recbridge.command.v1"
  }

  mutating func take(_ member: JSONMember) {
    let value = member.value
    switch member.name {
    case "cursor":
      sequence = value.string.flatMap { cursor in
        cursor.lastIndex(of: ".").flatMap { Int64(cursor[cursor.index(after: $0)...]) }
      }
    case "time": wall = value.string.flatMap(Timestamp.parse)
    case "type": type = value.string
    case "agent": agent = value.string
    case "call": call = value.string
    case "command": command = value.string
    case "operation": operation = value.string
    case "grade": grade = value.string
    case "witness": witness = value.string
    case "evidence": witness = value["kind"]?.string ?? witness
    case "latencyMs": latency = value.double.map { Int64(($0 * 1_000).rounded()) }
    default: break
    }
  }
}

extension StoredEntry {
  /// The key that signs from this start of the daemon on; nil for any other entry.
  package var namedKey: VerifierKey? {
    guard type == "recbridge.daemon.v1", let value = try? JSONValue.parse(record) else {
      return nil
    }
    return value["key"]?.string.flatMap { VerifierKey($0, EntryHashing.hasher) }
  }
}
