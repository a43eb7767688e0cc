/// A reader of RFC 5424's grammar (section 6), written from the ABNF and strict about it.
struct SyslogGrammar {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Parameter: Equatable {
    let name: String
    let value: [UInt8]
  }

  private(set) var priority = 0
  private(set) var time = ""
  private(set) var host = ""
  private(set) var application = ""
  private(set) var process = ""
  private(set) var kind = ""
  private(set) var element = ""
  private(set) var parameters: [Parameter] = []
  /// Nil if there is none.
  private(set) var message: [UInt8]?

  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) throws {
    rest = bytes[...]
    try take("<")
    let digits = takeWhile { (0x30...0x39).contains($0) }
    guard (1...3).contains(digits.utf8.count), digits == "0" || digits.first != "0",
      let number = Int(digits), number <= 191
    else { throw Failure(description: "PRIVAL \(digits)") }
    priority = number
    try take(">1 ")
    time = try field(64)
    try checkTime()
    try take(" ")
    host = try field(255)
    try take(" ")
    application = try field(48)
    try take(" ")
    process = try field(128)
    try take(" ")
    kind = try field(32)
    try take(" ")
    try readElement()
    if rest.isEmpty { return }
    try take(" ")
    message = Array(rest)
  }

  func value(_ name: String) -> String? {
    parameters.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
  }

  private mutating func take(_ text: String) throws {
    guard rest.starts(with: text.utf8) else {
      throw Failure(description: "expected \(text), found \(String(decoding: rest, as: UTF8.self))")
    }
    rest = rest.dropFirst(text.utf8.count)
  }

  private mutating func takeWhile(_ isWanted: (UInt8) -> Bool) -> String {
    let taken = rest.prefix(while: isWanted)
    rest = rest.dropFirst(taken.count)
    return String(decoding: taken, as: UTF8.self)
  }

  /// NILVALUE or 1*max PRINTUSASCII.
  private mutating func field(_ sizeMax: Int) throws -> String {
    let text = takeWhile { (33...126).contains($0) }
    guard (1...sizeMax).contains(text.utf8.count) else {
      throw Failure(description: "a field of \(text.utf8.count) bytes")
    }
    return text
  }

  /// FULL-DATE "T" FULL-TIME with at most six digits of a fraction; ours are always in UTC.
  private func checkTime() throws {
    if time == "-" { return }
    let form = "0000-00-00T00:00:00"
    let digits = String(time.map { $0.isNumber ? "0" : $0 })
    guard digits.hasPrefix(form), digits.hasSuffix("Z") else {
      throw Failure(description: "TIMESTAMP \(time)")
    }
    let fraction = digits.dropFirst(form.count).dropLast()
    guard fraction.isEmpty || (fraction.first == "." && (2...7).contains(fraction.count)) else {
      throw Failure(description: "TIMESTAMP \(time)")
    }
  }

  /// One SD-ELEMENT; "=", SP, "]" and the quotation mark are in no SD-NAME.
  private mutating func readElement() throws {
    try take("[")
    element = try name()
    while rest.first == UInt8(ascii: " ") {
      try take(" ")
      let name = try name()
      try take("=\"")
      var value: [UInt8] = []
      while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
        guard byte == UInt8(ascii: "\\") else {
          if byte == UInt8(ascii: "]") { throw Failure(description: "a bare ] in a value") }
          if byte < 0x20 || byte == 0x7F { throw Failure(description: "a control character") }
          value.append(byte)
          continue
        }
        guard let escaped = rest.popFirst(), "\"\\]".utf8.contains(escaped) else {
          throw Failure(description: "a backslash before what needs none")
        }
        value.append(escaped)
      }
      guard String(validating: value, as: UTF8.self) != nil else {
        throw Failure(description: "a value that is not UTF-8")
      }
      parameters.append(Parameter(name: name, value: value))
    }
    try take("]")
  }

  private mutating func name() throws -> String {
    let text = takeWhile { (33...126).contains($0) && !"=]\"".utf8.contains($0) }
    guard (1...32).contains(text.utf8.count) else {
      throw Failure(description: "SD-NAME \(text)")
    }
    return text
  }
}
