/// Appends JSON to a byte array: compact, on one line, every string escaped as RFC 8259 section 7
/// asks. Commas are its own business; a member name belongs to an open object, which is the
/// caller's.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacityBytes: Int = 0) { bytes.reserveCapacity(capacityBytes) }

  /// Builds one text.
  package static func write(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    body(&writer)
    return writer.bytes
  }

  package mutating func object(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    body(&self)
    close(UInt8(ascii: "}"))
  }

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

  package mutating func value(_ string: String) {
    separate()
    quote(string)
  }

  package mutating func value(_ number: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  package mutating func value(_ bool: Bool) {
    separate()
    bytes.append(contentsOf: (bool ? "true" : "false").utf8)
  }

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

  /// Splices bytes that are a JSON value already, untouched.
  package mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
  }

  package mutating func member(_ name: String, _ string: String) {
    self.name(name)
    value(string)
  }

  /// Leaves the member out when there is no value.
  package mutating func member(_ name: String, _ string: String?) {
    if let string { member(name, string) }
  }

  package mutating func member(_ name: String, _ number: some BinaryInteger) {
    self.name(name)
    value(number)
  }

  package mutating func member(_ name: String, _ bool: Bool) {
    self.name(name)
    value(bool)
  }

  package mutating func member(_ name: String, raw bytes: some Collection<UInt8>) {
    self.name(name)
    raw(bytes)
  }

  package mutating func member(_ name: String, _ strings: some Sequence<String>) {
    self.name(name)
    array { writer in for string in strings { writer.value(string) } }
  }

  package mutating func member(_ name: String, object body: (inout JSONWriter) -> Void) {
    self.name(name)
    object(body)
  }

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
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
      case UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
      case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      case 0x0D: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
      case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
