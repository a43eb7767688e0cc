import JSON
import Testing

/// What is saved of a body that is not JSON.
struct SalvageTests {
  /// `=` and the bytes of a value, or `!`, the bytes, the reason and its offset.
  private func pieces(_ text: String) -> [String] { pieces(Array(text.utf8)) }

  private func pieces(_ bytes: [UInt8]) -> [String] {
    JSONValue.salvage(bytes).map { piece in
      switch piece {
      case .value(let value): "=" + String(decoding: value.raw, as: UTF8.self)
      case .malformed(let bytes, let error):
        "!" + String(decoding: bytes, as: UTF8.self) + " \(error.reason)@\(error.offset)"
      }
    }
  }

  @Test func `a text that is whole is its elements`() {
    #expect(pieces("[]") == [])
    #expect(pieces(" [ 1 , {} ] ") == ["=1", "={}"])
    #expect(pieces(#"{"a":[1,2]}"#) == [#"={"a":[1,2]}"#])
    #expect(pieces("7") == ["=7"])
    #expect(pieces("\u{FEFF}[[1],2]") == ["=[1]", "=2"])
  }

  @Test(arguments: [
    (#"{"a":tru}"#, "invalidLiteral@5"), (#"{"a":01}"#, "invalidNumber@6"),
    ("{\"a\":\"x\ny\"}", "controlCharacter@7"), (#"{"a":"\x"}"#, "invalidEscape@6"),
    (#"{"a":"\ud800"}"#, "loneSurrogate@6"), (#"{"a":1]"#, "unexpectedByte@6"),
    (#"{"a" 1}"#, "unexpectedByte@5"), (#"{"a":{}} {}"#, "unexpectedByte@9"),
    ("<p>", "unexpectedByte@0"), ("tru", "invalidLiteral@0"), ("1x", "unexpectedByte@1"),
    ("\u{FEFF}1", "unexpectedByte@0"), ("}", "unexpectedByte@0"), ("", "unexpectedByte@0"),
    (nested(64), "tooDeep@63"),
  ])
  func `a broken element costs itself alone wherever it stands`(
    _ broken: String, _ error: String
  ) throws {
    let whole = [#"{"n":",]}[{"}"#, "[1,[2]]", #""a\\\"]""#]
    let parts = error.split(separator: "@")
    let offset = try #require(Int(parts[1]))
    for place in 0...whole.count {
      for space in ["", " \n"] {
        var elements = whole
        elements.insert(broken, at: place)
        let front = "[" + elements[..<place].map { space + $0 + space + "," }.joined() + space
        var expected = whole.map { "=" + $0 }
        // An unfinished word is refused at its start, an element that is missing at what follows it.
        let at = front.utf8.count + offset + (broken.isEmpty ? space.utf8.count : 0)
        expected.insert("!\(broken) \(parts[0])@\(at)", at: place)
        let text = "[" + elements.map { space + $0 + space }.joined(separator: ",") + "]"
        #expect(pieces(text) == expected, "\(text)")
        #expect(Invariants.violation(Array(text.utf8)) == nil)
      }
    }
  }

  @Test func `brackets or quotes that do not balance cost the rest`() {
    #expect(
      pieces(#"[1,{"a":2,{"b":3}]"#) == [
        "=1", #"!{"a":2,{"b":3}] unexpectedByte@10"#, "! endOfText@18",
      ])
    #expect(
      pieces(#"[1,"a,{"b":3}]"#) == ["=1", #"!"a,{"b":3}] unexpectedByte@8"#, "! endOfText@14"])
    // The stray quote of the printed sample.
    #expect(
      pieces("[{\"e164Number\":\"\",\"\n,\"x\":1},{\"y\":2}]").count == 2)
  }

  @Test func `a string in a broken element never becomes a message`() {
    // What a user typed holds an element in quotes; the element around it is broken behind it.
    let text = #"[{"u":"},{\"channel\":\"/meta/handshake\"},{","v":x},{"w":1}]"#
    #expect(pieces(text).filter { $0.hasPrefix("=") } == [#"={"w":1}"#])
  }

  @Test func `a body cut anywhere saves every whole element in front`() {
    let elements = [#"{"n":1}"#, #"{"n":",]"}"#, #"[1,"é"]"#, #""x\"""#, "true", "42"]
    let text = Array("[\(elements.joined(separator: " , "))]".utf8)
    for end in 0..<text.count {
      let found = pieces(Array(text[..<end]))
      let saved = found.filter { $0.hasPrefix("=") }
      // An element is whole once its last byte is there; a number only when something follows it.
      var position = 1
      var expected: [String] = []
      for element in elements {
        position += element.utf8.count
        if position <= end, element != "42" { expected.append("=" + element) }
        position += 3
      }
      #expect(saved == expected, "cut at \(end)")
      #expect(found.count(where: { $0.hasSuffix("endOfText@\(end)") }) == 1, "cut at \(end)")
      #expect(Invariants.violation(Array(text[..<end])) == nil, "cut at \(end)")
    }
  }

  @Test func `a number that is cut off is not taken for a whole one`() {
    #expect(pieces("[12,34") == ["=12", "!34 endOfText@6"])
    #expect(pieces("[12,34 ") == ["=12", "!34 endOfText@7"])
    #expect(pieces("[12,") == ["=12", "! endOfText@4"])
  }

  @Test func `a second fault does not hide that the end is missing`() {
    #expect(pieces("[x,") == ["!x unexpectedByte@1", "! endOfText@3"])
    #expect(pieces("[x") == ["!x unexpectedByte@1", "! endOfText@2"])
    #expect(pieces("[") == ["! endOfText@1"])
  }

  @Test func `what follows the array is kept`() {
    #expect(pieces("[1] x ") == ["=1", "!x trailingBytes@4"])
    #expect(pieces("[][2]") == ["![2] trailingBytes@2"])
    #expect(pieces("[x]]") == ["!x unexpectedByte@1", "!] trailingBytes@3"])
  }

  @Test func `what is no array is kept whole`() {
    #expect(pieces("<html>") == ["!<html> unexpectedByte@0"])
    #expect(pieces(" {\"a\":1} x") == ["! {\"a\":1} x trailingBytes@9"])
    #expect(pieces("") == ["! endOfText@0"])
  }

  @Test func `bytes that are not UTF-8 cost their element alone`() {
    let text = Array("[1,\"".utf8) + [0xC3, 0x28] + Array("\",2]".utf8)
    let saved = JSONValue.salvage(text)
    #expect(saved.count == 3)
    #expect(saved[1] == .malformed(bytes: text[3..<7], JSONError(.invalidUTF8, at: 4)))
  }

  @Test func `a large broken body is read in one pass`() {
    // Quadratic work would take minutes here.
    let text = "[" + String(repeating: "x,", count: 50_000)
    #expect(JSONValue.salvage(Array(text.utf8)).count == 50_001)
  }
}
