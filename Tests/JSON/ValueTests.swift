import JSON
import Testing

/// What a value answers.
struct ValueTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

  @Test func `a value keeps its exact bytes wherever it stands`() throws {
    let text = "\u{FEFF} { \"a\" : [ 1.50 , \"\\u0041\" , { \"b\" :\tnull } ] ,\n\"c\":  -0e0 } \n"
    let root = try parse(text)
    let list = try #require(root["a"])
    let raws = ([root, list] + list.elements + [root["c"]].compactMap { $0 }).map {
      String(decoding: $0.raw, as: UTF8.self)
    }
    let array = "[ 1.50 , \"\\u0041\" , { \"b\" :\tnull } ]"
    #expect(
      raws == [
        "{ \"a\" : \(array) ,\n\"c\":  -0e0 }", array, "1.50", "\"\\u0041\"", "{ \"b\" :\tnull }",
        "-0e0",
      ])
    // A slice's indices are places in the text.
    #expect(list.raw.startIndex == 12)
    #expect(Array(text.utf8)[list.raw.indices] == list.raw)
  }

  @Test func `of a repeated name the last value counts and all are listed`() throws {
    let value = try parse(#"{"a":1,"b":{"a":9},"\u0061":2,"a":{"a":3}}"#)
    #expect(value["a"]?["a"]?.integer == 3)
    #expect(value["b"]?["a"]?.integer == 9)
    #expect(value.members.map(\.name) == ["a", "b", "a", "a"])
    #expect(value["c"] == nil)
  }

  @Test func `one member is found without a look at what is behind it`() {
    func member(_ name: String, _ text: String) -> JSONValue? {
      JSONValue.member(name, of: Array(text.utf8))
    }
    let text = #" {"a":{"b":1},"b":"x\u0079","b":3,"raw":{"c":4"#
    #expect(member("a", text)?["b"]?.integer == 1)
    #expect(member("b", text)?.string == "xy")
    #expect(member("c", text) == nil)
    #expect(member("c", text + "}}") == nil)
    #expect(member("a", "[1]") == nil)
    #expect(member("a", "") == nil)
  }

  @Test func `names are compared by character and not by appearance`() throws {
    // U+00E9 and e + U+0301 look alike and are two names, escaped or not.
    let value = try parse("{\"\u{E9}\":1,\"e\u{301}\":2,\"e\\u0301x\":3,\"\\u00e9x\":4}")
    #expect(value["\u{E9}"]?.integer == 1)
    #expect(value["e\u{301}"]?.integer == 2)
    #expect(value["e\u{301}x"]?.integer == 3)
    #expect(value["\u{E9}x"]?.integer == 4)
  }

  @Test func `a string that equals is told from one that begins alike`() throws {
    let value = try parse(#"["abc","a\u0062c",1,""]"#)
    let elements = Array(value.elements)
    #expect(elements.map { $0.isString("abc") } == [true, true, false, false])
    #expect(elements.map { $0.isString("ab") } == [false, false, false, false])
    #expect(elements.map { $0.isString("") } == [false, false, false, true])
    #expect(elements.map { $0.isString("abcd") } == [false, false, false, false])
  }

  @Test func `an accessor of another kind answers nil`() throws {
    let value = try parse(#"[{"a":1},[1],"1",1,true,null]"#)
    let elements = Array(value.elements)
    #expect(elements.map(\.kind) == [.object, .array, .string, .number, .true, .null])
    #expect(elements.map(\.string) == [nil, nil, "1", nil, nil, nil])
    #expect(elements.map(\.integer) == [nil, nil, nil, 1, nil, nil])
    #expect(elements.map(\.double) == [nil, nil, nil, 1, nil, nil])
    #expect(elements.map(\.bool) == [nil, nil, nil, nil, true, nil])
    #expect(elements.map(\.stringOrNumber) == [nil, nil, "1", "1", nil, nil])
    #expect(elements.map(\.isNull) == [false, false, false, false, false, true])
    #expect(elements.map { Array($0.elements).count } == [0, 1, 0, 0, 0, 0])
    #expect(elements.map { Array($0.members).count } == [1, 0, 0, 0, 0, 0])
    #expect(elements.map { $0["a"] != nil } == [true, false, false, false, false, false])
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
      ("9223372036854775808", nil), ("1.0", nil), ("1e3", nil), ("-1", -1),
    ] as [(String, Int64?)])
  func `an integer is one only if it is written as one and fits`(
    _ text: String, _ expected: Int64?
  ) throws {
    #expect(try parse(text).integer == expected)
    #expect(try parse(text).stringOrNumber == text)
  }

  @Test(
    arguments: [
      ("0.1", 0.1), ("-1.5e3", -1500), ("1e400", nil), ("-1e400", nil), ("1e-400", 0),
    ] as [(String, Double?)])
  func `a number too large for a double is none`(_ text: String, _ expected: Double?) throws {
    #expect(try parse(text).double == expected)
  }

  @Test func `a value outlives the text it came from`() throws {
    var text: [UInt8]? = Array(#"{"a":["kept"]}"#.utf8)
    let kept = try JSONValue.parse(text ?? [])["a"]
    text = nil
    #expect(kept?.elements.first { _ in true }?.string == "kept")
  }

  @Test func `the sample notification reads as printed`() throws {
    let message = try #require(
      JSONValue.parse(Sample.notification).elements.first { $0.kind == .object })
    let call = try #require(message["data"]?["call"])
    #expect(message["channel"]?.string == "/v2/me/calls")
    #expect(call["id"]?.string == "01RCC3N118B1V0SL807GK2LAES00000V")
    #expect(call["userData"]?["GSIP_RECORD"]?.string == "OFF")
    #expect(call["capabilities"].map { Array($0.elements).count } == 12)
    #expect(call["supervisorListeningIn"]?.bool == false)
  }
}
