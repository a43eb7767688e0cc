import TestSupport
import Testing

private func ended(_ began: String, inClear: Int) -> String {
  #"{"id":"s.9","type":"recbridge.erasure.v1","data":{"action":"ended","call":"c1","#
    + #""began":"\#(began)","erasedValues":12,"erasedLines":5,"erasedQuarantined":1,"#
    + #""changedCommands":2,"inClear":\#(inClear)}}"# + "\n"
}

/// The answers to the events that are waited for: nothing yet, another erasure, the one.
private func daemon(inClear: Int) throws -> FakeDaemon {
  var answers = ["", ended("s.1", inClear: 0), ended("s.7", inClear: inClear)]
  return try FakeDaemon { asked in
    asked.line.hasPrefix("POST")
      ? (202, #"{"call":"c1","began":"s.7"}"#) : (200, answers.removeFirst())
  }
}

@Test func `erase says what was erased once it is done`() throws {
  let daemon = try daemon(inClear: 0)
  let ended = try recbridge(
    ["erase", "--call", "c1", "--why", "asked to", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 0, "\(ended)")
  #expect(
    ended.out
      == "c1: erased 12 values of entries, 5 events, 1 quarantined message and 2 commands\n")
  #expect(daemon.asked.first?.line == "POST /v1/erasures")
  #expect(daemon.asked.first?.body == #"{"call":"c1","why":"asked to"}"#)
  let reads = daemon.asked.dropFirst().map(\.line)
  let rest = "&type=recbridge.erasure.v1&call=c1&limit=1&wait=30"
  #expect(
    reads == [
      "GET /v1/events?after=s.7\(rest)", "GET /v1/events?after=s.7\(rest)",
      "GET /v1/events?after=s.9\(rest)",
    ])
}

@Test func `what entries say in clear is told, by the exit code too`() throws {
  let daemon = try daemon(inClear: 3)
  let ended = try recbridge(
    ["erase", "--call", "c1", "--why", "w", "--json", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 3, "\(ended)")
  #expect(ended.err.contains("say 3 values in clear"))
  #expect(ended.out.hasPrefix(#"{"id":"s.9""#))
}

@Test func `an erasure that is refused says why, and one without a reason is not asked for`() throws
{
  let daemon = try FakeDaemon { _ in (409, #"{"title":"Call is live","detail":"Wait."}"#) }
  let ended = try recbridge(
    ["erase", "--call", "c1", "--why", "w", "--socket", daemon.path], daemon: daemon)
  #expect(ended.code == 1)
  #expect(ended.err == "recbridge: Call is live: Wait.\n")
  #expect(try recbridge(["erase", "--call", "c1", "--socket", daemon.path]).code == 64)
}
