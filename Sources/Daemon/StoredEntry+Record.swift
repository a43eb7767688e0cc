import Commands
package import Evidence
import JSON
package import Store

extension StoredEntry {
  /// The row of an entry: every column is a part of its record, so that whoever has the record can
  /// tell whether a column is what it should be. Nil for what is no entry's record.
  package init?(record: [UInt8]) {
    var parts = EntryParts()
    let bytes = record.span
    do throws(JSONError) {
      try JSONValue.forEachMember(of: bytes) { name, value in
        parts.take(bytes.extracting(name), bytes.extracting(value))
      }
    } catch {
      return nil
    }
    guard let sequence = parts.sequence, let wall = parts.wall else { return nil }
    self.init(
      sequence: sequence, type: parts.type ?? parts.typeBefore, agent: parts.agent ?? "",
      call: parts.call, command: parts.command, operation: parts.operation, grade: parts.grade,
      witness: parts.witness, latencyMicroseconds: parts.latency,
      wallMicroseconds: wall, record: record)
  }
}

extension StoredEntry {
  /// Whether every column is the part of the record that it repeats. A quick look for a reader of
  /// millions: what it does not take for granted, such as a member that is there twice, an escape
  /// or a record of before that does not say its type, is told by comparing with
  /// ``init(record:)``.
  package var quicklyRepeats: Bool {
    let record = record.span
    var unseen = 3 + (agent.isEmpty ? 0 : 1) + (latencyMicroseconds == nil ? 0 : 1)
    unseen += (call == nil ? 0 : 1) + (command == nil ? 0 : 1) + (operation == nil ? 0 : 1)
    unseen += (grade == nil ? 0 : 1) + (witness == nil ? 0 : 1)
    var isSame = true
    do throws(JSONError) {
      try JSONValue.forEachMember(of: record) { name, value in
        guard isSame else { return }
        switch repeats(record.extracting(name), record.extracting(value)) {
        case .no: isSame = false
        case .yes: unseen -= 1
        case .isNoColumn: break
        }
      }
    } catch {
      return false
    }
    return isSame && unseen == 0
  }

  private enum Repetition { case yes, no, isNoColumn }

  /// Whether a member is what its column says.
  private func repeats(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Repetition {
    // By the size of the name in its quotes, so that few names are compared.
    let isSame: Bool
    switch name.count {
    case 6 where name.isName("time"): isSame = value.instant == wallMicroseconds
    case 6 where name.isName("type"): isSame = value.isQuoted(type)
    case 6 where name.isName("call"): isSame = value.isQuoted(call)
    case 7 where name.isName("agent"): isSame = value.isQuoted(agent)
    case 7 where name.isName("grade"): isSame = value.isQuoted(grade)
    case 8 where name.isName("cursor"): isSame = value.cursorNumber == sequence
    case 9 where name.isName("command"): isSame = value.isQuoted(command)
    case 9 where name.isName("witness"): isSame = value.isQuoted(witness)
    case 10 where name.isName("evidence"): isSame = value.hasKind(witness)
    case 11 where name.isName("operation"): isSame = value.isQuoted(operation)
    case 11 where name.isName("latencyMs"):
      isSame = value.microseconds.map { $0 == latencyMicroseconds } ?? false
    // It may be any of these names, written otherwise.
    default: return name.contains(UInt8(ascii: "\\")) ? .no : .isNoColumn
    }
    return isSame ? .yes : .no
  }
}

/// A value of a JSON text, as its bytes.
extension Span<UInt8> {
  fileprivate func contains(_ byte: UInt8) -> Bool { indices.contains { self[$0] == byte } }

  /// Whether it is this name in quotes, without an escape.
  @inline(__always)
  fileprivate func isName(_ name: StaticString) -> Bool {
    // Safe: the bytes of a static string are there for ever, as many as it says.
    let expected = unsafe UnsafeBufferPointer(
      start: name.utf8Start, count: name.utf8CodeUnitCount)
    guard count == expected.count + 2 else { return false }
    for index in expected.indices where unsafe self[index + 1] != expected[index] {
      return false
    }
    return true
  }

