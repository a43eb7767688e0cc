import Bayeux
import Commands
import JSON
import Testing

@testable import Bridge

/// Starts and common outages: many agents, and how soon each of them begins.
@Suite struct PaceTests {
  private static func crowd(_ count: Int) -> [String] { (1...count).map { "a\($0)" } }

  /// Lets time pass by what the bridge asks to be woken for; when each agent's first request of
  /// that kind came, in order.
  private func times(
    of suffix: String, in scene: inout Scene, within limit: Duration
  ) -> [(agent: String, after: Duration)] {
    let start = scene.now.monotonic
    var seen: Set<RequestID> = []
    var result: [(agent: String, after: Duration)] = []
    while true {
      for request in scene.requests
      where request.target.hasSuffix(suffix) && seen.insert(request.id).inserted {
        result.append((request.agent, scene.now.monotonic - start))
      }
      guard let wake = scene.wakeAt, wake - start <= limit else { return result }
      scene.wakeAt = nil
      scene.pass(max(.zero, wake - scene.now.monotonic))
    }
  }

  /// Mutation tried: the gate always open.
  @Test func `a thousand agents log in at a steady pace, with jitter`() throws {
    var scene = try Scene(agents: Self.crowd(1_000))
    scene.feed(.start)
    let logins = times(of: Scene.login, in: &scene, within: .seconds(30))
    #expect(logins.count == 1_000)
    let last = try #require(logins.last?.after)
    #expect(last > .seconds(8) && last < .seconds(12))
    let gaps = zip(logins.dropFirst(), logins).map { $0.after - $1.after }
    #expect(Set(gaps).count > 100)
    let busiest = stride(from: 0, to: logins.count - 1, by: 1).map { first in
      logins[first...].prefix { $0.after - logins[first].after < .seconds(1) }.count
    }
    #expect((busiest.max() ?? 0) <= 140)
  }

  @Test func `however many they are, all have begun within the spread`() throws {
    var scene = try Scene(agents: Self.crowd(6_000))
    scene.feed(.start)
    let logins = times(of: Scene.login, in: &scene, within: .seconds(60))
    #expect(logins.count == 6_000)
    #expect(try #require(logins.last?.after) < Gate.spread * 1.1)
  }

  @Test func `a few agents do not wait at all`() throws {
    var scene = try Scene(agents: Self.crowd(10))
    scene.feed(.start)
    #expect(scene.requests.count == 10)
  }

  /// Mutations tried: the gate always open; handshakes that do not wait for it.
  @Test func `after an outage of all, handshakes are spread, and one alone goes at once`() throws {
    let count = 200
    var scene = try Scene(agents: Self.crowd(count), profile: .bayeux)
    scene.feed(.start)
    #expect(times(of: Scene.handshake, in: &scene, within: .seconds(5)).count == count)
    for _ in 0..<count {
      try scene.answerHandshake()
      try scene.answerBayeux(
        Scene.subscribe, members: #","subscription":["/v2/me/calls","/v2/me/devices"]"#)
      try scene.answerBayeux(Scene.connect)
    }
    scene.pass(.seconds(60))
    try loseSession(&scene)
    #expect(scene.isOpen(Scene.handshake))
    scene.requests.removeAll { $0.target.hasSuffix(Scene.handshake) }
    scene.pass(.seconds(1))
    for _ in 1..<count { try loseSession(&scene) }
    let lost = count - 1
    let handshakes = times(of: Scene.handshake, in: &scene, within: .seconds(10))
    #expect(handshakes.count == lost)
    #expect(try #require(handshakes.last?.after) < .seconds(3))
    #expect(handshakes.count { $0.after == .zero } < 60)
  }

  private func loseSession(_ scene: inout Scene) throws {
    let request = try #require(scene.requests.first { $0.target.hasSuffix(Scene.connect) })
    let message = try #require(Array(try JSONValue.parse(request.body ?? []).elements).first)
    let id = try #require(message["id"]?.string)
    let reply =
      #"[{"id":"\#(id)","channel":"/meta/connect","successful":false,"error":"402::Unknown","#
      + #""advice":{"reconnect":"handshake","interval":0}}]"#
    // All at one instant: no time passes with the answer.
    scene.requests.removeAll { $0.id == request.id }
    scene.feed(.answered(request.id, .response(status: 200, headers: [], body: Array(reply.utf8))))
  }

  /// Mutations tried: one line for all; the gate always open.
  @Test func `an agent with an open stop goes before the others`() throws {
    var scene = try Scene(agents: Self.crowd(300))
    scene.feed(.start)
    // Out of sync, so the call need not be known.
    scene.ask(.stop, agent: "a300")
    let logins = times(of: Scene.login, in: &scene, within: .seconds(10))
    let place = try #require(logins.firstIndex { $0.agent == "a300" })
    #expect(place <= 50)
  }
}
