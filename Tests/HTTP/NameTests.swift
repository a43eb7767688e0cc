import HTTP
import Loop
import Reactor
import Testing

/// Names as exchanges use them: on the real loop, with a resolver that knows what the test says.
@Suite struct NameTests {
  private final class Resolver: Reactor {
    private let loop: EventLoop
    var addresses: [String] = []
    var asked: [String] = []

    init(_ loop: EventLoop) { self.loop = loop }

    var now: Duration { loop.now }
    func watch(
      _ descriptor: Int32, for interest: Readiness, onReady: @escaping (Readiness) -> Void
    ) throws(ReactorError) -> any Watch {
      try loop.watch(descriptor, for: interest, onReady: onReady)
    }
    func makeTimer(onFire: @escaping () -> Void) -> any ReactorTimer {
      loop.makeTimer(onFire: onFire)
    }
    func resolve(host: String, completion: @escaping (Result<[String], ReactorError>) -> Void) {
      asked.append(host)
      let addresses = addresses
      loop.runOffLoop({}, completion: { completion(.success(addresses)) })
    }
    func afterClosing(_ finish: @escaping () -> Void) { loop.afterClosing(finish) }
    func runOffLoop(_ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void) {
      loop.runOffLoop(work, completion: completion)
    }
  }

  private func statuses(
    _ count: Int, _ client: HTTPClient, _ scene: Scene
  ) -> [Int: Int] {
    var statuses: [Int: Int] = [:]
    var ended = 0
    for _ in 1...count {
      let url = "http://gws.invalid:\(scene.server.port)/"
      client.send(HTTPRequest(method: "GET", url: url, timeout: .seconds(20))) { outcome in
        ended += 1
        if case .response(let response) = outcome { statuses[response.status, default: 0] += 1 }
      }
    }
    #expect(scene.loop.run { ended == count })
    return statuses
  }

  /// The name exists for this resolver alone: curl, left to itself, could not reach it.
  @Test func `a thousand exchanges that start together look their host up once`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      let resolver = Resolver(scene.loop)
      resolver.addresses = ["::1", "127.0.0.1"]
      let client = HTTPClient(reactor: resolver)
      defer { client.close() }
      #expect(statuses(1000, client, scene) == [200: 1000])
      #expect(statuses(10, client, scene) == [200: 10])
      #expect(resolver.asked == ["gws.invalid"])
      #expect(scene.server.requests.last?.header("host") == "gws.invalid:\(scene.server.port)")
    }
  }

  @Test func `a host that moved is found again after one failed connection`() throws {
    try Scene.run(script: { _ in [ok("")] }) { scene in
      let resolver = Resolver(scene.loop)
      // Nobody listens there: the server is bound to 127.0.0.1 alone.
      resolver.addresses = ["127.0.0.2"]
      let client = HTTPClient(reactor: resolver)
      defer { client.close() }
      #expect(statuses(1, client, scene) == [:])
      resolver.addresses = ["127.0.0.1"]
      #expect(statuses(1, client, scene) == [200: 1])
      #expect(resolver.asked.count == 2)
    }
  }

  @Test func `a host without an address is named`() throws {
    try Scene.run(script: { _ in [] }) { scene in
      let client = HTTPClient(reactor: Resolver(scene.loop))
      defer { client.close() }
      var failure: HTTPFailure?
      let request = HTTPRequest(method: "GET", url: "http://gws.invalid/", timeout: .seconds(20))
      client.send(request) { outcome in
        if case .failure(let value) = outcome { failure = value }
      }
      #expect(scene.loop.run { failure != nil })
      #expect(failure?.kind == .resolve)
      #expect(failure?.message.contains("the host has no address") == true)
    }
  }
}
