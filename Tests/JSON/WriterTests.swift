import JSON
import Testing

/// What the writer writes.
struct WriterTests {
  private func text(_ body: (inout JSONWriter) -> Void) -> String {
    String(decoding: JSONWriter.write(body), as: UTF8.self)
  }

  @Test func `what must be escaped is and nothing else`() {
    let controls = String(String.UnicodeScalarView((0..<0x20).compactMap(Unicode.Scalar.init)))
    #expect(
      text { $0.value(controls) } == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n"#
        + #"\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019"#
        + #"\u001a\u001b\u001c\u001d\u001e\u001f""#)
    #expect(text { $0.value(#"a"b\c/d"#) } == #""a\"b\\c/d""#)
    #expect(text { $0.value("é€😀\u{7F}\u{2028}") } == "\"é€😀\u{7F}\u{2028}\"")
    #expect(text { $0.value("ééééééééé\"") } == #""ééééééééé\"""#)
  }

  @Test func `commas and colons stand where they must`() {
    let written = text { writer in
      writer.object { writer in
        writer.member("s", "x")
        writer.member("o", Optional<String>.none)
        writer.member("n", 1)
        writer.member("b", false)
        writer.member("l", ["a", "b"])
        writer.member("e", [String]())
        writer.member("r", raw: "{ }".utf8)
        writer.member(
          "in",
          object: {
            $0.member("x", 1); $0.member("y", 2)
          })
        writer.member(
          "list",
          array: { writer in
            writer.null()
            writer.array { _ in }
            writer.object { _ in }
            writer.value(true)
            writer.value("z")
          })
        writer.name("t")
        writer.value(thousandths: -1_005)
      }
    }
    #expect(
      written == #"{"s":"x","n":1,"b":false,"l":["a","b"],"e":[],"r":{ },"in":{"x":1,"y":2},"#
        + #""list":[null,[],{},true,"z"],"t":-1.005}"#)
  }

  @Test(
    arguments: [
      (0, "0.000"), (1, "0.001"), (-1, "-0.001"), (999, "0.999"), (1000, "1.000"),
      (-1500, "-1.500"), (Int64.max, "9223372036854775.807"), (Int64.min, "-9223372036854775.808"),
    ] as [(Int64, String)])
  func `thousandths have three digits behind the point`(_ number: Int64, _ expected: String) {
    #expect(text { $0.value(thousandths: number) } == expected)
  }

  @Test func `integers of any size are written in full`() {
    #expect(text { $0.value(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.value(Int128.min) } == "-170141183460469231731687303715884105728")
    #expect(text { $0.value(Int8(-5)) } == "-5")
  }

  @Test func `a value that is spliced never breaks the line`() throws {
    let value = try JSONValue.parse(Array("{\r\n\t\"a\\n\" :\n[ 1 ,\r2 ] }".utf8))
    let line = text {
      $0.array {
        $0.value(value); $0.value(value["a\n"] ?? value)
      }
    }
    #expect(line == "[{  \t\"a\\n\" : [ 1 , 2 ] },[ 1 , 2 ]]")
    #expect(
      text { $0.object { $0.member("raw", value) } } == "{\"raw\":{  \t\"a\\n\" : [ 1 , 2 ] }}")
  }
}
