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

extension StoredEntry {
  /// Whether every column is the part of the record that it repeats. A quick look for a reader of
  /// millions: what it does not take for granted, such as a member that is there twice, is told by
  /// comparing with ``init(_:record:)``.
  package func quicklyRepeats(_ value: JSONValue) -> Bool {
    var unseen = 2 + (agent.isEmpty ? 0 : 1) + (latencyMicroseconds == nil ? 0 : 1)
    for text in [call, command, operation, grade, witness] where text != nil { unseen += 1 }
    for member in value.members {
      let (key, part) = (member.key, member.value)
      // By the size of the name in its quotes, so that few names are compared.
      switch key.sizeBytes {
      case 6 where key.isString("time"):
        guard let time = part.string.flatMap(Timestamp.parse),
          time.wholeMicroseconds == wallMicroseconds
        else { return false }
      case 6 where key.isString("type"):
        // Entries of before have none, and are left to the long way.
        guard part.isString(type) else { return false }
        continue
      case 6 where key.isString("call"): guard part.isString(call) else { return false }
      case 7 where key.isString("agent"): guard part.isString(agent) else { return false }
      case 7 where key.isString("grade"): guard part.isString(grade) else { return false }
      case 8 where key.isString("cursor"):
        guard part.cursorNumber == sequence else { return false }
      case 9 where key.isString("command"): guard part.isString(command) else { return false }
      case 9 where key.isString("witness"): guard part.isString(witness) else { return false }
      case 10 where key.isString("evidence"):
        guard part["kind"]?.isString(witness) == true else { return false }
      case 11 where key.isString("operation"):
        guard part.isString(operation) else { return false }
      case 11 where key.isString("latencyMs"):
        guard part.double.map({ Int64(($0 * 1_000).rounded()) }) == latencyMicroseconds else {
          return false
        }
      default: continue
      }
      unseen -= 1
    }
    return unseen == 0
  }
}

extension JSONValue {
  fileprivate func isString(_ other: String?) -> Bool {
    other.map { self.isString($0) as Bool } ?? false
  }

  /// The number behind the last point of a cursor; nil for anything else.
  fileprivate var cursorNumber: Int64? {
    guard kind == .string else { return nil }
    var number: Int64 = 0
    var factor: Int64 = 1
    for byte in raw.dropLast().reversed() {
      if byte == UInt8(ascii: ".") { return factor == 1 ? nil : number }
      guard byte >= 0x30, byte <= 0x39, factor <= 1_000_000_000_000_000_000 else { return nil }
      number &+= Int64(byte - 0x30) &* factor
      factor &*= 10
    }
    return nil
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
    case "cursor": sequence = value.cursorNumber
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
