import Glibc
import JSON
import Simulator
import TestSupport
import Testing

/// The programs in `examples`, and the commands that the README shows, against a daemon that runs.
@Suite(.serialized) struct ExamplesTests {
  private static let loggers = "\(packageFolder)/examples/compliance-logger"

  @Test func `the reader in 15 lines of Python follows live events from its cursor`() throws {
    try withGround { ground in
      let program = "\(packageFolder)/examples/follow.py"
      let follow = try ground.begin("python3", [program, ground.bridge.socket, "earliest"])
      try ground.scene.wait(for: "the first event") { !follow.said.lines.isEmpty }
      let call = try ground.stoppedCall()
      let events = try ground.bridge.events()
      try ground.scene.wait(for: "every event") { follow.said.lines.count >= events.count }
      let expected = events.map { event in
        ["id", "type", "subject"].map { event[$0]?.string ?? "-" }.joined(separator: " ")
      }
      #expect(follow.said.lines == expected)
      #expect(expected.contains { $0.hasSuffix("recbridge.recording.v1 \(call)") })
      #expect(follow.said.err.isEmpty, "\(follow.said.err)")
      follow.process.kill()
    }
  }

  @Test func `curl follows live events as lines and as server-sent events`() throws {
    try withGround { ground in
      let url = "http://localhost/v1/events?stream=1"
      let options = ["--silent", "-N", "--unix-socket", ground.bridge.socket]
      let lines = try ground.begin("curl", options + [url])
      let sent = try ground.begin("curl", options + ["-H", "Accept: text/event-stream", url])
      // A stream begins with what comes: both are there once they have shown a call.
      var calls: [String] = []
      try ground.scene.wait(for: "both streams") {
        if let call = try? ground.simulator.createCall(CallPlan(agent: "alice")) {
          calls.append(call)
        }
        return [lines, sent].allSatisfy { stream in
          calls.contains { stream.said.out.contains($0) }
        }
      }
      let call = try ground.stoppedCall()
      let last = try #require(try ground.bridge.events().last)
      let raw = String(decoding: last.raw, as: UTF8.self)
      try ground.scene.wait(for: "the last event in both") {
        lines.said.out.hasSuffix(raw + "\n") && sent.said.out.hasSuffix("data: \(raw)\n\n")
      }
      let all = try ground.bridge.events().map { String(decoding: $0.raw, as: UTF8.self) }
      let seen = lines.said.lines
      #expect(seen == Array(all.suffix(seen.count)))
      #expect(seen.contains { $0.contains(call) && $0.contains("confirmed.notified") })
      try expectServerSent(sent.said.out, all)
      lines.process.kill()
      sent.process.kill()
    }
  }

  /// Blocks of `id`, `event` and `data`, of the same events.
  private func expectServerSent(_ text: String, _ all: [String]) throws {
    let lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix(":") }
    let data = lines.filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    #expect(data == Array(all.suffix(data.count)))
    let expected = try data.flatMap { line -> [String] in
      let event = try JSONValue.parse(Array(line.utf8))
      return [
        "id: \(event["id"]?.string ?? "?")", "event: \(event["type"]?.string ?? "?")",
        "data: \(line)",
      ]
    }
    #expect(lines == expected)
  }

  @Test func `the compliance logger in Python writes each confirmed stop once over two runs`()
    throws
  {
    try withGround(deadline: "500ms") { ground in
      let arguments = [
        "\(Self.loggers)/compliance_logger.py", ground.bridge.socket,
        "\(ground.scene.folder)/cursor", "--once",
      ]
      let first = try ground.stoppedCall()
      let second = try ground.stoppedCall()
      let early = try ground.run("python3", arguments)
      #expect(early.code == 0 && early.err.isEmpty, "\(early)")
      #expect(early.lines.count == 2, "\(early)")
      for (line, call) in zip(early.lines, [first, second]) {
        #expect(line.hasPrefix("stop of call \(call) (agent alice) confirmed.notified after "))
      }
      // What is not a confirmed stop or pause is passed over, and stays passed over.
      let third = try ground.stoppedCall()
      #expect(try ground.recbridge("start", third, "--wait", "15").code == 0)
      ground.simulator.arm(Fault(.ignoreCommand))
      #expect(try ground.recbridge("pause", third, "--wait", "15").code == 3)
      let late = try ground.run("python3", arguments)
      #expect(late.lines.count == 1 && late.out.contains("stop of call \(third)"), "\(late)")
      #expect(try ground.run("python3", arguments).out.isEmpty)
      ground.bridge.stop()
      try ground.bridge.begin()
      try ground.bridge.waitUntilReady()
      #expect(try ground.run("python3", arguments).out.isEmpty)
    }
  }

  @Test func `the compliance logger in the shell resumes over its own end and the daemon's`() throws
  {
    try withGround { ground in
      let written = "\(ground.scene.folder)/written"
      let cursor = "\(ground.scene.folder)/cursor"
      let stub = "\(ground.scene.folder)/logger"
      // The last argument is the line.
      try writeText(
        "#!/bin/sh\nfor line; do :; done\nprintf '%s\\n' \"$line\" >>\(written)\n", to: stub)
      // The path is passed as a C string for the length of the call only.
      #expect(unsafe chmod(stub, 0o700) == 0)
      func begin() throws -> Running {
        try ground.begin(
          "\(Self.loggers)/compliance-logger.sh", [ground.bridge.socket, cursor],
          environment: ["LOGGER": stub])
      }
      func expectWritten(_ calls: [String]) throws {
        try ground.scene.wait(for: "the lines of \(calls)") {
          let lines = (readText(written) ?? "").split(separator: "\n")
          return lines.count >= calls.count
        }
        let lines = (readText(written) ?? "").split(separator: "\n").map(String.init)
        let seen = try lines.map { try JSONValue.parse(Array($0.utf8))["subject"]?.string }
        #expect(seen == calls)
      }

      let first = try ground.stoppedCall()
      var logger = try begin()
      try expectWritten([first])
      let second = try ground.stoppedCall()
      try expectWritten([first, second])
      logger.process.send(SIGTERM)
      try ground.scene.wait(for: "the logger's end") { logger.process.code != nil }
      #expect(logger.process.code == 143, "\(logger.said)")

      let third = try ground.stoppedCall()
      logger = try begin()
      try expectWritten([first, second, third])
      ground.bridge.kill()
      try ground.bridge.begin()
      try ground.bridge.waitUntilReady()
      let fourth = try ground.stoppedCall()
      try expectWritten([first, second, third, fourth])
      logger.process.send(SIGTERM)
      #expect(logger.process.wait() == 143)
    }
  }

  @Test
  func `the compliance logger in the shell ends rather than pass over a line it cannot write`()
    throws
  {
    try withGround { ground in
      let cursor = "\(ground.scene.folder)/cursor"
      let call = try ground.stoppedCall()
      let logger = try ground.run(
        "\(Self.loggers)/compliance-logger.sh", [ground.bridge.socket, cursor],
        environment: ["LOGGER": "/bin/false"])
      #expect(logger.code == 1, "\(logger)")
      let place = (readText(cursor) ?? "earliest").split(separator: "\n").first ?? "earliest"
      let left = try ground.bridge.events(after: String(place), type: "recbridge.command.v1")
      #expect(left.contains { $0["subject"]?.string == call && $0["data"]?["grade"] != nil })
    }
  }
}
