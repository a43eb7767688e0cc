/// Appends JSON to a byte array: compact, on one line, every string escaped as RFC 8259 section 7
/// asks. Commas are its own business; a member name belongs to an open object, which is the
/// caller's. Only ``raw(_:)`` can break the line: it takes bytes as they are.
package struct JSONWriter: Sendable {
  /// What has been written so far.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// An empty writer with room for `capacityBytes` before it must grow.
  package init(capacityBytes: Int = 0) { bytes.reserveCapacity(capacityBytes) }

  /// Builds one text.
  package static func write(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    body(&writer)
    return writer.bytes
  }

  /// An object whose members `body` writes.
  package mutating func object(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    body(&self)
    close(UInt8(ascii: "}"))
  }

  /// An array whose elements `body` writes.
  package mutating func array(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "["))
    body(&self)
    close(UInt8(ascii: "]"))
  }

  /// The name of the member whose value is written next.
  package mutating func name(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A string, in quotes and escaped.
  package mutating func value(_ string: String) {
    separate()
    quote(string)
  }

  /// An integer in full, however large; readers that know only doubles lose digits behind 2^53.
  package mutating func value(_ number: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  /// `true` or `false`.
  package mutating func value(_ bool: Bool) {
    separate()
    bytes.append(contentsOf: (bool ? "true" : "false").utf8)
  }

  /// `null`.
  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// A number with three digits behind the point: milliseconds from microseconds.
  package mutating func value(thousandths: Int64) {
    separate()
    let whole = thousandths.magnitude / 1000
    let rest = String(thousandths.magnitude % 1000)
    let padding = String(repeating: "0", count: 3 - rest.utf8.count)
    bytes.append(contentsOf: "\(thousandths < 0 ? "-" : "")\(whole).\(padding)\(rest)".utf8)
  }

  /// Splices a value of another text so that it stays on one line: byte for byte, but that a line
  /// break between its tokens becomes a space. Inside a string no raw line break can stand
  /// (RFC 8259 section 7), so the value and its length are the same.
  package mutating func value(_ value: JSONValue) {
    separate()
    guard value.raw.contains(where: isLineBreak) else {
      return bytes.append(contentsOf: value.raw)
    }
    bytes.append(contentsOf: value.raw.lazy.map { isLineBreak($0) ? UInt8(ascii: " ") : $0 })
  }

  /// Splices bytes that are a JSON value already, untouched, line breaks included.
  package mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
  }

  /// A member with a string.
  package mutating func member(_ name: String, _ string: String) {
    self.name(name)
    value(string)
  }

  /// A member with a string; none at all when there is no string.
  package mutating func member(_ name: String, _ string: String?) {
    if let string { member(name, string) }
  }

  /// A member with an integer.
  package mutating func member(_ name: String, _ number: some BinaryInteger) {
    self.name(name)
    value(number)
  }

  /// A member with a boolean.
  package mutating func member(_ name: String, _ bool: Bool) {
    self.name(name)
    value(bool)
  }

  /// A member with a value of another text, on one line as ``value(_:)`` says.
  package mutating func member(_ name: String, _ value: JSONValue) {
    self.name(name)
    self.value(value)
  }

  /// A member with bytes as they are; see ``raw(_:)``.
  package mutating func member(_ name: String, raw bytes: some Collection<UInt8>) {
    self.name(name)
    raw(bytes)
  }

  /// Members that another writer has written, without the braces around them.
  package mutating func members(_ written: ArraySlice<UInt8>) {
    guard !written.isEmpty else { return }
    raw(written)
  }

  /// A member with an array of strings.
  package mutating func member(_ name: String, _ strings: some Sequence<String>) {
    self.name(name)
    array { writer in for string in strings { writer.value(string) } }
  }

  /// A member with an object whose members `body` writes.
  package mutating func member(_ name: String, object body: (inout JSONWriter) -> Void) {
    self.name(name)
    object(body)
  }

  /// A member with an array whose elements `body` writes.
  package mutating func member(_ name: String, array body: (inout JSONWriter) -> Void) {
    self.name(name)
    array(body)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func quote(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    if mustEscape(string.utf8.span) {
      for byte in string.utf8 { appendEscaped(byte) }
    } else {
      bytes.append(contentsOf: string.utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private func mustEscape(_ string: Span<UInt8>) -> Bool {
    var index = endOfPlainRun(string, from: 0)
    while index < string.count, string[index] >= 0x80 {
      index = endOfPlainRun(string, from: index + 1)
    }
    return index < string.count
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): appendEscape(byte)
    case 0x08: appendEscape(UInt8(ascii: "b"))
    case 0x09: appendEscape(UInt8(ascii: "t"))
    case 0x0A: appendEscape(UInt8(ascii: "n"))
    case 0x0C: appendEscape(UInt8(ascii: "f"))
    case 0x0D: appendEscape(UInt8(ascii: "r"))
    case 0..<0x20:
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      bytes.append(contentsOf: String(byte & 15, radix: 16).utf8)
    default: bytes.append(byte)
    }
  }

  private mutating func appendEscape(_ letter: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(letter)
  }
}

private func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
