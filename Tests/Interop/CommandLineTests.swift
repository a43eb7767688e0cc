import Glibc
import JSON
import Simulator
import TestSupport
import Testing

/// The subcommands against a daemon that runs, as a person at a shell or a script uses them.
@Suite(.serialized) struct CommandLineTests {
  @Test func `a stop that is awaited ends with 0 and says what witnessed it`() throws {
    try withGround { ground in
      let call = try ground.recordedCall()
      let stop = try ground.recbridge("stop", call, "--wait", "15")
      #expect(stop.code == 0, "\(stop)")
      for part in ["confirmed by a notification", "witnesses agree", "Stopped", " ms"] {
        #expect(stop.out.contains(part), "\(part) is not in: \(stop.out)")
      }
      #expect(stop.lines.count == 1 && stop.err.isEmpty)
      #expect(ground.simulator.model.call(call)?.received["StopCallRecording"] == 1)

      let again = try ground.recbridge("stop", call, "--wait", "15", "--json")
      #expect(again.code == 0)
      #expect(try again.objects().map { $0["grade"]?.string } == ["satisfied"])
      #expect(ground.simulator.model.call(call)?.received["StopCallRecording"] == 1)
      #expect(try ground.recbridge("exceptions").out == "no pause or stop is unconfirmed\n")
    }
  }

  @Test func `pause, resume, stop and start do what they say, one after the other`() throws {
    try withGround { ground in
      let call = try ground.recordedCall()
      let states: [(String, RecordingState)] = [
        ("pause", .paused), ("resume", .recording), ("stop", .stopped), ("start", .recording),
      ]
      for (operation, state) in states {
        let said = try ground.recbridge(operation, call, "--wait", "15", "--json")
        #expect(said.code == 0, "\(said)")
        #expect(try said.objects().map { $0["grade"]?.string } == ["confirmed.notified"])
        #expect(ground.simulator.model.call(call)?.recording == state)
      }
    }
  }

  @Test func `a stop of which no notification tells is looked after, and ends with 0`() throws {
    try withGround(deadline: "5s") { ground in
      let call = try ground.recordedCall()
      ground.simulator.arm(Fault(.swallowNotification))
      let stop = try ground.recbridge("stop", call, "--wait", "15")
      #expect(stop.code == 0, "\(stop)")
      for part in ["confirmed by asking the platform", "witnesses agree", " s", "confirmed.polled"]
      {
        #expect(stop.out.contains(part), "\(part) is not in: \(stop.out)")
      }
    }
  }

