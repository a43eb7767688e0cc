import Commands
import JSON
import Privacy
import Testing

@testable import Bridge

/// What may be taken out, and what is said of it.
@Suite struct RemovalTests {
  private func scene(_ groups: GroupsAtRetention, events: Int = 20) throws -> Scene {
    var scene = try Scene(groups: groups)
    for _ in 0..<events { scene.feed(.occurred(.heartbeat)) }
    return scene
  }

  private func removed(_ scene: Scene) -> [Int64] {
    scene.writes.compactMap {
      if case .removal(.events(let through), _) = $0 { through } else { nil }
    }
  }

  private func place(_ scene: inout Scene, _ name: String, _ sequence: Int64) {
    scene.lastAsk += 1
    scene.feed(.grouped(AskID(rawValue: scene.lastAsk), .place(name: name, at: sequence)))
  }

  @Test func `nothing goes that a group has not acknowledged, also one that was put back`() throws {
    var scene = try scene(.hold)
    place(&scene, "far", 15)
    place(&scene, "near", 6)
    scene.feed(.remove(.began(RetentionRound(events: 10))))
    #expect(scene.data(.retention).first?["events"]?.string == "s1.6")
    scene.feed(.remove(.step([.events(through: 10)])))
    #expect(removed(scene) == [6])
    place(&scene, "near", 3)
    scene.feed(.remove(.step([.events(through: 6)])))
    #expect(removed(scene) == [6, 3])
    #expect(scene.disk().violations == [])
  }

  @Test func `nothing goes that was not announced, and never the newest event`() throws {
    var scene = try scene(.hold)
    scene.feed(.remove(.step([.events(through: 5)])))
    #expect(removed(scene) == [])
    scene.feed(.remove(.began(RetentionRound(events: 1_000_000))))
    scene.feed(.remove(.step([.events(through: 1_000_000)])))
    #expect(removed(scene) == [20])
    #expect(scene.disk().violations == [])
  }

  @Test func `with drop a group is moved in the same turn, and told from where to where`() throws {
    var scene = try scene(.drop)
    place(&scene, "far", 15)
    place(&scene, "near", 6)
    scene.feed(.remove(.began(RetentionRound(events: 10))))
    scene.feed(.remove(.step([.events(through: 8)])))
    #expect(scene.disk().groups["near"]?.sequence == 10)
    #expect(scene.disk().groups["far"]?.sequence == 15)
    let told = scene.data(.retention).filter { $0["action"]?.string == "dropped" }
    let groups = told.flatMap { $0["groups"].map { Array($0.elements) } ?? [] }
    #expect(groups.map { $0["group"]?.string } == ["near"])
    #expect(groups.first?["from"]?.string == "s1.6")
    #expect(groups.first?["to"]?.string == "s1.10")
    #expect(removed(scene) == [8])
    #expect(scene.disk().violations == [])
  }

  /// Mutation tried: groups are looked at when the round begins, and not again.
  @Test func `with drop a group that is put back meanwhile is moved again, before its events go`()
    throws
  {
    var scene = try scene(.drop)
    scene.feed(.remove(.began(RetentionRound(events: 10))))
    place(&scene, "near", 3)
    scene.feed(.remove(.step([.events(through: 8)])))
    #expect(scene.disk().groups["near"]?.sequence == 10)
    let told = scene.data(.retention).last { $0["action"]?.string == "dropped" }
    let group = told?["groups"].flatMap { Array($0.elements).first }
    #expect(group?["from"]?.string == "s1.3")
    #expect(group?["to"]?.string == "s1.10")
    #expect(removed(scene) == [8])
    #expect(scene.disk().violations == [])
  }

  @Test func `an erasure says who, of which call and why, and not of a call that is live`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording"))
    func ask(_ call: String) -> Bridge.Input {
      .erase(
        AskID(rawValue: 90), EraseAsk(call: call, by: Origin(uid: 7, name: "eve"), why: "asked"))
    }
    scene.feed(ask("C1"))
    guard case .refused(let refusal)? = scene.replies.last else {
      Issue.record("a live call was erased")
      return
    }
    #expect(refusal.reason == .callIsLive)
    scene.feed(ask("C0"))
    guard case .erasing(let event)? = scene.replies.last else {
      Issue.record("not erased")
      return
    }
    let said = try #require(scene.data(.erasure).first)
    #expect(said["call"]?.string == "C0")
    #expect(said["by"]?["name"]?.string == "eve")
    #expect(said["why"]?.string == "asked")
    #expect(scene.disk().erasures == [event: "C0"])
    var tally = ErasureTally()
    tally.values = 3
    scene.feed(.remove(.erased(event: event, call: "C0", tally)))
    #expect(scene.disk().erasures.isEmpty)
    #expect(scene.data(.erasure).last?["erasedValues"]?.integer == 3)
    #expect(scene.entries.suffix(2).allSatisfy { $0.type == .erasure })
  }

  /// What is erased would come again, or would not be erased at all. Mutations tried: each of the
  /// three goes through.
  @Test func `nothing is erased with a command open, without a store or at the end`() throws {
    func refusal(_ scene: inout Scene) -> Bridge.Refusal.Reason? {
      let ask = EraseAsk(call: "C1", by: Origin(uid: 7), why: "asked")
      scene.feed(.erase(AskID(rawValue: 90), ask))
      return if case .refused(let refusal)? = scene.replies.last { refusal.reason } else { nil }
    }
    var scene = try Scene(
      profile: .commandsOnly, route: Route.shipped("genesys-cloud-actions"))
    scene.feed(.start)
    scene.ask(.stop, parameters: ["recording": "R1"])
    #expect(refusal(&scene) == .callIsLive)
    try scene.answer("/recordings/R1", #"{"status":"stopped"}"#)
    #expect(refusal(&scene) == nil)
    var lost = scene
    _ = lost.bridge.storeLost(at: lost.now)
    #expect(refusal(&lost) == .storeUnavailable)
    scene.feed(.stop)
    #expect(refusal(&scene) == .stopping)
    #expect(scene.disk().erasures.count == 1)
  }

  /// The acknowledgement was asked for with the command as it was read before the erasure.
  @Test func `a name that was erased does not come back with an acknowledgement`() throws {
    var scene = try Scene()
    try scene.settle(Scene.call("Recording", more: #","GSIP_REC_FN":"f""#))
    scene.ask(.stop)
    try scene.answer("/calls/C1", #"{"statusCode":0}"#)
    scene.pass(.seconds(11))
    let command = try #require(scene.commands.first)
    try #require(command.evidence.recordingFile != nil)
    let turns = [
      scene.bridge.handle(
        .remove(.step([.fileName(of: command, sequence: 1)])), at: scene.now),
      scene.bridge.handle(
        .acknowledged(
          AskID(rawValue: 91),
          AcknowledgementAsk(command, sequence: 1, by: Origin(uid: 7), why: "w")), at: scene.now),
    ]
    for case .command(let written, _) in turns.flatMap(\.writes) {
      #expect(written.evidence.recordingFile == nil)
    }
    #expect(turns.flatMap(\.writes).count == 4)
  }
}
