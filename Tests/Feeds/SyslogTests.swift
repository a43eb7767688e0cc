import JSON
import Testing

@testable import Feeds

@Suite struct SyslogTests {
  private let format = SyslogFormat(host: "bridge-1.example")

  private func event(
    _ type: String, _ data: String, call: String? = "5f2c", more: String = ""
  ) -> FeedEvent {
    let line = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("specversion", "1.0")
        writer.member("id", "s.7")
        writer.member("source", "/hq/alice")
        writer.member("type", "recbridge.\(type).v1")
        writer.member("subject", call)
        writer.member("time", "2026-01-31T09:05:00.000250Z")
        if let data = try? JSONValue.parse(Array(data.utf8)) { writer.member("data", data) }
        writer.member("more", more)
      }
    }
    return FeedEvent(sequence: 7, line: line)
  }

  @Test func `a graded command is one line that says what happened`() {
    let event = event(
      "command",
      #"{"agent":"alice","command":"s.4","operation":"stop","status":"final","#
        + #""grade":"unconfirmed","latencyMs":7.31}"#)
    let line = String(decoding: event.line, as: UTF8.self)
    #expect(
      String(decoding: format.message(event), as: UTF8.self)
        == "<107>1 2026-01-31T09:05:00.000250Z bridge-1.example recbridge - command "
        + #"[recbridge@32473 cursor="s.7" type="recbridge.command.v1" source="/hq/alice" "#
        + #"call="5f2c" agent="alice" command="s.4" operation="stop" status="final" "#
        + #"grade="unconfirmed" latencyMs="7.31"] "# + line)
  }

  @Test(arguments: [
    ("command", #"{"operation":"stop","grade":"unconfirmed"}"#, 3),
    ("command", #"{"operation":"pause","grade":"contradicted"}"#, 3),
    ("command", #"{"operation":"start","grade":"unconfirmed"}"#, 4),
    ("command", #"{"operation":"stop","grade":"confirmed.notified"}"#, 5),
    ("command", #"{"operation":"stop","status":"sent"}"#, 6),
    ("restarted", "{}", 3), ("gap", "{}", 4), ("heartbeat", "{}", 6), ("recording", "{}", 5),
    ("call", "{}", 6),
  ])
  func `what needs somebody is an error, what was missed a warning`(
    type: String, data: String, severity: Int
  ) throws {
    let message = try SyslogGrammar(format.message(event(type, data)))
    #expect(message.priority == 13 * 8 + severity)
    #expect(message.kind == type)
  }

  /// Tried: a closing bracket that is not escaped.
  @Test func `whatever a call is named, the message keeps to the grammar`() throws {
    let pieces = [
      "\"", "\\", "]", "[", "=", " ", "a", "é", "\u{1F600}", "\n", "\r", "\t", "\u{0}", "\u{7F}",
      "\\]", "\\\"", "' x=\"",
    ]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let call = (0..<Int.random(in: 0...12, using: &generator))
        .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      let bytes = format.message(event("command", "{}", call: call))
      let message = try SyslogGrammar(bytes)
      #expect(message.element == "recbridge@32473")
      var plain = ""
      for scalar in call.unicodeScalars {
        let octal = String(scalar.value, radix: 8)
        let isControl = scalar.value < 0x20 || scalar.value == 0x7F
        plain +=
          isControl
          ? "#" + String(repeating: "0", count: 3 - octal.count) + octal : String(scalar)
      }
      #expect(message.value("call") == plain)
      #expect(message.value("cursor") == "s.7")
      #expect(message.message != nil)
    }
  }

  @Test func `an event that is too large is left out and says so`() throws {
    var small = format
    small.sizeMaxBytes = 2_048
    let large = event("call", "{}", more: String(repeating: "x", count: 3_000))
    let message = try SyslogGrammar(small.message(large))
    #expect(message.message == nil)
    #expect(message.value("omitted") == String(large.line.count))
    #expect(message.value("cursor") == "s.7")
    // To the byte.
    small.sizeMaxBytes = format.message(large).count
    #expect(small.message(large) == format.message(large))
    small.sizeMaxBytes -= 1
    #expect(try SyslogGrammar(small.message(large)).message == nil)
    let whole = try SyslogGrammar(format.message(large))
    #expect(whole.message == large.line && whole.value("omitted") == nil)
  }

  @Test func `a host's name that does not fit is made to, and none is a hyphen`() throws {
    for (name, shown) in [("", "-"), ("a b\u{e9}", "a_b__"), ("h", "h")] {
      let message = try SyslogGrammar(SyslogFormat(host: name).message(event("gap", "{}")))
      #expect(message.host == shown)
    }
    let long = SyslogFormat(host: String(repeating: "h", count: 300)).message(event("gap", "{}"))
    #expect(try SyslogGrammar(long).host.utf8.count == 255)
  }

  @Test func `in a stream the length stands before each message`() {
    #expect(SyslogFormat.framed(Array("<1>1 - é".utf8)) == Array("9 <1>1 - é".utf8))
  }
}
