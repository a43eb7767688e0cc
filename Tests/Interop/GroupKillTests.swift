import HTTP
import JSON
import Loop
import Simulator
import TestSupport
import Testing

/// The daemon is ended by SIGKILL again and again while a member of a group reads and acknowledges.
@Suite(.serialized) struct GroupKillTests {
  /// What the member knows: of no more than it asked for may the daemon be sure, and of no less
  /// than was answered.
  private final class Member {
    let client: HTTPClient
    let socket: String
    /// The highest sequence that an acknowledgement was asked for, and was answered.
    var asked: Int64 = 0
    var answered: Int64 = 0
    var problems: [String] = []

    init(_ ground: Ground) {
      client = HTTPClient(reactor: ground.scene.loop)
      socket = ground.bridge.socket
    }

    func acknowledge(_ cursor: String) {
      guard let sequence = GroupKillTests.sequence(cursor) else {
        return problems.append("\(cursor) is no cursor")
      }
      asked = max(asked, sequence)
      var request = HTTPRequest(
        method: "POST", url: "http://localhost/v1/groups/logger/ack",
        body: Array(#"{"cursor":"\#(cursor)"}"#.utf8), timeout: .seconds(20))
      request.unixSocketPath = socket
      client.send(request) { [unowned self] outcome in
        guard case .response(let response) = outcome else { return }
        // Acknowledgements go over several connections, so one may come behind a later one.
        if response.status == 200 {
          answered = max(answered, sequence)
        } else if response.status != 409 {
          problems.append("\(response.status) for \(cursor)")
        }
      }
    }
  }

  fileprivate static func sequence(_ cursor: String) -> Int64? {
    cursor.split(separator: ".").last.flatMap { Int64($0) }
  }

  /// Tried in the daemon: a group that is not restored is gone after the first kill.
  @Test
  func `a group is never ahead of what was acknowledged and never goes back`() throws {
    let seed =
      environmentVariable("RECBRIDGE_KILL_SEED").flatMap(UInt64.init)
      ?? UInt64.random(in: 0...UInt64.max)
    print("group kills: RECBRIDGE_KILL_SEED=\(seed) repeats these moments")
    var random = SplitMix(seed: seed)
    try withGround { ground in
      let call = try ground.recordedCall()
      let put = ground.scene.ask(
        "PUT", "http://localhost/v1/groups/logger", body: #"{"at":"earliest"}"#,
        socket: ground.bridge.socket)
      try #require(put?.status == 201)
      let member = Member(ground)
      defer { member.client.close() }
      var last: Int64 = 0
      var seen = 0
      for kill in 1...30 {
        let cursor = try cursor(ground)
        #expect(cursor >= member.answered, "seed \(seed), kill \(kill): it went back")
        #expect(cursor <= member.asked, "seed \(seed), kill \(kill): it is ahead")
        #expect(cursor >= last, "seed \(seed), kill \(kill)")
        last = cursor
        let stream = try ground.bridge.stream("/v1/groups/logger/events?stream=1")
        let end = ground.scene.loop.now + random.duration(upTo: 200)
        var taken = 0
        while ground.scene.loop.now < end {
          try ground.simulator.startBurst(call, count: 1)
          let next = ground.scene.loop.now + .milliseconds(5)
          _ = ground.scene.loop.run(until: { ground.scene.loop.now >= next }, within: .seconds(20))
          for line in stream.lines[taken...] {
            let id = try #require(try JSONValue.parse(Array(line.utf8))["id"]?.string)
            let expected = cursor + Int64(taken) + 1
            #expect(Self.sequence(id) == expected, "seed \(seed), kill \(kill)")
            taken += 1
            member.acknowledge(id)
          }
        }
        seen += taken
        ground.bridge.kill()
        try ground.scene.wait(for: "the end of the stream") { stream.isEnded }
        stream.close()
        try ground.bridge.begin()
        try ground.bridge.waitUntilReady()
      }
      #expect(member.problems.isEmpty)
      try #require(member.answered > 0, "nothing was ever acknowledged")
      print("\(seen) events read by the group, \(member.answered) acknowledged")
      ground.bridge.stop()
      #expect(try ground.recbridge("fsck", ground.bridge.store).code == 0)
    }
  }

  private func cursor(_ ground: Ground) throws -> Int64 {
    let response = try #require(ground.bridge.get("/v1/groups/logger"))
    try #require(response.status == 200)
    let cursor = try #require(try JSONValue.parse(response.body)["cursor"]?.string)
    return try #require(Self.sequence(cursor))
  }
}
