import JSON
import Testing

/// The reader against the grammar: what it accepts, and what that then means.
struct AcceptTests {
  static let texts = [
    // Literals and white space.
    "true", "false", "null", " \t\r\nnull \t\r\n", "\u{FEFF}null", "\u{FEFF} [1]",
    // Numbers, RFC 8259 section 6.
    "0", "-0", "7", "-7", "10", "1234567890123456789012345678901234567890", "0.0", "-0.0", "1.50",
    "0e0", "0E+0", "0e-00", "1e5", "1E5", "1e+5", "1e-5", "1.5e300", "1e400", "-1e-400",
    "123.456e07",
    // Strings, section 7.
    #""""#, #"" ""#, #""abc""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u0041\u00e9\u20AC""#,
    #""\uD834\uDD1E""#, #""\ud800\udc00\udbff\udfff""#, #""\\u0041""#, #""\\""#, #""\ud7ff\ue000""#,
    #""\uFFFE\uFFFF\ufdd0""#, "\"\u{7F}\"", "\"é€😀\"", "\"\u{80}\u{7FF}\u{800}\u{FFFF}\"",
    "\"\u{10000}\u{10FFFF}\u{D7FF}\u{E000}\"", "\"\u{2028}\u{2029}\u{FEFF}\"", "\"'\"",
    "\"[{,:}]\"",
    "\"e\u{301}\"", "\"12345678\"", "\"1234567\\n\"", "\"12345678é\"",
    // Arrays and objects, sections 4 and 5.
    "[]", "[ ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[[],{}]", "[\"\",0,true,false,null]", "{}", "{ }",
    #"{"":0}"#, #"{"a":{"b":{"c":[]}}}"#, #"{ "a" : 1 , "b" : 2 }"#, #"{"a":1,"a":2}"#,
    #"{"a":1,"\u0061":2}"#, nested(64), nested(63, around: "{}"), nested(64, around: "1"),
    // The examples of section 13.
    #"{"Image":{"Width":800,"Height":600,"Title":"View from 15th Floor","Thumbnail":{"Url":"http://www.example.com/image/481989943","Height":125,"Width":100},"Animated":false,"IDs":[116,943,234,38793]}}"#,
    #"[{"precision":"zip","Latitude":37.7668,"Longitude":-122.3959},{"precision":"zip","Latitude":37.371991,"Longitude":-122.026020}]"#,
    #""Hello world!""#, "42",
  ]

  @Test(arguments: texts) func `a text of the grammar is read as what it means`(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: Never.self) { try JSONValue.parse(bytes) }
    #expect(Invariants.violation(bytes) == nil)
  }

  @Test(arguments: texts) func `a text cut anywhere is refused or is itself a text`(_ text: String)
  {
    let bytes = Array(text.utf8)
    for end in 0..<bytes.count {
      let violation = Invariants.violation(Array(bytes[..<end]))
      #expect(violation == nil, "cut at \(end)")
    }
  }

  @Test(arguments: [Sample.notification, Sample.everything])
  func `a message cut anywhere says that the text ends there`(_ bytes: [UInt8]) {
    for end in 0..<bytes.count {
      #expect(throws: JSONError(.endOfText, at: end)) { try JSONValue.parse(Array(bytes[..<end])) }
    }
  }

  @Test func `two texts in a row are not one`() {
    let closed = Self.texts.filter { !$0.hasPrefix("\u{FEFF}") }
    for first in closed {
      for (separator, second) in [
        ("", "[]"), (" ", "0"), ("\n", "{}"), (",", "1"), ("\u{1E}", "1"),
      ] {
        let text = first + separator + second
        #expect(throws: JSONError.self, "\(text)") { try JSONValue.parse(Array(text.utf8)) }
        #expect(Invariants.violation(Array(text.utf8)) == nil, "\(text)")
      }
    }
  }

  @Test func `a message with one byte changed is refused or keeps its bytes`() {
    // Every byte of the short sample to all 255 others; every byte of the notification to a few.
    for index in Sample.everything.indices {
      for byte in UInt8.min...UInt8.max {
        check(Sample.everything, index, byte)
      }
    }
    for index in Sample.notification.indices {
      for byte in Array("\"\\{]0,".utf8) + [0x00, 0x80, 0xC2, 0xFF] {
        let violation = changedNotification(index, byte)
        #expect(violation == nil, "byte \(index) to \(byte)")
      }
    }
  }

  private func check(_ bytes: [UInt8], _ index: Int, _ byte: UInt8) {
    var changed = bytes
    changed[index] = byte
    let violation = Invariants.violation(changed)
    #expect(violation == nil, "byte \(index) to \(byte)")
  }

  /// Without the slow reference: that the raw bytes are the text's is asked here.
  private func changedNotification(_ index: Int, _ byte: UInt8) -> String? {
    var changed = Sample.notification
    changed[index] = byte
    guard let value = try? JSONValue.parse(changed) else { return nil }
    let text = String(decoding: changed, as: UTF8.self)
    return String(decoding: value.raw, as: UTF8.self) == text ? nil : "lost bytes"
  }

  @Test func `every sequence of bytes that is no character is refused`() {
    // Leads by all values, continuations at the edges of every row of table 3-7.
    let edges: [UInt8] = [0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    let ends: [UInt8] = [0x61, 0x7F, 0x80, 0xBF, 0xC0]
    for lead in UInt8(0x80)...0xFF {
      for second in edges {
        for third in ends {
          for fourth in ends {
            let content = [lead, second, third, fourth]
            let isText = String(validating: content, as: UTF8.self) != nil && second != 0x22
            let text = [0x22] + content + [0x22]
            let isAccepted = (try? JSONValue.parse(text)) != nil
            if isAccepted != isText { Issue.record("\(content)") }
          }
        }
      }
    }
  }

  @Test func `a text of every length up to forty finds the end of its strings`() throws {
    // The scanner looks at eight bytes at once: every length, every place of the byte to be found.
    for length in 0...40 {
      for place in 0...length {
        for found in ["\\n", "é", "😀", "\u{1F}", "\\\""] {
          let content =
            String(repeating: "x", count: place) + found
            + String(repeating: "~", count: length - place)
          let violation = Invariants.violation(Array("\"\(content)\"".utf8))
          #expect(violation == nil, "\(length) \(place) \(found)")
        }
      }
    }
  }
}
