import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// What the clocks do: the wall clock may be set at any time, the monotonic one counts.
@Suite struct ClockTests {
  private static let recording = Scene.call("Recording")

  /// Mutation tried: readiness from the session's state alone.
  @Test func `an agent whose platform is silent for too long is not ready, whatever it says`()
    throws
  {
    var scene = try Scene()
    try scene.settle(Self.recording)
    try scene.answerBayeux(
      Scene.connect, members: #","advice":{"reconnect":"retry","interval":0,"timeout":30000}"#)
    func isReady(after time: Duration) -> Bool {
      let later = Moment(monotonic: scene.now.monotonic + time, wall: scene.now.wall)
      return scene.bridge.agentsOutOfSync(at: later).isEmpty
    }
    #expect(isReady(after: .seconds(30)))
    #expect(isReady(after: .seconds(30) + BridgeLimits.silenceMargin))
    // No timer came, no failure was reported.
    #expect(!isReady(after: .seconds(31) + BridgeLimits.silenceMargin))
    scene.now.monotonic += .seconds(60)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now).first?.contains("silent") == true)
    try scene.answerBayeux(Scene.connect)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }

  /// Mutation tried: no bound for a clock that was set back.
  @Test(arguments: [Duration.seconds(-7_200), .seconds(7_200)])
  func `a wall clock that is set moves no deadline and turns no gap round`(step: Duration) throws {
    var scene = try Scene()
    try scene.settle(Self.recording)
    try scene.answerBayeux(Scene.connect)
    scene.ask(.stop)
    scene.now.wall += step
    scene.feed(.wake)
    #expect(scene.commands.last?.isOpen == true)
    // Lost, with a second between the loss and the snapshot, and a step between those as well.
    let lost = try #require(scene.requests.first { $0.target.hasSuffix(Scene.connect) })
    scene.requests.removeAll { $0.id == lost.id }
    scene.feed(
      .answered(
        lost.id, .failed(reason: "cut", mayHaveReachedServer: true, partialBody: [])))
    scene.now.wall += step
    scene.pass(.seconds(1))
    try scene.answerBayeux(Scene.connect)
    try scene.answerSnapshot(Self.recording)
    let gap = try #require(scene.data(.gap).last)
    let from = try #require(gap["from"]?.string.flatMap(Timestamp.parse))
    let to = try #require(gap["to"]?.string.flatMap(Timestamp.parse))
    #expect(from <= to)
    // Set forward it is too long rather than too short.
    #expect(step < .zero || to - from >= .seconds(1))
    #expect(scene.commands.last?.isOpen == true)
    scene.pass(.seconds(10))
    #expect(scene.commands.last?.isOpen == false)
    #expect(scene.bridge.agentsOutOfSync(at: scene.now) == [])
  }
}