  /// Whether it is this text in quotes, without an escape; never if there is no text.
  fileprivate func isQuoted(_ text: String?) -> Bool {
    guard let text else { return false }
    let expected = text.utf8Span.span
    guard count == expected.count + 2, self[0] == UInt8(ascii: "\"") else { return false }
    for index in expected.indices {
      // A backslash in the text would stand there as two.
      let isSame = self[index + 1] == expected[index] && expected[index] != UInt8(ascii: "\\")
      if !isSame { return false }
    }
    return true
  }

  /// The number behind the last point of a cursor; nil for anything else.
  fileprivate var cursorNumber: Int64? {
    guard self[0] == UInt8(ascii: "\"") else { return nil }
    var number: Int64 = 0
    var factor: Int64 = 1
    for index in (1..<(count - 1)).reversed() {
      let byte = self[index]
      if byte == UInt8(ascii: ".") { return factor == 1 ? nil : number }
      guard byte >= 0x30, byte <= 0x39, factor <= 1_000_000_000_000_000_000 else { return nil }
      number &+= Int64(byte - 0x30) &* factor
      factor &*= 10
    }
    return nil
  }

  /// The value, read on its own.
  fileprivate var parsed: JSONValue? { try? JSONValue.parse(indices.map { self[$0] }) }

  /// Of a string, its escapes resolved; nil for anything else.
  fileprivate var text: String? {
    guard self[0] == UInt8(ascii: "\"") else { return nil }
    if contains(UInt8(ascii: "\\")) { return parsed?.string }
    guard let content = try? UTF8Span(validating: extracting(1..<(count - 1))) else { return nil }
    return String(copying: content)
  }

  /// Of a text that says a time, microseconds since 1970 UTC.
  fileprivate var instant: Int64? {
    count > 2 ? Timestamp.parse(extracting(1..<(count - 1)))?.wholeMicroseconds : nil
  }

  /// Of a number of milliseconds with three digits behind its point; nil for any other.
  fileprivate var microseconds: Int64? {
    // Eighteen digits fit.
    guard (5...19).contains(count), self[count - 4] == UInt8(ascii: ".") else { return nil }
    var number: Int64 = 0
    for index in indices where index != count - 4 {
      guard self[index] >= 0x30, self[index] <= 0x39 else { return nil }
      number = number * 10 + Int64(self[index] - 0x30)
    }
    return number
  }

  /// The last `kind` of an object; nil for anything else.
  fileprivate var kind: String? {
    var kind: String?
    do throws(JSONError) {
      try JSONValue.forEachMember(of: self) { name, value in
        if extracting(name).isName("kind") { kind = extracting(value).text }
      }
    } catch {
      return nil
    }
    return kind
  }

  /// Whether it is an object with one `kind`, this one.
  fileprivate func hasKind(_ kind: String?) -> Bool {
    var others = 0
    var kinds = 0
    do throws(JSONError) {
      try JSONValue.forEachMember(of: self) { name, value in
        let name = extracting(name)
        if name.contains(UInt8(ascii: "\\")) { others += 1 }
        guard name.isName("kind") else { return }
        if extracting(value).isQuoted(kind) { kinds += 1 } else { others += 1 }
      }
    } catch {
      return false
    }
    return kinds == 1 && others == 0
  }
}

extension JSONValue {
  /// Of a number of milliseconds; nil where no column could hold it, as in a forged record.
  fileprivate var microseconds: Int64? {
    double.flatMap { Int64(exactly: ($0 * 1_000).rounded()) }
  }
}

/// The members of a record that are columns too.
private struct EntryParts {
  var sequence: Int64?
  var wall: Int64?
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

  mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    // By the size of the name in its quotes, as above. The bridge writes none with an escape.
    switch name.count {
    case 6 where name.isName("time"): wall = value.instant
    case 6 where name.isName("type"): type = value.text
    case 6 where name.isName("call"): call = value.text
    case 7 where name.isName("agent"): agent = value.text
    case 7 where name.isName("grade"): grade = value.text
    case 8 where name.isName("cursor"): sequence = value.cursorNumber
    case 9 where name.isName("command"): command = value.text
    case 9 where name.isName("witness"): witness = value.text
    case 10 where name.isName("evidence"): witness = value.kind ?? witness
    case 11 where name.isName("operation"): operation = value.text
    case 11 where name.isName("latencyMs"):
      latency = value.microseconds ?? value.parsed?.microseconds
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
