import Commands
import JSON
import Testing

@testable import Bridge

/// Groups: where they stand, and what moves them.
@Suite struct GroupTests {
  private func feed(_ scene: inout Scene, _ asks: GroupAsk...) -> [String] {
    let before = scene.replies.count
    for ask in asks {
      scene.lastAsk += 1
      scene.feed(.grouped(AskID(rawValue: scene.lastAsk), ask))
    }
    return scene.replies[before...].map { reply in
      switch reply {
      case .group(let group, let isNew): "\(group.name) \(group.sequence)\(isNew ? " new" : "")"
      case .refused(let refusal): refusal.reason.rawValue
      default: "\(reply)"
      }
    }
  }

  /// Tried: an acknowledgement that moves the group whatever it says.
  @Test func `an acknowledgement is cumulative, may be repeated, and never moves back`() throws {
    var scene = try Scene()
    #expect(
      feed(
        &scene, .place(name: "g", at: 3), .acknowledge(name: "g", through: 9),
        .acknowledge(name: "g", through: 9), .acknowledge(name: "g", through: 8),
        .acknowledge(name: "h", through: 9))
        == ["g 3 new", "g 9", "g 9", "group-is-ahead", "unknown-group"])
    #expect(scene.disk().groups["g"]?.sequence == 9)
    // What changes nothing costs no sync.
    let moves = scene.writes.count { if case .group = $0 { true } else { false } }
    #expect(moves == 2)
  }

  @Test func `whoever makes, moves or removes a group is on record, and so is a feed`() throws {
    var scene = try Scene()
    let clerk = Origin(uid: 1001, gid: 50, name: "clerk")
    for ask in [
      .create(name: "g", at: 5), .create(name: "g", at: 1), .place(name: "g", at: 2),
      .acknowledge(name: "g", through: 4), .place(name: "g", at: 9), .remove(name: "g"),
    ] as [GroupAsk] {
      scene.feed(.grouped(AskID(rawValue: 1), ask, by: clerk))
    }
    scene.feed(.grouped(AskID(rawValue: 2), .create(name: "feed:f", at: 0)))
    // The refused one and the acknowledgement are no moves.
    let moves = scene.data(.group)
    #expect(
      moves.map {
        "\($0["action"]?.string ?? "") \($0["from"]?.string ?? "-")"
          + " \($0["to"]?.string ?? "-")"
      } == [
        "made - s1.5", "moved-back s1.5 s1.2", "moved-forward s1.4 s1.9", "removed s1.9 -",
        "made - s1.0",
      ])
    for move in moves.dropLast() {
      #expect(move["by"]?["uid"]?.integer == 1001 && move["by"]?["name"]?.string == "clerk")
      #expect(move["group"]?.string == "g" && move["feed"] == nil)
    }
    #expect(moves.last?["by"] == nil && moves.last?["feed"]?.bool == true)
    #expect(scene.entries.map(\.type) == Array(repeating: .group, count: 5))
  }

  @Test func `only a placement moves back, and a creation leaves alone what is there`() throws {
    var scene = try Scene()
    #expect(
      feed(
        &scene, .create(name: "g", at: 5), .create(name: "g", at: 1), .place(name: "g", at: 2),
        .remove(name: "g"), .remove(name: "g"))
        == ["g 5 new", "group-exists", "g 2", "g 2", "unknown-group"])
    #expect(scene.disk().groups.isEmpty)
  }

  /// In one turn: whoever acknowledges has seen the group where it was before.
  @Test func `an acknowledgement of what was read before a placement is refused`() throws {
    var scene = try Scene()
    _ = feed(&scene, .place(name: "g", at: 3))
    let read = try #require(scene.bridge.groups["g"]).placement
    #expect(
      feed(
        &scene, .acknowledge(name: "g", through: 9, placement: read), .place(name: "g", at: 5),
        .acknowledge(name: "g", through: 12, placement: read))
        == ["g 9", "g 5", "group-was-placed"])
    let again = try #require(scene.bridge.groups["g"]).placement
    #expect(
      feed(
        &scene, .acknowledge(name: "g", through: 7, placement: again), .remove(name: "g"),
        .create(name: "g", at: 5), .acknowledge(name: "g", through: 12, placement: again))
        == ["g 7", "g 7", "g 5 new", "group-was-placed"])
  }

  @Test func `a restart finds the groups as they were`() throws {
    var scene = try Scene()
    _ = feed(&scene, .place(name: "g", at: 3), .place(name: "h", at: 1), .remove(name: "h"))
    var next = try Scene(after: scene)
    #expect(next.bridge.groups == scene.bridge.groups)
    #expect(feed(&next, .acknowledge(name: "g", through: 2)) == ["group-is-ahead"])
  }

  @Test func `there may be a hundred groups`() throws {
    var scene = try Scene()
    for number in 1...BridgeLimits.groups {
      #expect(feed(&scene, .place(name: "g\(number)", at: 0)) == ["g\(number) 0 new"])
    }
    #expect(feed(&scene, .place(name: "more", at: 0)) == ["too-many-groups"])
    #expect(feed(&scene, .place(name: "g7", at: 1)) == ["g7 1"])
  }

  /// The answer to one whose commit failed waits with its write.
  @Test func `without a store nothing is acknowledged`() throws {
    var scene = try Scene()
    _ = feed(&scene, .place(name: "g", at: 0))
    let turn = scene.bridge.handle(
      .grouped(AskID(rawValue: 90), .acknowledge(name: "g", through: 1)), at: scene.now)
    #expect(turn.effects.map(scene.bridge.passage) == [.waits])
    _ = scene.bridge.storeLost(at: scene.now)
    #expect(feed(&scene, .acknowledge(name: "g", through: 2)) == ["store-unavailable"])
    #expect(scene.bridge.groups["g"]?.sequence == 1)
  }
}
