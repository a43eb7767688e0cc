import Commands
package import Evidence
package import JSON
package import Store

extension StoredEntry {
  /// The row of an entry whose record is there: what stands beside the record repeats it. Nil for
  /// what is no entry's record.
  ///
  /// The bridge begins each record with these members, so the rest is rarely looked at.
  package init?(record: [UInt8]) {
    var sequence: Int64?
    var wall: Int64?
    var type: String?
    let bytes = record.span
    do throws(JSONError) {
      try JSONValue.forEachMember(of: bytes) { name, value in
        let (name, value) = (bytes.extracting(name), bytes.extracting(value))
        if sequence == nil, name.isName("cursor") {
          sequence = value.cursorNumber
        } else if type == nil, name.isName("type") {
          type = value.text
        } else if wall == nil, name.isName("time") {
          wall = value.instant
        }
        return sequence == nil || type == nil || wall == nil
      }
    } catch {
      return nil
    }
    guard let sequence, let wall else { return nil }
    self.init(
      sequence: sequence, type: type ?? Self.typeBefore(record), wallMicroseconds: wall,
      record: record)
  }

  /// Entries of version 2 of the store do not say their type.
  private static func typeBefore(_ record: [UInt8]) -> String {
    JSONValue.member("witness", of: record)?.string == "operator"
      ? "recbridge.acknowledgement.v1" : "recbridge.command.v1"
  }

  /// Whether its record is what was hashed when it was written; never once retention has taken it.
  package var isAsHashed: Bool { storedNode(0) == EntryHashing.hasher.leaf(record) }

  /// What its record says under this name; nil if it says nothing, or is gone.
  package subscript(name: String) -> JSONValue? { JSONValue.member(name, of: record) }

  /// The key that signs from this start of the daemon on; nil for any other entry.
  package var namedKey: VerifierKey? {
    guard type == "recbridge.daemon.v1" else { return nil }
    return self["key"]?.string.flatMap { VerifierKey($0, EntryHashing.hasher) }
  }
}

/// A name or value of a JSON text, as its bytes.
extension Span<UInt8> {
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

  /// Of a string without escapes, as no type has one; nil for anything else.
  fileprivate var text: String? {
    guard self[0] == UInt8(ascii: "\""), !indices.contains(where: { self[$0] == 0x5C }),
      let content = try? UTF8Span(validating: extracting(1..<(count - 1)))
    else { return nil }
    return String(copying: content)
  }

  /// Of a text that says a time, microseconds since 1970 UTC.
  fileprivate var instant: Int64? {
    count > 2 ? Timestamp.parse(extracting(1..<(count - 1)))?.wholeMicroseconds : nil
  }
}
