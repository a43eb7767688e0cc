import JSON
import Testing

struct Rejected: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let error: JSONError

  init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
    self.init(Array(text.utf8), reason, at: offset)
  }

  init(_ bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
    self.bytes = bytes
    error = JSONError(reason, at: offset)
  }

  var testDescription: String { String(decoding: bytes.prefix(40), as: UTF8.self) }
}

/// What is refused, why, and at which byte.
struct RejectTests {
  static let structure = [
    Rejected("", .endOfText, at: 0), Rejected(" \n", .endOfText, at: 2),
    Rejected("\u{FEFF}", .endOfText, at: 3), Rejected(" \u{FEFF}1", .unexpectedByte, at: 1),
    Rejected("\u{FEFF}\u{FEFF}1", .unexpectedByte, at: 3), Rejected([0xEF], .unexpectedByte, at: 0),
    Rejected([0xEF, 0xBB, 0x31], .unexpectedByte, at: 0),
    Rejected([0xFE, 0xFF, 0, 0x31], .unexpectedByte, at: 0),
    Rejected([0x31, 0], .trailingBytes, at: 1),
    Rejected("[", .endOfText, at: 1), Rejected("]", .unexpectedByte, at: 0),
    Rejected("[1", .endOfText, at: 2), Rejected("[1,", .endOfText, at: 3),
    Rejected("[1,]", .unexpectedByte, at: 3), Rejected("[,1]", .unexpectedByte, at: 1),
    Rejected("[,]", .unexpectedByte, at: 1), Rejected("[1,,2]", .unexpectedByte, at: 3),
    Rejected("[1 2]", .unexpectedByte, at: 3), Rejected("[1;2]", .unexpectedByte, at: 2),
    Rejected("[1:2]", .unexpectedByte, at: 2), Rejected("[1}", .unexpectedByte, at: 2),
    Rejected("[1]]", .trailingBytes, at: 3), Rejected("[]{}", .trailingBytes, at: 2),
    Rejected("[\u{0B}]", .unexpectedByte, at: 1), Rejected("[\u{0C}]", .unexpectedByte, at: 1),
    Rejected("[\u{A0}]", .unexpectedByte, at: 1), Rejected("[\u{2060}]", .unexpectedByte, at: 1),
    Rejected("{", .endOfText, at: 1), Rejected("}", .unexpectedByte, at: 0),
    Rejected("{]", .unexpectedByte, at: 1), Rejected("{1:1}", .unexpectedByte, at: 1),
    Rejected("{a:1}", .unexpectedByte, at: 1), Rejected("{'a':1}", .unexpectedByte, at: 1),
    Rejected("{null:1}", .unexpectedByte, at: 1), Rejected("{,}", .unexpectedByte, at: 1),
    Rejected(#"{"a"}"#, .unexpectedByte, at: 4), Rejected(#"{"a" 1}"#, .unexpectedByte, at: 5),
    Rejected(#"{"a",1}"#, .unexpectedByte, at: 4), Rejected(#"{"a"::1}"#, .unexpectedByte, at: 5),
    Rejected(#"{"a":}"#, .unexpectedByte, at: 5), Rejected(#"{"a":1,}"#, .unexpectedByte, at: 7),
    Rejected(#"{"a":1 "b":2}"#, .unexpectedByte, at: 7),
    Rejected(#"{"a":1]"#, .unexpectedByte, at: 6),
    Rejected(#"{"a":1,,"b":2}"#, .unexpectedByte, at: 7),
    Rejected(#"{"a":1,2}"#, .unexpectedByte, at: 7),
    Rejected(#"{"a":1}}"#, .trailingBytes, at: 7), Rejected(#"{"a":1}x"#, .trailingBytes, at: 7),
    Rejected("[1]//c", .trailingBytes, at: 3), Rejected("/*c*/1", .unexpectedByte, at: 0),
    Rejected("#", .unexpectedByte, at: 0), Rejected("<html>", .unexpectedByte, at: 0),
    Rejected("'a'", .unexpectedByte, at: 0), Rejected("undefined", .unexpectedByte, at: 0),
    Rejected(nested(65), .tooDeep, at: 64), Rejected(nested(64, around: "{}"), .tooDeep, at: 64),
    Rejected(String(repeating: "[", count: 100_000), .tooDeep, at: 64),
    Rejected(String(repeating: #"{"a":"#, count: 100_000), .tooDeep, at: 320),
  ]

  static let literals = [
    Rejected("t", .endOfText, at: 1), Rejected("nul", .endOfText, at: 3),
    Rejected("tru3", .invalidLiteral, at: 0), Rejected("True", .unexpectedByte, at: 0),
    Rejected("NULL", .unexpectedByte, at: 0), Rejected("nulL", .invalidLiteral, at: 0),
    Rejected("[falsE]", .invalidLiteral, at: 1), Rejected("truee", .trailingBytes, at: 4),
    Rejected("nan", .invalidLiteral, at: 0), Rejected("NaN", .unexpectedByte, at: 0),
    Rejected("Infinity", .unexpectedByte, at: 0), Rejected("-Infinity", .invalidNumber, at: 1),
    Rejected("[nullnull]", .unexpectedByte, at: 5),
  ]

  static let numbers = [
    Rejected("-", .endOfText, at: 1), Rejected("+1", .unexpectedByte, at: 0),
    Rejected("--1", .invalidNumber, at: 1), Rejected("- 1", .invalidNumber, at: 1),
    Rejected("01", .invalidNumber, at: 1), Rejected("-01", .invalidNumber, at: 2),
    Rejected("00", .invalidNumber, at: 1), Rejected("1.", .endOfText, at: 2),
    Rejected("[1.]", .invalidNumber, at: 3), Rejected(".5", .unexpectedByte, at: 0),
    Rejected("-.5", .invalidNumber, at: 1), Rejected("1.e5", .invalidNumber, at: 2),
    Rejected("1e", .endOfText, at: 2), Rejected("1e+", .endOfText, at: 3),
    Rejected("[1e]", .invalidNumber, at: 3), Rejected("1e+-1", .invalidNumber, at: 3),
    Rejected("1ee1", .invalidNumber, at: 2), Rejected("1e1.5", .trailingBytes, at: 3),
    Rejected("1.2.3", .trailingBytes, at: 3), Rejected("0x10", .trailingBytes, at: 1),
    Rejected("1_000", .trailingBytes, at: 1), Rejected("1,5", .trailingBytes, at: 1),
    Rejected("1f", .trailingBytes, at: 1), Rejected("\u{FF11}", .unexpectedByte, at: 0),
    Rejected("1\u{FF11}", .trailingBytes, at: 1), Rejected("0.\u{0}", .invalidNumber, at: 2),
  ]

  static let strings = [
    Rejected(#"""#, .endOfText, at: 1), Rejected(#""abc"#, .endOfText, at: 4),
    Rejected(#""\"#, .endOfText, at: 2), Rejected(#""\""#, .endOfText, at: 3),
    Rejected(#""\a""#, .invalidEscape, at: 1), Rejected(#""\'""#, .invalidEscape, at: 1),
    Rejected(#""\x41""#, .invalidEscape, at: 1), Rejected(#""\0""#, .invalidEscape, at: 1),
    Rejected(#""\U0041""#, .invalidEscape, at: 1), Rejected(#""\ ""#, .invalidEscape, at: 1),
    Rejected("\"\\\n\"", .invalidEscape, at: 1), Rejected("\"\\é\"", .invalidEscape, at: 1),
    Rejected(#""a\u""#, .invalidEscape, at: 2), Rejected(#""a\u12""#, .invalidEscape, at: 2),
    Rejected(#""\u12"#, .endOfText, at: 5), Rejected(#""\u12g4""#, .invalidEscape, at: 1),
    Rejected(#""\u+123""#, .invalidEscape, at: 1), Rejected(#""\u 123""#, .invalidEscape, at: 1),
    Rejected(#""\u123"#, .endOfText, at: 6), Rejected(#""\u{41}""#, .invalidEscape, at: 1),
    Rejected(#""\ud800""#, .loneSurrogate, at: 1), Rejected(#""\udc00""#, .loneSurrogate, at: 1),
    Rejected(#""ab\ud800x""#, .loneSurrogate, at: 3), Rejected(#""\ud800"#, .endOfText, at: 7),
    Rejected(#""\ud800\n""#, .loneSurrogate, at: 1), Rejected(#""\ud800\"#, .endOfText, at: 8),
    Rejected(#""\ud800\u0041""#, .loneSurrogate, at: 1), Rejected(#""\ud800\u"#, .endOfText, at: 9),
    Rejected(#""\ud800\ud800""#, .loneSurrogate, at: 1),
    Rejected(#""\ud800\uzz""#, .invalidEscape, at: 7),
    Rejected(#""\udc00\ud800""#, .loneSurrogate, at: 1),
    Rejected(#""\uDBFF\uE000""#, .loneSurrogate, at: 1),
    Rejected("\"\0\"", .controlCharacter, at: 1), Rejected("\"a\nb\"", .controlCharacter, at: 2),
    Rejected("\"12345678\t\"", .controlCharacter, at: 9),
    Rejected("\"\u{1F}\"", .controlCharacter, at: 1),
    Rejected("{\"a\rb\":1}", .controlCharacter, at: 3),
    Rejected(#"{"\q":1}"#, .invalidEscape, at: 2),
    Rejected([0x22, 0x80, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xC0, 0x80, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xC2, 0x22], .invalidUTF8, at: 1), Rejected([0x22, 0xC2], .endOfText, at: 2),
    Rejected([0x22, 0xE0, 0x80, 0x80, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0x61, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, at: 2),
    Rejected([0x22, 0xE2, 0x82, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xE2, 0x82], .endOfText, at: 3),
    Rejected([0x22, 0xF0, 0x8F, 0xBF, 0xBF, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xFF, 0x22], .invalidUTF8, at: 1),
    Rejected([0x22, 0xF0, 0x9F, 0x98], .endOfText, at: 4),
  ]

  @Test(arguments: structure + literals + numbers + strings)
  func `what is not JSON is refused with the reason and the byte`(_ rejected: Rejected) {
    #expect(throws: rejected.error) { try JSONValue.parse(rejected.bytes) }
    if rejected.bytes.count < 1000 { #expect(Invariants.violation(rejected.bytes) == nil) }
  }

  @Test func `an error says the byte and the reason in words`() {
    let error = JSONError(.tooDeep, at: 64)
    #expect(
      String(describing: error) == "not JSON at byte 64: the nesting is deeper than the limit")
  }
}
