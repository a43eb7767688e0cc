import Bayeux
import Calls
import Commands
import Crypto
import Evidence
import JSON
import Testing

@testable import Bridge

/// What is published, and in which form.
@Suite struct EventTests {
  @Test
  func `every event is one line of JSON with its number, its agent and its time`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.stop)
    try scene.hear(Scene.call("Stopped"))
    try scene.hear(Scene.call("Recording"))
    try scene.hear(Scene.call("Recording", gsip: "OFF"))
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/calls", data: "7")])
    try scene.answerBayeux(
      Scene.connect, [(channel: "/v2/me/devices", data: #"{"messageType":"X"}"#)])
    // Looks by a route, and what the daemon says of itself, have their own tests.
    let elsewhere: Set<EventType> = [
      .acknowledgement, .checkpoint, .daemon, .erasure, .group, .heartbeat, .look, .outage,
      .retention, .timestamp,
    ]
    #expect(Set(scene.types) == Set(EventType.allCases).subtracting(elsewhere))
    for (index, event) in scene.events.enumerated() {
      #expect(!event.line.contains(UInt8(ascii: "\n")))
      let value = try JSONValue.parse(event.line)
      let names = Array(value.members).map(\.name).filter { $0 != "subject" }
      #expect(
        names == [
          "specversion", "id", "source", "type", "time", "sequence", "datacontenttype", "data",
        ])
      #expect(value["id"]?.string == "s1.\(index + 1)")
      #expect(value["source"]?.string == "/hq/alice")
      #expect(value["type"]?.string == event.type.rawValue)
      #expect(value["subject"]?.string == event.call)
      #expect(value["sequence"]?.string?.utf8.count == 20)
      #expect(value["time"]?.string.flatMap(Timestamp.parse) == event.wall)
      #expect(value["data"]?["agent"]?.string == "alice")
    }
  }

  @Test
  func `a notification without its call is kept with its bytes, and the calls are read again`()
    throws
  {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    let data = #"{"messageType":"CallStateChangeMessage"}"#
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/calls", data: data)])
    let message = #"{"channel":"/v2/me/calls","data":\#(data)}"#
    #expect(scene.quarantines.map { String(decoding: $0.bytes, as: UTF8.self) } == [message])
    let shown = try #require(scene.data(.quarantine).first)
    #expect(shown["bytes"]?.string == Base64.text(Array(message.utf8)))
    #expect(shown["sizeBytes"]?.integer == Int64(message.utf8.count))
    #expect(shown["sha256"]?.string == hexadecimal(SHA256.hash(Array(message.utf8))))
    #expect(shown["channel"]?.string == "/v2/me/calls")
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == ["alice: connected"])
    try scene.answerSnapshot(Scene.call("Paused"))
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
    #expect(scene.data(.gap).last?["cause"]?.string == "unreadable")
    #expect(scene.bridge.agents[0].calls["C1"]?.recordingState == .paused)
  }

  @Test
  func `of a huge message that cannot be read the beginning is kept, with its size and its hash`()
    throws
  {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    let size = Quarantine.keptWholeBytes + 1
    let data = #"{"text":"\#(String(repeating: "x", count: size))"}"#
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/calls", data: data)])
    let message = Array(#"{"channel":"/v2/me/calls","data":\#(data)}"#.utf8)
    let kept = try #require(scene.quarantines.first)
    #expect(kept.bytes == Array(message.prefix(Quarantine.keptBeginningBytes)))
    #expect(kept.sizeBytes == message.count)
    let shown = try #require(scene.data(.quarantine).first)
    #expect(shown["sizeBytes"]?.integer == Int64(message.count))
    #expect(shown["sha256"]?.string == hexadecimal(SHA256.hash(message)))
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test
  func `what cannot be read while the snapshot is under way leads to one more snapshot`() throws {
    var scene = try Scene()
    scene.feed(.start)
    try scene.connectUp()
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/calls", data: "{}")])
    try scene.answerSnapshot(Scene.call("Recording"))
    #expect(scene.data(.gap).isEmpty)
    try scene.answerSnapshot(Scene.call("Stopped"))
    #expect(scene.data(.gap).count == 1)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  @Test
  func `witnesses that begin to disagree are an event of their own, once`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    try scene.hear(Scene.call("Recording", gsip: "OFF"))
    try scene.hear(Scene.call("Recording", gsip: "OFF"))
    #expect(scene.data(.disagreement).count == 1)
    #expect(scene.data(.disagreement).first?["witnesses"]?["verdict"]?.string == "disagree")
  }

  @Test
  func `a change of the recording names the command that caused it, or says that none did`()
    throws
  {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    scene.ask(.pause)
    try scene.hear(Scene.call("Paused"))
    try scene.hear(Scene.call("Recording"))
    let changes = scene.data(.recording).dropFirst()
    #expect(changes.compactMap { $0["to"]?.string } == ["Paused", "Recording"])
    #expect(changes.compactMap { $0["cause"]?.string } == ["command", "unsolicited"])
    #expect(changes.first?["command"]?.string == scene.commands.first?.id)
  }

  @Test
  func `what comes on another channel is published as it came`() throws {
    var scene = try Scene()
    try scene.settle()
    let data = #"{ "messageType":"DeviceStateChangeMessage","devices":[] }"#
    try scene.answerBayeux(Scene.connect, [(channel: "/v2/me/devices", data: data)])
    let shown = try #require(scene.data(.notification).first)
    #expect(shown["channel"]?.string == "/v2/me/devices")
    #expect(shown["messageType"]?.string == "DeviceStateChangeMessage")
    #expect(shown["raw"].map { String(decoding: $0.raw, as: UTF8.self) } == data)
  }

  @Test
  func `a call with 300 KB of attached data passes whole`() throws {
    var scene = try Scene()
    try scene.settle()
    let padding = String(repeating: "x", count: 300 * 1024)
    let call = Scene.call("Recording", more: #","big":"\#(padding)""#)
    try scene.hear(call)
    let raw = try #require(scene.data(.call).first?["raw"])
    #expect(String(decoding: raw.raw, as: UTF8.self) == Scene.notification(call))
    #expect(scene.bridge.agents[0].calls["C1"]?.record.count ?? .max < 1_000)
  }
}
