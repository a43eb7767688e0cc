import Calls
import Commands
import JSON
import Testing

@testable import Bridge

/// Acknowledgements: what they write, and what they leave alone.
@Suite struct AcknowledgementTests {
  /// A Stop that ended without being confirmed, and the scene after it.
  private func unconfirmed() throws -> (Scene, Command) {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.stop)
    try scene.answer("/calls/C1", #"{"statusCode":0}"#)
    scene.pass(.seconds(11))
    let command = try #require(scene.commands.first)
    try #require(command.grade == .unconfirmed)
    return (scene, command)
  }

  private func input(_ command: Command, _ number: UInt64, why: String) -> Bridge.Input {
    .acknowledged(
      AskID(rawValue: number),
      AcknowledgementAsk(command, sequence: 1, by: Origin(uid: 7), why: why))
  }

  private func acknowledged(_ reply: Bridge.Reply?) -> Command? {
    if case .acknowledged(let command) = reply { command } else { nil }
  }

  @Test func `an acknowledgement is one event, one entry and one command, and changes no grade`()
    throws
  {
    var (scene, command) = try unconfirmed()
    let entries = scene.entries.count
    scene.feed(input(command, 90, why: "heard silence"))
    scene.feed(input(command, 91, why: "me too"))
    #expect(
      scene.replies.suffix(2).compactMap(acknowledged).map(\.acknowledgement?.why)
        == ["heard silence", "heard silence"])
    #expect(scene.entries.count == entries + 1)
    let events = scene.data(.acknowledgement)
    #expect(events.map { $0["command"]?.string } == [command.id])
    #expect(events.first?["grade"]?.string == "unconfirmed")
    #expect(scene.commands.first?.grade == .unconfirmed)
    #expect(scene.disk().violations == [])
  }

  @Test func `two at once about a command from long ago are one`() throws {
    let command = try unconfirmed().1
    var scene = try Scene()
    let turns = [
      scene.bridge.handle(input(command, 1, why: "a"), at: scene.now),
      scene.bridge.handle(input(command, 2, why: "b"), at: scene.now),
    ]
    #expect(turns.map(\.writes.count) == [3, 0])
    let replies = turns.flatMap(\.effects).compactMap { effect in
      if case .reply(_, let reply) = effect { acknowledged(reply) } else { nil }
    }
    #expect(replies.map(\.acknowledgement?.why) == ["a", "a"])
  }

  @Test func `what is confirmed, open, or a start is no exception`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"), Scene.call("Stopped", "C2"))
    scene.ask(.stop)
    let stop = try #require(scene.commands.first)
    scene.feed(input(stop, 90, why: "x"))
    try scene.hear(Scene.call("Stopped"))
    scene.feed(input(stop, 91, why: "x"))
    scene.ask(.start, "C2")
    scene.pass(.seconds(11))
    let start = try #require(scene.commands.last)
    #expect(start.grade == .unconfirmed)
    scene.feed(input(start, 92, why: "x"))
    let refusals = scene.replies.compactMap { reply in
      if case .refused(let refusal) = reply { refusal.reason } else { nil }
    }
    #expect(refusals == [.notAnException, .notAnException, .notAnException])
    #expect(scene.data(.acknowledgement).isEmpty)
  }

  /// The call is live under another agent: nothing is claimed of an end.
  @Test func `an exception says what is known of its call now`() throws {
    var (scene, command) = try unconfirmed()
    func now(_ scene: Scene) -> JSONValue? {
      let text = JSONWriter.write { writer in
        writer.object {
          scene.bridge.write(
            exception: command, sequence: sequence, lastSeen: nil, doneAt: nil, to: &$0)
        }
      }
      return try? JSONValue.parse(text)
    }
    let sequence = scene.events.last?.sequence ?? 0
    let before = now(scene)
    #expect(before?["now"]?["call"]?.string == "live")
    #expect(before?["exposure"]?["from"]?.string == Timestamp.text(command.issuedAt))
    #expect(before?["exposure"]?["to"]?.string == command.finalAt.map(Timestamp.text))
    #expect(before?["exposure"]?["still"]?.bool == true)
    try scene.hear(Scene.call("Recording"))
    #expect(now(scene)?["now"]?["recordingState"]?.string == "Recording")
    #expect(now(scene)?["exposure"]?["still"]?.bool == true, "it is known, and it goes on")
    #expect(scene.bridge.eventShowingDone(command, since: sequence) == nil)
    try scene.hear(Scene.call("Stopped"))
    let shown = scene.events.last { $0.type == .call }?.sequence
    #expect(scene.bridge.eventShowingDone(command, since: sequence) == shown)
  }

  @Test func `a later Stop that is confirmed ends the exposure, and so does a Start`() throws {
    for operation in [Operation.stop, .start] {
      var (scene, command) = try unconfirmed()
      scene.pass(.seconds(1))
      scene.ask(operation)
      if operation == .stop { try scene.hear(Scene.call("Stopped")) }
      let later = try #require(scene.commands.last)
      let text = JSONWriter.write { writer in
        writer.object {
          scene.bridge.write(exception: command, sequence: 0, lastSeen: nil, doneAt: nil, to: &$0)
        }
      }
      let exposure = try JSONValue.parse(text)["exposure"]
      #expect(exposure?["still"]?.bool == false)
      let end = operation == .stop ? later.finalAt : later.issuedAt
      #expect(exposure?["to"]?.string == end.map(Timestamp.text))
    }
  }
}