  @Test func `a stop that nobody witnesses ends with 3, and the audit shows both kinds of end`()
    throws
  {
    try withGround(deadline: "500ms") { ground in
      let confirmed = try ground.stoppedCall()
      let call = try ground.recordedCall()
      ground.simulator.arm(Fault(.ignoreCommand))
      let stop = try ground.recbridge("stop", call, "--wait", "15")
      #expect(stop.code == 3, "\(stop)")
      #expect(stop.out.contains("unconfirmed"))
      for part in ["likely causes", "nothing came that shows the effect", "-> look at the"] {
        #expect(stop.err.contains(part), "\(part) is not in: \(stop.err)")
      }

      let exceptions = try ground.recbridge("exceptions")
      #expect(exceptions.code == 0)
      #expect(exceptions.out.contains("STOP of call \(call), agent alice: unconfirmed"))
      // The name of the recording file is never broken.
      #expect(
        exceptions.lines.allSatisfy { $0.count < 80 || $0.contains("dot-example") },
        "\(exceptions)")
      let listed = try ground.recbridge("exceptions", "--json").objects()
      #expect(listed.map { $0["call"]?.string } == [call])

      let audit = try ground.recbridge("audit", "list", "--store", ground.bridge.store)
      #expect(audit.code == 0 && audit.lines.count == 4, "\(audit)")
      let first = try #require(audit.lines.dropFirst().first)
      for part in [confirmed, "confirmed.notified", "notification", "ms"] {
        #expect(first.contains(part), "\(part) is not in: \(first)")
      }
      let second = try #require(audit.lines.dropLast().last)
      for part in [call, "unconfirmed", "deadline"] {
        #expect(second.contains(part), "\(part) is not in: \(second)")
      }
      let json = try ground.recbridge("audit", "list", "--json", "--store", ground.bridge.store)
      let entries = try json.objects()
      #expect(entries.map { $0["grade"]?.string } == ["confirmed.notified", "unconfirmed"])
      #expect(entries.map { $0["evidence"]?["kind"]?.string } == ["notification", "deadline"])
      #expect(entries.first?["latencyMs"]?.double ?? 0 > 0)
      #expect(entries.last?["latencyMs"] == nil)
    }
  }

  @Test func `what is live and what was asked can be read by people and by programs`() throws {
    try withGround(agents: ["alice", "bob"]) { ground in
      let call = try ground.recordedCall(of: "bob")
      #expect(try ground.recbridge("pause", call, "--wait", "15").code == 0)
      let expected: [(String, readable: [String], member: String, value: String)] = [
        ("calls", [call, "bob", "Established", "Paused", "agree", "yes"], "agent", "bob"),
        ("sessions", ["alice", "bob", "connected", "yes"], "state", "connected"),
        ("commands", [call, "pause", "final", "confirmed.notified", "ms"], "call", call),
      ]
      for (command, readable, member, value) in expected {
        let said = try ground.recbridge(command)
        #expect(said.code == 0 && said.err.isEmpty, "\(said)")
        for part in readable { #expect(said.out.contains(part), "\(part) is not in:\n\(said.out)") }
        let objects = try ground.recbridge(command, "--json").objects()
        #expect(objects.count == said.lines.count - 1)
        #expect(objects.allSatisfy { $0[member]?.string == value }, "\(objects)")
      }
    }
  }

  @Test func `tail prints every event once and resumes when the daemon comes back`() throws {
    try withGround { ground in
      let tail = try ground.begin(
        builtExecutable(), ["tail", "--json", "--after", "earliest"])
      let first = try ground.stoppedCall()
      try ground.scene.wait(for: "the first call in the tail") { tail.said.out.contains(first) }
      ground.bridge.stop()
      try ground.scene.wait(for: "the tail's word that the daemon is away") {
        tail.said.err.contains("the daemon is away")
      }
      try ground.bridge.begin()
      try ground.bridge.waitUntilReady()
      let second = try ground.stoppedCall()
      let events = try ground.bridge.events().map { String(decoding: $0.raw, as: UTF8.self) }
      try ground.scene.wait(for: "every event in the tail") {
        tail.said.lines.count >= events.count
      }
      #expect(tail.said.lines == events)
      #expect(events.contains { $0.contains(first) } && events.contains { $0.contains(second) })
      tail.process.send(SIGTERM)
      #expect(tail.process.wait() == -SIGTERM)
    }
  }

  @Test func `a readable tail tells what happens in sentences`() throws {
    try withGround { ground in
      let tail = try ground.begin(builtExecutable(), ["tail", "--after", "earliest"])
      _ = try ground.stoppedCall()
      try ground.scene.wait(for: "the confirmation in the tail") {
        tail.said.out.contains("confirmed by a notification")
      }
      let text = tail.said.out
      for part in [
        "● Established, recording Recording", "about to be sent, on disk",
        "accepted by the platform",
        "recording Recording → Stopped, by command", "! gap from the beginning",
      ] {
        #expect(text.contains(part), "\(part) is not in:\n\(text)")
      }
    }
  }

  @Test func `a call that nobody has is refused with the way to find the calls`() throws {
    try withGround { ground in
      let said = try ground.recbridge("stop", "nobody", "--wait", "15")
      #expect(said.code == 1)
      #expect(said.out.isEmpty)
      #expect(said.err.contains("'nobody'") && said.err.contains("/v1/calls"), "\(said.err)")
      #expect(try ground.recbridge("commands").out == "no commands\n")
    }
  }

  @Test
  func `without a daemon every subcommand of the socket ends with 69 and says where it looked`()
    throws
  {
    try withGround { ground in
      ground.bridge.stop()
      for arguments in [
        ["stop", "c1", "--wait", "1"], ["calls"], ["sessions"], ["commands"], ["exceptions"],
        ["tail"], ["tail", "--after", "earliest"],
      ] {
        let said = try ground.run(builtExecutable(), arguments)
        #expect(said.code == 69, "\(arguments): \(said)")
        #expect(said.err.contains(ground.bridge.socket), "\(arguments): \(said.err)")
        #expect(said.out.isEmpty)
      }
      let audit = try ground.recbridge("audit", "list", "--store", ground.bridge.store)
      #expect(audit.code == 0, "the store can be read without a daemon: \(audit)")
    }
  }

  @Test func `SIGTERM says goodbye to the platform and ends with 0 within 5 s`() throws {
    try withGround(agents: ["alice", "bob"]) { ground in
      let call = try ground.recordedCall()
      let stream = try ground.bridge.stream("/v1/events?stream=1&after=earliest")
      try ground.scene.wait(for: "the stream") { !stream.lines.isEmpty }
      ground.simulator.arm(Fault(.swallowNotification))
      #expect(try ground.recbridge("stop", call).code == 0)
      #expect(ground.simulator.model.sessionCount(of: "alice") == 1)
      let start = ContinuousClock.now
      ground.bridge.stop()
      let took = ContinuousClock.now - start
      #expect(took < .seconds(5))
      // The platform would keep a session that was not disconnected for 10 s more.
      for agent in ["alice", "bob"] {
        #expect(ground.simulator.model.sessionCount(of: agent) == 0, "\(agent) after \(took)")
      }
      #expect(try ground.recbridge("fsck", ground.bridge.store).code == 0)
    }
  }
}
